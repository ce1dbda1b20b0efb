// Hermite-separable series of a dual activation: with he_k normalised and a_k(q) = E phi(sqrt(q) z) he_k(z),
//   F = sum_k a_k(q1) a_k(q2) rho^k,   D = sum_k d_k(q1) d_k(q2) rho^k,   d_k(q) = E phi'(sqrt(q) z) he_k(z).
// Truncated after p terms, |error of F| <= |rho|^p sqrt(t(q1) t(q2)), t(q) = E phi^2 - sum_{k<p} a_k^2.
#pragma once

#include <armadillo>
#include <cstddef>
#include <vector>

#include "limsym/network/activation.hpp"

namespace limsym::kernel {

/// E phi^2, E phi'^2 and E z sqrt(q) phi phi' (= q dE phi^2/dq) for z normal, phi at sqrt(variance) z.
struct SecondMoments {
    double value;
    double slope;
    double mixed;
};
/// By Gauss-Legendre panels that break at `kinks` of phi.
[[nodiscard]] SecondMoments second_moments(const network::ScalarFunction& function, const std::vector<double>& kinks,
                                           double variance);

/// Second moments that are meant to be used: of an activation that grows like exp(b z^2) they do not exist for b
/// variance >= 1/4, and lie beyond the range of the panels somewhat below.
/// @throws WorkError when part of E phi^2 or E phi'^2 that counts lies beyond the panels
void require_moments(const network::ScalarFunction& function, double variance, const SecondMoments& moments);

/// a_k, d_k and second moments for one variance, by the same panels: any activation, no certificate needed of the rule.
struct HermiteCoefficients {
    std::vector<double> value;
    std::vector<double> slope;
    SecondMoments moments;
};
[[nodiscard]] HermiteCoefficients hermite_coefficients(const network::ScalarFunction& function,
                                                       const std::vector<double>& kinks, double variance,
                                                       std::size_t terms);

/// Series of an activation for all variances up to a largest one.
class HermiteSeries {
public:
    /// Takes as many terms as bring the tails of F and D at |rho| = 1 within tolerance of their second moments, at
    /// most `most_terms`.
    HermiteSeries(const network::Activation& activation, double largest_variance, double tolerance,
                  std::size_t most_terms = 256);

    [[nodiscard]] std::size_t terms() const { return terms_; }
    /// t(q) of F for the largest variance.
    [[nodiscard]] double tail() const { return tail_; }
    [[nodiscard]] const network::ScalarFunction& function() const { return function_; }
    [[nodiscard]] const std::vector<double>& kinks() const { return kinks_; }

    /// Row i: a_0 .. a_{terms-1} (and d_k) of variances[i]. @param slope nullptr: not wanted
    void coefficients(const std::vector<double>& variances, arma::mat& value, arma::mat* slope) const;

private:
    network::ScalarFunction function_;
    std::vector<double> kinks_; ///< with kinks the coefficients come from panels that break there
    std::vector<double> z_;
    arma::mat table_; ///< points x terms: normal density times step times he_k(z)
    std::size_t terms_ = 0;
    double tail_ = 0.0;
};

} // namespace limsym::kernel
