// Dual activations and whole networks against slow integrals and 30-digit recursions (tests/oracles/kernel.py).
#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "limsym/data/json.hpp"
#include "limsym/kernel/dual.hpp"
#include "limsym/kernel/gram.hpp"
#include "support.hpp"

using namespace limsym;

namespace {

data::Json vectors() {
    return data::read_json(tests::test_data("kernel.json"));
}

arma::mat matrix_of(const data::Json& rows) {
    arma::mat matrix(rows.size(), rows[0].size());
    for (std::size_t i = 0; i < matrix.n_rows; ++i)
        for (std::size_t j = 0; j < matrix.n_cols; ++j)
            matrix(i, j) = rows[i][j].get<double>();
    return matrix;
}

template <typename T>
double worst(const arma::Mat<T>& got, const arma::mat& want) {
    return (arma::abs(arma::conv_to<arma::mat>::from(got) - want) / arma::clamp(arma::abs(want), 1.0, arma::datum::inf))
        .max();
}

} // namespace

TEST_CASE("oracle: every activation, at correlations from -1 to 1") {
    const data::Json document = vectors();
    CHECK(document.at("activations").size() > 200);
    for (const data::Json& item : document.at("activations")) {
        CAPTURE(item.dump());
        const auto activation = network::read_activation(item.at("activation"), "kernel.json", "");
        const auto got = kernel::dual_activation(activation, item.at("q1").get<double>(), item.at("q2").get<double>(),
                                                 item.at("c").get<double>());
        const auto close = [](double a, double b) { return std::abs(a - b) <= 1e-11 * std::max(1.0, std::abs(b)); };
        CHECK(close(got.value, item.at("value").get<double>()));
        if (item.contains("derivative")) CHECK(close(got.derivative, item.at("derivative").get<double>()));
    }
}

TEST_CASE("oracle: Gram matrices of whole networks") {
    const data::Json document = vectors();
    CHECK(document.at("networks").size() == 10);
    for (const data::Json& item : document.at("networks")) {
        CAPTURE(item.at("network").dump());
        const network::Network net = network::read_network(item.at("network"), "kernel.json");
        const arma::mat x = matrix_of(item.at("x"));
        const arma::mat nngp = matrix_of(item.at("nngp"));
        const arma::mat ntk = matrix_of(item.at("ntk"));
        kernel::GramOptions options;
        options.ntk = true;
        const kernel::Gram<double> got = kernel::gram<double>(net, x, options);
        CHECK(worst(got.nngp, nngp) < 1e-11);
        CHECK(worst(got.ntk, ntk) < 1e-11);
        const kernel::Gram<double> diagonal = kernel::gram_diagonal(net, x, options);
        CHECK(worst(diagonal.nngp, nngp.diag()) < 1e-11);
        CHECK(worst(diagonal.ntk, ntk.diag()) < 1e-11);
        const kernel::Gram<float> single = kernel::gram<float>(net, x, options);
        CHECK(worst(single.nngp, nngp) < 2e-5);
        CHECK(worst(single.ntk, ntk) < 5e-5);
    }
}
