// The reference vectors of node-scaling as networks and data.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "limsym/data/json.hpp"
#include "limsym/nodescaling/shallow_network.hpp"
#include "support.hpp"

namespace limsym::tests {

inline arma::mat matrix_of(const data::Json& rows) {
    arma::mat result(rows.size(), rows[0].size());
    for (std::size_t i = 0; i < rows.size(); ++i)
        for (std::size_t j = 0; j < rows[i].size(); ++j)
            result(i, j) = rows[i][j].get<double>();
    return result;
}

inline arma::vec vector_of(const data::Json& numbers) {
    return arma::vec(numbers.get<std::vector<double>>());
}

inline double largest_difference(const arma::mat& a, const arma::mat& b) {
    return arma::abs(a - b).max();
}

/// A case of cases.json.
struct GoldenCase {
    data::Json record;
    nodescaling::ShallowNetwork network;
    arma::mat x;
    arma::mat y;
};

inline std::vector<GoldenCase> golden_cases(const std::string& folder) {
    const data::Json document = data::read_json(folder + "/cases.json");
    std::vector<GoldenCase> cases;
    for (const data::Json& record : document.at("cases")) {
        GoldenCase next;
        next.record = record;
        next.network.activation = nodescaling::NodeActivation(record.at("activation").get<std::string>());
        next.network.w = matrix_of(record.at("w")).t();
        next.network.signs = matrix_of(record.at("a"));
        next.network.lambda = vector_of(record.at("lambda"));
        next.x = matrix_of(record.at("x"));
        next.y = matrix_of(record.at("y"));
        cases.push_back(std::move(next));
    }
    return cases;
}

} // namespace limsym::tests
