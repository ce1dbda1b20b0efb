#include "limsym/mixture/random_kernel.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "golden.hpp"
#include "limsym/base/error.hpp"
#include "limsym/data/json.hpp"
#include "limsym/kernel/gram.hpp"
#include "limsym/mixture/one_input.hpp"
#include "limsym/mixture/step_document.hpp"
#include "support.hpp"

using namespace limsym;
using mixture::Architecture;
using mixture::DrawOptions;
using mixture::RandomKernel;

namespace {

Architecture architecture(const std::string& prior, std::size_t depth = 1, const std::string& activation = "relu",
                          double sigma_w = 1.0, double sigma_b = 0.0) {
    Architecture result;
    result.sigma_w = sigma_w;
    result.sigma_b = sigma_b;
    for (std::size_t l = 0; l < depth; ++l)
        result.hidden.push_back(
            {network::parse_activation(activation, "--activation"), mixture::parse_prior(prior), sigma_w, sigma_b});
    return result;
}

const arma::mat one(1, 1, arma::fill::ones);
const arma::mat points{{-0.7, -0.5, -1.1}, {0.4, -0.4, 0.9}, {0.95, -0.5, 1.5}, {-1.1, -1.5, -0.9}};

network::Network description(const std::string& activation, double c) {
    network::Shorthand shorthand;
    shorthand.activation = network::parse_activation(activation, "");
    shorthand.depth = 2;
    // the variance factor c belongs to the hidden nodes: to every dense layer but the first
    shorthand.sigma_w = 1.1;
    shorthand.sigma_b = 0.3;
    shorthand.readout_sigma_w = 1.1 * std::sqrt(c);
    shorthand.readout_sigma_b = 0.3;
    network::Network net = network::make_network(shorthand);
    std::get<network::Dense>(net.layers[2].value).sigma_w *= std::sqrt(c);
    return net;
}

} // namespace

TEST_CASE("golden: kernel steps") {
    const auto folder = tests::shared_folder("golden/mogp-sample");
    if (!folder) return;
    const tests::TemporaryFolder temporary;
    for (const data::Json& entry : data::read_json(*folder + "/kernel_step.json")) {
        data::Json step{{"activation", entry["activation"]},
                        {"sigma_w", entry["sigma_v"]},
                        {"sigma_b", entry["sigma_b"]},
                        {"a", entry["a"]},
                        {"points", entry["lambda_"]},
                        {"normals", entry["normals"]},
                        {"inputs", entry["X"]}};
        const auto document = mixture::read_step(temporary.file("step.json", data::to_text(step)));
        const arma::mat next = mixture::apply_step(document);
        for (std::size_t i = 0; i < next.n_rows; ++i)
            for (std::size_t j = 0; j < next.n_cols; ++j)
                CHECK(next(i, j) == doctest::Approx(entry["K2"][i][j].get<double>()).epsilon(1e-11));
    }
}

TEST_CASE("golden: moments of the kernel") {
    const auto folder = tests::shared_folder("golden/mogp-sample");
    if (!folder) return;
    for (const data::Json& entry : data::read_json(*folder + "/moments.json")) {
        mixture::Prior prior = mixture::parse_prior(tests::expression(entry["kind"], entry["params"]));
        if (entry["a"].get<double>() > 0.0) prior.terms.push_back(mixture::Constant{entry["a"].get<double>()});
        const mixture::ReluLayer layer{mixture::limit_law(prior), std::sqrt(entry["sigma_v2"].get<double>()),
                                       std::sqrt(entry["sigma_b2"].get<double>())};
        const std::vector<mixture::ReluLayer> layers(entry["hidden_layers"].get<std::size_t>(), layer);
        const auto moments = mixture::kernel_moments(entry["K1"].get<double>(), layers);
        CHECK(moments.mean.value() == doctest::Approx(entry["mean_K"].get<double>()).epsilon(1e-11));
        if (entry["var_K"].is_null()) {
            CHECK_FALSE(moments.variance.has_value());
            continue;
        }
        CHECK(moments.variance.value() == doctest::Approx(entry["var_K"].get<double>()).epsilon(1e-11));
        CHECK(moments.corr_squares.value() == doctest::Approx(entry["corr_squares"].get<double>()).epsilon(1e-11));
    }
}

TEST_CASE("without jumps the kernel is that of the Gaussian limit, for every activation") {
    for (const std::string& activation : mixture::supported_activations()) {
        CAPTURE(activation);
        const double c = 1.7;
        const RandomKernel kernel(architecture("constant:c=1.7", 2, activation, 1.1, 0.3), points, {}, 5);
        const arma::mat drawn = kernel.draw(3, 3);
        const arma::mat wanted = kernel::gram<double>(description(activation, c), points, {}).nngp;
        CHECK(arma::abs(drawn - wanted).max() <= 1e-10 * arma::abs(wanted).max());
        CHECK(arma::abs(kernel.draw(1, 1) - mixture::first_kernel(architecture("beta", 1, "relu", 1.1, 0.3), points))
                  .max() == 0.0);
    }
    // one input, and variances beyond what series reach
    for (const std::string activation : {"tanh", "softplus"}) {
        const network::Activation phi = network::parse_activation(activation, "");
        const double k = mixture::dual_kernel(phi, 900.0 * one)(0, 0);
        CHECK(k == doctest::Approx(activation == std::string("tanh") ? 0.9735 : 450.87).epsilon(0.01));
    }
}

TEST_CASE("an identity layer is a Wishart sum: its mean is a + M1 times K") {
    const RandomKernel kernel(architecture("gamma:eta=3,beta=2", 1, "identity"), points, {}, 11);
    const arma::mat first = kernel.draw(0, 1);
    arma::mat sum(4, 4, arma::fill::zeros);
    arma::mat squares(4, 4, arma::fill::zeros);
    constexpr double count = 4000;
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
        const arma::mat k = kernel.draw(i, 2);
        sum += k;
        squares += k % k;
    }
    const arma::mat mean = sum / count;
    const arma::mat se = arma::sqrt((squares / count - mean % mean) / count);
    CHECK(arma::all(arma::vectorise(arma::abs(mean - 1.5 * first) <= 5.0 * se)));
}

TEST_CASE("limits at one input follow their characteristic functions") {
    for (const std::string text : {"horseshoe", "stable:alpha=0.8,c=0.5", "gbfry", "ggp", "betaprime",
                                   "regularised-horseshoe", "bernoulli:c=2", "spike-slab:spike=0.3", "beta+constant"}) {
        CAPTURE(text);
        const RandomKernel kernel(architecture(text), one, {}, 2);
        const mixture::LimitLaw law = mixture::limit_law(mixture::parse_prior(text));
        constexpr std::size_t count = 5000;
        for (const double u : {0.5, 2.0}) {
            double sum = 0.0;
            for (std::size_t i = 0; i < count; ++i)
                sum += std::cos(u * kernel.outputs(i, 1)(0, 0));
            CHECK(std::abs(sum / count - mixture::shallow_characteristic_function(law, u, 1.0)) <
                  5.0 * std::sqrt(0.5 / count));
        }
    }
}

TEST_CASE("finite networks tend to the limit") {
    DrawOptions options;
    options.width = 300;
    const RandomKernel kernel(architecture("beta"), one, options, 9);
    double sum = 0.0;
    constexpr std::size_t count = 4000;
    for (std::size_t i = 0; i < count; ++i)
        sum += std::cos(kernel.outputs(i, 2)(0, 1));
    CHECK(std::abs(sum / count - std::pow(2.0, -0.25)) < 5.0 * std::sqrt(0.5 / count) + 0.01);
    CHECK(tests::message_of<base::InputError>([] {
              DrawOptions narrow;
              narrow.width = 3;
              return RandomKernel(architecture("bernoulli:c=20"), one, narrow, 0).layers();
          }) == "--prior: bernoulli: c: 20 is out of range; expected c <= width");
}

TEST_CASE("truncated points, their cut and what is left out") {
    const mixture::Prior prior = mixture::parse_prior("stable:alpha=0.7,c=1.5");
    const mixture::PointSampler sampler(prior, 50.0);
    const mixture::PointSampler longer(prior, 500.0);
    CHECK(sampler.cut() == doctest::Approx(std::pow(50.0 / 1.5, -1.0 / 0.7)).epsilon(1e-12));
    CHECK(sampler.residual_mean() == doctest::Approx(1.5 * 0.7 / 0.3 * std::pow(sampler.cut(), 0.3)).epsilon(1e-12));
    std::size_t size = 0;
    for (std::size_t i = 0; i < 400; ++i) {
        const std::vector<double> drawn = sampler.draw(1, 1, i);
        const std::vector<double> more = longer.draw(1, 1, i);
        size += drawn.size();
        REQUIRE(std::is_sorted(drawn.rbegin(), drawn.rend()));
        REQUIRE(more.size() >= drawn.size());
        CHECK(std::equal(drawn.begin(), drawn.end(), more.begin()));
        if (!drawn.empty()) CHECK(drawn.back() >= sampler.cut());
    }
    CHECK(std::abs(static_cast<double>(size) - 20000.0) < 6.0 * std::sqrt(20000.0));
    const mixture::PointSampler finite(mixture::parse_prior("spike-slab:c=4"), 200.0);
    CHECK(finite.cut() == 0.0);
    CHECK(finite.residual_sd() == 0.0);
    CHECK(finite.size() == 4.0);
    const double tail = mixture::tail_for_tolerance(prior, 0.01);
    CHECK(mixture::PointSampler(prior, tail).residual_sd() == doctest::Approx(0.01).epsilon(1e-9));
    CHECK(mixture::PointSampler(prior, tail * 0.999).residual_sd() > 0.01);
    CHECK(tests::message_of<base::WorkError>([] {
              return mixture::tail_for_tolerance(mixture::parse_prior("stable:alpha=0.97"), 1e-9);
          }).find("points, more than 1e7") != std::string::npos);
}

TEST_CASE("the table of an inverse agrees with the search") {
    for (const std::string text : {"gamma:eta=1,beta=2", "beta:eta=1,b=7.3", "beta:eta=0.5,b=0.2", "betaprime", "ggp",
                                   "ggp:alpha=0.05", "gbfry", "gbfry:alpha=0.8,tau=5", "gbfry:alpha=0.1,tau=1.1"}) {
        CAPTURE(text);
        const mixture::LevyMeasure measure = mixture::levy_measure(mixture::parse_prior(text).terms.front());
        const mixture::InverseTable table(measure, 1000.0);
        for (double g = 3e-4; g < 1000.0; g *= 1.37) {
            CAPTURE(g);
            const double wanted = mixture::inverse_tail(measure, g);
            if (wanted < 1e-280) continue;
            CHECK(std::abs(table(g) - wanted) <= 1e-11 * wanted * std::max(1.0, std::abs(std::log(wanted)) / 30.0));
        }
    }
}

TEST_CASE("singular kernels are drawn without jitter") {
    const arma::mat twice = arma::join_cols(points, points); // every input twice
    const RandomKernel kernel(architecture("bernoulli:c=3", 3), twice, {}, 4);
    for (std::size_t i = 0; i < 50; ++i) {
        const arma::mat k = kernel.draw(i, 4);
        const arma::mat difference = k.submat(0, 0, 3, 3) - k.submat(4, 4, 7, 7);
        CHECK(arma::abs(difference).max() <= 1e-7 * std::max(arma::abs(k).max(), 1e-300));
    }
    const arma::mat zero(2, 3, arma::fill::zeros);
    CHECK(arma::abs(RandomKernel(architecture("gbfry"), zero, {}, 0).draw(0, 2)).max() == 0.0);
    CHECK(RandomKernel(architecture("gbfry", 1, "sigmoid"), zero, {}, 0).draw(0, 2)(0, 1) > 0.0);
}

TEST_CASE("networks and priors belong together") {
    const auto failure = [](const std::string& layers, const std::vector<std::string>& priors) {
        return tests::message_of<base::InputError>([&] {
            const auto net =
                network::read_network(data::parse_json("{\"layers\":[" + layers + "]}", "n.json"), "n.json");
            return mixture::make_architecture(net, priors).hidden.size();
        });
    };
    const std::string two = R"({"dense":{}},{"activation":"relu"},{"dense":{}},{"activation":"erf"},{"dense":{}})";
    CHECK(failure(two, {"beta", "beta", "beta"}) == "--prior: 3 priors given; expected 1 or 2");
    CHECK(failure(two, {}).find("n.json:/layers/2/dense/node_variances: is missing") == 0);
    CHECK(failure(R"({"dense":{}},{"layer_norm":{}},{"activation":"relu"},{"dense":{}})", {"beta"})
              .find("n.json:/layers/1: this layer is not supported") == 0);
    CHECK(failure(R"({"dense":{}},{"activation":"swish"},{"dense":{}})", {"beta"})
              .find("n.json:/layers/1/activation: ") == 0);
    CHECK(failure(R"({"dense":{}},{"activation":"relu"},{"dense":{"node_variances":{"prior":"bta"}}})", {})
              .find("n.json:/layers/2/dense/node_variances/prior: unknown family 'bta'; did you mean beta?") == 0);
    CHECK(failure(R"({"dense":{}})", {"beta"}).find("n.json:/layers: there is no hidden layer") == 0);
    CHECK(tests::message_of<base::InputError>([] {
              mixture::require_supported_activation("rellu", "--activation");
          }).find("--activation: unknown 'rellu'; known are relu, ") == 0);
}
