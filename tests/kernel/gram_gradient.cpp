#include <cmath>
#include <string>

#include <nlohmann/json.hpp>

#include "limsym/data/json.hpp"
#include "limsym/kernel/gram.hpp"
#include "networks.hpp"
#include "support.hpp"

using namespace limsym;

namespace {

network::Network parsed(const std::string& text) {
    return network::read_network(data::parse_json(text, "net.json"), "net.json");
}

// Every layer type, in nets whose result depends on both scales.
std::vector<std::string> networks() {
    std::vector<std::string> texts;
    const std::string dense = R"({"dense":{"sigma_w":1.3,"sigma_b":0.4}})";
    for (const std::string activation : {R"("relu")",
                                         R"({"leaky_relu":{"alpha":0.2}})",
                                         R"({"abrelu":{"a":-0.4,"b":1.1}})",
                                         R"("abs")",
                                         R"("sign")",
                                         R"("erf")",
                                         R"("sigmoid_like")",
                                         R"("gelu")",
                                         R"("gabor")",
                                         R"({"sin":{"b":0.8,"c":0.3}})",
                                         R"("cos")",
                                         R"({"rbf":{"gamma":0.4}})",
                                         R"({"gaussian":{"b":-0.7}})",
                                         R"({"exp":{"b":0.5}})",
                                         R"({"polynomial":{"coef":[0.2,0.7,-0.3,0.1]}})",
                                         R"({"hermite":{"degree":3}})",
                                         R"({"rectified_monomial":{"degree":0}})",
                                         R"({"rectified_monomial":{"degree":2}})",
                                         R"("tanh")",
                                         R"("softplus")",
                                         R"("swish")",
                                         R"("elu")",
                                         R"("selu")",
                                         R"({"expr":"elu(x)-0.3*x","kinks":[0]})"})
        texts.push_back(R"({"layers":[)" + dense + R"(,{"activation":)" + activation + "}," + dense +
                        R"(,{"activation":"relu"},{"dense":{"sigma_w":1.2}}]})");
    texts.push_back(R"({"layers":[)" + dense + R"(,{"layer_norm":{"eps":0.1}},{"activation":"relu"},)" + dense +
                    R"(,{"layer_norm":{"eps":0.5}},{"activation":"erf"},{"dense":{}}]})");
    texts.push_back(R"({"layers":[)" + dense + R"(,{"dropout":{"keep":0.7}},)" + dense +
                    R"(,{"activation":"relu"},{"dense":{}}]})");
    texts.push_back(R"({"layers":[)" + dense + R"(,{"repeat":{"times":3,"layers":[{"residual":{"branch":[
        {"activation":"relu"},)" +
                    dense + R"(],"shortcut":[)" + dense + R"(]}}]}},{"activation":"erf"},{"dense":{}}]})");
    return texts;
}

double contracted(const network::Network& net, const arma::mat& x, const arma::mat& weights) {
    return arma::accu(kernel::gram<double>(net, x, {}).nngp % weights);
}

// The same description with the scales of all layers but the readout multiplied.
network::Network scaled(const std::string& text, double factor_w, double factor_b) {
    data::Json document = data::parse_json(text, "net.json");
    const std::function<void(data::Json&, bool)> visit = [&](data::Json& layers, bool top) {
        for (std::size_t i = 0; i < layers.size(); ++i) {
            data::Json& layer = layers[i];
            if (!layer.is_object() || (top && i + 1 == layers.size())) continue;
            if (layer.contains("dense")) {
                layer["dense"]["sigma_w"] = layer["dense"].value("sigma_w", 1.0) * factor_w;
                layer["dense"]["sigma_b"] = layer["dense"].value("sigma_b", 0.0) * factor_b;
            } else if (layer.contains("residual")) {
                visit(layer["residual"]["branch"], false);
                visit(layer["residual"]["shortcut"], false);
            } else if (layer.contains("repeat")) {
                visit(layer["repeat"]["layers"], false);
            }
        }
    };
    visit(document["layers"], true);
    return network::read_network(document, "net.json");
}

} // namespace

// Slow: ten Gram matrices a network.
TEST_CASE("contracted derivatives equal central differences, for every layer type" * doctest::test_suite("slow")) {
    arma::mat x = tests::scattered(9, 3);
    x.row(8) = 1.1 * x.row(2);
    arma::mat weights = tests::scattered(9, 9, 11);
    weights = weights + weights.t();
    for (const std::string& text : networks()) {
        CAPTURE(text);
        const auto got = kernel::contract_scale_derivatives(parsed(text), x, weights, {});
        const double h = 1e-3;
        const auto difference = [&](bool by_w) {
            const auto at = [&](double step) {
                const double factor = std::exp(step);
                return contracted(scaled(text, by_w ? factor : 1.0, by_w ? 1.0 : factor), x, weights);
            };
            return (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
        };
        CHECK(std::abs(got.log_sigma_w - difference(true)) < 1e-6);
        CHECK(std::abs(got.log_sigma_b - difference(false)) < 1e-6);
    }
}
