#include "limsym/numerics/goodness_of_fit.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "limsym/numerics/distributions.hpp"
#include "limsym/numerics/minimise.hpp"
#include "limsym/numerics/quadrature.hpp"

namespace limsym::numerics {

namespace {

/// Twice the one-sided tail P(D+ >= d) = d sum_j C(n, j) (d + j/n)^(j-1) (1 - d - j/n)^(n-j): all terms positive.
double twice_one_sided(double d, std::size_t n) {
    const auto count = static_cast<double>(n);
    const double log_all = log_gamma(count + 1.0);
    double sum = 0.0;
    for (std::size_t j = 0; j <= n; ++j) {
        const auto k = static_cast<double>(j);
        const double rest = 1.0 - d - k / count;
        if (rest <= 0.0) {
            if (rest == 0.0 && j == n) sum += std::exp((k - 1.0) * std::log(d + k / count));
            break;
        }
        const double log_choose = log_all - log_gamma(k + 1.0) - log_gamma(count - k + 1.0);
        sum += std::exp(log_choose + (k - 1.0) * std::log(d + k / count) + (count - k) * std::log(rest));
    }
    return std::min(1.0, 2.0 * d * sum);
}

/// Probabilities of 0, 1, ... events at this rate, to where they no longer count.
std::vector<double> poisson(double rate) {
    std::vector<double> p{std::exp(-rate)};
    while (p.back() > 1e-20 * p.front() || static_cast<double>(p.size()) < rate)
        p.push_back(p.back() * rate / static_cast<double>(p.size()));
    return p;
}

/// The distribution of the count of a Poisson process that must stay inside a band that moves upwards.
class Band {
public:
    explicit Band(std::size_t n) : p_(n + 1, 0.0) { p_[0] = 1.0; }

    void advance(const std::vector<double>& steps) {
        // From the top, so that each count is overwritten after its last use.
        for (std::size_t m = high_ + 1; m-- > low_;) {
            const std::size_t most = std::min(m - low_, steps.size() - 1);
            double sum = 0.0;
            for (std::size_t k = 0; k <= most; ++k)
                sum += steps[k] * p_[m - k];
            p_[m] = sum;
        }
    }
    void raise_upper_edge(std::size_t high) { high_ = high; }
    void raise_lower_edge(std::size_t low) {
        for (; low_ < low; ++low_)
            p_[low_] = 0.0;
    }
    [[nodiscard]] double at(std::size_t m) const { return p_[m]; }
    [[nodiscard]] bool empty() const { return low_ > high_; }

private:
    std::vector<double> p_;
    std::size_t low_ = 0;
    std::size_t high_ = 0;
};

/// P(D_n < d): i/n - d < U_(i) < (i-1)/n + d for all i.
double inside_band(double d, std::size_t n) {
    const auto count = static_cast<double>(n);
    if (2.0 * d * count <= 1.0) return 0.0;
    Band band(n);
    // In units of 1/n: before time i - nd the count is below i, after i - 1 + nd it is at least i.
    const double width = d * count;
    std::size_t raised = 0;   // the count may be at most this
    std::size_t required = 0; // and must be at least this
    const auto upper_time = [&] { return static_cast<double>(raised + 1) - width; };
    const auto lower_time = [&] { return static_cast<double>(required) + width; };
    while (raised < n && upper_time() <= 0.0)
        ++raised;
    band.raise_upper_edge(raised);
    double time = 0.0;
    // Intervals between edges take two lengths only, but for the first and the last.
    std::vector<std::pair<double, std::vector<double>>> known;
    const auto steps_of = [&](double rate) -> const std::vector<double>& {
        for (const auto& [length, steps] : known)
            if (std::abs(length - rate) < 1e-9) return steps;
        known.emplace_back(rate, poisson(rate));
        return known.back().second;
    };
    known.reserve(16);
    while (true) {
        const double up = raised < n ? upper_time() : std::numeric_limits<double>::infinity();
        const double low = required < n ? lower_time() : std::numeric_limits<double>::infinity();
        const double next = std::min({up, low, count});
        if (next > time) {
            const double rate = next - time;
            if (known.size() < 16)
                band.advance(steps_of(rate));
            else
                band.advance(poisson(rate));
        }
        time = next;
        if (next == count) break;
        if (up <= low)
            band.raise_upper_edge(++raised);
        else
            band.raise_lower_edge(++required);
        if (band.empty()) return 0.0;
    }
    // Given that there were n events: divide by their probability e^-n n^n / n!.
    return band.at(n) * std::exp(count - count * std::log(count) + log_gamma(count + 1.0));
}

} // namespace

double kolmogorov_upper_tail(double d, std::size_t n) {
    const auto count = static_cast<double>(n);
    if (d >= 1.0) return 0.0;
    if (2.0 * d * count <= 1.0) return 1.0;
    // Both sides are crossed with a probability of about the fourth power of the tail.
    if (count * d * d > 3.6 || d >= 0.5) return twice_one_sided(d, n);
    return std::clamp(1.0 - inside_band(d, n), 0.0, 1.0);
}

double kolmogorov_upper_tail_asymptotic(double d, std::size_t n) {
    const auto count = static_cast<double>(n);
    const double z = std::sqrt(count) * d + 1.0 / (6.0 * std::sqrt(count));
    constexpr double pi = std::numbers::pi;
    if (z < 0.7) {
        double inside = 0.0;
        for (int k = 1; k < 40; k += 2)
            inside += std::exp(-k * k * pi * pi / (8.0 * z * z));
        return 1.0 - std::sqrt(2.0 * pi) / z * inside;
    }
    double sum = 0.0;
    for (int k = 1; k < 40; ++k)
        sum += (k % 2 == 1 ? 2.0 : -2.0) * std::exp(-2.0 * k * k * z * z);
    return std::clamp(sum, 0.0, 1.0);
}

double kolmogorov_upper_quantile_asymptotic(double p, std::size_t n) {
    const auto excess = [&](double d) { return kolmogorov_upper_tail_asymptotic(d, n) - p; };
    return find_root(excess, 0.2 / std::sqrt(static_cast<double>(n)), 1.0);
}

double kolmogorov_upper_quantile(double p, std::size_t n) {
    const auto count = static_cast<double>(n);
    const auto excess = [&](double d) { return kolmogorov_upper_tail(d, n) - p; };
    if (n >= 100 && p > 1e-6 && p < 0.99) {
        // Exact tails are dear, and known to about 1e-11; steps by the slope of the limit's gain more than a digit
        // each.
        double d = kolmogorov_upper_quantile_asymptotic(p, n);
        const double h = 1e-4 * d;
        const double slope =
            (kolmogorov_upper_tail_asymptotic(d + h, n) - kolmogorov_upper_tail_asymptotic(d - h, n)) / (2.0 * h);
        for (int i = 0; i < 30; ++i) {
            const double step = excess(d) / slope;
            d -= step;
            if (std::abs(step) < 1e-9 * d) return d;
        }
    }
    // A bracket around the limit's value, so that wide bands are not asked for.
    double high = std::min(1.0, std::sqrt(-0.5 * std::log(p / 2.0) / count));
    while (high < 1.0 && excess(high) > 0.0)
        high = std::min(1.0, 1.1 * high);
    double low = std::max(0.8 * high, 0.5 / count);
    while (low > 0.5 / count && excess(low) < 0.0)
        low = std::max(0.8 * low, 0.5 / count);
    return find_root(excess, low, high);
}

double anderson_darling_upper_tail_asymptotic(double a) {
    if (a <= 0.0) return 1.0;
    if (a > 40.0) return 0.0; // below 1e-17, which the difference from 1 cannot tell
    constexpr double pi = std::numbers::pi;
    // P(A^2 < a) = sqrt(2 pi)/a sum_j C(-1/2, j) (4j+1) exp(-(4j+1)^2 pi^2/(8a)) J_j,
    // J_j = int_0^inf exp(a/(8(w^2+1)) - (4j+1)^2 pi^2 w^2/(8a)) dw.
    double sum = 0.0;
    double binomial = 1.0;
    for (int j = 0; j < 60; ++j) {
        const double m = 4.0 * j + 1.0;
        const double rate = m * m * pi * pi / (8.0 * a);
        const double end = std::sqrt(45.0 / rate);
        const QuadratureRule rule = gauss_legendre(80, 0.0, end);
        double integral = 0.0;
        for (std::size_t i = 0; i < rule.nodes.size(); ++i) {
            const double w2 = rule.nodes[i] * rule.nodes[i];
            integral += rule.weights[i] * std::exp(a / (8.0 * (w2 + 1.0)) - rate * w2 - rate);
        }
        const double term = binomial * m * integral;
        sum += term;
        if (std::abs(term) < 1e-17) break;
        binomial *= -(0.5 + j) / (j + 1.0);
    }
    return std::clamp(1.0 - std::sqrt(2.0 * pi) / a * sum, 0.0, 1.0);
}

} // namespace limsym::numerics
