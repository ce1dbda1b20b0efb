#include "limsym/nodescaling/tangent_operator.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "limsym/base/parallel.hpp"
#include "limsym/nodescaling/tangent_gram.hpp"
#include "limsym/numerics/blas.hpp"
#include "limsym/numerics/gemm.hpp"
#include "limsym/numerics/lapack.hpp"

namespace limsym::nodescaling {

namespace {

using numerics::gemm;
using numerics::Transpose;

constexpr std::size_t node_block = 64;

/// phi'(z) of a block of nodes, n x nodes.
arma::mat slope_block(const ShallowNetwork& network, const arma::mat& x, std::size_t first, std::size_t nodes) {
    const std::size_t n = x.n_rows;
    const std::size_t d = network.inputs();
    arma::mat slopes(n, nodes, arma::fill::none);
    arma::mat z(n, nodes, arma::fill::none);
    gemm<double>(Transpose::no, Transpose::no, n, nodes, d, 1.0 / std::sqrt(static_cast<double>(d)), x.memptr(), n,
                 network.w.colptr(first), d, 0.0, z.memptr(), n);
    network.activation.evaluate<double>(z.memptr(), nullptr, slopes.memptr(), n * nodes);
    return slopes;
}

/// Deterministic start of the Lanczos process: no symmetry of data meets it.
arma::mat start_vector(std::size_t n, std::size_t outputs) {
    arma::mat v(n, outputs, arma::fill::none);
    for (std::size_t i = 0; i < v.n_elem; ++i)
        v.memptr()[i] = 1.0 + 0.5 * std::sin(1.0 + 12.9898 * static_cast<double>(i));
    return v;
}

} // namespace

arma::mat output_tangent_gram(const ShallowNetwork& network, const arma::mat& x) {
    if (network.outputs() == 1) return tangent_gram(network, x);
    numerics::use_serial_blas();
    const std::size_t n = x.n_rows;
    const std::size_t m = network.nodes();
    const std::size_t k = network.outputs();
    const arma::mat c = network.readout();
    arma::mat factors(n * k, m, arma::fill::none);
    base::parallel_for((m + node_block - 1) / node_block, [&](std::size_t block) {
        const std::size_t first = block * node_block;
        const std::size_t nodes = std::min(node_block, m - first);
        const arma::mat slopes = slope_block(network, x, first, nodes);
        for (std::size_t j = 0; j < nodes; ++j)
            for (std::size_t output = 0; output < k; ++output)
                for (std::size_t i = 0; i < n; ++i)
                    factors(output * n + i, first + j) = slopes(i, j) * c(first + j, output);
    });
    const arma::mat inputs = arma::repmat(input_gram(x), k, k);
    arma::mat result;
    weighted_gram(factors, inputs, result);
    return result;
}

arma::mat tangent_product(const ShallowNetwork& network, const arma::mat& x, const arma::mat& v) {
    numerics::use_serial_blas();
    const std::size_t n = x.n_rows;
    const std::size_t d = network.inputs();
    const std::size_t m = network.nodes();
    const std::size_t k = network.outputs();
    const arma::mat c = network.readout();
    const double scale = 1.0 / std::sqrt(static_cast<double>(d));
    // A fixed number of pieces, whose results are added in order.
    const std::size_t blocks = (m + node_block - 1) / node_block;
    const std::size_t pieces = std::min<std::size_t>(blocks, 16);
    std::vector<arma::mat> partial(pieces);
    base::parallel_for(pieces, [&](std::size_t piece) {
        partial[piece].zeros(n, k);
        for (std::size_t block = piece * blocks / pieces; block < (piece + 1) * blocks / pieces; ++block) {
            const std::size_t first = block * node_block;
            const std::size_t nodes = std::min(node_block, m - first);
            const arma::mat slopes = slope_block(network, x, first, nodes);
            arma::mat spread(n, nodes, arma::fill::none);
            gemm<double>(Transpose::no, Transpose::yes, n, nodes, k, 1.0, v.memptr(), n, c.memptr() + first, m, 0.0,
                         spread.memptr(), n);
            spread %= slopes;
            arma::mat motion(d, nodes, arma::fill::none);
            gemm<double>(Transpose::yes, Transpose::no, d, nodes, n, scale, x.memptr(), n, spread.memptr(), n, 0.0,
                         motion.memptr(), d);
            gemm<double>(Transpose::no, Transpose::no, n, nodes, d, scale, x.memptr(), n, motion.memptr(), d, 0.0,
                         spread.memptr(), n);
            spread %= slopes;
            gemm<double>(Transpose::no, Transpose::no, n, k, nodes, 1.0, spread.memptr(), n, c.memptr() + first, m, 1.0,
                         partial[piece].memptr(), n);
        }
    });
    for (std::size_t piece = 1; piece < pieces; ++piece)
        partial[0] += partial[piece];
    return partial[0];
}

double largest_tangent_eigenvalue(const ShallowNetwork& network, const arma::mat& x, std::size_t steps) {
    std::vector<arma::mat> basis;
    std::vector<double> diagonal;
    std::vector<double> off_diagonal;
    arma::mat v = start_vector(x.n_rows, network.outputs());
    v /= arma::norm(arma::vectorise(v));
    double before = 0.0;
    for (std::size_t step = 0; step < std::min<std::size_t>(steps, v.n_elem); ++step) {
        arma::mat next = tangent_product(network, x, v);
        basis.push_back(v);
        diagonal.push_back(arma::dot(next, v));
        for (int pass = 0; pass < 2; ++pass)
            for (const arma::mat& old : basis)
                next -= arma::dot(next, old) * old;
        std::vector<double> values = diagonal;
        std::vector<double> rest = off_diagonal;
        if (!numerics::lapack::tridiagonal_eigenvalues(values, rest)) break;
        const double largest = values.back();
        const double length = arma::norm(arma::vectorise(next));
        if (step > 2 && std::abs(largest - before) <= 1e-13 * largest) return largest;
        before = largest;
        if (!(length > 1e-14 * std::abs(largest))) break;
        off_diagonal.push_back(length);
        v = next / length;
    }
    return before;
}

} // namespace limsym::nodescaling
