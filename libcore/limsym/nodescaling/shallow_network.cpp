#include "limsym/nodescaling/shallow_network.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "limsym/base/parallel.hpp"
#include "limsym/base/random.hpp"
#include "limsym/numerics/blas.hpp"
#include "limsym/numerics/cholesky.hpp"
#include "limsym/numerics/gemm.hpp"
#include "limsym/numerics/variates.hpp"

namespace limsym::nodescaling {

namespace {

/// Nodes and rows of one piece of work.
constexpr std::size_t node_block = 256;
constexpr std::size_t row_block = 256;

} // namespace

arma::mat ShallowNetwork::readout() const {
    arma::mat c = signs;
    for (std::size_t k = 0; k < c.n_cols; ++k)
        for (std::size_t j = 0; j < c.n_rows; ++j)
            c(j, k) *= std::sqrt(lambda(j));
    return c;
}

arma::mat ShallowNetwork::working_x(const arma::mat& x) const {
    return units ? units->x.apply(x) : x;
}

arma::mat ShallowNetwork::working_y(const arma::mat& y) const {
    return units && units->y ? units->y->apply(y) : y;
}

void draw_weights(ShallowNetwork& network, std::size_t inputs, std::size_t outputs, std::uint64_t seed) {
    const std::size_t m = network.lambda.n_elem;
    network.w.set_size(inputs, m);
    network.signs.set_size(m, outputs);
    base::parallel_for((m + node_block - 1) / node_block, [&](std::size_t block) {
        for (std::size_t j = block * node_block; j < std::min(m, (block + 1) * node_block); ++j) {
            base::RandomStream weights(seed, "node weights", j);
            numerics::fill_normal(weights, network.w.colptr(j), inputs);
            for (std::size_t c = 0; c < inputs; ++c)
                network.w(c, j) *= network.sigma_w;
            base::RandomStream signs(seed, "node signs", j);
            for (std::size_t k = 0; k < outputs; ++k)
                network.signs(j, k) = signs.next() >> 63U != 0 ? 1.0 : -1.0;
        }
    });
}

arma::mat preactivations(const ShallowNetwork& network, const arma::mat& x) {
    arma::mat z;
    numerics::multiply_nn(1.0 / std::sqrt(static_cast<double>(network.inputs())), x, network.w, 0.0, z);
    return z;
}

arma::mat outputs(const ShallowNetwork& network, const arma::mat& x) {
    numerics::use_serial_blas();
    const std::size_t n = x.n_rows;
    const std::size_t d = network.inputs();
    const std::size_t m = network.nodes();
    const std::size_t k = network.outputs();
    const arma::mat c = network.readout();
    const double scale = 1.0 / std::sqrt(static_cast<double>(d));
    arma::mat f(n, k, arma::fill::zeros);
    base::parallel_for((n + row_block - 1) / row_block, [&](std::size_t block) {
        const std::size_t row = block * row_block;
        const std::size_t rows = std::min(row_block, n - row);
        arma::mat z(rows, std::min(m, node_block), arma::fill::none);
        for (std::size_t j = 0; j < m; j += node_block) {
            const std::size_t nodes = std::min(node_block, m - j);
            numerics::gemm<double>(numerics::Transpose::no, numerics::Transpose::no, rows, nodes, d, scale,
                                   x.memptr() + row, n, network.w.colptr(j), d, 0.0, z.memptr(), rows);
            network.activation.evaluate<double>(z.memptr(), z.memptr(), nullptr, rows * nodes);
            numerics::gemm<double>(numerics::Transpose::no, numerics::Transpose::no, rows, k, nodes, 1.0, z.memptr(),
                                   rows, c.memptr() + j, m, 1.0, f.memptr() + row, n);
        }
    });
    return f;
}

arma::mat predict(const ShallowNetwork& network, const arma::mat& x) {
    arma::mat f = outputs(network, network.working_x(x));
    if (network.units && network.units->y)
        for (std::size_t k = 0; k < f.n_cols; ++k)
            f.col(k) = f.col(k) * network.units->y->scale(k) + network.units->y->mean(k);
    return f;
}

std::vector<std::size_t> nodes_by_scale(const arma::vec& lambda) {
    std::vector<std::size_t> order(lambda.n_elem);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&lambda](std::size_t a, std::size_t b) { return lambda(a) > lambda(b); });
    return order;
}

arma::mat node_features(const ShallowNetwork& network, const arma::mat& x, const std::vector<std::size_t>& order,
                        std::size_t count) {
    const ShallowNetwork top = with_nodes(network, {order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count)});
    arma::mat h = preactivations(top, x);
    for (std::size_t j = 0; j < count; ++j) {
        top.activation.evaluate<double>(h.colptr(j), h.colptr(j), nullptr, h.n_rows);
        h.col(j) *= std::sqrt(top.lambda(j));
    }
    return h;
}

ShallowNetwork with_nodes(const ShallowNetwork& network, const std::vector<std::size_t>& nodes) {
    ShallowNetwork result = network;
    result.w.set_size(network.inputs(), nodes.size());
    result.signs.set_size(nodes.size(), network.outputs());
    result.lambda.set_size(nodes.size());
    for (std::size_t j = 0; j < nodes.size(); ++j) {
        result.w.col(j) = network.w.col(nodes[j]);
        result.signs.row(j) = network.signs.row(nodes[j]);
        result.lambda(j) = network.lambda(nodes[j]);
    }
    return result;
}

} // namespace limsym::nodescaling
