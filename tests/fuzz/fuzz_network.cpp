// Network documents: what is read survives its canonical document, also with the keys of heavy-tailed networks, which
// become such a network; and expressions evaluate alike both ways.
#include <nlohmann/json.hpp>

#include "fuzz.hpp"
#include "limsym/data/json.hpp"
#include "limsym/network/expression.hpp"
#include "limsym/network/network.hpp"
#include "limsym/stable/heavy_network.hpp"

using namespace limsym;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view text(reinterpret_cast<const char*>(bytes + 1), size - 1);
    fuzz::expect_input_error_at_most([&] {
        if ((bytes[0] & 1U) != 0) {
            const network::Expression expression(text, "f");
            const double x[3] = {-1.5, 0.0, 2.25};
            double out[3];
            expression.evaluate(x, out, 3);
            for (int i = 0; i < 3; ++i) {
                const double value = expression.at(x[i]).value;
                if (out[i] != value && !(out[i] != out[i] && value != value)) std::abort();
            }
            return;
        }
        const bool heavy = (bytes[0] & 2U) != 0;
        const network::DenseKeys keys{.stable = heavy};
        const network::Network net = network::read_network(data::parse_json(text, "f.json"), "f.json", keys);
        const data::Json document = network::to_json(net);
        const network::Network again = network::read_network(document, "f.json", keys);
        if (data::to_text(network::to_json(again)) != data::to_text(document)) std::abort();
        if (!heavy) return;
        const stable::HeavyNetwork network =
            stable::heavy_network(net, 1.5, stable::ScaleMeaning::characteristic_function);
        for (std::size_t l = 0; l < network.layers.size(); ++l)
            if (!(network.layers[l].alpha <= 2) || stable::regime_name(stable::regime_of(network, l)).empty())
                std::abort();
    });
    return 0;
}
