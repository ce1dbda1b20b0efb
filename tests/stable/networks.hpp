// Heavy-tailed networks for tests, from JSON.
#pragma once

#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "limsym/data/json.hpp"
#include "limsym/network/network.hpp"
#include "limsym/stable/heavy_network.hpp"

namespace limsym::tests {

inline stable::HeavyNetwork heavy(const std::string& layers, std::optional<double> alpha = {},
                                  stable::ScaleMeaning meaning = stable::ScaleMeaning::characteristic_function,
                                  const std::string& input_scale = "unit") {
    const data::Json document =
        data::parse_json(R"({"input_scale":")" + input_scale + R"(","layers":[)" + layers + "]}", "net.json");
    return stable::heavy_network(network::read_network(document, "net.json", {.stable = true}), alpha, meaning);
}

/// A dense layer as JSON.
inline std::string dense_json(double alpha, double sigma_w = 1, double sigma_b = 0) {
    return R"({"dense":{"alpha":)" + std::to_string(alpha) + R"(,"sigma_w":)" + std::to_string(sigma_w) +
           R"(,"sigma_b":)" + std::to_string(sigma_b) + "}}";
}
inline std::string activation_json(const std::string& name) {
    return R"({"activation":)" + (name.starts_with("{") ? name : "\"" + name + "\"") + "}";
}

/// Two-sample Kolmogorov-Smirnov distance.
inline double ks_distance(arma::vec a, arma::vec b) {
    a = arma::sort(a);
    b = arma::sort(b);
    double worst = 0.0;
    arma::uword j = 0;
    for (arma::uword i = 0; i < a.n_elem; ++i) {
        while (j < b.n_elem && b(j) <= a(i))
            ++j;
        const double here = static_cast<double>(i + 1) / static_cast<double>(a.n_elem);
        worst = std::max(worst, std::abs(here - static_cast<double>(j) / static_cast<double>(b.n_elem)));
    }
    return worst;
}

} // namespace limsym::tests
