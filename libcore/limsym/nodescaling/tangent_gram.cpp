#include "limsym/nodescaling/tangent_gram.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "limsym/base/memory.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/kernel/gram.hpp"
#include "limsym/network/network.hpp"
#include "limsym/numerics/blas.hpp"
#include "limsym/numerics/eigen.hpp"
#include "limsym/numerics/gemm.hpp"

namespace limsym::nodescaling {

namespace {

constexpr std::size_t node_panel = 4096; ///< nodes whose slopes are held at a time
constexpr std::size_t node_block = 64;

/// Tiles of the lower triangle of an n x n matrix: about eight a side of a small one, and no larger than 256.
std::size_t tile_edge(std::size_t n) {
    return std::clamp<std::size_t>((n + 3) / 4, 32, 256);
}

/// result_ii' += sum_q factors_iq factors_i'q over the lower triangle.
void add_products(const arma::mat& factors, bool first, arma::mat& result) {
    numerics::use_serial_blas();
    const std::size_t n = factors.n_rows;
    const std::size_t edge = tile_edge(n);
    const std::size_t tiles = (n + edge - 1) / edge;
    base::parallel_for(tiles * (tiles + 1) / 2, [&](std::size_t t) {
        std::size_t row = 0;
        while ((row + 1) * (row + 2) / 2 <= t)
            ++row;
        const std::size_t column = t - row * (row + 1) / 2;
        const std::size_t i = row * edge;
        const std::size_t j = column * edge;
        numerics::gemm<double>(numerics::Transpose::no, numerics::Transpose::yes, std::min(edge, n - i),
                               std::min(edge, n - j), factors.n_cols, 1.0, factors.memptr() + i, n,
                               factors.memptr() + j, n, first ? 0.0 : 1.0, result.memptr() + i + j * n, n);
    });
}

/// result := lower triangle o inputs (or as it is), mirrored.
void finish(const arma::mat* inputs, double scale, arma::mat& result) {
    const std::size_t n = result.n_rows;
    for (std::size_t j = 0; j < n; ++j)
        for (std::size_t i = j; i < n; ++i) {
            const double value = result(i, j) * (inputs != nullptr ? (*inputs)(i, j) : scale);
            result(i, j) = value;
            result(j, i) = value;
        }
}

} // namespace

arma::mat input_gram(const arma::mat& x) {
    arma::mat result(x.n_rows, x.n_rows, arma::fill::none);
    add_products(x, true, result);
    finish(nullptr, 1.0 / static_cast<double>(x.n_cols), result);
    return result;
}

void weighted_gram(const arma::mat& factors, const arma::mat& inputs, arma::mat& result) {
    result.set_size(factors.n_rows, factors.n_rows);
    add_products(factors, true, result);
    finish(&inputs, 1.0, result);
}

arma::mat tangent_gram(const ShallowNetwork& network, const arma::mat& x) {
    const std::size_t n = x.n_rows;
    const std::size_t d = network.inputs();
    const std::size_t m = network.nodes();
    const double scale = 1.0 / std::sqrt(static_cast<double>(d));
    const arma::mat inputs = input_gram(x);
    arma::mat result(n, n, arma::fill::none);
    for (std::size_t begin = 0; begin < m; begin += node_panel) {
        const std::size_t count = std::min(node_panel, m - begin);
        arma::mat slopes(n, count, arma::fill::none);
        base::parallel_for((count + node_block - 1) / node_block, [&](std::size_t block) {
            const std::size_t first = block * node_block;
            const std::size_t nodes = std::min(node_block, count - first);
            arma::mat z(n, nodes, arma::fill::none);
            numerics::gemm<double>(numerics::Transpose::no, numerics::Transpose::no, n, nodes, d, scale, x.memptr(), n,
                                   network.w.colptr(begin + first), d, 0.0, z.memptr(), n);
            network.activation.evaluate<double>(z.memptr(), nullptr, slopes.colptr(first), n * nodes);
            for (std::size_t j = first; j < first + nodes; ++j) {
                const double root = std::sqrt(network.lambda(begin + j));
                double* const column = slopes.colptr(j);
                for (std::size_t i = 0; i < n; ++i)
                    column[i] *= root;
            }
        });
        add_products(slopes, begin == 0, result);
    }
    finish(&inputs, 1.0, result);
    return result;
}

arma::mat mean_tangent_gram(const NodeActivation& activation, double sigma_w, const arma::mat& x,
                            const base::Monitor& monitor) {
    // The tangent kernel of a network with one hidden layer is that of its readout, which is the NNGP kernel, and
    // sigma_w^2 times the one of w.
    network::Shorthand shorthand;
    shorthand.activation = activation.activation();
    shorthand.sigma_w = sigma_w;
    kernel::GramOptions options;
    options.ntk = true;
    const kernel::Gram<double> gram = kernel::gram<double>(network::make_network(shorthand), x, options, monitor);
    const double scale = std::ldexp(1.0 / (sigma_w * sigma_w), static_cast<int>(gram.log2_scale));
    return (gram.ntk - gram.nngp) * scale;
}

arma::mat relu_tangent_variance(const arma::vec& lambda, const arma::mat& x) {
    const arma::mat inputs = input_gram(x);
    const double squares = compensated_sum_of_squares(lambda);
    arma::mat result(x.n_rows, x.n_rows, arma::fill::none);
    for (std::size_t j = 0; j < x.n_rows; ++j)
        for (std::size_t i = 0; i < x.n_rows; ++i) {
            const double size = std::sqrt(inputs(i, i)) * std::sqrt(inputs(j, j));
            const double angle = size > 0.0 ? std::acos(std::clamp(inputs(i, j) / size, -1.0, 1.0)) : 0.0;
            const double p = (std::numbers::pi - angle) / (2.0 * std::numbers::pi);
            result(i, j) = inputs(i, j) * inputs(i, j) * p * (1.0 - p) * squares;
        }
    return result;
}

std::uint64_t tangent_gram_bytes(std::size_t n, std::size_t nodes) {
    // Theta, X X'/d, a copy for the eigenproblem, and the slopes of a panel
    const std::uint64_t square = base::saturating_product(base::saturating_product(n, n), sizeof(double));
    return base::saturating_product(square, 3) +
           base::saturating_product(n, std::min(nodes, node_panel) * sizeof(double));
}

Spectrum spectrum(const arma::mat& gram) {
    Spectrum result;
    result.eigenvalues = numerics::symmetric_eigen(gram, false).values;
    result.error_bound = static_cast<double>(gram.n_rows) * 0x1p-52 * std::abs(result.eigenvalues.back());
    return result;
}

double spectral_norm(const arma::mat& symmetric) {
    const arma::vec values = numerics::symmetric_eigen(symmetric, false).values;
    return std::max(std::abs(values.front()), std::abs(values.back()));
}

} // namespace limsym::nodescaling
