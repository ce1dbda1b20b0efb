#include "limsym/stable/law_table.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "limsym/numerics/vmath.hpp"

namespace limsym::stable {

namespace {
constexpr std::size_t block = 256;
constexpr std::size_t most_panels = 4096;
constexpr double tolerance = 2e-13;
} // namespace

LawTable::LawTable(const std::function<double(double)>& exact, double width, double end)
    : inverse_width_(1.0 / width), width_(width), end_(end), last_t_(std::asinh(end / width)) {
    std::size_t panels = 16;
    while (!build(exact, panels, panels < most_panels))
        panels = std::min(2 * panels, most_panels);
}

bool LawTable::build(const std::function<double(double)>& exact, std::size_t panels, bool check) {
    panels_ = panels;
    panels_per_t_ = static_cast<double>(panels) / last_t_;
    coefficients_.assign(panels * order, 0.0);
    constexpr double pi = std::numbers::pi;
    const auto count = static_cast<double>(order);
    const auto at = [&](std::size_t panel, double s) {
        const double t = (static_cast<double>(panel) + 0.5 * (s + 1.0)) / panels_per_t_;
        return std::clamp(width_ * std::sinh(t), 0.0, end_);
    };
    std::array<double, order> values;
    for (std::size_t p = 0; p < panels; ++p) {
        for (std::size_t j = 0; j < order; ++j)
            values[j] = exact(at(p, std::cos(pi * (static_cast<double>(j) + 0.5) / count)));
        // Chebyshev coefficients of the differences to one value, then powers of s by the recurrence of T_k.
        const double base = values[order / 2];
        std::array<double, order> power{};
        std::array<double, order> before{};
        std::array<double, order> here{};
        before[0] = 1.0;
        here[1] = 1.0;
        for (std::size_t k = 0; k < order; ++k) {
            double sum = 0.0;
            for (std::size_t j = 0; j < order; ++j)
                sum +=
                    (values[j] - base) * std::cos(pi * static_cast<double>(k) * (static_cast<double>(j) + 0.5) / count);
            const double coefficient = sum * (k == 0 ? 1.0 : 2.0) / count;
            for (std::size_t i = 0; i < order; ++i)
                power[i] += coefficient * before[i];
            std::array<double, order> next{};
            for (std::size_t i = 0; i < order; ++i)
                next[i] = (i > 0 ? 2.0 * here[i - 1] : 0.0) - before[i];
            before = here;
            here = next;
        }
        power[0] += base;
        std::copy(power.begin(), power.end(), coefficients_.begin() + static_cast<std::ptrdiff_t>(p * order));
        if (!check) continue;
        for (const double s : {-1.0, -0.97, 0.12, 0.75, 0.97}) {
            const double x = at(p, s);
            const double wanted = exact(x);
            double found = 0.0;
            evaluate(&x, &found, 1);
            if (!(std::abs(found - wanted) <= tolerance * std::max(1.0, 0.1 * std::abs(wanted)))) return false;
        }
    }
    return true;
}

void LawTable::evaluate(const double* x, double* out, std::size_t count) const {
    std::array<double, block> t;
    const double last_panel = static_cast<double>(panels_ - 1);
    for (std::size_t from = 0; from < count; from += block) {
        const std::size_t size = std::min(block, count - from);
        for (std::size_t i = 0; i < size; ++i) {
            const double a = x[from + i] * inverse_width_;
            t[i] = a > 1e150 ? 2.0 * a : a + std::sqrt(a * a + 1.0);
        }
        numerics::vlog(t.data(), t.data(), size);
        for (std::size_t i = 0; i < size; ++i) {
            const double place = t[i] * panels_per_t_;
            const double panel = std::min(std::floor(place), last_panel);
            const double s = 2.0 * (place - panel) - 1.0;
            const double* const c = coefficients_.data() + static_cast<std::size_t>(panel) * order;
            double sum = c[order - 1];
            for (std::size_t k = order - 1; k > 0; --k)
                sum = sum * s + c[k - 1];
            out[from + i] = sum;
        }
    }
}

} // namespace limsym::stable
