#include "limsym/stable/heavy_network.hpp"

#include "limsym/base/error.hpp"
#include "networks.hpp"
#include "support.hpp"

using namespace limsym;
using namespace limsym::stable;
using tests::heavy;

namespace {

std::string refusal(const std::string& layers, std::optional<double> alpha = {}) {
    return tests::message_of<base::InputError>([&] { return heavy(layers, alpha); });
}

} // namespace

TEST_CASE("heavy networks: indices of layers") {
    const HeavyNetwork network = heavy(R"({"dense":{"weights":{"family":"gaussian","scale":2}}},{"activation":"tanh"},
        {"dense":{}},{"activation":"tanh"},{"dense":{"weights":{"family":"student","nu":3}}},{"activation":"tanh"},
        {"dense":{"alpha":1.5,"weights":{"family":"student"}}},{"activation":"tanh"},
        {"dense":{"weights":{"family":"pareto","alpha":1.1}}})",
                                       1.2);
    REQUIRE(network.layers.size() == 5);
    CHECK(network.layers[0].alpha == 2.0);
    CHECK(network.layers[1].alpha == 1.2);
    CHECK(network.layers[2].alpha == 2.0);
    CHECK(network.layers[3].alpha == 1.5);
    CHECK(std::get<StudentWeight>(network.layers[3].weights).nu == 1.5);
    CHECK(network.layers[4].alpha == 1.1);
}

TEST_CASE("heavy networks: standard deviations of alpha 2 are divided by sqrt 2") {
    const HeavyNetwork network = heavy(R"({"dense":{"alpha":2,"sigma_w":3,"sigma_b":0.5}},{"activation":"relu"},
        {"dense":{"alpha":1.5,"sigma_w":3,"sigma_b":0.5}})",
                                       {}, ScaleMeaning::standard_deviation);
    CHECK(network.layers[0].sigma_w == doctest::Approx(3 / std::sqrt(2.0)));
    CHECK(network.layers[0].sigma_b == doctest::Approx(0.5 / std::sqrt(2.0)));
    CHECK(network.layers[1].sigma_w == 3);
}

TEST_CASE("heavy networks: regimes") {
    const auto regime = [](double before, const std::string& activation, double here) {
        return regime_of(
            heavy(tests::dense_json(before) + "," + tests::activation_json(activation) + "," + tests::dense_json(here)),
            1);
    };
    CHECK(regime(1.2, "relu", 1.2) == Regime::critical);
    CHECK(regime(1.2, "relu", 1.1) == Regime::regular);
    CHECK(regime(1.2, "softplus", 1.8) == Regime::super);
    CHECK(regime(1.2, "tanh", 2.0) == Regime::regular);
    CHECK(regime(2.0, R"({"signed_power":{"power":3}})", 2.0) == Regime::regular);
    CHECK(regime(1.6, R"({"signed_power":{"power":2}})", 0.8) == Regime::critical);
    CHECK(regime(0.9, R"({"signed_power":{"power":0.3}})", 1.8) == Regime::regular);
    CHECK(regime(0.6, R"({"signed_power":{"power":0.3}})", 2.0) == Regime::critical);
}

TEST_CASE("heavy networks: what is refused, and where") {
    CHECK(refusal(R"({"dense":{"alpha":1}},{"activation":"tanh"},{"dense":{}})")
              .starts_with("net.json:/layers/2/dense/alpha: missing"));
    CHECK(refusal(R"({"dense":{"alpha":2.5}})").starts_with("net.json:/layers/0/dense/alpha: 2.5"));
    CHECK(refusal(R"({"dense":{"alpha":1,"weights":{"family":"gaussian"}}})")
              .starts_with("net.json:/layers/0/dense/alpha: 1 is not the index of gaussian, 2"));
    CHECK(refusal(R"({"dense":{"alpha":1,"weights":{"family":"cauchy"}}})")
              .starts_with("net.json:/layers/0/dense/weights/family: 'cauchy' is unknown"));
    CHECK(refusal(R"({"dense":{"alpha":1,"weights":{"family":"pareto","nu":1}}})")
              .starts_with("net.json:/layers/0/dense/weights/nu: "));
    CHECK(refusal(R"({"dense":{"alpha":1}},{"activation":"cos"},{"dense":{"alpha":1}})")
              .starts_with("net.json:/layers/1/activation: 'cos' is not supported; expected one of identity, abs"));
    CHECK(refusal(R"({"dense":{"alpha":1}},{"activation":{"expr":"x"}},{"dense":{"alpha":1}})")
              .find("/layers/1/activation: expressions are not supported") != std::string::npos);
    CHECK(refusal(R"({"dense":{"alpha":1}},"layer_norm",{"dense":{"alpha":1}})").find("/layers/1") !=
          std::string::npos);
    CHECK(refusal(R"({"dense":{"alpha":1}},{"dense":{"alpha":1}})").find("/layers/1") != std::string::npos);
    // the keys are those of this tool alone
    CHECK(tests::message_of<base::InputError>([] {
              return network::read_network(data::parse_json(R"({"layers":[{"dense":{"alpha":1}}]})", "net.json"),
                                           "net.json");
          }).find("/layers/0/dense/alpha") != std::string::npos);
    const HeavyNetwork network = heavy(R"({"dense":{"weights":{"family":"uniform"}}})");
    CHECK(tests::message_of<base::InputError>([&] {
              return (require_stable_input_layer(network), 0);
          }).find("/layers/0/dense/weights/family: uniform weights in layer 1 are not supported") != std::string::npos);
}

TEST_CASE("heavy networks: the description keeps its keys") {
    const data::Json document = data::parse_json(
        R"({"layers":[{"dense":{"alpha":1.5,"weights":{"family":"logpareto","c":0.5}}}]})", "net.json");
    const network::Network network = network::read_network(document, "net.json", {.stable = true});
    const network::Network again = network::read_network(network::to_json(network), "again", {.stable = true});
    CHECK(network::network_sha256(network) == network::network_sha256(again));
    const network::Network other = network::read_network(
        data::parse_json(R"({"layers":[{"dense":{"alpha":1.5,"weights":{"family":"logpareto","c":0.6}}}]})", "o"), "o",
        {.stable = true});
    CHECK(network::network_sha256(network) != network::network_sha256(other));
}
