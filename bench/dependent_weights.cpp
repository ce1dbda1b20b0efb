// Networks with node variances: variances, inverses of tails, kernels and outputs, as mogp-sample draws them.
#include <cmath>
#include <string>
#include <vector>

#include "limsym/base/parallel.hpp"
#include "limsym/base/random.hpp"
#include "limsym/mixture/inverse_table.hpp"
#include "limsym/mixture/node_variances.hpp"
#include "limsym/mixture/random_kernel.hpp"
#include "limsym/network/network.hpp"
#include "limsym/numerics/blas.hpp"
#include "measure.hpp"

namespace limsym::bench {

namespace {

constexpr std::uint64_t seed = 11;

mixture::Architecture relu_network(const std::string& prior, std::size_t depth) {
    network::Shorthand shorthand;
    shorthand.activation = network::parse_activation("relu", "activation");
    shorthand.depth = depth;
    return mixture::make_architecture(network::make_network(shorthand), {prior});
}

/// Times `runs` calls after one that is not counted; each time divided by `per`.
template <typename Work>
std::vector<double> times_of(std::size_t runs, std::size_t per, const Work& work) {
    work();
    std::vector<double> times;
    for (std::size_t r = 0; r < runs; ++r)
        times.push_back(seconds(work) / static_cast<double>(per));
    return times;
}

void print(const std::vector<double>& times) {
    Record record;
    record.add("ours", times);
    record.print();
}

} // namespace

void dependent_networks(const std::string& prior, std::size_t depth, std::size_t width, std::size_t nets,
                        unsigned threads, std::size_t runs, const std::string& result_file) {
    numerics::use_serial_blas();
    const base::ThreadLimit limit(threads);
    mixture::DrawOptions how;
    how.width = width;
    const mixture::RandomKernel kernel(relu_network(prior, depth), arma::mat(1, 1, arma::fill::ones), how, seed);
    arma::vec outputs(nets);
    const std::vector<double> times = times_of(
        runs, nets, [&] { base::parallel_for(nets, [&](std::size_t i) { outputs(i) = kernel.outputs(i, 1)(0, 0); }); });
    write_doubles(result_file, outputs);
    print(times);
}

void node_variance_draws(const std::string& prior, std::size_t width, std::size_t draws, unsigned threads,
                         std::size_t runs, const std::string& result_file) {
    const base::ThreadLimit limit(threads);
    const mixture::Prior law = mixture::parse_prior(prior);
    arma::mat values(width, draws);
    const std::vector<double> times = times_of(runs, 1, [&] {
        base::parallel_for(draws, [&](std::size_t i) {
            mixture::draw_node_variances(law, width, width, seed, 1, i, values.colptr(i));
        });
    });
    write_doubles(result_file, values);
    print(times);
}

void inverse_tails(const std::string& prior, const std::string& arguments_file, std::size_t n, unsigned threads,
                   std::size_t runs, const std::string& result_file) {
    const base::ThreadLimit limit(threads);
    const mixture::Prior law = mixture::parse_prior(prior);
    const arma::vec g = read_doubles(arguments_file, n, 1);
    arma::vec x(n);
    const std::vector<double> times = times_of(runs, n, [&] {
        const mixture::InverseTable inverse(mixture::levy_measure(law.terms.front()), g.max());
        constexpr std::size_t piece = 4096;
        base::parallel_for((n + piece - 1) / piece, [&](std::size_t i) {
            for (std::size_t k = i * piece; k < std::min(n, (i + 1) * piece); ++k)
                x(k) = inverse(g(k));
        });
    });
    write_doubles(result_file, x);
    print(times);
}

void random_kernels(const std::string& prior, std::size_t depth, double tail, const std::string& inputs_file,
                    std::size_t n, std::size_t d, std::size_t draws, unsigned threads, std::size_t runs,
                    const std::string& result_file) {
    numerics::use_serial_blas();
    const base::ThreadLimit limit(threads);
    mixture::DrawOptions how;
    how.tail = tail;
    how.residual_mean = false;
    const mixture::RandomKernel kernel(relu_network(prior, depth), read_doubles(inputs_file, n, d), how, seed);
    arma::vec corners(draws);
    const std::vector<double> times = times_of(runs, draws, [&] {
        base::parallel_for(draws, [&](std::size_t i) { corners(i) = kernel.draw(i, depth + 1)(n - 1, 0); });
    });
    write_doubles(result_file, corners);
    print(times);
}

} // namespace limsym::bench
