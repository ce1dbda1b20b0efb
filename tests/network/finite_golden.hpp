// The golden vectors of explicit small networks ("golden/jac-ntk/finite.json").
#pragma once

#include <armadillo>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "limsym/data/json.hpp"
#include "limsym/network/multilayer_perceptron.hpp"
#include "limsym/network/network.hpp"
#include "support.hpp"

namespace limsym::tests {

inline arma::mat matrix_of(const data::Json& rows) {
    arma::mat result(rows.size(), rows.at(0).size(), arma::fill::none);
    for (std::size_t i = 0; i < rows.size(); ++i)
        for (std::size_t j = 0; j < rows[i].size(); ++j)
            result(i, j) = rows[i][j].get<double>();
    return result;
}

inline arma::vec vector_of(const data::Json& values) {
    return arma::vec(values.get<std::vector<double>>());
}

inline double largest_error(const arma::mat& got, const arma::mat& want) {
    REQUIRE(arma::size(got) == arma::size(want));
    return arma::abs(got - want).max() / arma::abs(want).max();
}

/// A case as a network that this library reads.
struct FiniteCase {
    data::Json json;
    network::MultilayerPerceptron shape;
    std::vector<double> parameters;
    arma::mat x; ///< d x n
    arma::vec y;
    double kappa;

    explicit FiniteCase(const data::Json& golden)
        : json(golden), x(matrix_of(golden.at("x")).t()), y(vector_of(golden.at("y"))), kappa(golden.at("kappa")) {
        data::Json layers = data::Json::array();
        for (std::size_t l = 0; l < golden.at("weights").size(); ++l) {
            if (l > 0) layers.push_back({{"activation", golden.at("activation")}});
            layers.push_back({{"dense",
                               {{"sigma_w", golden.at("sigma_w")},
                                {"sigma_b", golden.at("sigma_b")},
                                {"weight", golden.at("weights")[l]},
                                {"bias", golden.at("biases")[l]}}}});
        }
        const network::Network net = network::read_network(
            {{"schema", "limsym/network@1"}, {"input_scale", golden.at("input_scale")}, {"layers", std::move(layers)}},
            "finite.json");
        shape = network::make_trained_perceptron(net, "test");
        parameters = network::parameters_of(net, shape);
    }

    /// The golden gradient in the order of the flat array.
    [[nodiscard]] arma::vec gradient() const {
        arma::vec result(shape.parameters);
        for (std::size_t l = 0; l < shape.stages.size(); ++l) {
            const arma::mat weight = matrix_of(json.at("grad_weights")[l]);
            std::copy(weight.begin(), weight.end(), result.begin() + shape.stages[l].weight.begin);
            const arma::vec bias = vector_of(json.at("grad_biases")[l]);
            std::copy(bias.begin(), bias.end(), result.begin() + shape.stages[l].bias.begin);
        }
        return result;
    }
};

inline std::vector<FiniteCase> finite_cases() {
    std::vector<FiniteCase> cases;
    const std::optional<std::string> folder = shared_folder("golden/jac-ntk");
    if (!folder) return cases;
    const data::Json golden = data::read_json(*folder + "/finite.json");
    for (const data::Json& one : golden.at("cases"))
        cases.emplace_back(one);
    REQUIRE(cases.size() == 3);
    return cases;
}

} // namespace limsym::tests
