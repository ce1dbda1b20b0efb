// Network documents: what is read survives its canonical document, and expressions evaluate alike both ways.
#include <nlohmann/json.hpp>

#include "fuzz.hpp"
#include "limsym/data/json.hpp"
#include "limsym/network/expression.hpp"
#include "limsym/network/network.hpp"

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
        const network::Network net = network::read_network(data::parse_json(text, "f.json"), "f.json");
        const data::Json document = network::to_json(net);
        const network::Network again = network::read_network(document, "f.json");
        if (data::to_text(network::to_json(again)) != data::to_text(document)) std::abort();
    });
    return 0;
}
