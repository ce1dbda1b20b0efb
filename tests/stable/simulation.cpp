#include "limsym/stable/simulation.hpp"

#include <cmath>
#include <numbers>

#include "limsym/base/error.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/stable/law.hpp"
#include "limsym/stable/recursion.hpp"
#include "networks.hpp"
#include "support.hpp"

using namespace limsym;
using namespace limsym::stable;
using tests::heavy;

namespace {

std::string three_layers(double alpha1, double alpha2, double alpha3, const std::string& phi = "tanh") {
    return tests::dense_json(alpha1) + "," + tests::activation_json(phi) + "," + tests::dense_json(alpha2, 1.2, 0.2) +
           "," + tests::activation_json(phi) + "," + tests::dense_json(alpha3, 1, 0.1);
}

/// First output at the first input of `count` networks.
arma::vec outputs_of(const Simulation& simulation, std::size_t count) {
    arma::vec values(count);
    base::parallel_for(count, [&](std::size_t i) { values(i) = simulation.outputs(i)(0, 0); });
    return values;
}

SimulationOptions with(std::size_t width, SimulationMode mode, std::uint64_t seed = 0) {
    SimulationOptions options;
    options.width = width;
    options.mode = mode;
    options.seed = seed;
    return options;
}

/// Fraction of |values| below the scale of S_alpha(sigma), for alpha with a closed form.
double inside(const arma::vec& values, double sigma) {
    return static_cast<double>(arma::accu(arma::abs(values) < sigma)) / static_cast<double>(values.n_elem);
}

} // namespace

TEST_CASE("simulation: aggregated and streamed networks follow one law") {
    for (const double alpha : {0.8, 1.5, 2.0}) {
        CAPTURE(alpha);
        const HeavyNetwork network = heavy(three_layers(alpha, 1.3, alpha));
        const arma::mat x{{0.5, -1.0}};
        constexpr std::size_t count = 3000;
        const Simulation aggregate(network, x, with(32, SimulationMode::aggregate, 1));
        const Simulation stream(network, x, with(32, SimulationMode::stream, 2));
        CHECK(aggregate.aggregated());
        CHECK_FALSE(stream.aggregated());
        // p = 1e-3 of the two-sample statistic
        CHECK(tests::ks_distance(outputs_of(aggregate, count), outputs_of(stream, count)) <
              1.95 * std::sqrt(2.0 / count));
    }
}

TEST_CASE("simulation: wide networks follow the recursion") {
    constexpr std::size_t count = 4000;
    const arma::mat x{{0.5, -1.0}};
    const double bound = 4 * std::sqrt(0.25 / count);
    const HeavyNetwork cauchy = heavy(three_layers(1.5, 0.9, 1));
    const double sigma = scale_recursion(cauchy, x.row(0)).back().sigma;
    CHECK(std::abs(inside(outputs_of(Simulation(cauchy, x, with(3000, SimulationMode::automatic)), count), sigma) -
                   0.5) < bound + 0.01);
    const HeavyNetwork normal = heavy(three_layers(1.2, 1.5, 2));
    const double deviation = std::numbers::sqrt2 * scale_recursion(normal, x.row(0)).back().sigma;
    CHECK(std::abs(inside(outputs_of(Simulation(normal, x, with(3000, SimulationMode::automatic)), count), deviation) -
                   0.6827) < bound + 0.01);
}

TEST_CASE("simulation: families other than stable follow the recursion too, with their norming") {
    const arma::mat x = arma::vec{1.5};
    constexpr std::size_t count = 600;
    const auto check = [&](const std::string& weights, double alpha) {
        CAPTURE(weights);
        const std::string heavy_layer =
            R"({"dense":{"alpha":)" + std::to_string(alpha) + R"(,"weights":)" + weights + "}}";
        const HeavyNetwork network =
            heavy(tests::dense_json(2) + "," + tests::activation_json("tanh") + "," + heavy_layer + "," +
                  tests::activation_json("tanh") + "," + tests::dense_json(1));
        const Simulation simulation(network, x, with(300, SimulationMode::stream));
        const double sigma = scale_recursion(network, x.row(0)).back().sigma;
        CHECK(std::abs(inside(outputs_of(simulation, count), sigma) - 0.5) < 5 * std::sqrt(0.25 / count));
    };
    check(R"({"family":"pareto","alpha":1.3,"scale":3})", 1.3);
    check(R"({"family":"student","nu":1.5,"scale":0.2})", 1.5);
    check(R"({"family":"uniform","scale":5})", 2);
    check(R"({"family":"laplace"})", 2);
    check(R"({"family":"rademacher","scale":0.1})", 2);
    check(R"({"family":"gaussian","scale":7})", 2);
}

TEST_CASE("simulation: one atom dominates and is not lost") {
    // without bias and activation a linear chain of two exact layers is the product of both: scale homogeneous in x
    const HeavyNetwork network =
        heavy(tests::dense_json(0.5) + "," + tests::activation_json("relu") + "," + tests::dense_json(0.4));
    const Simulation one(network, arma::vec{1.0, 1e-12, -2.0}, with(100, SimulationMode::stream));
    for (std::uint64_t net = 0; net < 50; ++net) {
        const arma::mat y = one.outputs(net);
        CHECK(y(0, 1) == doctest::Approx(1e-12 * y(0, 0)).epsilon(1e-11));
    }
}

TEST_CASE("simulation: several inputs and nodes") {
    SimulationOptions options = with(200, SimulationMode::stream, 3);
    options.nodes = 3;
    const arma::mat x{{1, 0.5}, {1, 0.5}, {-1, -0.5}};
    // odd activations and no bias: f(-x) = -f(x), for the square root of the covariance and for tiles of weights
    for (const double alpha : {1.4, 2.0}) {
        const HeavyNetwork network =
            heavy(tests::dense_json(alpha) + "," + tests::activation_json("tanh") + "," + tests::dense_json(alpha) +
                  "," + tests::activation_json("tanh") + "," + tests::dense_json(alpha));
        const arma::mat y = Simulation(network, x, options).outputs(7);
        REQUIRE(y.n_rows == 3);
        REQUIRE(y.n_cols == 3);
        for (arma::uword node = 0; node < 3; ++node) {
            CHECK(y(node, 1) == doctest::Approx(y(node, 0)).epsilon(1e-6));
            CHECK(y(node, 2) == doctest::Approx(-y(node, 0)).epsilon(1e-6));
        }
        CHECK(std::abs(y(0, 0) - y(1, 0)) > 1e-6);
    }
}

TEST_CASE("simulation: the same bits for any number of threads") {
    const HeavyNetwork network = heavy(three_layers(1.5, 1.2, 0.9));
    SimulationOptions options = with(3000, SimulationMode::stream);
    options.nodes = 2;
    const Simulation stream(network, arma::mat{{1, 2}, {0.5, 0}}, options);
    const Simulation aggregate(network, arma::mat{{1, 2}}, with(100'000, SimulationMode::aggregate));
    arma::mat streamed;
    double aggregated = 0.0;
    {
        const base::ThreadLimit one(1);
        streamed = stream.outputs(5);
        aggregated = aggregate.outputs(5)(0, 0);
    }
    const base::ThreadLimit four(4);
    CHECK(arma::approx_equal(stream.outputs(5), streamed, "absdiff", 0.0));
    CHECK(aggregate.outputs(5)(0, 0) == aggregated);
}

TEST_CASE("simulation: critical layers are normed by n log n") {
    // median of the scale of the next node grows to the constant of the recursion like 1/log n: at least it comes
    // nearer
    const HeavyNetwork network =
        heavy(tests::dense_json(1) + "," + tests::activation_json("relu") + "," + tests::dense_json(1));
    const arma::mat x = arma::vec{1.0};
    const double sigma = scale_recursion(network, x.row(0)).back().sigma;
    const auto median = [&](std::size_t width) {
        const Simulation simulation(network, x, with(width, SimulationMode::aggregate));
        return arma::median(arma::abs(outputs_of(simulation, 2000)));
    };
    const double narrow = median(30) / sigma;
    const double wide = median(100'000) / sigma;
    CHECK(wide < narrow);
    CHECK(wide > 1.0);
    CHECK(wide < 1.5);
}

TEST_CASE("simulation: what is refused") {
    const arma::mat x{{1, 2}};
    const HeavyNetwork network = heavy(three_layers(1.5, 1.2, 0.9));
    SimulationOptions none;
    CHECK(tests::message_of<base::InputError>([&] {
              return Simulation(network, x, none).bytes();
          }).starts_with("net.json:/layers/0/dense: width is missing"));
    CHECK_THROWS_AS(Simulation(network, arma::vec{1, 2}, with(10, SimulationMode::aggregate)), base::InputError);
    CHECK_THROWS_AS(Simulation(heavy(three_layers(1.5, 1.8, 0.9, "relu")), x, with(10, SimulationMode::automatic)),
                    base::WorkError);
    // the exact norming of a Gaussian has no constant at n = 2
    const HeavyNetwork gaussian =
        heavy(R"({"dense":{"weights":{"family":"gaussian"}}})", {}, ScaleMeaning::characteristic_function, "fan_in");
    SimulationOptions exact = with(10, SimulationMode::automatic);
    exact.norming = SumNorming::exact;
    CHECK(tests::message_of<base::InputError>([&] {
              return Simulation(gaussian, x, exact).bytes();
          }).find("the infimum is 0") != std::string::npos);
}
