#include "limsym/process/gradient_flow.hpp"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "limsym/base/error.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/data/json.hpp"
#include "limsym/process/prediction.hpp"
#include "limsym/process/regression.hpp"
#include "support.hpp"

using namespace limsym;
using process::FlowKernels;
using process::FlowOptions;
using process::FlowState;
using process::TrainedLayers;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

network::Network network_of(const std::string& layers, bool standard = false) {
    const std::string text = std::string(R"({"schema":"limsym/network@1","parameterization":")") +
                             (standard ? "standard" : "ntk") + R"(","layers":)" + layers + "}";
    return network::read_network(data::parse_json(text, "net.json"), "net.json");
}

const char* const erf_layers =
    R"([{"dense":{"sigma_w":1.5,"sigma_b":0.3}},{"activation":"erf"},{"dense":{"sigma_w":1.3,"sigma_b":0.1}},)"
    R"({"activation":"erf"},{"dense":{}}])";

struct Problem {
    arma::mat x{{-1.3, 0.2}, {0.4, 0.9}, {1.1, -0.7}, {-0.2, -1.4}, {0.8, 1.6}};
    arma::vec y{0.7, -0.4, 1.1, 0.2, -0.9};
    arma::mat test{{0.1, 0.3}, {2.0, -1.0}, {-1.3, 0.2}};
};

std::vector<FlowState> run(const network::Network& net, const Problem& problem, TrainedLayers layers,
                           std::vector<double> times, const std::string& prior, double regulariser = 0.0,
                           double rate = 1.0) {
    const FlowKernels kernels = process::flow_kernels(net, problem.x, problem.test, layers);
    FlowOptions options;
    options.times = std::move(times);
    options.learning_rate = rate;
    options.regulariser = regulariser;
    options.prior = process::parse_scale_prior(prior);
    return process::gradient_flow(kernels, problem.y, options, problem.x, "train.csv");
}

void check_close(const arma::vec& got, const arma::vec& want, double tolerance) {
    REQUIRE(got.n_elem == want.n_elem);
    for (arma::uword i = 0; i < got.n_elem; ++i)
        CHECK(std::abs(got(i) - want(i)) <= tolerance * std::max(1.0, std::abs(want(i))));
}

/// Mixture over a density on a fine grid of log s, each scale by itself: what the quadrature has to give.
struct Mixture {
    arma::vec mean;
    arma::vec variance;
};
template <typename Given>
Mixture brute_force(const std::string& prior_text, double low, double high, std::size_t count, const Given& given) {
    const process::ScalePrior prior = process::parse_scale_prior(prior_text);
    const double step = (high - low) / static_cast<double>(count);
    arma::vec mean;
    arma::vec second;
    for (std::size_t k = 0; k <= count; ++k) {
        const double u = low + step * static_cast<double>(k);
        const double weight = step * std::exp(process::log_density(prior, u) + u);
        const FlowState state = given(std::exp(u));
        if (mean.empty()) {
            mean.zeros(state.mean.n_elem);
            second.zeros(state.mean.n_elem);
        }
        mean += weight * state.mean;
        second += weight * (state.variance + state.mean % state.mean);
    }
    return {mean, second - mean % mean};
}

std::string point(double s) {
    std::string text = "point:";
    char digits[40];
    std::snprintf(digits, sizeof digits, "%.17g", s);
    return text + digits;
}

network::Network with_readout(network::Network net, double factor) {
    std::get<network::Dense>(net.layers.back().value).sigma_w *= factor;
    return net;
}

} // namespace

TEST_CASE("flow: acceptance vectors") {
    const auto folder = tests::shared_folder("golden/nngp-kernel");
    if (!folder) return;
    const data::Json golden = data::read_json(*folder + "/gradient-flow.json");
    const network::Network net = network::read_network(golden["network"], "net.json");
    const auto column = [](const data::Json& rows) {
        arma::mat values(rows.size(), 1);
        for (std::size_t i = 0; i < rows.size(); ++i)
            values(i, 0) = rows[i].is_array() ? rows[i][0].get<double>() : rows[i].get<double>();
        return values;
    };
    Problem problem;
    problem.x = column(golden["X"]);
    problem.y = column(golden["y"]).col(0);
    problem.test = column(golden["Xs"]);
    const double regulariser = golden["reg_absolute"].get<double>();
    const auto check = [&](const data::Json& point, TrainedLayers layers, const std::string& prior) {
        const bool endless = point["t"].is_null();
        const double time = endless ? infinity : point["t"].get<double>();
        const FlowState state = run(net, problem, layers, {time}, prior, regulariser).front();
        // The vectors of the mixture are stated to 1e-6.
        const double tolerance = prior != "point:1" || time >= 1e4 ? 1e-6 : 1e-7;
        check_close(state.mean, column(point["mean"]).col(0), tolerance);
        check_close(state.variance, column(point["var"]).col(0), tolerance);
    };
    for (const data::Json& point : golden["points"])
        check(point, point["mode"] == "nngp" ? TrainedLayers::readout : TrainedLayers::all, "point:1");
    for (const data::Json& point : golden["scale_mixture"]["points"])
        check(point, TrainedLayers::all, "inverse_gamma:alpha=2,beta=2");
    const FlowKernels kernels = process::flow_kernels(net, problem.x, {}, TrainedLayers::all);
    const double rate = 2.0 * static_cast<double>(problem.y.n_elem) / process::largest_rate(kernels, 1.0);
    CHECK(rate == doctest::Approx(golden["max_learning_rate"].get<double>()).epsilon(1e-9));
}

TEST_CASE("flow: at time 0 the prior, for both ways of training") {
    const network::Network net = network_of(erf_layers);
    const Problem problem;
    for (const TrainedLayers layers : {TrainedLayers::all, TrainedLayers::readout}) {
        const FlowKernels kernels = process::flow_kernels(net, problem.x, problem.test, layers);
        const FlowState state = run(net, problem, layers, {0.0}, "inverse_gamma:alpha=3,beta=4").front();
        CHECK(arma::abs(state.mean).max() == 0.0);
        check_close(state.variance, 2.0 * kernels.scaled.test_variance, 1e-14);
        CHECK(*state.df == 6.0);
        check_close(state.scale, arma::sqrt(4.0 / 3.0 * kernels.scaled.test_variance), 1e-14);
    }
}

TEST_CASE("flow: readout training at infinite time is the noiseless Gaussian process") {
    const network::Network net = network_of(erf_layers);
    const Problem problem;
    process::RegressionOptions options;
    options.noise = 0.0;
    const process::RegressionFit fit =
        process::fit_regression(process::kernel_of(net, problem.x), problem.y, problem.x, options, "train.csv");
    const process::ScaledMoments moments =
        process::scaled_moments(fit, process::test_kernel(net, problem.x, problem.test), true);
    const FlowState state = run(net, problem, TrainedLayers::readout, {infinity}, "point:1").front();
    check_close(state.mean, moments.mean.col(0), 1e-11);
    check_close(state.variance, moments.variance, 1e-11);
    CHECK(state.mean(2) == doctest::Approx(problem.y(0)).epsilon(1e-10)); // a training point
}

TEST_CASE("flow: equals the differential equation, integrated step by step") {
    const network::Network net = network_of(erf_layers);
    const Problem problem;
    constexpr double time = 7.0;
    constexpr double rate = 0.5;
    constexpr double regulariser = 0.02;
    const FlowKernels kernels = process::flow_kernels(net, problem.x, problem.test, TrainedLayers::all);
    const arma::uword n = problem.y.n_elem;
    const arma::uword m = problem.test.n_rows;
    const arma::mat g = kernels.scaled.tangent + regulariser * arma::eye(n, n);
    // The response to every unit target from f = 0: columns of B on the test points.
    arma::mat train(n, n, arma::fill::zeros);
    arma::mat response(m, n, arma::fill::zeros);
    const auto slope = [&](const arma::mat& f) -> arma::mat { return (arma::eye(n, n) - f) * rate / double(n); };
    constexpr int steps = 4000;
    constexpr double h = time / steps;
    for (int k = 0; k < steps; ++k) {
        const arma::mat r1 = slope(train);
        const arma::mat r2 = slope(train + 0.5 * h * g * r1);
        const arma::mat r3 = slope(train + 0.5 * h * g * r2);
        const arma::mat r4 = slope(train + h * g * r3);
        const arma::mat r = (r1 + 2.0 * r2 + 2.0 * r3 + r4) / 6.0;
        train += h * g * r;
        response += h * kernels.scaled.test_tangent * r;
    }
    const arma::vec mean = response * problem.y;
    const arma::mat carried =
        response * kernels.scaled.covariance * response.t() - 2.0 * response * kernels.scaled.test_covariance.t();
    const FlowState state = run(net, problem, TrainedLayers::all, {time}, "point:1", regulariser, rate).front();
    check_close(state.mean, mean, 1e-9);
    check_close(state.variance, kernels.scaled.test_variance + carried.diag(), 1e-9);
}

TEST_CASE("flow: the mixture over s equals scale by scale, summed") {
    const network::Network net = network_of(erf_layers);
    const Problem problem;
    struct Row {
        const char* prior;
        double low;
        double high;
        bool with_variance;
    };
    const Row rows[] = {
        {"inverse_gamma:alpha=2,beta=2", -5.0, 45.0, true},
        {"inverse_gamma:alpha=1.3,beta=0.5", -7.0, 110.0, true},
        {"inverse_gamma:alpha=0.8,beta=1", -5.0, 50.0, false},
        {"gamma:shape=0.7,rate=2", -60.0, 5.0, true},
        {"lognormal:mu=0.3,tau=1.5", -16.0, 18.0, true},
        {"lognormal:mu=-1,tau=0.01", -1.1, -0.9, true},
        {"half_cauchy:scale=1.4", -70.0, 80.0, false},
        {"burr12:c=3,d=1", -14.0, 20.0, true},
        {"beta_prime:a=2,b=3", -20.0, 20.0, true},
        {"inverse_gaussian:mean=2,shape=3", -6.0, 5.0, true},
    };
    const std::vector<double> times{0.5, 40.0, 3000.0};
    for (const Row& row : rows)
        for (const TrainedLayers layers : {TrainedLayers::all, TrainedLayers::readout}) {
            CAPTURE(row.prior);
            const std::vector<FlowState> states = run(net, problem, layers, times, row.prior, 1e-3);
            const FlowKernels kernels = process::flow_kernels(net, problem.x, problem.test, layers);
            for (std::size_t i = 0; i < times.size(); ++i) {
                CAPTURE(times[i]);
                FlowOptions options;
                options.times = {times[i]};
                options.regulariser = 1e-3;
                const Mixture want = brute_force(row.prior, row.low, row.high, 4000, [&](double s) {
                    options.prior.parameters = {s};
                    return process::gradient_flow(kernels, problem.y, options, {}, "").front();
                });
                check_close(states[i].mean, want.mean, 1e-8);
                CHECK(states[i].variance.empty() == !row.with_variance);
                if (row.with_variance) check_close(states[i].variance, want.variance, 1e-8);
                CHECK(!states[i].df);
            }
        }
}

TEST_CASE("flow: a heavy mean of s, where the tail of the sum is known in closed form") {
    // E s = beta/(alpha - 1) comes from scales that no grid reaches.
    const network::Network net = network_of(erf_layers);
    const Problem problem;
    const std::string prior = "inverse_gamma:alpha=1.01,beta=1";
    const FlowState late = run(net, problem, TrainedLayers::all, {1e7}, prior, 1e-2).front();
    const FlowState end = run(net, problem, TrainedLayers::all, {infinity}, prior, 1e-2).front();
    check_close(late.mean, end.mean, 1e-3);
    check_close(late.variance / end.variance, arma::vec(3, arma::fill::ones), 1e-4);
}

TEST_CASE("flow: ill-conditioned kernels without regulariser stay accurate") {
    const network::Network net = network_of(erf_layers);
    Problem problem;
    problem.x.set_size(12, 1);
    problem.y.set_size(12);
    for (arma::uword i = 0; i < 12; ++i) {
        problem.x(i, 0) = 0.1 * double(i);
        problem.y(i) = std::sin(7.0 * double(i * i));
    }
    problem.test = arma::vec{0.55, 3.0};
    const FlowKernels kernels = process::flow_kernels(net, problem.x, problem.test, TrainedLayers::all);
    FlowOptions options;
    options.times = {100.0};
    const std::string prior = "inverse_gamma:alpha=2,beta=2";
    const Mixture want = brute_force(prior, -5.0, 45.0, 4000, [&](double s) {
        options.prior.parameters = {s};
        return process::gradient_flow(kernels, problem.y, options, {}, "").front();
    });
    const FlowState state = run(net, problem, TrainedLayers::all, {100.0}, prior).front();
    check_close(state.mean, want.mean, 1e-6);
    check_close(state.variance / want.variance, arma::vec(2, arma::fill::ones), 1e-6);
}

TEST_CASE("flow: a readout with bias, in both parameterisations") {
    const std::string bias_layers =
        R"([{"dense":{"sigma_w":1.5,"sigma_b":0.3,"width":64}},{"activation":"erf"},{"dense":{"sigma_w":1.2,"sigma_b":0.4}}])";
    const Problem problem;
    const std::vector<double> times{0.0, 3.0, 200.0, infinity};
    for (const bool standard : {false, true})
        for (const TrainedLayers layers : {TrainedLayers::all, TrainedLayers::readout}) {
            CAPTURE(standard);
            const network::Network net = network_of(bias_layers, standard);
            // s multiplies sigma_w^2 of the readout and nothing else.
            const auto direct = [&](double s, double time) {
                return run(with_readout(net, std::sqrt(s)), problem, layers, {time}, "point:1", s * 1e-3).front();
            };
            const std::vector<FlowState> at_point = run(net, problem, layers, times, point(2.5), 1e-3);
            const std::vector<FlowState> mixed = run(net, problem, layers, times, "inverse_gamma:alpha=4,beta=3", 1e-3);
            for (std::size_t i = 0; i < times.size(); ++i) {
                CAPTURE(times[i]);
                const FlowState want = direct(2.5, times[i]);
                check_close(at_point[i].mean, want.mean, 1e-10);
                check_close(at_point[i].variance, want.variance, 1e-10);
                const Mixture mixture = brute_force("inverse_gamma:alpha=4,beta=3", -3.5, 14.0, 175,
                                                    [&](double s) { return direct(s, times[i]); });
                check_close(mixed[i].mean, mixture.mean, 1e-8);
                check_close(mixed[i].variance, mixture.variance, 1e-8);
                CHECK(!mixed[i].df);
            }
        }
}

TEST_CASE("flow: Student t at infinite time, also where its variance is infinite") {
    const network::Network net = network_of(erf_layers);
    const Problem problem;
    const FlowState unit = run(net, problem, TrainedLayers::all, {infinity}, "point:1", 1e-3).front();
    const FlowState heavy =
        run(net, problem, TrainedLayers::all, {infinity}, "inverse_gamma:alpha=0.75,beta=2", 1e-3).front();
    check_close(heavy.mean, unit.mean, 1e-14);
    CHECK(heavy.variance.empty());
    CHECK(*heavy.df == 1.5);
    check_close(heavy.scale, arma::sqrt(2.0 / 0.75 * unit.variance), 1e-13);
    const FlowState cauchy = run(net, problem, TrainedLayers::all, {infinity}, "half_cauchy:scale=1", 1e-3).front();
    CHECK(cauchy.variance.empty());
    CHECK(!cauchy.df);
}

TEST_CASE("flow: atoms are summed") {
    const tests::TemporaryFolder folder;
    const network::Network net = network_of(erf_layers);
    const Problem problem;
    const std::string file = folder.file("atoms.csv", "s,weight\n0.5,1\n4,3\n");
    const std::vector<double> times{0.0, 12.0, infinity};
    const std::vector<FlowState> mixed = run(net, problem, TrainedLayers::all, times, "discrete:" + file, 1e-3);
    const std::vector<FlowState> a = run(net, problem, TrainedLayers::all, times, "point:0.5", 1e-3);
    const std::vector<FlowState> b = run(net, problem, TrainedLayers::all, times, "point:4", 1e-3);
    for (std::size_t i = 0; i < times.size(); ++i) {
        const arma::vec mean = 0.25 * a[i].mean + 0.75 * b[i].mean;
        const arma::vec second =
            0.25 * (a[i].variance + arma::square(a[i].mean)) + 0.75 * (b[i].variance + arma::square(b[i].mean));
        check_close(mixed[i].mean, mean, 1e-13);
        check_close(mixed[i].variance, second - arma::square(mean), 1e-13);
    }
}

TEST_CASE("flow: repeated rows have no limit at infinite time, and stay finite at any other") {
    const network::Network net = network_of(erf_layers);
    Problem problem;
    problem.x.row(3) = problem.x.row(1);
    const std::string message = tests::message_of<base::WorkError>([&] {
        return run(net, problem, TrainedLayers::all, {1.0, infinity}, "point:1");
    });
    CHECK(message.find("train.csv: row 4 repeats row 2") == 0);
    CHECK(message.find("--reg") != std::string::npos);
    const std::vector<FlowState> states = run(net, problem, TrainedLayers::all, {1e6, 1e12, 1e300}, "point:1");
    // The repeated row settles at the mean of its two targets.
    CHECK(states[2].mean(2) == doctest::Approx(problem.y(0)).epsilon(1e-9));
    check_close(states[2].mean, states[1].mean, 1e-6);
    check_close(states[2].variance, states[1].variance, 1e-6);
}

TEST_CASE("flow: ml2 is no prior") {
    const Problem problem;
    const std::string message = tests::message_of<base::InputError>(
        [&] { return run(network_of(erf_layers), problem, TrainedLayers::all, {1.0}, "ml2"); });
    CHECK(message.find("--scale-prior") == 0);
}

TEST_CASE("flow: the same bits for one and two threads") {
    const network::Network net = network_of(erf_layers);
    const Problem problem;
    const auto bits = [&](unsigned threads) {
        const base::ThreadLimit limit(threads);
        return run(net, problem, TrainedLayers::all, {3.0, 90.0}, "burr12:c=2,d=1", 1e-4);
    };
    const std::vector<FlowState> one = bits(1);
    const std::vector<FlowState> two = bits(2);
    for (std::size_t i = 0; i < one.size(); ++i) {
        CHECK(arma::all(one[i].mean == two[i].mean));
        CHECK(arma::all(one[i].variance == two[i].variance));
    }
}
