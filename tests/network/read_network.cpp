#include <nlohmann/json.hpp>

#include "limsym/base/error.hpp"
#include "limsym/data/json.hpp"
#include "limsym/network/network.hpp"
#include "support.hpp"

using namespace limsym;

namespace {

network::Network parsed(const std::string& text) {
    return network::read_network(data::parse_json(text, "net.json"), "net.json");
}

std::string failure(const std::string& text) {
    return tests::message_of<base::InputError>([&] { return parsed(text); });
}

std::string failure_of_layers(const std::string& layers) {
    return failure(R"({"schema":"limsym/network@1","layers":[)" + layers + "]}");
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("a network survives its canonical document") {
    const network::Network net = parsed(R"({"schema":"limsym/network@1","parameterization":"standard",
        "input_scale":"unit","input_shape":[5,4,2],"layers":[
        {"conv":{"kernel":[3,2],"stride":[2,1],"padding":"CIRCULAR","sigma_w":1.4,"sigma_b":0,"width":8}},
        {"residual":{"branch":[{"activation":{"leaky_relu":{"alpha":0.1}}},{"conv":{"kernel":[1,1],"width":8}}]}},
        {"layer_norm":{"axes":"all"}},{"activation":{"expr":"x*tanh(x) ","kinks":[]}},
        {"dropout":{"keep":0.5}},{"avg_pool":{"window":[2,2]}},"flatten",
        {"repeat":{"times":3,"layers":[{"dense":{"width":7}},{"activation":{"polynomial":{"coef":[0,1,2]}}}]}},
        {"dense":{"sigma_b":0.5}}]})");
    CHECK(net.standard);
    CHECK(net.unit_input);
    CHECK(net.layers.size() == 9);
    const data::Json document = network::to_json(net);
    const network::Network again = network::read_network(document, "again.json");
    CHECK(data::to_text(network::to_json(again)) == data::to_text(document));
    CHECK(network::network_sha256(again) == network::network_sha256(net));
    CHECK(network::network_sha256(net).size() == 64);
    CHECK(network::network_sha256(network::with_scales(net, 2.0, std::nullopt)) != network::network_sha256(net));
}

TEST_CASE("a description's hash leaves out weights and defaults") {
    const auto plain = parsed(R"({"layers":[{"dense":{}},{"activation":"relu"},{"dense":{}}]})");
    const auto trained = parsed(R"({"layers":[{"dense":{"sigma_w":1,"sigma_b":0,"weight":[[1,2],[3,4]],"bias":[1,2]}},
        {"activation":{"relu":{}}},{"dense":{}}],"parameterization":"ntk"})");
    CHECK(network::network_sha256(plain) == network::network_sha256(trained));
    const auto& dense = std::get<network::Dense>(trained.layers[0].value);
    CHECK(dense.weight(1, 0) == 3.0);
    CHECK(dense.bias(1) == 2.0);
    CHECK(data::to_text(network::to_json(trained)).find("[[1,2],[3,4]]") != std::string::npos);
}

TEST_CASE("errors name their place") {
    CHECK(contains(failure_of_layers(R"({"dense":{}},{"activaton":"relu"},{"dense":{}})"), "net.json:/layers/1: "));
    CHECK(contains(failure_of_layers(R"({"dense":{}},{"activaton":"relu"},{"dense":{}})"), "did you mean activation"));
    CHECK(contains(failure_of_layers(R"({"dense":{"sigma_W":1}},{"dense":{}})"), "net.json:/layers/0/dense/sigma_W"));
    CHECK(contains(failure_of_layers(R"({"dense":{"sigma_W":1}},{"dense":{}})"), "sigma_w"));
    CHECK(contains(failure_of_layers(R"({"dense":{}},{"activation":"relu"},{"activation":"erf"},{"dense":{}})"),
                   "net.json:/layers/2"));
    CHECK(contains(failure_of_layers(R"({"activation":"relu"},{"dense":{}})"), "net.json:/layers/0"));
    CHECK(contains(failure_of_layers(R"({"dense":{}},{"activation":"relu"})"), "net.json:/layers: "));
    CHECK(contains(failure_of_layers(R"({"dense":{}},{"activation":"relu"})"), "readout"));
    CHECK(contains(failure_of_layers(R"({"dense":{"sigma_w":-1}},{"dense":{}})"), "net.json:/layers/0/dense/sigma_w"));
    CHECK(contains(failure_of_layers(R"({"dense":{"sigma_w":-1}},{"dense":{}})"), "> 0"));
    CHECK(contains(failure_of_layers(R"({"dense":{}},{"dropout":{"keep":1.5}},{"dense":{}})"), "/dropout/keep"));
    CHECK(contains(failure_of_layers(R"({"dropout":{"keep":0.5}},{"dense":{}})"), "/layers/0"));
    CHECK(contains(failure_of_layers(R"({"dense":{}},{"activation":"rleu"},{"dense":{}})"), "did you mean relu"));
    CHECK(contains(failure_of_layers(R"({"dense":{}},{"activation":{"leaky_relu":{"alhpa":1}}},{"dense":{}})"),
                   "/layers/1/activation/leaky_relu/alhpa"));
    CHECK(contains(failure_of_layers(R"({"repeat":{"times":1000000000,"layers":[{"dense":{}}]}})"), "/repeat/times"));
    CHECK(contains(failure_of_layers(R"({"repeat":{"times":50000,"layers":[{"repeat":{"times":50000,
        "layers":[{"dense":{}}]}}]}},{"dense":{}})"),
                   "more than 100000 layers"));
    CHECK(contains(failure_of_layers(R"({"dense":{}},{"residual":{"branch":[{"activation":"relu"}]}},{"dense":{}})"),
                   "/layers/1/residual/branch"));
    CHECK(contains(failure_of_layers(R"({"conv":{"kernel":[2,2]}},{"dense":{}})"), "input_shape"));
    CHECK(contains(failure(R"({"input_shape":[2,3,1],"layers":[{"conv":{"kernel":[3,3],"padding":"VALID"}},
        "flatten",{"dense":{}}]})"),
                   "net.json:/layers/0/conv/kernel"));
    CHECK(contains(failure(R"({"parameterization":"standard","layers":[{"dense":{}},{"dense":{}}]})"), "width"));
    CHECK(contains(failure(R"({"schema":"limsym/network@2","layers":[{"dense":{}}]})"), "network@2"));
    CHECK(contains(failure(R"({"layers":[{"dense":{}}],"layrs":1})"), "net.json:/layrs"));
    CHECK(contains(failure_of_layers(R"({"dense":{}},{"activation":{"expr":"x*("}},{"dense":{}})"),
                   "net.json:/layers/1/activation/expr: column 4"));
    CHECK(contains(failure_of_layers(R"({"dense":{}},{"activation":{"expr":"log(x) "}},{"dense":{}})"), "not finite"));
    CHECK(contains(failure_of_layers(R"({"attention":{"scaling":"sqrt"}},{"dense":{}})"), "/attention/scaling"));
}

TEST_CASE("shorthand and scales") {
    network::Shorthand shorthand;
    shorthand.activation = network::parse_activation("erf", "--activation");
    shorthand.depth = 3;
    shorthand.sigma_b = 0.2;
    const network::Network net = network::make_network(shorthand);
    CHECK(net.layers.size() == 7);
    CHECK(!network::readout_has_bias(net));
    const network::Network scaled = network::with_scales(net, 1.5, 0.0);
    CHECK(std::get<network::Dense>(scaled.layers[0].value).sigma_w == 1.5);
    CHECK(!std::get<network::Dense>(scaled.layers[0].value).has_bias);
    CHECK(std::get<network::Dense>(scaled.layers[6].value).sigma_w == 1.0);
    shorthand.readout_sigma_b = 0.1;
    CHECK(network::readout_has_bias(network::make_network(shorthand)));
    CHECK(tests::message_of<base::InputError>([] {
              return network::parse_activation("sigmoide", "--activation");
          }).starts_with("--activation: unknown activation 'sigmoide'; did you mean sigmoid?"));
}

TEST_CASE("node variances belong to the layer that they feed") {
    const auto net =
        parsed(R"({"layers":[{"dense":{"weight":[[1],[2]]}},{"activation":"relu"},{"dense":{"weight":[[1,2]],
        "node_variances":{"prior":"horseshoe","values":[0.5,0.25]}}}]})");
    const auto& readout = std::get<network::Dense>(net.layers[2].value);
    REQUIRE(readout.node_variances);
    CHECK(readout.node_variances->prior == "horseshoe");
    CHECK(readout.node_variances->values == std::vector<double>{0.5, 0.25});
    const data::Json document = network::to_json(net);
    CHECK(data::to_text(network::to_json(network::read_network(document, "again.json"))) == data::to_text(document));
    CHECK(data::to_text(document).find("\"values\":[0.5,0.25]") != std::string::npos);

    CHECK(contains(failure_of_layers(R"({"dense":{"node_variances":{"prior":"beta"}}})"),
                   "net.json:/layers/0/dense/node_variances: "));
    const std::string hidden = R"({"dense":{}},{"activation":"relu"},)";
    CHECK(contains(failure_of_layers(hidden + R"({"dense":{"weight":[[1,2,3]],"node_variances":{"values":[1,2]}}})"),
                   "net.json:/layers/2/dense/node_variances/values: 2 numbers; expected 3"));
    CHECK(contains(failure_of_layers(hidden + R"({"dense":{"node_variances":{"values":[1,0]}}})"),
                   "net.json:/layers/2/dense/node_variances/values/1: 0 is out of range; expected a variance > 0"));
    CHECK(contains(failure_of_layers(hidden + R"({"dense":{"node_variances":{"priors":"beta"}}})"), "priors"));
    CHECK(contains(failure_of_layers(R"({"dense":{"weight":[[1,2],[1,"x"]]}})"),
                   "net.json:/layers/0/dense/weight/1/1: expected a number"));
}
