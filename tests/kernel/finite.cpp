// Finite networks have the second moments that the kernel says.
#include "limsym/network/finite.hpp"

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "limsym/base/error.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/data/json.hpp"
#include "limsym/kernel/gram.hpp"
#include "networks.hpp"
#include "support.hpp"

using namespace limsym;

// Slow: a statistic of many wide networks.
TEST_CASE("second moments of wide networks are the NNGP kernel" * doctest::test_suite("slow")) {
    const arma::mat x = tests::scattered(3, 4);
    for (const std::string layers :
         {R"({"dense":{"sigma_w":1.4,"sigma_b":0.3}},{"activation":"relu"},{"dense":{"sigma_w":1.3}},
             {"activation":"relu"},{"dense":{}})",
          R"({"dense":{"sigma_w":1.4,"sigma_b":0.3}},{"activation":"erf"},{"dense":{"sigma_b":0.5}})",
          R"({"dense":{}},{"residual":{"branch":[{"activation":"gelu"},{"dense":{"sigma_w":1.2}}]}},
             {"layer_norm":{}},{"activation":"relu"},{"dense":{}})",
          R"({"dense":{"sigma_w":1.4}},{"dropout":{"keep":0.8}},{"dense":{}},{"activation":"relu"},{"dense":{}})"}) {
        CAPTURE(layers);
        const auto net =
            network::read_network(data::parse_json(R"({"layers":[)" + layers + "]}", "net.json"), "net.json");
        const arma::mat want = kernel::gram<double>(net, x, {}).nngp;
        // Eight outputs of one draw share hidden layers, but are uncorrelated.
        const std::size_t draws = 300;
        const std::size_t outputs = 8;
        std::vector<arma::mat> products(draws);
        base::parallel_for(draws, [&](std::size_t k) {
            base::RandomStream stream(5, "test networks", k);
            const arma::mat f = network::random_forward(net, x, 256, outputs, 1.0, stream);
            products[k] = f * f.t() / static_cast<double>(outputs);
        });
        for (std::size_t i = 0; i < 3; ++i) {
            for (std::size_t j = 0; j <= i; ++j) {
                double mean = 0.0;
                double square = 0.0;
                for (const arma::mat& product : products) {
                    mean += product(i, j) / draws;
                    square += product(i, j) * product(i, j) / draws;
                }
                const double error = std::sqrt((square - mean * mean) / draws);
                CHECK(std::abs(mean - want(i, j)) < 4.5 * error);
            }
        }
    }
}

TEST_CASE("the readout's scale and layers that finite networks do not have") {
    const auto net = tests::perceptron(tests::activation_of(network::ActivationKind::tanh), 2, 1.0, 0.1);
    const arma::mat x = tests::scattered(4, 3);
    base::RandomStream one(1, "test networks");
    base::RandomStream two(1, "test networks");
    const arma::mat plain = network::random_forward(net, x, 16, 2, 1.0, one);
    const arma::mat scaled = network::random_forward(net, x, 16, 2, 2.0, two);
    CHECK(arma::abs(scaled - 2.0 * plain).max() < 1e-14);
    const auto image = network::read_network(
        data::parse_json(R"({"input_shape":[1,1,3],"layers":[{"conv":{"kernel":[1,1]}},"flatten",{"dense":{}}]})", "n"),
        "n");
    CHECK(tests::message_of<base::InputError>([&] {
              return network::random_forward(image, x, 16, 2, 1.0, one);
          }).starts_with("n:/layers/0: conv is not supported"));
}
