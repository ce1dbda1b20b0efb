// The two power series of the density and tail of S_alpha(1), each where it is accurate to a few units of rounding.
//
// Bergstroem (Ark. Mat. 2, 1952); Nolan, Univariate Stable Distributions, 2020, chapter 3.
#pragma once

#include <vector>

namespace limsym::stable {

/// f(x) = sum_{k>=1} a_k x^(-k alpha - 1), a_k = (-1)^(k+1) Gamma(k alpha + 1)/k! sin(k pi alpha/2)/pi; P(X > x) has
/// a_k/(k alpha) x^(-k alpha). Convergent for alpha < 1, asymptotic above. Empty at alpha 2.
class TailSeries {
public:
    explicit TailSeries(double alpha);

    /// Accurate for x >= from(); +infinity when nowhere.
    [[nodiscard]] double from() const { return from_; }
    [[nodiscard]] double density(double x) const;
    [[nodiscard]] double upper_tail(double x) const;
    /// Also where the density underflows. log_x = log x
    [[nodiscard]] double log_density_at_log(double log_x) const;
    [[nodiscard]] double log_upper_tail_at_log(double log_x) const;

private:
    [[nodiscard]] bool accurate(double x) const;
    [[nodiscard]] double relative_sum(const std::vector<double>& ratios, double y) const;

    double alpha_;
    double from_;
    double first_ = 0.0;                 ///< a_1
    std::vector<double> density_ratios_; ///< a_(k+1)/a_1
    std::vector<double> tail_ratios_;    ///< a_(k+1)/((k+1) a_1)
    std::vector<double> bounds_;         ///< |a_(k+1)/a_1| without the sine of a_(k+1)
};

/// f(x) = sum_k (-1)^k c_k x^(2k), c_k = Gamma((2k+1)/alpha)/((2k)! pi alpha), and its integral from 0. alpha > 1;
/// convergent everywhere.
class CentralSeries {
public:
    explicit CentralSeries(double alpha);

    /// Accurate for 0 <= x <= to(); negative when nowhere.
    [[nodiscard]] double to() const { return to_; }
    [[nodiscard]] double density(double x) const;
    /// P(0 < X < x)
    [[nodiscard]] double central(double x) const;

private:
    double to_;
    std::vector<double> density_; ///< (-1)^k c_k
    std::vector<double> central_; ///< (-1)^k c_k/(2k+1)
};

} // namespace limsym::stable
