// Polynomials of jointly normal pairs, separated: E p(u) r(v) = sum_j alpha_j(q1) beta_j(q2) c^j (Isserlis).
#pragma once

#include <armadillo>
#include <cmath>
#include <cstddef>
#include <vector>

namespace limsym::kernel {

/// alpha_j(q) = sum over m >= j, m - j even, of coefficient_m m! / (A! 2^A sqrt(j!)) q^A, A = (m - j)/2.
inline double separated_coefficient(const std::vector<double>& coefficients, std::size_t j, double q) {
    double sum = 0.0;
    double factor = std::sqrt(std::tgamma(static_cast<double>(j) + 1.0)); // m!/(A! 2^A sqrt(j!)) at m = j
    double power = 1.0;
    for (std::size_t m = j; m < coefficients.size(); m += 2) {
        sum += coefficients[m] * factor * power;
        const auto md = static_cast<double>(m);
        factor *= (md + 1.0) * (md + 2.0) / (static_cast<double>((m - j) / 2 + 1) * 2.0);
        power *= q;
    }
    return sum;
}

inline std::vector<double> derivative_of(const std::vector<double>& coefficients) {
    std::vector<double> result;
    for (std::size_t m = 1; m < coefficients.size(); ++m)
        result.push_back(static_cast<double>(m) * coefficients[m]);
    if (result.empty()) result.push_back(0.0);
    return result;
}

/// Separated coefficients of a polynomial for every row.
template <typename T>
arma::Mat<T> separate(const std::vector<double>& coefficients, const std::vector<T>& variances) {
    arma::Mat<T> terms(variances.size(), coefficients.size());
    for (std::size_t j = 0; j < coefficients.size(); ++j) {
        for (std::size_t i = 0; i < variances.size(); ++i)
            terms(i, j) = static_cast<T>(separated_coefficient(coefficients, j, static_cast<double>(variances[i])));
    }
    return terms;
}

} // namespace limsym::kernel
