#include "limsym/satnet/max_two_sat.hpp"

#include <algorithm>
#include <cmath>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"

namespace limsym::satnet {

double MaxTwoSat::scale(unsigned bits) const {
    if (weights.empty()) return 1.0;
    return std::ldexp(1.0, static_cast<int>(bits)) / *std::max_element(weights.begin(), weights.end());
}

MaxTwoSat max_two_sat(const arma::mat& C, std::span<const double> given) {
    MaxTwoSat problem;
    problem.variables = C.n_rows - 1;
    for (std::size_t i = 0; i < given.size(); ++i) {
        if (given[i] == 1.0) problem.hard.push_back(static_cast<std::int64_t>(i + 1));
        if (given[i] == 0.0) problem.hard.push_back(-static_cast<std::int64_t>(i + 1));
    }
    const auto add = [&](std::vector<std::int64_t> clause, double weight) {
        problem.clauses.push_back(std::move(clause));
        problem.weights.push_back(weight);
    };
    for (std::size_t row = 0; row < C.n_rows; ++row)
        for (std::size_t column = row + 1; column < C.n_cols; ++column) {
            const double c = 2.0 * C(row, column);
            if (c == 0.0) continue;
            const double weight = 2.0 * std::abs(c);
            const auto i = static_cast<std::int64_t>(row);
            const auto j = static_cast<std::int64_t>(column);
            problem.constant -= std::abs(c);
            if (i == 0) {
                add({c > 0.0 ? -j : j}, weight);
            } else if (c > 0.0) {
                add({i, j}, weight);
                add({-i, -j}, weight);
            } else {
                add({i, -j}, weight);
                add({-i, j}, weight);
            }
        }
    return problem;
}

std::string wcnf_text(const MaxTwoSat& problem, WcnfDialect dialect, unsigned bits) {
    const double scale = problem.scale(bits);
    std::vector<std::uint64_t> whole;
    double sum = 0.0;
    std::size_t kept = 0;
    for (const double weight : problem.weights) {
        whole.push_back(static_cast<std::uint64_t>(std::llround(std::min(weight * scale, 0x1p62))));
        sum += static_cast<double>(whole.back());
        if (whole.back() > 0) ++kept;
    }
    if (sum >= 0x1p62)
        throw base::WorkError("--bits",
                              std::to_string(bits) + " makes a sum of weights of 2^62 or more; try fewer bits");
    std::string text =
        "c scale " + base::number_text(scale) + "\nc constant " + base::number_text(problem.constant) + "\n";
    const std::string top = std::to_string(static_cast<std::uint64_t>(sum) + 1);
    if (dialect == WcnfDialect::old)
        text += "p wcnf " + std::to_string(problem.variables) + " " + std::to_string(kept + problem.hard.size()) + " " +
                top + "\n";
    for (const std::int64_t literal : problem.hard)
        text += (dialect == WcnfDialect::old ? top : "h") + " " + std::to_string(literal) + " 0\n";
    for (std::size_t c = 0; c < whole.size(); ++c) {
        if (whole[c] == 0) continue;
        text += std::to_string(whole[c]);
        for (const std::int64_t literal : problem.clauses[c])
            text += " " + std::to_string(literal);
        text += " 0\n";
    }
    return text;
}

namespace {

/// "c constant K" and the terms that are not 0.
std::string term_text(double constant, const arma::vec& linear, const arma::mat& C, double pair_factor) {
    std::string text = "c constant " + base::number_text(constant) + "\n";
    const auto add = [&](std::size_t i, std::size_t j, double value) {
        if (value == 0.0) return;
        text += std::to_string(i) + " " + std::to_string(j) + " ";
        base::append_number(text, value);
        text += "\n";
    };
    for (std::size_t i = 1; i < C.n_rows; ++i) {
        add(i, i, linear[i]);
        for (std::size_t j = i + 1; j < C.n_rows; ++j)
            add(i, j, pair_factor * C(i, j));
    }
    return text;
}

} // namespace

std::string ising_text(const arma::mat& C) {
    const arma::vec linear = 2.0 * C.col(0);
    return term_text(0.0, linear, C, 2.0);
}

std::string qubo_text(const arma::mat& C) {
    // x = 2b - 1
    arma::vec linear(C.n_rows, arma::fill::zeros);
    double constant = 0.0;
    for (std::size_t i = 1; i < C.n_rows; ++i) {
        linear[i] = 4.0 * C(0, i);
        constant -= 2.0 * C(0, i);
        for (std::size_t j = 1; j < C.n_rows; ++j) {
            if (i == j) continue;
            linear[i] -= 4.0 * C(i, j);
            constant += C(i, j);
        }
    }
    return term_text(constant, linear, C, 8.0);
}

} // namespace limsym::satnet
