#include "limsym/stable/law_evaluator.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <optional>

#include "limsym/base/parallel.hpp"
#include "limsym/numerics/vmath.hpp"
#include "limsym/stable/exact_law.hpp"
#include "limsym/stable/law_table.hpp"

namespace limsym::stable {

namespace {

constexpr std::size_t piece = 4096; // values a parallel piece
constexpr std::size_t block = 256;

bool is_density(LawFunction what) {
    return what == LawFunction::density || what == LawFunction::log_density;
}

/// Below alpha 1/2 the power series at 0 diverges so fast that panels must be short there.
double table_width(const ExactLaw& exact) {
    return exact.alpha() < 0.6 ? 1e-3 * exact.width() : exact.width();
}

/// Where the table ends: beyond it few terms of the tail series are needed.
double table_end(const ExactLaw& exact) {
    return std::max(exact.tail_from(), std::pow(20.0, 1.0 / std::min(exact.alpha(), 1.0)));
}

} // namespace

struct LawEvaluator::Parts {
    Law law;
    LawFunction what;
    ExactLaw exact;
    std::optional<LawTable> table; ///< of the log density or the log of the upper tail, in units of sigma
    double log_sigma;

    Parts(const Law& of, LawFunction which, Method method)
        : law(of), what(which), exact(of.alpha), log_sigma(std::log(of.sigma)) {
        if (method == Method::exact || law.alpha == 1.0 || law.alpha == 2.0 || law.sigma == 0.0) return;
        const auto value = [this](double x) {
            return is_density(what) ? exact.log_density(x) : exact.log_upper_tail(x);
        };
        table.emplace(value, table_width(exact), table_end(exact));
    }

    /// The function at x, whose distance from the median is z scales.
    [[nodiscard]] double point(double x, double z) const {
        const double distance = x - law.loc;
        switch (what) {
        case LawFunction::density:
            return std::isfinite(z) ? exact.density(z) / law.sigma : 0.0;
        case LawFunction::log_density:
            if (std::isfinite(z)) return exact.log_density(z) - log_sigma;
            if (law.alpha == 2.0) return -std::numeric_limits<double>::infinity();
            if (law.alpha == 1.0) return log_sigma - 2.0 * std::log(std::abs(distance)) + exact.log_density(0.0);
            return exact.tail().log_density_at_log(std::log(std::abs(distance)) - log_sigma) - log_sigma;
        case LawFunction::cdf:
            return distance < 0.0 ? exact.upper_tail(z) : 1.0 - exact.upper_tail(z);
        case LawFunction::log_upper_tail:
            return log_upper_tail(distance, z);
        case LawFunction::upper_tail:
            break;
        }
        return distance > 0.0 ? exact.upper_tail(z) : 1.0 - exact.upper_tail(z);
    }

    [[nodiscard]] double log_upper_tail(double distance, double z) const {
        if (distance <= 0.0) return std::log1p(-exact.upper_tail(z));
        if (std::isfinite(z)) return exact.log_upper_tail(z);
        if (law.alpha == 2.0) return -std::numeric_limits<double>::infinity();
        const double log_z = std::log(distance) - log_sigma;
        if (law.alpha == 1.0) return -log_z - std::log(std::numbers::pi);
        return exact.tail().log_upper_tail_at_log(log_z);
    }

    void step(const double* x, double* out, std::size_t count) const {
        for (std::size_t i = 0; i < count; ++i)
            out[i] = (x[i] >= law.loc) == (what == LawFunction::cdf) ? 1.0 : 0.0;
        if (what == LawFunction::log_upper_tail) numerics::vlog(out, out, count);
    }

    void block_by_table(const double* x, double* out, std::size_t count) const {
        std::array<double, block> z;
        std::array<double, block> value{};
        for (std::size_t i = 0; i < count; ++i) {
            z[i] = std::abs(x[i] - law.loc) / law.sigma;
            value[i] = std::min(z[i], table->end());
        }
        table->evaluate(value.data(), value.data(), count);
        if (what != LawFunction::log_density && what != LawFunction::log_upper_tail)
            numerics::vexp(value.data(), value.data(), count);
        for (std::size_t i = 0; i < count; ++i) {
            if (!(z[i] <= table->end())) {
                out[i] = point(x[i], z[i]);
                continue;
            }
            switch (what) {
            case LawFunction::density:
                out[i] = value[i] / law.sigma;
                break;
            case LawFunction::log_density:
                out[i] = value[i] - log_sigma;
                break;
            case LawFunction::cdf:
                out[i] = x[i] < law.loc ? value[i] : 1.0 - value[i];
                break;
            case LawFunction::upper_tail:
                out[i] = x[i] > law.loc ? value[i] : 1.0 - value[i];
                break;
            case LawFunction::log_upper_tail:
                out[i] = x[i] > law.loc ? value[i] : std::log1p(-std::exp(value[i]));
                break;
            }
        }
    }
};

LawEvaluator::LawEvaluator(const Law& law, LawFunction what, Method method)
    : parts_(std::make_unique<Parts>(law, what, method)) {}
LawEvaluator::LawEvaluator(LawEvaluator&&) noexcept = default;
LawEvaluator& LawEvaluator::operator=(LawEvaluator&&) noexcept = default;
LawEvaluator::~LawEvaluator() = default;

void LawEvaluator::evaluate(const double* x, double* out, std::size_t count) const {
    const Parts& parts = *parts_;
    if (parts.law.sigma == 0.0) {
        parts.step(x, out, count);
    } else if (parts.table) {
        for (std::size_t from = 0; from < count; from += block)
            parts.block_by_table(x + from, out + from, std::min(block, count - from));
    } else {
        for (std::size_t i = 0; i < count; ++i)
            out[i] = parts.point(x[i], std::abs(x[i] - parts.law.loc) / parts.law.sigma);
    }
}

arma::vec LawEvaluator::operator()(const arma::vec& x) const {
    arma::vec out(x.n_elem, arma::fill::none);
    base::parallel_for((x.n_elem + piece - 1) / piece, [&](std::size_t k) {
        const std::size_t from = k * piece;
        evaluate(x.memptr() + from, out.memptr() + from, std::min<std::size_t>(piece, x.n_elem - from));
    });
    return out;
}

arma::vec quantiles(const Law& law, const arma::vec& p, bool upper) {
    arma::vec out(p.n_elem, arma::fill::none);
    if (law.sigma == 0.0) {
        out.fill(law.loc);
        return out;
    }
    const ExactLaw exact(law.alpha);
    constexpr std::size_t few = 64; // quantiles take microseconds
    base::parallel_for((p.n_elem + few - 1) / few, [&](std::size_t k) {
        for (std::size_t i = k * few; i < std::min<std::size_t>(p.n_elem, (k + 1) * few); ++i) {
            // The nearer tail or the centre, whichever is formed without cancellation: p - 1/2 is exact from 1/4 on.
            double z = 0.0;
            if (p(i) < 0.25)
                z = -exact.upper_quantile(p(i));
            else if (p(i) > 0.75)
                z = exact.upper_quantile(1.0 - p(i));
            else
                z = std::copysign(exact.central_quantile(std::abs(p(i) - 0.5)), p(i) - 0.5);
            out(i) = law.loc + law.sigma * (upper ? -z : z);
        }
    });
    return out;
}

} // namespace limsym::stable
