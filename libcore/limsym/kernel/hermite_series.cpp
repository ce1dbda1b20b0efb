#include "limsym/kernel/hermite_series.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include <cblas.h>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"

namespace limsym::kernel {

namespace {

// Beyond 13 standard deviations the weight times he_256 is below 1e-17 of its largest value.
constexpr double reach = 13.0;

double normal_density(double z) {
    return std::exp(-0.5 * z * z) / std::sqrt(2 * std::numbers::pi);
}

// Positive nodes and weights of the 16-point Gauss-Legendre rule on [-1, 1], by Newton's method.
struct Panel {
    std::array<double, 16> node;
    std::array<double, 16> weight;
};
Panel make_panel() {
    Panel panel{};
    constexpr int n = 16;
    for (int i = 0; i < n; ++i) {
        double x = std::cos(std::numbers::pi * (i + 0.75) / (n + 0.5));
        double slope = 1.0;
        for (int step = 0; step < 8; ++step) {
            double previous = 1.0;
            double current = x;
            for (int k = 2; k <= n; ++k) {
                const double next = ((2 * k - 1) * x * current - (k - 1) * previous) / k;
                previous = current;
                current = next;
            }
            slope = n * (x * current - previous) / (x * x - 1);
            x -= current / slope;
        }
        panel.node[static_cast<std::size_t>(i)] = x;
        panel.weight[static_cast<std::size_t>(i)] = 2 / ((1 - x * x) * slope * slope);
    }
    return panel;
}

} // namespace

namespace {

// Calls use(z, weight) over panels that are narrow where phi(sqrt(q) z) is steep and break at its kinks.
template <typename Use>
void over_panels(const std::vector<double>& kinks, double root, const Use& use) {
    static const Panel panel = make_panel();
    std::vector<double> breaks;
    const double width = 0.5 / std::clamp(root, 1.0, 16.0);
    const auto count = static_cast<std::size_t>(std::ceil(2 * reach / width));
    breaks.reserve(count + kinks.size() + 1);
    for (std::size_t i = 0; i <= count; ++i)
        breaks.push_back(-reach + 2 * reach * static_cast<double>(i) / static_cast<double>(count));
    for (const double kink : kinks) {
        if (std::abs(kink / root) < reach) breaks.push_back(kink / root);
    }
    std::sort(breaks.begin(), breaks.end());
    for (std::size_t i = 0; i + 1 < breaks.size(); ++i) {
        const double middle = 0.5 * (breaks[i] + breaks[i + 1]);
        const double half = 0.5 * (breaks[i + 1] - breaks[i]);
        if (half == 0.0) continue;
        for (std::size_t k = 0; k < panel.node.size(); ++k) {
            const double z = middle + half * panel.node[k];
            use(z, half * panel.weight[k] * normal_density(z));
        }
    }
}

} // namespace

SecondMoments second_moments(const network::ScalarFunction& function, const std::vector<double>& kinks,
                             double variance) {
    const double root = std::sqrt(variance);
    if (root == 0.0) {
        const double value = function.value(0.0);
        const double slope = function.derivative(0.0);
        return {value * value, slope * slope, 0.0};
    }
    SecondMoments sum{0.0, 0.0, 0.0};
    over_panels(kinks, root, [&](double z, double weight) {
        const double value = function.value(root * z);
        const double slope = function.derivative(root * z);
        sum.value += weight * value * value;
        sum.slope += weight * slope * slope;
        sum.mixed += weight * value * slope * root * z;
    });
    return sum;
}

void require_moments(const network::ScalarFunction& function, double variance, const SecondMoments& moments) {
    constexpr double negligible = 1e-10; // a polynomial of degree 30 has less beyond the panels
    const double root = std::sqrt(variance);
    for (const double end : {-reach, reach}) {
        const double value = function.value(root * end);
        const double slope = function.derivative(root * end);
        if (!(normal_density(end) * value * value <= negligible * moments.value) ||
            !(normal_density(end) * slope * slope <= negligible * std::max(moments.slope, moments.value)))
            throw base::WorkError("the activation grows too fast: its second moment, or its derivative's, does not "
                                  "converge within 13 standard deviations at variance " +
                                  base::number_text(variance));
    }
}

HermiteCoefficients hermite_coefficients(const network::ScalarFunction& function, const std::vector<double>& kinks,
                                         double variance, std::size_t terms) {
    HermiteCoefficients result;
    result.value.assign(terms, 0.0);
    result.slope.assign(terms, 0.0);
    result.moments = second_moments(function, kinks, variance);
    const double root = std::sqrt(variance);
    if (root == 0.0) {
        result.value[0] = function.value(0.0);
        result.slope[0] = function.derivative(0.0);
        return result;
    }
    over_panels(kinks, root, [&](double z, double weight) {
        const double value = weight * function.value(root * z);
        const double slope = weight * function.derivative(root * z);
        double previous = 0.0;
        double current = 1.0;
        for (std::size_t k = 0; k < terms; ++k) {
            result.value[k] += value * current;
            result.slope[k] += slope * current;
            const auto order = static_cast<double>(k);
            const double next = (z * current - std::sqrt(order) * previous) / std::sqrt(order + 1.0);
            previous = current;
            current = next;
        }
    });
    return result;
}

HermiteSeries::HermiteSeries(const network::Activation& activation, double largest_variance, double tolerance,
                             std::size_t most_terms)
    : function_(network::scalar_function(activation)), kinks_(network::kinks_of(activation)) {
    // Trapezoid rule: errors fall like exp(-2 pi w / step), w the distance of the nearest pole of phi(sqrt(q) z).
    const double root = std::sqrt(largest_variance);
    const double step = 1.0 / (14.0 * std::clamp(root, 1.0, 32.0));
    const auto half = static_cast<std::size_t>(std::ceil(reach / step));
    const std::size_t points = 2 * half + 1;
    z_.resize(points);
    for (std::size_t j = 0; j < points; ++j)
        z_[j] = (static_cast<double>(j) - static_cast<double>(half)) * step;
    table_.set_size(points, most_terms);
    for (std::size_t j = 0; j < points; ++j) {
        const double weight = normal_density(z_[j]) * step;
        double previous = 0.0;
        double current = weight;
        for (std::size_t k = 0; k < most_terms; ++k) {
            table_(j, k) = current;
            const auto order = static_cast<double>(k);
            const double next = (z_[j] * current - std::sqrt(order) * previous) / std::sqrt(order + 1.0);
            previous = current;
            current = next;
        }
    }
    terms_ = most_terms;
    const SecondMoments moments = second_moments(function_, kinks_, largest_variance);
    arma::mat value;
    arma::mat slope;
    coefficients({largest_variance}, value, &slope);
    double value_tail = moments.value;
    double slope_tail = moments.slope;
    std::size_t needed = most_terms;
    const double floor = 1e-15;
    for (std::size_t k = 0; k < most_terms; ++k) {
        value_tail -= value(0, k) * value(0, k);
        slope_tail -= slope(0, k) * slope(0, k);
        // Two more terms guard against an accidental zero of every other coefficient.
        if (value_tail <= std::max(tolerance, floor) * moments.value &&
            slope_tail <= std::max(tolerance, floor) * moments.slope) {
            needed = std::min(most_terms, k + 3);
            break;
        }
    }
    terms_ = needed;
    tail_ = std::max(0.0, moments.value);
    for (std::size_t k = 0; k < terms_; ++k)
        tail_ -= value(0, k) * value(0, k);
    tail_ = std::max(0.0, tail_);
    table_.resize(points, terms_);
}

void HermiteSeries::coefficients(const std::vector<double>& variances, arma::mat& value, arma::mat* slope) const {
    const std::size_t rows = variances.size();
    const std::size_t points = z_.size();
    value.set_size(rows, terms_);
    if (slope != nullptr) slope->set_size(rows, terms_);
    if (!kinks_.empty()) {
        for (std::size_t i = 0; i < rows; ++i) {
            const HermiteCoefficients row = hermite_coefficients(function_, kinks_, variances[i], terms_);
            value.row(i) = arma::rowvec(row.value);
            if (slope != nullptr) slope->row(i) = arma::rowvec(row.slope);
        }
        return;
    }
    // Blocks of rows, so that the sampled functions stay small; the block does not change the bits of a row.
    constexpr std::size_t block = 64;
    arma::mat sampled(block, points, arma::fill::zeros);
    arma::mat sampled_slope(slope != nullptr ? block : 0, slope != nullptr ? points : 0, arma::fill::zeros);
    arma::mat product(block, terms_);
    const auto multiply = [&](const arma::mat& left, std::size_t first, std::size_t count, arma::mat& out) {
        cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, static_cast<int>(block), static_cast<int>(terms_),
                    static_cast<int>(points), 1.0, left.memptr(), static_cast<int>(block), table_.memptr(),
                    static_cast<int>(table_.n_rows), 0.0, product.memptr(), static_cast<int>(block));
        for (std::size_t k = 0; k < terms_; ++k)
            std::copy_n(product.colptr(k), count, out.colptr(k) + first);
    };
    for (std::size_t first = 0; first < rows; first += block) {
        const std::size_t count = std::min(block, rows - first);
        for (std::size_t i = 0; i < count; ++i) {
            const double root = std::sqrt(variances[first + i]);
            for (std::size_t j = 0; j < points; ++j) {
                sampled(i, j) = function_.value(root * z_[j]);
                if (slope != nullptr) sampled_slope(i, j) = function_.derivative(root * z_[j]);
            }
        }
        multiply(sampled, first, count, value);
        if (slope != nullptr) multiply(sampled_slope, first, count, *slope);
    }
}

} // namespace limsym::kernel
