#include "limsym/kernel/gram.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "limsym/base/error.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/kernel/gram_engine.hpp"
#include "limsym/kernel/input_variance.hpp"
#include "limsym/kernel/tile_order.hpp"

namespace limsym::kernel {

namespace {

struct Place {
    std::size_t row;
    std::size_t column;
    std::size_t rows;
    std::size_t columns;
};

template <typename Engine>
Place place(const Engine& engine, std::size_t row_block, std::size_t column_block) {
    return {row_block * engine.edge(), column_block * engine.edge(), engine.rows_in(row_block),
            engine.columns_in(column_block)};
}

template <typename T>
void store_lower(const arma::Mat<T>& tile, const Place& at, arma::Mat<T>& out) {
    for (std::size_t j = 0; j < at.columns; ++j) {
        const std::size_t first = at.row == at.column ? j : 0;
        std::copy(tile.colptr(j) + first, tile.colptr(j) + at.rows, out.colptr(at.column + j) + at.row + first);
    }
}

// The upper triangle's copy of a lower tile, in small squares that stay in cache.
template <typename T>
void store_mirrored(const arma::Mat<T>& tile, const Place& at, arma::Mat<T>& out) {
    constexpr std::size_t square = 16;
    for (std::size_t i0 = 0; i0 < at.rows; i0 += square) {
        for (std::size_t j0 = 0; j0 < at.columns; j0 += square) {
            for (std::size_t i = i0; i < std::min(i0 + square, at.rows); ++i) {
                T* column = out.colptr(at.row + i) + at.column;
                const std::size_t end =
                    std::min(j0 + square, at.row == at.column ? std::min(i, at.columns) : at.columns);
                for (std::size_t j = j0; j < end; ++j)
                    column[j] = tile(i, j);
            }
        }
    }
}

template <typename T>
void store_plain(const arma::Mat<T>& tile, const Place& at, arma::Mat<T>& out) {
    for (std::size_t j = 0; j < at.columns; ++j)
        std::copy_n(tile.colptr(j), at.rows, out.colptr(at.column + j) + at.row);
}

template <typename T, typename Engine>
void compute_symmetric(Engine& engine, const GramOptions& options, const base::Monitor& monitor, Gram<T>& result) {
    const std::size_t blocks = engine.row_blocks();
    base::parallel_for(
        blocks * (blocks + 1) / 2,
        [&](std::size_t t) {
            const std::pair tile = lower_tile(t);
            engine.compute(tile.first, tile.second, [&](const arma::Mat<T>& kernel, const arma::Mat<T>& theta) {
                const Place at = place(engine, tile.first, tile.second);
                if (options.nngp) {
                    store_lower(kernel, at, result.nngp);
                    store_mirrored(kernel, at, result.nngp);
                }
                if (options.ntk) {
                    store_lower(theta, at, result.ntk);
                    store_mirrored(theta, at, result.ntk);
                }
            });
        },
        monitor, "Gram matrix");
}

template <typename T, typename Engine>
void compute_cross(Engine& engine, const GramOptions& options, const base::Monitor& monitor, Gram<T>& result) {
    const std::size_t columns = engine.column_blocks();
    base::parallel_for(
        engine.row_blocks() * columns,
        [&](std::size_t t) {
            const std::size_t row = t / columns;
            const std::size_t column = t % columns;
            engine.compute(row, column, [&](const arma::Mat<T>& kernel, const arma::Mat<T>& theta) {
                const Place at = place(engine, row, column);
                if (options.nngp) store_plain(kernel, at, result.nngp);
                if (options.ntk) store_plain(theta, at, result.ntk);
            });
        },
        monitor, "Gram matrix");
}

template <typename Engine>
void compute_lower(Engine& engine, const base::Monitor& monitor, arma::mat& out) {
    if (engine.log2_scale() != 0)
        throw base::WorkError("the kernel leaves the range of double (log2 scale " +
                              std::to_string(engine.log2_scale()) + "); try other values of sigma_w");
    const std::size_t blocks = engine.row_blocks();
    base::parallel_for(
        blocks * (blocks + 1) / 2,
        [&](std::size_t t) {
            const std::pair tile = lower_tile(t);
            engine.compute(tile.first, tile.second, [&](const arma::mat& kernel, const arma::mat&) {
                store_lower(kernel, place(engine, tile.first, tile.second), out);
            });
        },
        monitor, "Gram matrix");
}

} // namespace

template <typename T>
Gram<T> gram(const network::Network& network, const arma::mat& x, const GramOptions& options,
             const base::Monitor& monitor) {
    Gram<T> result;
    with_gram_engine<T>(network, x, nullptr, options, TileChoice::fitting, monitor, [&](auto& engine) {
        result.log2_scale = engine.log2_scale();
        if (options.nngp) result.nngp.set_size(x.n_rows, x.n_rows);
        if (options.ntk) result.ntk.set_size(x.n_rows, x.n_rows);
        compute_symmetric(engine, options, monitor, result);
    });
    return result;
}

template <typename T>
Gram<T> gram(const network::Network& network, const arma::mat& x, const arma::mat& x2, const GramOptions& options,
             const base::Monitor& monitor) {
    if (x.n_cols != x2.n_cols)
        throw base::InputError("the inputs have " + std::to_string(x.n_cols) + " and " + std::to_string(x2.n_cols) +
                               " columns; expected as many");
    Gram<T> result;
    with_gram_engine<T>(network, x, &x2, options, TileChoice::fitting, monitor, [&](auto& engine) {
        result.log2_scale = engine.log2_scale();
        if (options.nngp) result.nngp.set_size(x.n_rows, x2.n_rows);
        if (options.ntk) result.ntk.set_size(x.n_rows, x2.n_rows);
        compute_cross(engine, options, monitor, result);
    });
    return result;
}

void gram_lower(const network::Network& network, const arma::mat& x, arma::mat& out, const GramOptions& options,
                const base::Monitor& monitor) {
    GramOptions alone = options;
    alone.ntk = false;
    with_gram_engine<double>(network, x, nullptr, alone, TileChoice::fitting, monitor,
                             [&](auto& engine) { compute_lower(engine, monitor, out); });
}

Gram<double> gram_diagonal(const network::Network& network, const arma::mat& x, const GramOptions& options,
                           const base::Monitor& monitor) {
    if (network::acts_on_images(network)) {
        ImageEngine<double> engine(network, x.n_cols, options.ntk ? ImageChannels::ntk : ImageChannels::nngp,
                                   options.series_tolerance);
        auto side = engine.make_side(x);
        engine.prepare({&side}, monitor);
        Gram<double> result;
        result.log2_scale = engine.log2_scale();
        if (options.nngp) result.nngp = side.own.row(0).t();
        if (options.ntk) result.ntk = side.own.row(1).t();
        return result;
    }
    Program program = compile(network, x.n_cols);
    std::vector<double> variances(x.n_rows);
    std::vector<char> faded(x.n_rows, 0);
    for (std::size_t i = 0; i < x.n_rows; ++i) {
        double sum = 0.0;
        bool any = false;
        for (std::size_t k = 0; k < x.n_cols; ++k) {
            sum += x(i, k) * x(i, k);
            any = any || x(i, k) != 0.0;
        }
        variances[i] = input_variance<double>(sum, program.input_factor);
        faded[i] = any && variances[i] == 0.0 ? 1 : 0;
    }
    const bool any_input = warn_of_faded_rows<double>(faded, monitor) ||
                           std::any_of(variances.begin(), variances.end(), [](double q) { return q != 0.0; });
    const std::vector<DualBlock> duals =
        prepare_program<double>(program, {&variances}, any_input, options.series_tolerance, options.ntk, monitor);
    Diagonal<double> diagonal(std::move(variances), program.slots);
    for (std::size_t k = 0; k < program.ops.size(); ++k)
        diagonal.step(program.ops[k], &duals[k]);
    Gram<double> result;
    result.log2_scale = program.log2_scale;
    if (options.nngp) result.nngp = arma::vec(diagonal.state(0).variance);
    if (options.ntk) result.ntk = arma::vec(diagonal.state(0).theta);
    return result;
}

template Gram<double> gram(const network::Network&, const arma::mat&, const GramOptions&, const base::Monitor&);
template Gram<float> gram(const network::Network&, const arma::mat&, const GramOptions&, const base::Monitor&);
template Gram<double> gram(const network::Network&, const arma::mat&, const arma::mat&, const GramOptions&,
                           const base::Monitor&);
template Gram<float> gram(const network::Network&, const arma::mat&, const arma::mat&, const GramOptions&,
                          const base::Monitor&);

} // namespace limsym::kernel
