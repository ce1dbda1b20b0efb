// Norming constants of the weight families.
#include <cmath>
#include <limits>
#include <numbers>

#include <boost/math/special_functions/beta.hpp>
#include <boost/math/special_functions/lambert_w.hpp>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/numerics/minimise.hpp"
#include "limsym/stable/law.hpp"
#include "limsym/stable/weights.hpp"

namespace limsym::stable {

namespace {

/// L0 at alpha 2, int_0^t y P(|W| > y) dy, of the families that reach alpha 2, for scale 1.
struct TruncatedMoment {
    double t;

    double operator()(const StableWeight&) const { return 2 * (*this)(GaussianWeight{}, t / std::numbers::sqrt2); }
    double operator()(const ParetoWeight& w) const {
        if (t <= 1) return t * t / 2;
        if (w.alpha == 2) return 0.5 + std::log(t);
        return 0.5 - std::expm1((2 - w.alpha) * std::log(t)) / (w.alpha - 2);
    }
    double operator()(const StudentWeight& w) const {
        // asinh(t/sqrt 2) - t^2/2 (sqrt(1 + 2/t^2) - 1) without its cancellation
        if (w.nu == 2) return std::asinh(t / std::numbers::sqrt2) - t / (std::sqrt(t * t + 2) + t);
        const double u = t * t / (w.nu + t * t);
        return 0.5 * t * t * boost::math::ibetac(0.5, w.nu / 2, u) +
               0.5 * w.nu / (w.nu - 2) * boost::math::ibeta(1.5, w.nu / 2 - 1, u);
    }
    double operator()(const LogParetoWeight&) const { return std::numeric_limits<double>::quiet_NaN(); }
    double operator()(const GaussianWeight& w) const { return (*this)(w, t); }
    double operator()(const UniformWeight&) const { return t <= 1 ? t * t * (0.5 - t / 3) : 1.0 / 6; }
    double operator()(const LaplaceWeight&) const { return -std::expm1(-t) - t * std::exp(-t); }
    double operator()(const RademacherWeight&) const { return t <= 1 ? t * t / 2 : 0.5; }

private:
    double operator()(const GaussianWeight&, double at) const {
        const double z = at / std::numbers::sqrt2;
        return 0.5 * at * at * std::erfc(z) + 0.5 * std::erf(z) - z * std::exp(-z * z) / std::sqrt(std::numbers::pi);
    }
};

double scale_of(const WeightLaw& law) {
    const auto parameters = parameters_of(law);
    const auto scale = parameters.find("scale");
    return scale == parameters.end() ? 1.0 : scale->second;
}

/// inf{t : L0(t) <= t^2/n}: L0(t)/t^2 never grows, from 1/2 at 0.
double exact_at_two(const WeightLaw& law, double n) {
    if (const auto* w = std::get_if<StableWeight>(&law)) return w->scale * std::sqrt(n);
    if (n < 3)
        throw base::InputError(std::string(family_name(law)) + " at n = " + base::number_text(n) +
                               ": the infimum is 0; expected n >= 3");
    const auto* pareto = std::get_if<ParetoWeight>(&law);
    if (pareto != nullptr && pareto->alpha == 2) {
        const double u = -(n / 2) * boost::math::lambert_wm1(-2 / (std::numbers::e * n));
        return pareto->scale * std::sqrt(u);
    }
    const auto excess = [&](double log_t) {
        const double t = std::exp(log_t);
        return std::visit(TruncatedMoment{t}, law) / (t * t) - 1 / n;
    };
    // L0 <= t^2/2 everywhere; a finite variance bounds L0 by half of it, else L0 grows like a logarithm
    double high = 1.0;
    while (excess(high) > 0)
        high += 2.0;
    double low = high;
    while (excess(low) <= 0)
        low -= 2.0;
    return scale_of(law) * std::exp(numerics::find_root(excess, low, high));
}

/// The quantile of |W| with upper tail 1/(n C_alpha), alpha < 2.
struct TailQuantile {
    double n;

    double operator()(const StableWeight& w) const { return w.scale * std::pow(n, 1 / w.alpha); }
    double operator()(const ParetoWeight& w) const {
        return w.scale * std::pow(n * norming_constant(w.alpha), 1 / w.alpha);
    }
    double operator()(const StudentWeight& w) const {
        const double tail = 1 / (n * norming_constant(w.nu));
        double rest = 0.0; // 1 - x of P(|T| > t) = I_x(nu/2, 1/2), x = nu/(nu + t^2)
        const double x = boost::math::ibeta_inv(w.nu / 2, 0.5, tail, &rest);
        return w.scale * std::sqrt(w.nu * rest / x);
    }
    double operator()(const LogParetoWeight& w) const {
        const double target = std::log(n * norming_constant(w.alpha));
        double y = 2 * (target + 0.2) / w.alpha; // above the root, from where Newton falls towards it
        for (int step = 0; step < 100; ++step) {
            const double next = y - (w.alpha * y - std::log1p(w.c * y) - target) / (w.alpha - w.c / (1 + w.c * y));
            if (!(next < y)) break;
            y = next;
        }
        return std::exp(y);
    }
    template <typename Other>
    double operator()(const Other&) const {
        return std::numeric_limits<double>::quiet_NaN();
    }
};

} // namespace

std::string_view norming_name(Norming norming) {
    switch (norming) {
    case Norming::automatic:
        return "auto";
    case Norming::exact:
        return "exact";
    case Norming::asymptotic:
        break;
    }
    return "asymptotic";
}

Norming resolved(const WeightLaw& law, Norming norming) {
    if (norming != Norming::automatic) return norming;
    return std::isfinite(variance(law)) ? Norming::asymptotic : Norming::exact;
}

double norming(const WeightLaw& law, double n, Norming rule) {
    if (!(n >= 1)) throw base::InputError("n", base::number_text(n) + " is out of range; expected n >= 1");
    const double v = variance(law);
    if (resolved(law, rule) == Norming::asymptotic) {
        if (!std::isfinite(v))
            throw base::InputError(std::string(family_name(law)) +
                                   ": the asymptotic norming needs a finite variance; expected exact");
        return std::sqrt(n * v / 2);
    }
    const double a = limit_index(law) < 2 ? std::visit(TailQuantile{n}, law) : exact_at_two(law, n);
    if (!std::isfinite(a))
        throw base::WorkError("a_n of " + std::string(family_name(law)) + " at n = " + base::number_text(n) +
                              " leaves the range of double");
    return a;
}

EmpiricalNorming empirical_norming(const arma::vec& sorted_magnitudes, double alpha, double n) {
    const auto m = static_cast<double>(sorted_magnitudes.n_elem);
    const double above = m / (n * norming_constant(alpha)); // C_alpha > 1: below m
    const auto place = static_cast<arma::uword>(std::floor(above));
    return {sorted_magnitudes(sorted_magnitudes.n_elem - 1 - place), above < 1};
}

} // namespace limsym::stable
