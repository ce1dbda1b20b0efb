#include "limsym/mixture/random_kernel.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cblas.h>
#include <cmath>
#include <string>

#include "limsym/base/error.hpp"
#include "limsym/base/memory.hpp"
#include "limsym/base/random.hpp"
#include "limsym/kernel/dual.hpp"
#include "limsym/kernel/dual_block.hpp"
#include "limsym/mixture/node_variances.hpp"
#include "limsym/numerics/blas.hpp"
#include "limsym/numerics/lapack.hpp"
#include "limsym/numerics/square_root.hpp"
#include "limsym/numerics/variates.hpp"
#include "limsym/numerics/vmath.hpp"

namespace limsym::mixture {

namespace {

using network::ActivationKind;

constexpr std::size_t block = 256; ///< nodes whose values are formed at a time

bool has_closed_dual(ActivationKind kind) {
    return kind != ActivationKind::tanh && kind != ActivationKind::sigmoid && kind != ActivationKind::softplus;
}

/// A block good for variances up to `largest`, which counts by its power of two so that it depends on little.
std::optional<kernel::DualBlock> dual_block(const network::Activation& activation, double largest) {
    constexpr double most = 64.0; // beyond it Hermite series converge too slowly
    if (has_closed_dual(activation.kind)) return kernel::make_dual_block(activation, 1.0, 1e-12);
    const double rounded = std::exp2(std::max(0.0, std::ceil(std::log2(std::max(largest, 1e-300)))));
    if (!(rounded <= most)) return std::nullopt;
    return kernel::make_dual_block(activation, rounded, 1e-12);
}

/// The upper triangle := the lower one, by squares that stay in cache.
void mirror(arma::mat& k) {
    constexpr std::size_t edge = 32;
    const std::size_t n = k.n_rows;
    for (std::size_t column = 0; column < n; column += edge)
        for (std::size_t row = column; row < n; row += edge)
            for (std::size_t j = column; j < std::min(column + edge, n); ++j)
                for (std::size_t i = std::max(row, j + 1); i < std::min(row + edge, n); ++i)
                    k(j, i) = k(i, j);
}

void dual_by_block(const kernel::DualBlock& dual, const arma::mat& k, arma::mat& result) {
    const std::size_t n = k.n_rows;
    std::vector<double> variances(n);
    for (std::size_t i = 0; i < n; ++i)
        variances[i] = k(i, i);
    std::vector<double> slopes(n);
    if (n > 1) {
        const auto rows = kernel::prepare_rows<double>(dual, variances, false);
        std::vector<double> scratch(n);
        for (std::size_t j = 0; j + 1 < n; ++j) {
            double* const column = result.colptr(j) + j;
            std::copy_n(k.colptr(j) + j, n - j, column);
            kernel::apply_column<double>(dual, rows, j, rows, j, {}, column, nullptr, scratch.data());
        }
    }
    kernel::apply_diagonal<double>(dual, variances, slopes);
    for (std::size_t i = 0; i < n; ++i)
        result(i, i) = variances[i];
}

void dual_by_quadrature(const network::Activation& activation, const arma::mat& k, arma::mat& result) {
    kernel::DualOptions options;
    options.method = kernel::DualMethod::polar;
    for (std::size_t j = 0; j < k.n_cols; ++j)
        for (std::size_t i = j; i < k.n_rows; ++i)
            result(i, j) = kernel::dual_activation(activation, k(i, i), k(j, j), k(i, j), options).value;
}

/// Columns sqrt(lambda_j) phi(zeta_j) of `zeta` (n x count), added as Phi Phi^T to the lower triangle of `sum`.
void add_nodes(const BlockFunction& phi, const double* points, std::size_t count, double* zeta, arma::mat& sum) {
    const std::size_t n = sum.n_rows;
    phi(zeta, n * count);
    for (std::size_t j = 0; j < count; ++j) {
        const double root = std::sqrt(points[j]);
        for (std::size_t i = 0; i < n; ++i)
            zeta[j * n + i] *= root;
    }
    cblas_dsyrk(CblasColMajor, CblasLower, CblasNoTrans, static_cast<int>(n), static_cast<int>(count), 1.0, zeta,
                static_cast<int>(n), 1.0, sum.memptr(), static_cast<int>(n));
}

/// sigma_b^2 + sigma_w^2 (drift dual + sum), symmetric.
void finish(const KernelStep& step, const arma::mat& k, arma::mat& sum) {
    const double weight = step.sigma_w * step.sigma_w;
    const double bias = step.sigma_b * step.sigma_b;
    if (step.drift > 0.0) {
        const arma::mat dual = dual_kernel(step.activation, k);
        sum += step.drift * dual;
    }
    for (double& value : sum)
        value = bias + weight * value;
    mirror(sum);
}

/// R with K = R R^T: lower triangular, or with `rank` columns that are not 0.
struct Root {
    arma::mat matrix;
    std::size_t rank;
    bool triangular;
};

Root root_of(const arma::mat& k) {
    Root root{k, k.n_rows, true};
    if (numerics::lapack::cholesky_lower(k.n_rows, root.matrix.memptr(), k.n_rows) == 0) return root;
    root = {numerics::square_root(k), k.n_rows, false};
    while (root.rank > 0 && root.matrix.col(root.rank - 1).is_zero())
        --root.rank;
    return root;
}

/// `values` (n x count) := R values. Rows beyond the rank count for nothing.
void multiply(const Root& root, std::size_t count, std::vector<double>& values, std::vector<double>& scratch) {
    const int n = static_cast<int>(root.matrix.n_rows);
    const int m = static_cast<int>(count);
    if (root.triangular) {
        cblas_dtrmm(CblasColMajor, CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, n, m, 1.0, root.matrix.memptr(),
                    n, values.data(), n);
        return;
    }
    scratch.assign(values.size(), 0.0);
    if (root.rank > 0)
        cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, n, m, static_cast<int>(root.rank), 1.0,
                    root.matrix.memptr(), n, values.data(), n, 0.0, scratch.data(), n);
    values.swap(scratch);
}

/// The number of heads of `count` fair coins.
std::size_t fair_binomial(base::RandomStream& stream, std::size_t count) {
    constexpr std::size_t bits = 64;
    std::size_t heads = 0;
    for (; count >= bits; count -= bits)
        heads += static_cast<std::size_t>(std::popcount(stream.next()));
    if (count > 0) heads += static_cast<std::size_t>(std::popcount(stream.next() >> (bits - count)));
    return heads;
}

} // namespace

BlockFunction block_function(const network::Activation& activation) {
    const bool plain = activation.parameters.empty();
    if (activation.kind == ActivationKind::relu)
        return [](double* v, std::size_t n) {
            for (std::size_t i = 0; i < n; ++i)
                v[i] = v[i] > 0.0 ? v[i] : 0.0;
        };
    if (activation.kind == ActivationKind::identity) return [](double*, std::size_t) {};
    if (activation.kind == ActivationKind::tanh && plain)
        return [](double* v, std::size_t n) { numerics::vtanh(v, v, n); };
    return [phi = network::scalar_function(activation).value](double* v, std::size_t n) {
        for (std::size_t i = 0; i < n; ++i)
            v[i] = phi(v[i]);
    };
}

arma::mat dual_kernel(const network::Activation& activation, const arma::mat& k) {
    arma::mat result(k.n_rows, k.n_cols, arma::fill::none);
    if (const auto dual = dual_block(activation, arma::max(k.diag())))
        dual_by_block(*dual, k, result);
    else
        dual_by_quadrature(activation, k, result);
    mirror(result);
    return result;
}

arma::mat apply_step(const KernelStep& step, const arma::mat& k, const std::vector<double>& points,
                     const arma::mat& zeta) {
    numerics::use_serial_blas();
    arma::mat sum(k.n_rows, k.n_rows, arma::fill::zeros);
    arma::mat values = zeta;
    if (!points.empty()) add_nodes(block_function(step.activation), points.data(), points.size(), values.memptr(), sum);
    finish(step, k, sum);
    return sum;
}

arma::mat first_kernel(const Architecture& architecture, const arma::mat& x) {
    numerics::use_serial_blas();
    const double d = architecture.unit_input ? 1.0 : static_cast<double>(x.n_cols);
    arma::mat k(x.n_rows, x.n_rows, arma::fill::zeros);
    const int n = static_cast<int>(x.n_rows);
    cblas_dsyrk(CblasColMajor, CblasLower, CblasNoTrans, n, static_cast<int>(x.n_cols),
                architecture.sigma_w * architecture.sigma_w / d, x.memptr(), n, 0.0, k.memptr(), n);
    k += architecture.sigma_b * architecture.sigma_b;
    mirror(k);
    if (!k.is_finite())
        throw base::WorkError("the kernel of layer 1 leaves the range of double; try smaller inputs or scales");
    return k;
}

struct RandomKernel::Parts {
    struct Layer {
        KernelStep step;
        BlockFunction phi;
        Prior prior;
        std::optional<PointSampler> points; ///< of the limit
    };
    arma::mat first;
    std::optional<Root> first_root; ///< of several inputs
    std::optional<std::size_t> width;
    std::uint64_t seed = 0;
    std::vector<Layer> layers;

    [[nodiscard]] std::vector<double> variances(std::size_t layer, std::uint64_t draw) const {
        const Layer& here = layers[layer];
        if (here.points) return here.points->draw(seed, layer + 1, draw);
        std::vector<double> values(*width);
        draw_node_variances(here.prior, *width, *width, seed, layer + 1, draw, values.data());
        return values;
    }

    [[nodiscard]] base::RandomStream hidden_units(std::size_t layer, std::uint64_t draw) const {
        return {seed, "hidden units " + std::to_string(layer + 1), draw};
    }

    /// sum_j lambda_j relu(zeta_j)^2 of p nodes zeta_j ~ N(0, k): half of them, a binomial number, are active, and
    /// only those are drawn; an active relu(zeta)^2 is the square of a normal.
    [[nodiscard]] double active_sum(double k, std::size_t layer, std::uint64_t draw) const {
        base::RandomStream stream = hidden_units(layer, draw);
        const std::size_t active = fair_binomial(stream, *width);
        std::vector<double> lambda(active);
        draw_node_variances(layers[layer].prior, *width, active, seed, layer + 1, draw, lambda.data());
        std::array<double, block> z;
        double total = 0.0;
        for (std::size_t first_node = 0; first_node < active; first_node += block) {
            const std::size_t count = std::min(block, active - first_node);
            numerics::fill_normal(stream, z.data(), count);
            for (std::size_t j = 0; j < count; ++j)
                total += lambda[first_node + j] * z[j] * z[j];
        }
        return k * total;
    }

    /// sum_j lambda_j phi(zeta_j)^2 at one input.
    [[nodiscard]] double sum_of_one(double k, std::size_t layer, std::uint64_t draw) const {
        const Layer& here = layers[layer];
        if (!here.points && here.step.activation.kind == ActivationKind::relu) return active_sum(k, layer, draw);
        const std::vector<double> lambda = variances(layer, draw);
        base::RandomStream stream = hidden_units(layer, draw);
        std::array<double, block> zeta;
        double total = 0.0;
        for (std::size_t first_node = 0; first_node < lambda.size(); first_node += block) {
            const std::size_t count = std::min(block, lambda.size() - first_node);
            numerics::fill_normal(stream, zeta.data(), count);
            for (std::size_t j = 0; j < count; ++j)
                zeta[j] *= std::sqrt(k);
            here.phi(zeta.data(), count);
            for (std::size_t j = 0; j < count; ++j)
                total += lambda[first_node + j] * zeta[j] * zeta[j];
        }
        return total;
    }

    /// sum_j lambda_j phi(zeta_j) phi(zeta_j)^T in the lower triangle.
    [[nodiscard]] arma::mat sum_of_many(const arma::mat& k, std::size_t layer, std::uint64_t draw) const {
        arma::mat sum(k.n_rows, k.n_rows, arma::fill::zeros);
        const std::vector<double> lambda = variances(layer, draw);
        if (lambda.empty()) return sum;
        std::optional<Root> own;
        if (layer > 0) own = root_of(k);
        const Root& root = own ? *own : *first_root;
        base::RandomStream stream = hidden_units(layer, draw);
        std::vector<double> zeta;
        std::vector<double> scratch;
        for (std::size_t first_node = 0; first_node < lambda.size(); first_node += block) {
            const std::size_t count = std::min(block, lambda.size() - first_node);
            zeta.resize(k.n_rows * count);
            numerics::fill_normal(stream, zeta.data(), zeta.size());
            multiply(root, count, zeta, scratch);
            add_nodes(layers[layer].phi, lambda.data() + first_node, count, zeta.data(), sum);
        }
        return sum;
    }

    [[nodiscard]] arma::mat next(const arma::mat& k, std::size_t layer, std::uint64_t draw) const {
        arma::mat sum(1, 1, arma::fill::none);
        if (k.n_rows == 1)
            sum(0, 0) = sum_of_one(k(0, 0), layer, draw);
        else
            sum = sum_of_many(k, layer, draw);
        finish(layers[layer].step, k, sum);
        if (!sum.is_finite())
            throw base::WorkError("the kernel of layer " + std::to_string(layer + 2) +
                                  " leaves the range of double in "
                                  "draw " +
                                  std::to_string(draw) + "; try a prior with a lighter tail");
        return sum;
    }
};

RandomKernel::RandomKernel(const Architecture& architecture, const arma::mat& x, const DrawOptions& options,
                           std::uint64_t seed) {
    auto parts = std::make_unique<Parts>();
    parts->first = first_kernel(architecture, x);
    if (x.n_rows > 1) parts->first_root = root_of(parts->first);
    parts->width = options.width;
    parts->seed = seed;
    for (const HiddenLayer& hidden : architecture.hidden) {
        Parts::Layer layer;
        layer.step = {hidden.activation, hidden.sigma_w, hidden.sigma_b, 0.0};
        layer.phi = block_function(hidden.activation);
        layer.prior = hidden.prior;
        if (options.width) {
            check_width(hidden.prior, static_cast<double>(*options.width));
        } else {
            const double tail = options.tolerance ? tail_for_tolerance(hidden.prior, *options.tolerance) : options.tail;
            layer.points.emplace(hidden.prior, tail);
            layer.step.drift = layer.points->drift() + (options.residual_mean ? layer.points->residual_mean() : 0.0);
        }
        parts->layers.push_back(std::move(layer));
    }
    parts_ = std::move(parts);
}

RandomKernel::~RandomKernel() = default;
RandomKernel::RandomKernel(RandomKernel&&) noexcept = default;

std::size_t RandomKernel::layers() const {
    return parts_->layers.size();
}

arma::mat RandomKernel::draw(std::uint64_t draw, std::size_t layer) const {
    arma::mat k = parts_->first;
    for (std::size_t l = 0; l + 1 < layer; ++l)
        k = parts_->next(k, l, draw);
    return k;
}

arma::mat RandomKernel::outputs(std::uint64_t draw, std::size_t outputs) const {
    const arma::mat k = this->draw(draw, layers() + 1);
    const std::size_t n = k.n_rows;
    base::RandomStream stream(parts_->seed, "outputs", draw);
    std::vector<double> values(n * outputs);
    std::vector<double> scratch;
    numerics::fill_normal(stream, values.data(), values.size());
    multiply(n > 1 ? root_of(k) : Root{arma::sqrt(k), 1, true}, outputs, values, scratch);
    return {values.data(), n, outputs};
}

std::uint64_t RandomKernel::bytes() const {
    const std::uint64_t n = parts_->first.n_rows;
    double nodes = 0.0;
    for (const Parts::Layer& layer : parts_->layers)
        nodes = std::max(nodes, layer.points ? layer.points->size() : static_cast<double>(*parts_->width));
    const std::uint64_t square = base::saturating_product(n, n);
    const std::uint64_t numbers = base::saturating_product(square, 4) + base::saturating_product(n, 2 * block) +
                                  static_cast<std::uint64_t>(std::min(nodes, 1e18));
    return base::saturating_product(numbers, sizeof(double));
}

} // namespace limsym::mixture
