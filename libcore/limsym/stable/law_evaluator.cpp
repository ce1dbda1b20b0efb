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
            return std::isfinite(z) ? exact.density(z) / law.sigma : std::exp(far_log_density(x));
        case LawFunction::log_density:
            return std::isfinite(z) ? exact.log_density(z) - log_sigma : far_log_density(x);
        case LawFunction::cdf:
            return distance < 0.0 ? upper_tail(x, z) : 1.0 - upper_tail(x, z);
        case LawFunction::log_upper_tail:
            if (distance <= 0.0) return std::log1p(-upper_tail(x, z));
            return std::isfinite(z) ? exact.log_upper_tail(z) : far_log_upper_tail(x);
        case LawFunction::upper_tail:
            break;
        }
        return distance > 0.0 ? upper_tail(x, z) : 1.0 - upper_tail(x, z);
    }

    [[nodiscard]] double upper_tail(double x, double z) const {
        return std::isfinite(z) ? exact.upper_tail(z) : std::exp(far_log_upper_tail(x));
    }

    /// log z where z itself leaves double.
    [[nodiscard]] double far_log_z(double x) const {
        return std::log(std::abs(0.5 * x - 0.5 * law.loc)) + std::numbers::ln2 - log_sigma;
    }
    [[nodiscard]] double far_log_density(double x) const {
        if (law.alpha == 2.0) return -std::numeric_limits<double>::infinity();
        if (law.alpha == 1.0) return exact.log_density(0.0) - 2.0 * far_log_z(x) - log_sigma;
        return exact.tail().log_density_at_log(far_log_z(x)) - log_sigma;
    }
    [[nodiscard]] double far_log_upper_tail(double x) const {
        if (law.alpha == 2.0) return -std::numeric_limits<double>::infinity();
        if (law.alpha == 1.0) return -far_log_z(x) - std::log(std::numbers::pi);
        return exact.tail().log_upper_tail_at_log(far_log_z(x));
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
