// Gram matrices of fully connected ReLU networks against BLAS's dsyrk and against the bare activation loop.
#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include <cblas.h>

#include "limsym/base/parallel.hpp"
#include "limsym/kernel/column_kernels.hpp"
#include "limsym/kernel/gram.hpp"
#include "limsym/numerics/blas.hpp"
#include "measure.hpp"

namespace limsym::bench {

namespace {

// sigma_w = sqrt(2) keeps variances, a bias moves angles: nothing degenerates with depth.
constexpr double sigma_b = 0.1;

network::Network relu_network(std::size_t layers) {
    network::Shorthand shorthand;
    shorthand.activation.kind = network::ActivationKind::relu;
    shorthand.depth = layers;
    shorthand.sigma_w = std::numbers::sqrt2;
    shorthand.sigma_b = sigma_b;
    return network::make_network(shorthand);
}

double variance_after(double q, std::size_t layers) {
    for (std::size_t l = 0; l < layers; ++l)
        q = 0.5 * (2.0 * q + sigma_b * sigma_b);
    return q;
}

// The recursion for one entry by libm.
double entry(double q1, double q2, double c, std::size_t layers) {
    for (std::size_t l = 0; l < layers; ++l) {
        const double p1 = 2.0 * q1 + sigma_b * sigma_b;
        const double p2 = 2.0 * q2 + sigma_b * sigma_b;
        const double p = std::sqrt(p1 * p2);
        const double v = std::clamp(2.0 * c + sigma_b * sigma_b, -p, p);
        const double root = std::sqrt((p - v) * (p + v));
        c = (root + (std::numbers::pi - std::atan2(root, v)) * v) / (2.0 * std::numbers::pi);
        q1 = 0.5 * p1;
        q2 = 0.5 * p2;
    }
    return c;
}

// Largest relative difference between the Gram matrix and the plain recursion, over entries all about the triangle.
double disagreement(const network::Network& network, const arma::mat& x, std::size_t layers) {
    arma::mat gram(x.n_rows, x.n_rows, arma::fill::none);
    kernel::gram_lower(network, x, gram, kernel::GramOptions{});
    const double d = static_cast<double>(x.n_cols);
    double worst = 0.0;
    std::size_t i = 1;
    std::size_t j = 0;
    for (int sample = 0; sample < 4000; ++sample) {
        i = (i * 7919 + 13) % x.n_rows;
        j = (j * 104729 + 7) % x.n_rows;
        const double q1 = arma::dot(x.row(i), x.row(i)) / d;
        const double q2 = arma::dot(x.row(j), x.row(j)) / d;
        const double want =
            i == j ? variance_after(q1, layers) : entry(q1, q2, arma::dot(x.row(i), x.row(j)) / d, layers);
        worst = std::max(worst, std::fabs(gram.at(std::max(i, j), std::min(i, j)) - want) / std::fabs(want));
    }
    return worst;
}

Record head(std::size_t n, std::size_t d, std::size_t layers, unsigned threads) {
    Record record;
    record.add("n", static_cast<double>(n));
    record.add("d", static_cast<double>(d));
    record.add("layers", static_cast<double>(layers));
    record.add("threads", threads);
    return record;
}

} // namespace

void gram_against_syrk(std::size_t n, std::size_t d, std::size_t layers, unsigned threads, std::size_t runs) {
    numerics::use_serial_blas();
    const base::ThreadLimit limit(threads);
    const network::Network network = relu_network(layers);
    const arma::mat x = points(n, d);
    Record record = head(n, d, layers, threads);
    record.add("max_relative_difference", disagreement(network, x, layers));
    // Both sides make the lower triangle, in memory taken afresh as a caller has to.
    const Samples samples = alternate(
        runs,
        [&] {
            arma::mat c(n, n, arma::fill::none);
            kernel::gram_lower(network, x, c, kernel::GramOptions{});
        },
        [&] {
            openblas_set_num_threads(static_cast<int>(threads));
            arma::mat c(n, n, arma::fill::none);
            cblas_dsyrk(CblasColMajor, CblasLower, CblasNoTrans, static_cast<int>(n), static_cast<int>(d),
                        1.0 / static_cast<double>(d), x.memptr(), static_cast<int>(n), 0.0, c.memptr(),
                        static_cast<int>(n));
            openblas_set_num_threads(1);
        });
    record.add("ours", samples.ours);
    record.add("peer", samples.peer);
    record.print();
}

void gram_against_activations(std::size_t n, std::size_t d, std::size_t layers, unsigned threads, std::size_t runs) {
    numerics::use_serial_blas();
    const base::ThreadLimit limit(threads);
    const network::Network network = relu_network(layers);
    const arma::mat x = points(n, d);
    Record record = head(n, d, layers, threads);
    record.add("max_relative_difference", disagreement(network, x, layers));
    // The same inner loop over as many entries of one tile that stays in cache: no product, no result in memory.
    constexpr std::size_t edge = 256;
    const kernel::ColumnKernels<double>& kernels = kernel::column_kernels<double>();
    const std::vector<double> ones(edge, 1.0);
    const std::size_t tiles = (n * (n + 1) / 2 + edge * edge - 1) / (edge * edge);
    const auto bare_loop = [&](std::size_t) {
        thread_local std::vector<double> tile(edge * edge);
        for (std::size_t i = 0; i < tile.size(); ++i)
            tile[i] = std::sin(static_cast<double>(i % edge));
        const kernel::AngleRows<double> rows{ones.data(), ones.data(), ones.data(), 1.0, 1.0, 1.0};
        for (std::size_t column = 0; column < edge; ++column)
            for (std::size_t l = 0; l < layers; ++l)
                kernels.arc(edge, kernel::ColumnAffine<double>{}, 1.0 / std::numbers::pi, 1.0, rows,
                            tile.data() + column * edge, nullptr);
    };
    const Samples samples = alternate(
        runs,
        [&] {
            arma::mat c(n, n, arma::fill::none);
            kernel::gram_lower(network, x, c, kernel::GramOptions{});
        },
        [&] { base::parallel_for(tiles, bare_loop); });
    record.add("kernels", std::string(kernels.name));
    record.add("ours", samples.ours);
    record.add("peer", samples.peer);
    record.print();
}

namespace {

// Writes a first matrix, then times the making of another.
template <typename T>
double time_of_gram(const network::Network& network, const arma::mat& x, const kernel::GramOptions& options,
                    const std::string& result_file) {
    const auto make = [&] {
        kernel::Gram<T> gram = kernel::gram<T>(network, x, options);
        return options.ntk ? std::move(gram.ntk) : std::move(gram.nngp);
    };
    write_doubles(result_file, arma::conv_to<arma::mat>::from(make()));
    return seconds([&] { static_cast<void>(make()); });
}

} // namespace

void gram_of_files(const std::string& network_file, const std::string& points_file, std::size_t n, std::size_t d,
                   const std::string& kind, const std::string& dtype, unsigned threads,
                   const std::string& result_file) {
    const base::ThreadLimit limit(threads);
    const network::Network network = network::read_network_file(network_file);
    const arma::mat x = read_doubles(points_file, n, d);
    kernel::GramOptions options;
    options.ntk = kind == "ntk";
    options.nngp = !options.ntk;
    Record record;
    record.add("ours", std::vector<double>{dtype == "f32" ? time_of_gram<float>(network, x, options, result_file)
                                                          : time_of_gram<double>(network, x, options, result_file)});
    record.print();
}

} // namespace limsym::bench
