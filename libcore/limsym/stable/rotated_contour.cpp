#include "limsym/stable/rotated_contour.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "limsym/numerics/vmath.hpp"

namespace limsym::stable {

namespace {
constexpr double negligible = 44.0; // e^-44 is below the rounding of the sums
constexpr double pi = std::numbers::pi;

/// The y = s^alpha past its peak at 1/alpha where s e^-y = y^(1/alpha) e^-y is e^-44 of the peak.
double last_power(double alpha) {
    const double peak = -std::log(alpha) / alpha - 1.0 / alpha;
    double y = 1.0 / alpha + negligible;
    for (int i = 0; i < 60; ++i)
        y = negligible - peak + std::log(y) / alpha;
    return y;
}
} // namespace

/// The ray of one x, and its exponents as multiples of the nodes' points and powers.
struct RotatedContour::Ray {
    double angle = 0.0;
    double scale = 0.0;
    double decay_point = 0.0; // x s0 sin(angle)
    double decay_power = 0.0; // s0^alpha cos(alpha angle)
    double phase_point = 0.0; // x s0 cos(angle)
    double phase_power = 0.0; // s0^alpha sin(alpha angle)
    std::size_t end = 0;      // nodes from here on do not count
};

RotatedContour::RotatedContour(double alpha, double damping)
    : alpha_(alpha), damping_(damping), step_(damping > 0.0 ? 1.0 / 32.0 : 1.0 / 16.0), largest_angle_(0.0),
      largest_exponent_(0.0), density_from_(0) {
    const double step = step_;
    largest_angle_ = std::min(pi / 2.0, 0.95 * pi / (2.0 * alpha));
    const double slow = std::min(1.0, alpha);
    const auto first = static_cast<long>(std::floor(-std::log(42.0 / slow) / step));
    largest_exponent_ = std::max(last_power(alpha), negligible);
    const auto last = static_cast<long>(std::ceil((std::log(largest_exponent_) / slow + 0.5) / step));
    const double density_begin = -std::log(42.0);
    for (long k = first; k <= last; ++k) {
        const long double u = static_cast<long double>(k) * static_cast<long double>(step);
        const long double small = std::exp(-u);
        point_.push_back(static_cast<double>(std::exp(u - small)));
        power_.push_back(static_cast<double>(std::exp(static_cast<long double>(alpha) * (u - small))));
        weight_.push_back(static_cast<double>(1.0L + small));
        if (static_cast<double>(u) < density_begin) ++density_from_;
    }
}

RotatedContour::Ray RotatedContour::ray(double x) const {
    Ray ray;
    const double power = std::pow(x, alpha_);
    // For small alpha the upright ray hardly oscillates at any x; for others it must lie down as x goes to 0.
    ray.angle = alpha_ <= 0.5 && damping_ == 0.0 ? largest_angle_ : largest_angle_ / (1.0 + 1.0 / power);
    const double linear = x * std::sin(ray.angle) + damping_ * std::cos(ray.angle);
    const double curved = std::cos(alpha_ * ray.angle);
    // x s sin(angle) + s^alpha cos(alpha angle) = 1 to a few digits, by Newton's method in log s from the smaller of
    // the roots of the two terms, where the left side is at most 2.
    double log_s = std::min(-std::log(linear), -std::log(curved) / alpha_);
    for (int i = 0; i < 6; ++i) {
        const double one = linear * std::exp(log_s);
        const double other = curved * std::exp(alpha_ * log_s);
        const double change = std::log(one + other) * (one + other) / (one + alpha_ * other);
        log_s -= change;
        if (std::abs(change) < 1e-3) break;
    }
    ray.scale = std::exp(log_s);
    const double scale_power = std::pow(ray.scale, alpha_);
    ray.decay_point = ray.scale * linear;
    ray.decay_power = scale_power * curved;
    ray.phase_point = ray.scale * (x * std::cos(ray.angle) - damping_ * std::sin(ray.angle));
    ray.phase_power = scale_power * std::sin(alpha_ * ray.angle);
    std::size_t low = 0;
    std::size_t high = point_.size();
    while (low < high) {
        const std::size_t middle = (low + high) / 2;
        if (ray.decay_point * point_[middle] + ray.decay_power * power_[middle] > largest_exponent_)
            high = middle;
        else
            low = middle + 1;
    }
    ray.end = low;
    return ray;
}

namespace {
constexpr std::size_t block = 256;

/// sum over nodes of use(i, exp(-decay), phase function of phase + shift)
template <typename Trig, typename Use>
void each_node(std::size_t begin, std::size_t end, const double* point, const double* power, double decay_point,
               double decay_power, double phase_point, double phase_power, double shift, const Trig& trig,
               const Use& use) {
    std::array<double, block> size;
    std::array<double, block> wave;
    for (std::size_t from = begin; from < end; from += block) {
        const std::size_t count = std::min(block, end - from);
        for (std::size_t i = 0; i < count; ++i) {
            size[i] = -(decay_point * point[from + i] + decay_power * power[from + i]);
            wave[i] = phase_point * point[from + i] - phase_power * power[from + i] + shift;
        }
        numerics::vexp(size.data(), size.data(), count);
        trig(wave.data(), wave.data(), count);
        for (std::size_t i = 0; i < count; ++i)
            use(from + i, size[i] * wave[i]);
    }
}
} // namespace

double RotatedContour::density(double x) const {
    const Ray r = ray(x);
    double sum = 0.0;
    each_node(density_from_, r.end, point_.data(), power_.data(), r.decay_point, r.decay_power, r.phase_point,
              r.phase_power, r.angle, numerics::vcos<double>,
              [&](std::size_t i, double value) { sum += value * (point_[i] * weight_[i]); });
    return sum * r.scale * step_ / pi;
}

double RotatedContour::upper_tail(double x) const {
    const Ray r = ray(x);
    double sum = 0.0;
    each_node(0, r.end, point_.data(), power_.data(), r.decay_point, r.decay_power, r.phase_point, r.phase_power, 0.0,
              numerics::vsin<double>, [&](std::size_t i, double value) { sum += value * weight_[i]; });
    return 0.5 - r.angle / pi - sum * step_ / pi;
}

} // namespace limsym::stable
