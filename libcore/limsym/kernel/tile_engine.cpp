#include "limsym/kernel/tile_engine.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <type_traits>

#include <cblas.h>

#include "limsym/base/error.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/kernel/input_variance.hpp"
#include "limsym/numerics/blas.hpp"

namespace limsym::kernel {

namespace {

// Products in double whose edges and places are multiples of this give an entry the same bits whatever their shape:
// GEMM kernels see no odd ends (tests/kernel/gram.cpp holds it). Those in float do not on every processor.
constexpr std::size_t grain = 64;

std::size_t rounded_up(std::size_t n) {
    return (n + grain - 1) / grain * grain;
}

// Pairs with a correlation beyond this get it from the difference of the rows.
template <typename T>
constexpr T near_collinear = sizeof(T) == sizeof(double) ? static_cast<T>(1 - 1e-8) : static_cast<T>(1 - 1e-4);

// c = a' b of columns of `depth` numbers; c has columns of `stride`.
void multiply_transposed(std::size_t rows, std::size_t columns, std::size_t depth, const double* a, const double* b,
                         double* c, std::size_t stride) {
    cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, static_cast<int>(rows), static_cast<int>(columns),
                static_cast<int>(depth), 1.0, a, static_cast<int>(depth), b, static_cast<int>(depth), 0.0, c,
                static_cast<int>(stride));
}
void multiply_transposed(std::size_t rows, std::size_t columns, std::size_t depth, const float* a, const float* b,
                         float* c, std::size_t stride) {
    cblas_sgemm(CblasColMajor, CblasTrans, CblasNoTrans, static_cast<int>(rows), static_cast<int>(columns),
                static_cast<int>(depth), 1.0F, a, static_cast<int>(depth), b, static_cast<int>(depth), 0.0F, c,
                static_cast<int>(stride));
}

} // namespace

std::size_t tile_edge(std::size_t asked, std::size_t rows, std::size_t columns) {
    const std::size_t longest = std::max<std::size_t>(1, std::max(rows, columns));
    if (asked < grain) return asked;
    // Products of small tiles are slower; of large ones there have to be more, or threads wait for the last of them.
    constexpr std::size_t small = 256;
    const std::size_t eighth = rounded_up((longest + 7) / 8);
    const std::size_t sixteenth = rounded_up((longest + 15) / 16);
    return std::min(asked, std::max(std::min(small, eighth), sixteenth));
}

template <typename T>
TileEngine<T>::TileEngine(const network::Network& network, const arma::mat& x, const arma::mat* x2, std::size_t edge,
                          bool ntk, double series_tolerance, const base::Monitor& monitor)
    : edge_(edge), ntk_(ntk), program_(compile(network, x.n_cols)) {
    numerics::use_serial_blas();
    rows_ = make_side(x, monitor);
    if (x2 != nullptr) columns_ = std::make_unique<Side<T>>(make_side(*x2, monitor));
    std::vector<const std::vector<T>*> inputs{&rows_.variances};
    if (columns_) inputs.push_back(&columns_->variances);
    const bool any_input = rows_.any_input && (!columns_ || columns_->any_input);
    duals_ = prepare_program(program_, inputs, any_input, series_tolerance, ntk_, monitor);
    for (const Op& op : program_.ops)
        has_dropout_ = has_dropout_ || std::holds_alternative<DropoutOp>(op.action);
    keep_rows(rows_, monitor);
    if (columns_) keep_rows(*columns_, monitor);
}

template <typename T>
Side<T> TileEngine<T>::make_side(const arma::mat& x, const base::Monitor& monitor) const {
    Side<T> side;
    side.data = &x;
    side.rows = x.n_rows;
    side.blocks = (x.n_rows + edge_ - 1) / edge_;
    side.transposed.set_size(x.n_cols, side.blocks * edge_);
    side.variances.resize(x.n_rows);
    std::vector<char> faded(x.n_rows, 0);
    const std::size_t depth = x.n_cols;
    base::parallel_for(side.blocks, [&](std::size_t block) {
        for (std::size_t i = block * edge_; i < (block + 1) * edge_; ++i) {
            T* column = side.transposed.colptr(i);
            if (i >= x.n_rows) {
                std::fill_n(column, depth, static_cast<T>(0));
                continue;
            }
            double sum = 0.0;
            for (std::size_t k = 0; k < depth; ++k) {
                const double value = x(i, k);
                sum += value * value;
                column[k] = static_cast<T>(value);
            }
            side.variances[i] = input_variance<T>(sum, program_.input_factor);
            if (side.variances[i] != 0) continue;
            for (std::size_t k = 0; k < depth; ++k)
                if (x(i, k) != 0.0) faded[i] = 1;
            std::fill_n(column, depth, static_cast<T>(0));
        }
    });
    side.any_input = warn_of_faded_rows<T>(faded, monitor) ||
                     std::any_of(side.variances.begin(), side.variances.end(), [](T q) { return q != 0; });
    return side;
}

template <typename T>
std::vector<T> TileEngine<T>::block_variances(const Side<T>& side, std::size_t block) const {
    const auto begin = side.variances.begin() + static_cast<std::ptrdiff_t>(block * edge_);
    return {begin, begin + static_cast<std::ptrdiff_t>(block_size(side, block))};
}

template <typename T>
void TileEngine<T>::keep_rows(Side<T>& side, const base::Monitor& monitor) const {
    side.kept.resize(side.blocks);
    const bool any = std::any_of(duals_.begin(), duals_.end(), [](const DualBlock& dual) { return dual.keeps_rows(); });
    if (!any) return;
    base::parallel_for(
        side.blocks,
        [&](std::size_t block) {
            Diagonal<T> diagonal(block_variances(side, block), program_.slots);
            for (std::size_t k = 0; k < program_.ops.size(); ++k) {
                const Op& op = program_.ops[k];
                if (!duals_[k].keeps_rows()) {
                    diagonal.step(op, &duals_[k]);
                    continue;
                }
                typename Side<T>::Kept kept;
                kept.variance = diagonal.state(op.slot).variance;
                kept.rows = prepare_rows(duals_[k], kept.variance, ntk_);
                apply_diagonal(duals_[k], kept.variance, kept.slope);
                diagonal.set_activated(op.slot, kept.variance, kept.slope);
                side.kept[block].emplace(k, std::move(kept));
            }
        },
        monitor, "series of activations");
}

// K0 of the tile; pairs of nearly collinear rows get theirs from the difference of the rows.
template <typename T>
void TileEngine<T>::input_tile(std::size_t row_block, std::size_t column_block, TileSpace<T>& space) const {
    arma::Mat<T>& kernel = space.kernel[0];
    const std::size_t depth = rows_.transposed.n_rows;
    const T* left = rows_.transposed.colptr(row_block * edge_);
    const T* right = columns().transposed.colptr(column_block * edge_);
    const bool diagonal = symmetric() && row_block == column_block;
    if (edge_ % grain != 0 || !std::is_same_v<T, double>) {
        multiply_transposed(edge_, edge_, depth, left, right, kernel.memptr(), edge_);
    } else {
        // Nothing of what pads the last tiles, and on the diagonal strips that begin there.
        const std::size_t height = rounded_up(rows_in(row_block));
        const std::size_t width = rounded_up(columns_in(column_block));
        const std::size_t step = diagonal ? grain : width;
        for (std::size_t j = 0; j < width; j += step) {
            const std::size_t i = diagonal ? j : 0;
            multiply_transposed(height - i, step, depth, left + i * depth, right + j * depth, kernel.colptr(j) + i,
                                edge_);
        }
    }
    const std::size_t row_count = rows_in(row_block);
    const std::size_t column_count = columns_in(column_block);
    std::vector<T>& roots = space.scratch;
    for (std::size_t i = 0; i < row_count; ++i)
        roots[i] = std::sqrt(rows_.variances[row_block * edge_ + i]);
    const auto& kernels = column_kernels<T>();
    space.twins.clear();
    for (std::size_t j = 0; j < column_count; ++j) {
        // The diagonal itself comes from formulas of its own.
        const std::size_t first = diagonal ? j + 1 : 0;
        if (diagonal) kernel(j, j) = 0;
        const T root = std::sqrt(columns().variances[column_block * edge_ + j]);
        const bool collinear =
            kernels.scale_input(row_count - first, static_cast<T>(program_.input_factor), near_collinear<T>,
                                roots.data() + first, root, kernel.colptr(j) + first);
        if (collinear) mend_pairs(row_block, column_block, j, space);
    }
}

template <typename T>
void TileEngine<T>::mend_pairs(std::size_t row_block, std::size_t column_block, std::size_t j,
                               TileSpace<T>& space) const {
    const std::vector<T>& roots = space.scratch;
    const arma::mat& x = *rows_.data;
    const arma::mat& y = *columns().data;
    const std::size_t column = column_block * edge_ + j;
    const double root_y = std::sqrt(static_cast<double>(columns().variances[column]));
    const bool diagonal = symmetric() && row_block == column_block;
    T* c = space.kernel[0].colptr(j);
    for (std::size_t i = diagonal ? j + 1 : 0; i < rows_in(row_block); ++i) {
        if (!(std::abs(c[i]) > near_collinear<T> * static_cast<T>(root_y) * roots[i])) continue;
        const std::size_t row = row_block * edge_ + i;
        const double root_x = std::sqrt(static_cast<double>(rows_.variances[row]));
        // 1 - |rho| = |u -+ v|^2 / 2 for the unit vectors u, v
        const double side = c[i] < 0 ? -1.0 : 1.0;
        const double unit_x = 1.0 / root_x;
        const double unit_y = side / root_y;
        double distance = 0.0;
        bool equal = true;
        for (std::size_t k = 0; k < x.n_cols; ++k) {
            const double difference = x(row, k) * unit_x - y(column, k) * unit_y;
            distance += difference * difference;
            equal = equal && x(row, k) == y(column, k);
        }
        const double correlation = 1.0 - 0.5 * distance * program_.input_factor;
        c[i] = static_cast<T>(side * (root_x * root_y) * correlation);
        if (equal) space.twins.emplace_back(i, j);
    }
}

template <typename T>
void TileEngine<T>::run(std::size_t row_block, std::size_t column_block, TileSpace<T>& space) const {
    input_tile(row_block, column_block, space);
    const std::size_t row_count = rows_in(row_block);
    const std::size_t column_count = columns_in(column_block);
    const bool own = symmetric() && row_block == column_block;
    const auto first_row = [&](std::size_t j) { return own ? j : std::size_t{0}; };
    if (ntk_) {
        for (std::size_t j = 0; j < column_count; ++j)
            std::fill_n(space.theta[0].colptr(j), row_count, static_cast<T>(0));
    }
    const auto theta_of = [&](std::size_t slot, std::size_t j, std::size_t first) -> T* {
        return ntk_ ? space.theta[slot].colptr(j) + first : nullptr;
    };
    Diagonal<T> row_diagonal(block_variances(rows_, row_block), program_.slots);
    Diagonal<T> column_diagonal(block_variances(columns(), column_block), program_.slots);
    const auto& kernels = column_kernels<T>();

    const auto activate = [&](std::size_t k, const ColumnAffine<T>& affine) {
        const std::size_t slot = program_.ops[k].slot;
        const DualBlock& dual = duals_[k];
        DualRows<T> row_data;
        DualRows<T> column_data;
        const DualRows<T>* rows = &row_data;
        const DualRows<T>* columns_ready = &column_data;
        if (dual.keeps_rows()) {
            const auto& kept_rows = rows_.kept[row_block].at(k);
            const auto& kept_columns = columns().kept[column_block].at(k);
            rows = &kept_rows.rows;
            columns_ready = &kept_columns.rows;
            row_diagonal.set_activated(slot, kept_rows.variance, kept_rows.slope);
            column_diagonal.set_activated(slot, kept_columns.variance, kept_columns.slope);
        } else {
            row_data = prepare_rows(dual, row_diagonal.state(slot).variance, ntk_);
            column_data = prepare_rows(dual, column_diagonal.state(slot).variance, ntk_);
            row_diagonal.step(program_.ops[k], &dual);
            column_diagonal.step(program_.ops[k], &dual);
        }
        for (std::size_t j = 0; j < column_count; ++j) {
            const std::size_t first = first_row(j);
            apply_column(dual, *rows, first, *columns_ready, j, affine, space.kernel[slot].colptr(j) + first,
                         theta_of(slot, j, first), space.scratch.data());
        }
    };

    for (std::size_t k = 0; k < program_.ops.size(); ++k) {
        const Op& op = program_.ops[k];
        const std::size_t slot = op.slot;
        if (std::holds_alternative<ActivationOp>(op.action)) {
            activate(k, {});
            continue;
        }
        std::vector<T> row_factor;
        std::vector<T> column_factor;
        if (const auto* normalise = std::get_if<NormaliseOp>(&op.action)) {
            const T eps = static_cast<T>(normalise->eps);
            for (const T q : row_diagonal.state(slot).variance)
                row_factor.push_back(1 / std::sqrt(q + eps));
            for (const T q : column_diagonal.state(slot).variance)
                column_factor.push_back(1 / std::sqrt(q + eps));
        }
        row_diagonal.step(op, nullptr);
        column_diagonal.step(op, nullptr);
        if (const auto* affine = std::get_if<AffineOp>(&op.action)) {
            const auto map = column_affine<T>(*affine);
            const bool fuse = k + 1 < program_.ops.size() && program_.ops[k + 1].slot == slot &&
                              std::holds_alternative<ActivationOp>(program_.ops[k + 1].action);
            if (fuse) {
                activate(++k, map);
            } else if (ntk_ || map.weight != 1 || map.bias != 0) {
                for (std::size_t j = 0; j < column_count; ++j) {
                    const std::size_t first = first_row(j);
                    kernels.affine(row_count - first, map, space.kernel[slot].colptr(j) + first,
                                   theta_of(slot, j, first));
                }
            }
            continue;
        }
        const auto in_both = [&](const auto& work) {
            for (std::size_t j = 0; j < column_count; ++j) {
                work(space.kernel, j);
                if (ntk_) work(space.theta, j);
            }
        };
        if (!row_factor.empty()) {
            in_both([&](std::vector<arma::Mat<T>>& matrices, std::size_t j) {
                T* column = matrices[slot].colptr(j);
                for (std::size_t i = first_row(j); i < row_count; ++i)
                    column[i] *= row_factor[i] * column_factor[j];
            });
        } else if (const auto* copy = std::get_if<CopyOp>(&op.action)) {
            in_both([&](std::vector<arma::Mat<T>>& matrices, std::size_t j) {
                std::copy_n(matrices[slot].colptr(j), row_count, matrices[copy->to].colptr(j));
            });
        } else if (const auto* add = std::get_if<AddOp>(&op.action)) {
            in_both([&](std::vector<arma::Mat<T>>& matrices, std::size_t j) {
                T* column = matrices[slot].colptr(j);
                const T* other = matrices[add->from].colptr(j);
                for (std::size_t i = first_row(j); i < row_count; ++i)
                    column[i] += other[i];
            });
        } else if (const auto* rescale = std::get_if<RescaleOp>(&op.action)) {
            const T factor = std::ldexp(static_cast<T>(1), -rescale->log2);
            in_both([&](std::vector<arma::Mat<T>>& matrices, std::size_t j) {
                T* column = matrices[slot].colptr(j);
                for (std::size_t i = first_row(j); i < row_count; ++i)
                    column[i] *= factor;
            });
        }
    }

    const DiagonalState<T>& final_rows = row_diagonal.state(0);
    const auto overwrite = [&](std::size_t i, std::size_t j) {
        space.kernel[0](i, j) = final_rows.variance[i];
        if (ntk_) space.theta[0](i, j) = final_rows.theta[i];
    };
    // Dropout acts on the diagonal alone: a repeated row is then not its twin.
    if (!has_dropout_) {
        for (const auto& [i, j] : space.twins)
            overwrite(i, j);
    }
    if (own) {
        for (std::size_t i = 0; i < row_count; ++i)
            overwrite(i, i);
    }
}

template <typename T>
std::unique_ptr<TileSpace<T>> TileEngine<T>::borrow() {
    {
        const std::lock_guard lock(mutex_);
        if (!spare_.empty()) {
            std::unique_ptr<TileSpace<T>> space = std::move(spare_.back());
            spare_.pop_back();
            return space;
        }
    }
    auto space = std::make_unique<TileSpace<T>>();
    for (std::size_t s = 0; s < program_.slots; ++s) {
        space->kernel.emplace_back(edge_, edge_, arma::fill::none);
        space->theta.emplace_back(ntk_ ? edge_ : 0, ntk_ ? edge_ : 0, arma::fill::none);
    }
    space->scratch.resize(edge_);
    return space;
}

template <typename T>
void TileEngine<T>::give_back(std::unique_ptr<TileSpace<T>> space) {
    const std::lock_guard lock(mutex_);
    spare_.push_back(std::move(space));
}

template class TileEngine<double>;
template class TileEngine<float>;

} // namespace limsym::kernel
