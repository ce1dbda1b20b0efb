// Ensembles of finite networks, trained by small steps of gradient descent, against the law that gradient_flow gives.
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include <doctest/doctest.h>

#include "limsym/base/parallel.hpp"
#include "limsym/base/random.hpp"
#include "limsym/kernel/gram.hpp"
#include "limsym/network/loss.hpp"
#include "limsym/network/propagation.hpp"
#include "limsym/numerics/distributions.hpp"
#include "limsym/numerics/variates.hpp"
#include "limsym/process/gradient_flow.hpp"

using namespace limsym;
using process::TrainedLayers;

namespace {

constexpr std::size_t members = 2500;
constexpr std::size_t width = 96;
constexpr double step = 0.25; // of the largest eigenvalue of G / N

struct Toy {
    arma::mat x{{1.0, 0.1}, {-0.4, 1.1}, {-0.6, -0.9}};
    arma::vec y{0.8, -0.5, 0.3};
    arma::mat test{{0.5, 0.6}, {1.5, -1.0}, {-1.0, 0.2}};
};

/// Two hidden erf layers; the readout has the variance s.
network::Network network_of(double s) {
    network::Shorthand shorthand;
    shorthand.activation = network::parse_activation("erf", "-");
    shorthand.depth = 2;
    shorthand.sigma_w = 1.5;
    shorthand.sigma_b = 0.3;
    shorthand.readout_sigma_w = std::sqrt(s);
    return network::make_network(shorthand);
}

/// Networks at the test points after time(s), one column a network; s of each drawn from InvGamma(alpha, beta).
arma::mat trained(const Toy& toy, TrainedLayers layers, double largest, const std::function<double(double)>& time,
                  double alpha, double beta) {
    arma::mat result(toy.test.n_rows, members, arma::fill::none);
    const arma::mat x = toy.x.t();
    const arma::mat y = toy.y.t();
    const auto n = static_cast<double>(toy.y.n_elem);
    base::parallel_for(members, [&](std::size_t k) {
        base::RandomStream stream(5, "scale", k);
        const double s = beta * std::exp(-numerics::log_gamma_variate(stream, alpha));
        const network::MultilayerPerceptron shape =
            network::make_perceptron(network_of(s), {.inputs = toy.x.n_cols, .width = width, .outputs = 1});
        std::vector<double> parameters =
            network::initial_parameters(shape, network::Initialisation::standard_normal, 100 + k);
        const network::ParameterRange readout = shape.stages.back().weight;
        const std::size_t first = layers == TrainedLayers::readout ? readout.begin : 0;
        network::Propagation<double> pass(shape);
        std::vector<double> gradient(parameters.size());
        const auto steps = static_cast<std::size_t>(std::ceil(time(s) * s * largest / n / step));
        const double rate = time(s) / static_cast<double>(steps);
        arma::mat cotangent;
        for (std::size_t i = 0; i < steps; ++i) {
            network::squared_error(pass.forward(parameters, x), y, 0.5 / n, &cotangent);
            pass.backward(parameters, cotangent, gradient);
            for (std::size_t j = first; j < parameters.size(); ++j)
                parameters[j] -= rate * gradient[j];
        }
        const arma::mat test = toy.test.t();
        result.col(k) = pass.forward(parameters, test).t();
    });
    return result;
}

process::FlowState law(const process::FlowKernels& kernels, const Toy& toy, double time, const std::string& prior) {
    process::FlowOptions options;
    options.times = {time};
    options.prior = process::parse_scale_prior(prior);
    return process::gradient_flow(kernels, toy.y, options, toy.x, "toy").front();
}

double distance(arma::rowvec sample, const process::FlowState& state, arma::uword point) {
    sample = arma::sort(sample);
    const auto n = static_cast<double>(sample.n_elem);
    double largest = 0.0;
    for (arma::uword i = 0; i < sample.n_elem; ++i) {
        const double z = (sample(i) - state.mean(point)) / state.scale(point);
        const double p = numerics::student_t_cdf(z, *state.df);
        const auto rank = static_cast<double>(i);
        largest = std::max({largest, p - rank / n, (rank + 1.0) / n - p});
    }
    return largest;
}

} // namespace

TEST_CASE("networks trained to the end follow the Student t of the limit, readout alone or all layers") {
    const Toy toy;
    for (const TrainedLayers layers : {TrainedLayers::readout, TrainedLayers::all}) {
        kernel::GramOptions kinds;
        kinds.nngp = layers == TrainedLayers::readout;
        kinds.ntk = !kinds.nngp;
        const kernel::Gram<double> gram = kernel::gram<double>(network_of(1.0), toy.x, kinds);
        const arma::vec eigenvalues = arma::eig_sym(kinds.nngp ? gram.nngp : gram.ntk);
        const process::FlowKernels kernels = process::flow_kernels(network_of(1.0), toy.x, toy.test, layers);
        CHECK(process::largest_rate(kernels, 1.0) == doctest::Approx(eigenvalues.back()));
        const auto n = static_cast<double>(toy.y.n_elem);
        const auto end = [&](double s) { return 10.0 * n / (s * eigenvalues.front()); };
        const arma::mat ends = trained(toy, layers, eigenvalues.back(), end, 2.0, 2.0);
        const process::FlowState state =
            law(kernels, toy, std::numeric_limits<double>::infinity(), "inverse_gamma:alpha=2,beta=2");
        REQUIRE(state.df);
        CHECK(*state.df == 4.0);
        for (arma::uword i = 0; i < toy.test.n_rows; ++i)
            CHECK(distance(ends.row(i), state, i) < 1.95 / std::sqrt(static_cast<double>(members)));
    }
}

TEST_CASE("networks trained for a while have the moments of the mixture over s") {
    const Toy toy;
    for (const TrainedLayers layers : {TrainedLayers::readout, TrainedLayers::all}) {
        const process::FlowKernels kernels = process::flow_kernels(network_of(1.0), toy.x, toy.test, layers);
        const double largest = process::largest_rate(kernels, 1.0);
        const double time = 2.0 * static_cast<double>(toy.y.n_elem) / largest;
        const arma::mat ends = trained(
            toy, layers, largest, [&](double) { return time; }, 8.0, 8.0);
        const process::FlowState state = law(kernels, toy, time, "inverse_gamma:alpha=8,beta=8");
        for (arma::uword i = 0; i < toy.test.n_rows; ++i) {
            const arma::rowvec values = ends.row(i);
            const double error = std::sqrt(state.variance(i) / static_cast<double>(members));
            CHECK(std::abs(arma::mean(values) - state.mean(i)) < 4.0 * error);
            // The sample variance of a law with these tails has a relative error of about 2 / sqrt(members).
            CHECK(std::abs(arma::var(values) / state.variance(i) - 1.0) < 0.15);
        }
    }
}
