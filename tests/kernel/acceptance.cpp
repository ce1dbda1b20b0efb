// Acceptance vectors: NNGP and NTK of whole networks.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "limsym/data/json.hpp"
#include "limsym/data/matrix.hpp"
#include "limsym/kernel/gram.hpp"
#include "support.hpp"

using namespace limsym;

namespace {

template <typename T>
double worst(const arma::Mat<T>& got, const data::Json& want) {
    const data::Json& rows = want.at("data");
    REQUIRE(rows.size() == got.n_rows);
    double largest = 0.0;
    for (std::size_t i = 0; i < got.n_rows; ++i) {
        for (std::size_t j = 0; j < got.n_cols; ++j) {
            const auto value = rows[i][j].get<double>();
            largest =
                std::max(largest, std::abs(static_cast<double>(got(i, j)) - value) / std::max(1.0, std::abs(value)));
        }
    }
    return largest;
}

void check_networks(const std::vector<std::string>& names, const std::string& inputs, double nngp_tolerance) {
    const auto folder = tests::shared_folder("golden/nngp-kernel");
    if (!folder) return;
    const arma::mat x1 = data::read_matrix({*folder + "/" + inputs + "1.csv", {}, {}});
    const arma::mat x2 = data::read_matrix({*folder + "/" + inputs + "2.csv", {}, {}});
    for (const std::string& name : names) {
        CAPTURE(name);
        const network::Network net = network::read_network_file(*folder + "/nets/" + name + ".json");
        const data::Json want = data::read_json(*folder + "/nets/" + name + ".out.json");
        kernel::GramOptions options;
        options.ntk = true;
        const auto own = kernel::gram<double>(net, x1, options);
        CHECK(worst(own.nngp, want.at("nngp_11")) < nngp_tolerance);
        CHECK(worst(own.ntk, want.at("ntk_11")) < 1e-11);
        const auto cross = kernel::gram<double>(net, x1, x2, options);
        CHECK(worst(cross.nngp, want.at("nngp_12")) < nngp_tolerance);
        CHECK(worst(cross.ntk, want.at("ntk_12")) < 1e-11);
        const auto single = kernel::gram<float>(net, x1, options);
        CHECK(worst(single.nngp, want.at("nngp_11")) < 2e-5);
        CHECK(worst(single.ntk, want.at("ntk_11")) < 2e-5);
        const auto single_cross = kernel::gram<float>(net, x1, x2, options);
        CHECK(worst(single_cross.nngp, want.at("nngp_12")) < 2e-5);
    }
}

} // namespace

TEST_CASE("acceptance vectors: dense networks") {
    check_networks({"mlp-relu4", "mlp-erf3", "mlp-gelu-leaky", "mlp-tanh2", "mlp-standard", "dropout", "resnet-dense",
                    "layernorm", "deep-relu-critical"},
                   "x", 1e-12);
}

TEST_CASE("acceptance vectors: networks of images") {
    check_networks(
        {"conv-flatten", "conv-gap", "conv-circular-pool", "conv-layernorm-all", "conv-standard", "wide-resnet-mini"},
        "img", 1e-12);
}
