#include "limsym/equivariance/symmetrised.hpp"

#include <algorithm>
#include <cmath>

#include "limsym/base/error.hpp"

namespace limsym::equivariance {

namespace {

constexpr std::size_t replicates = 8;

/// Mean and error over the values of one row, column k for element k.
void reduce(const arma::mat& values, ErrorRule rule, SymmetrisedRow& row) {
    const std::size_t count = values.n_cols;
    const auto n = static_cast<double>(count);
    row.y.zeros(values.n_rows);
    row.error.zeros(values.n_rows);
    for (std::size_t k = 0; k < count; ++k)
        row.y += values.col(k);
    row.y /= n;
    if (rule == ErrorRule::half_nodes) {
        // Even nodes only; O(2) has two elements a node, so pairs are kept together by their order (see average.cpp).
        arma::vec half(values.n_rows, arma::fill::zeros);
        for (std::size_t k = 0; k < count / 2; ++k)
            half += values.col(k);
        row.error = arma::abs(row.y - half / static_cast<double>(count / 2));
    } else if (rule == ErrorRule::samples && count > 1) {
        for (std::size_t k = 0; k < count; ++k)
            row.error += arma::square(values.col(k) - row.y);
        row.error = arma::sqrt(row.error / (n * (n - 1.0)));
    } else if (rule == ErrorRule::replicates) {
        const std::size_t size = count / replicates;
        arma::mat means(values.n_rows, replicates, arma::fill::zeros);
        for (std::size_t k = 0; k < count; ++k)
            means.col(k / size) += values.col(k) / static_cast<double>(size);
        for (std::size_t r = 0; r < replicates; ++r)
            row.error += arma::square(means.col(r) - row.y);
        row.error = arma::sqrt(row.error / static_cast<double>(replicates * (replicates - 1)));
    }
}

} // namespace

std::vector<std::size_t> vector_terms(const symmetry::Representation& rep) {
    std::vector<std::size_t> begins;
    for (const symmetry::RepTerm& term : symmetry::terms_of(rep))
        if (const auto* base = std::get_if<symmetry::VectorRep>(&term.rep.form()); base != nullptr && !base->dual)
            begins.push_back(term.begin);
    return begins;
}

std::vector<SymmetrisedRow> symmetrised_rows(const GroupSetting& setting, const Symmetrisation& how,
                                             RowFunction& function, const arma::mat& x, std::size_t first_row,
                                             bool keep_elements, const base::Monitor& monitor) {
    std::vector<symmetry::RepElement> inverse;
    std::vector<symmetry::RepElement> forward;
    for (const symmetry::Element& g : how.common) {
        forward.emplace_back(g);
        inverse.emplace_back(symmetry::inverse_element(g));
    }
    std::vector<SymmetrisedRow> rows(x.n_cols);
    std::vector<std::vector<symmetry::RepElement>> own(x.n_cols); // forward elements, between arguments() and use()
    const auto arguments = [&](std::size_t i) {
        if (how.common.empty()) {
            rows[i].row = how.elements_of(first_row + i, x.col(i));
            for (const symmetry::Element& g : rows[i].row.elements)
                own[i].emplace_back(g);
        }
        const std::size_t count = how.common.empty() ? own[i].size() : how.common.size();
        rows[i].evaluations = count;
        arma::mat moved(x.n_rows, count, arma::fill::none);
        arma::mat one;
        for (std::size_t k = 0; k < count; ++k) {
            one = x.col(i);
            symmetry::apply(
                setting.in,
                how.common.empty() ? symmetry::RepElement(symmetry::inverse_element(own[i][k].g)) : inverse[k], one);
            moved.col(k) = one;
        }
        return moved;
    };
    const auto use = [&](std::size_t i, const arma::mat& values) {
        arma::mat back(values.n_rows, values.n_cols, arma::fill::none);
        arma::mat one;
        for (std::size_t k = 0; k < values.n_cols; ++k) {
            one = values.col(k);
            symmetry::apply(setting.out, how.common.empty() ? own[i][k] : forward[k], one);
            back.col(k) = one;
        }
        reduce(back, how.error, rows[i]);
        if (keep_elements && !how.common.empty()) rows[i].row.elements = how.common;
        if (!keep_elements) rows[i].row.elements.clear();
        own[i].clear();
    };
    function.evaluate({x.n_cols, arguments, use}, monitor);
    return rows;
}

} // namespace limsym::equivariance
