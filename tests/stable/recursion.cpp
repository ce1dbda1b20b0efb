#include "limsym/stable/recursion.hpp"

#include <cmath>
#include <numbers>

#include "limsym/base/error.hpp"
#include "limsym/kernel/dual.hpp"
#include "limsym/stable/law.hpp"
#include "limsym/stable/moment.hpp"
#include "limsym/stable/simulation.hpp"
#include "networks.hpp"
#include "support.hpp"

using namespace limsym;
using namespace limsym::stable;
using tests::heavy;

namespace {

network::Activation activation(const std::string& name) {
    return network::read_activation(name.starts_with("{") ? data::parse_json(name, "a") : data::Json(name), "a", "");
}

double moment(const std::string& name, double p, double alpha, double sigma) {
    const network::Activation phi = activation(name);
    return activation_moment(phi, growth_of(phi, "a"), p, alpha, sigma);
}

/// The oracle's spelling of activations.
std::string page_name(const std::string& name) {
    if (name.starts_with("leaky:")) return R"({"leaky_relu":{"alpha":)" + name.substr(6) + "}}";
    if (name.starts_with("signpow:")) return R"({"signed_power":{"power":)" + name.substr(8) + "}}";
    return name;
}

} // namespace

TEST_CASE("moments: closed forms under the Cauchy law") {
    const double pi = std::numbers::pi;
    CHECK(moment("hardtanh", 1, 1, 1) == doctest::Approx(0.5 + std::numbers::ln2 / pi).epsilon(1e-11));
    CHECK(moment("softsign", 1, 1, 1) == doctest::Approx(0.5).epsilon(1e-11));
    CHECK(moment("atan", 1, 1, 1) == doctest::Approx(pi / 4).epsilon(1e-11)); // |atan Z| is uniform on (0, pi/2)
    CHECK(moment("atan", 2, 1, 1) == doctest::Approx(pi * pi / 12).epsilon(1e-11));
    CHECK(moment("atan", 0.3, 1, 1) == doctest::Approx(std::pow(pi / 2, 0.3) / 1.3).epsilon(1e-10));
    CHECK(moment("sigmoid", 1, 1, 3) == doctest::Approx(0.5).epsilon(1e-11)); // by symmetry
    CHECK(moment("sigmoid", 1, 0.3, 1e-3) == doctest::Approx(0.5).epsilon(1e-10));
    CHECK(moment("sign", 1.3, 0.7, 2) == 1);
}

TEST_CASE("moments: sine by the characteristic function, for every alpha and frequency") {
    for (const double alpha : {0.3, 0.7, 1.0, 1.5, 1.99, 2.0}) {
        for (const double b : {0.03, 1.0, 40.0}) {
            for (const double c : {0.0, 0.7, -2.0}) {
                CAPTURE(alpha);
                CAPTURE(b);
                CAPTURE(c);
                const double wanted =
                    0.5 * (1 - std::cos(2 * c) * characteristic_function({alpha, 1.3, 0}, 2 * b).real());
                const std::string phi =
                    R"({"sin":{"a":2,"b":)" + std::to_string(b) + R"(,"c":)" + std::to_string(c) + "}}";
                CHECK(moment(phi, 2, alpha, 1.3) == doctest::Approx(4 * wanted).epsilon(1e-9));
            }
        }
    }
}

TEST_CASE("moments: normal laws against the dual activations") {
    for (const char* name : {"tanh", "erf", "gelu", "softplus", "swish", "elu", "sin", "relu", "sigmoid"}) {
        for (const double sigma : {1e-3, 0.4, 3.0}) {
            CAPTURE(name);
            CAPTURE(sigma);
            const double q = 2 * sigma * sigma;
            const double wanted = kernel::dual_activation(activation(name), q, q, q).value;
            CHECK(moment(name, 2, 2, sigma) == doctest::Approx(wanted).epsilon(2e-11));
        }
    }
}

TEST_CASE("moments: small and large scales tend to powers") {
    // tanh z ~ z for p < alpha; everything saturates for large scales
    CHECK(moment("tanh", 1.1, 1.6, 1e-9) == doctest::Approx(absolute_moment({1.6, 1e-9, 0}, 1.1)).epsilon(1e-6));
    CHECK(moment("tanh", 1.1, 1.6, 1e9) == doctest::Approx(1.0).epsilon(1e-7));
    CHECK(moment("softplus", 0.7, 1.2, 1e10) ==
          doctest::Approx(0.5 * absolute_moment({1.2, 1e10, 0}, 0.7)).epsilon(1e-5));
    CHECK(moment("gelu", 1.15, 1.2, 1e6) == doctest::Approx(0.5 * absolute_moment({1.2, 1e6, 0}, 1.15)).epsilon(1e-5));
    CHECK(std::isinf(moment("elu", 1.2, 1.2, 1)));
    CHECK(moment("softplus", 1.7, 0.4, 0.0) == doctest::Approx(std::pow(std::numbers::ln2, 1.7)));
}

TEST_CASE("moments: a shifted error function has a zero inside") {
    // erf(z) + 1/2 under N(0, 1/2): U = erf(Z) is uniform on (-1, 1)
    const double p = 0.6;
    const double wanted = (std::pow(1.5, p + 1) + std::pow(0.5, p + 1)) / (2 * (p + 1));
    CHECK(moment(R"({"erf":{"c":0.5}})", p, 2, 0.5) == doctest::Approx(wanted).epsilon(1e-10));
}

TEST_CASE("recursion: acceptance vectors") {
    const auto folder = tests::shared_folder("golden/stable-limit");
    if (!folder) return;
    const data::Json golden = data::read_json(*folder + "/recursion.json");
    for (const data::Json& item : golden.at("recursion")) {
        std::string layers;
        for (const data::Json& layer : item.at("network").at("layers")) {
            if (!layers.empty())
                layers += "," + tests::activation_json(page_name(layer.at("act").get<std::string>())) + ",";
            layers += tests::dense_json(layer.at("alpha").get<double>(), layer.at("sigma_w").get<double>(),
                                        layer.at("sigma_b").get<double>());
        }
        const arma::rowvec x(item.at("network").at("x").get<std::vector<double>>());
        const std::vector<LayerScale> scales = scale_recursion(heavy(layers), x);
        REQUIRE(scales.size() == item.at("sigma").size());
        for (std::size_t l = 0; l < scales.size(); ++l)
            CHECK(scales[l].sigma == doctest::Approx(item.at("sigma")[l].get<double>()).epsilon(1e-9));
    }
    for (const data::Json& item : golden.at("critical_linear")) {
        const double alpha = item.at("alpha").get<double>();
        const std::string slope = std::to_string(item.at("leaky").get<double>());
        const HeavyNetwork network =
            heavy(tests::dense_json(alpha, item.at("sigma_prev").get<double>()) + "," +
                  tests::activation_json(R"({"leaky_relu":{"alpha":)" + slope + "}}") + "," +
                  tests::dense_json(alpha, item.at("sigma_w").get<double>(), item.at("sigma_b").get<double>()));
        const std::vector<LayerScale> scales = scale_recursion(network, arma::rowvec{1.0});
        CHECK(scales[1].regime == Regime::critical);
        CHECK(scales[1].sigma == doctest::Approx(item.at("sigma").get<double>()).epsilon(1e-12));
    }
}

TEST_CASE("recursion: the Cauchy network stays Cauchy") {
    std::string layers = tests::dense_json(1);
    for (int l = 0; l < 5; ++l)
        layers += "," + tests::activation_json("sign") + "," + tests::dense_json(1);
    for (const LayerScale& layer : scale_recursion(heavy(layers), arma::rowvec{3.0, -4.0}))
        CHECK(layer.sigma == doctest::Approx(layer.regime == Regime::input ? 7.0 : 1.0).epsilon(1e-15));
}

TEST_CASE("recursion: at alpha 2 the diagonal of the NNGP kernel") {
    for (const char* name : {"relu", "erf", "tanh"}) {
        const double sigma_w = 1.4;
        const double sigma_b = 0.3;
        std::string layers = tests::dense_json(2, sigma_w, sigma_b);
        for (int l = 0; l < 3; ++l)
            layers += "," + tests::activation_json(name) + "," + tests::dense_json(2, sigma_w, sigma_b);
        const arma::rowvec x{0.5, -1.5, 2.0};
        const auto scales = scale_recursion(heavy(layers, {}, ScaleMeaning::standard_deviation, "fan_in"), x);
        double q = sigma_w * sigma_w * arma::dot(x, x) / 3 + sigma_b * sigma_b;
        for (std::size_t l = 0; l < scales.size(); ++l) {
            CHECK(2 * scales[l].sigma * scales[l].sigma == doctest::Approx(q).epsilon(1e-10));
            q = sigma_w * sigma_w * kernel::dual_activation(activation(name), q, q, q).value + sigma_b * sigma_b;
        }
    }
}

TEST_CASE("recursion: homogeneity, and super-linear layers") {
    const HeavyNetwork network =
        heavy(tests::dense_json(1.7) + "," + tests::activation_json("relu") + "," + tests::dense_json(1.1) + "," +
              tests::activation_json("abs") + "," + tests::dense_json(0.6));
    const double one = scale_recursion(network, arma::rowvec{1.0, 2.0}).back().sigma;
    CHECK(scale_recursion(network, arma::rowvec{-3.0, 6.0}).back().sigma == doctest::Approx(3 * one).epsilon(1e-13));
    const HeavyNetwork super =
        heavy(tests::dense_json(1.2) + "," + tests::activation_json("relu") + "," + tests::dense_json(1.8, 1.5));
    CHECK_THROWS_AS(static_cast<void>(scale_recursion(super, arma::rowvec{0.8})), base::WorkError);
    const LayerScale last = scale_recursion(super, arma::rowvec{0.8}, true).back();
    CHECK(last.alpha == 1.2);
    CHECK(last.sigma == doctest::Approx(0.9385685574676201).epsilon(1e-12));
    const HeavyNetwork biased =
        heavy(tests::dense_json(1.2) + "," + tests::activation_json("relu") + "," + tests::dense_json(1.8, 1.5, 0.1));
    CHECK_THROWS_AS(static_cast<void>(scale_recursion(biased, arma::rowvec{0.8}, true)), base::InputError);
    // the input 0 is a point mass, whatever the growth
    const auto zero = scale_recursion(
        heavy(tests::dense_json(1.2) + "," + tests::activation_json("softplus") + "," + tests::dense_json(1.8)),
        arma::rowvec{0.0});
    CHECK(zero.back().sigma == doctest::Approx(std::numbers::ln2).epsilon(1e-14));
}

TEST_CASE("recursion: a node of finite width, acceptance vectors") {
    const auto folder = tests::shared_folder("golden/stable-limit");
    if (!folder) return;
    for (const data::Json& item : data::read_json(*folder + "/exact_width.json"))
        CHECK(node_scale(arma::vec(item.at("activations").get<std::vector<double>>()), item.at("alpha").get<double>(),
                         item.at("sigma_w").get<double>(), item.at("sigma_b").get<double>()) ==
              doctest::Approx(item.at("scale").get<double>()).epsilon(1e-13));
}

TEST_CASE("recursion: inputs near the ends of double") {
    const HeavyNetwork linear = heavy(tests::dense_json(1.5, 1, 0.1));
    // |x|^alpha leaves double, the scale does not
    CHECK(scale_recursion(linear, arma::rowvec{1e300})[0].sigma == doctest::Approx(1e300));
    CHECK(scale_recursion(linear, arma::rowvec{1e-320})[0].sigma == doctest::Approx(0.1));
    CHECK_THROWS_AS(scale_recursion(linear, arma::rowvec{1.7e308, 1.7e308}), base::WorkError);
    const std::string layers = tests::dense_json(2) + "," + tests::activation_json("relu") + "," + tests::dense_json(2);
    CHECK_THROWS_AS(scale_recursion(heavy(layers), arma::rowvec{1e200}), base::WorkError);
    CHECK(node_scale(arma::vec{1e300, 1e300}, 1.5, 1.0, 0.0) == doctest::Approx(1e300));
}
