// Maximum likelihood: Newton's method in (logit(alpha/2), log sigma, loc/sigma0) with derivatives by differences of the
// log likelihood, which a table makes cheap.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "limsym/base/error.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/stable/estimation.hpp"
#include "limsym/stable/law_evaluator.hpp"

namespace limsym::stable {

namespace {

double sum_in_blocks(const arma::vec& terms) {
    return base::parallel_sum(terms.n_elem, [&](std::size_t i) { return terms(i); });
}

/// Parameters without bounds, and the law that they name.
class Coordinates {
public:
    Coordinates(const Law& start, std::optional<double> fixed_loc) : start_(start), fixed_loc_(fixed_loc) {}

    [[nodiscard]] arma::uword size() const { return fixed_loc_ ? 2 : 3; }
    [[nodiscard]] arma::vec start() const {
        const double alpha = std::clamp(start_.alpha, 0.03, 1.98);
        arma::vec x(size(), arma::fill::zeros);
        x(0) = std::log(alpha / (2.0 - alpha));
        return x;
    }
    [[nodiscard]] Law law(const arma::vec& x) const {
        Law law;
        law.alpha = std::clamp(2.0 / (1.0 + std::exp(-x(0))), smallest_alpha, 2.0);
        law.sigma = start_.sigma * std::exp(x(1));
        law.loc = fixed_loc_ ? *fixed_loc_ : start_.loc + start_.sigma * x(2);
        return law;
    }
    /// Derivatives of (alpha, sigma, loc) by the coordinates.
    [[nodiscard]] std::array<double, 3> slopes(const arma::vec& x) const {
        const Law at = law(x);
        return {at.alpha * (1.0 - at.alpha / 2.0), at.sigma, start_.sigma};
    }

private:
    Law start_;
    std::optional<double> fixed_loc_;
};

struct Expansion {
    double value = 0.0;
    arma::vec gradient;
    arma::mat hessian;
};

/// Second-order differences around x.
Expansion expand(const std::function<double(const arma::vec&)>& f, const arma::vec& x) {
    constexpr double step = 1e-3;
    const arma::uword size = x.n_elem;
    const auto moved = [&](std::initializer_list<std::pair<arma::uword, double>> moves) {
        arma::vec at = x;
        for (const auto& [i, by] : moves)
            at(i) += by;
        return f(at);
    };
    Expansion e{f(x), arma::vec(size), arma::mat(size, size)};
    arma::vec up(size);
    arma::vec down(size);
    for (arma::uword i = 0; i < size; ++i) {
        up(i) = moved({{i, step}});
        down(i) = moved({{i, -step}});
        e.gradient(i) = (up(i) - down(i)) / (2.0 * step);
        e.hessian(i, i) = (up(i) - 2.0 * e.value + down(i)) / (step * step);
    }
    for (arma::uword i = 0; i < size; ++i)
        for (arma::uword j = 0; j < i; ++j) {
            const double both = moved({{i, step}, {j, step}}) + moved({{i, -step}, {j, -step}});
            e.hessian(i, j) = (both - up(i) - down(i) - up(j) - down(j) + 2.0 * e.value) / (2.0 * step * step);
            e.hessian(j, i) = e.hessian(i, j);
        }
    return e;
}

/// The step uphill: Newton's where the function bends down, else along a lifted Hessian; at most 1 a coordinate.
arma::vec uphill(const Expansion& e) {
    arma::mat information = -e.hessian;
    arma::mat root;
    double lift = 1e-6 * std::max(1.0, arma::abs(information.diag()).max());
    while (!arma::chol(root, information)) {
        information.diag() += lift;
        lift *= 4.0;
    }
    const arma::vec half = arma::solve(arma::trimatl(root.t()), e.gradient, arma::solve_opts::fast);
    arma::vec step = arma::solve(arma::trimatu(root), half, arma::solve_opts::fast);
    const double longest = arma::abs(step).max();
    if (longest > 1.0) step /= longest;
    return step;
}

} // namespace

double log_likelihood(const Law& law, const arma::vec& values) {
    // a table costs some hundreds of values
    const Method method = values.n_elem < 512 ? Method::exact : Method::table;
    return sum_in_blocks(LawEvaluator(law, LawFunction::log_density, method)(values));
}

namespace {

/// The sample measured from `start`, so that its size has no say.
Fit fit_standard(const arma::vec& values, const Law& start, std::optional<double> fixed_loc) {
    const Coordinates coordinates(start, fixed_loc);
    const std::function<double(const arma::vec&)> f = [&](const arma::vec& x) {
        return log_likelihood(coordinates.law(x), values);
    };
    arma::vec x = coordinates.start();
    Expansion here = expand(f, x);
    for (int i = 0; i < 60; ++i) {
        const arma::vec step = uphill(here);
        double length = 1.0;
        double reached = f(x + step);
        while (!(reached >= here.value) && length > 1e-6) {
            length *= 0.5;
            reached = f(x + length * step);
        }
        if (!(reached >= here.value)) break;
        const double gain = reached - here.value;
        x += length * step;
        here = expand(f, x);
        if (gain < 1e-9 * std::max(1.0, 1e-4 * std::abs(here.value)) || coordinates.law(x).alpha > 2.0 - 1e-9) break;
    }
    Fit fit;
    fit.law = coordinates.law(x);
    fit.log_likelihood = here.value;
    // The normal law is the end of the range: its own maximum is known.
    const double loc = fixed_loc.value_or(arma::mean(values));
    const double square = sum_in_blocks(arma::square(values - loc)) / static_cast<double>(values.n_elem);
    const Law normal{2.0, std::sqrt(square / 2.0), loc};
    const double of_normal = std::isfinite(square) ? log_likelihood(normal, values) : here.value - 1.0;
    if (of_normal >= here.value - 1e-7 * std::max(1.0, 1e-4 * std::abs(here.value))) {
        fit.law = normal;
        fit.log_likelihood = of_normal;
    }
    fit.boundary = fit.law.alpha > 2.0 - 1e-6 || fit.law.alpha <= smallest_alpha;
    const auto n = static_cast<double>(values.n_elem);
    if (fit.law.alpha == 2.0) {
        // Of sigma^2 = v/2 and the mean of a normal sample.
        fit.standard_errors = Law{0.0, fit.law.sigma / std::sqrt(2.0 * n), fit.law.sigma * std::sqrt(2.0 / n)};
    } else if (arma::mat covariance; arma::inv_sympd(covariance, -here.hessian)) {
        const std::array<double, 3> slopes = coordinates.slopes(x);
        const auto error = [&](arma::uword i) { return slopes[i] * std::sqrt(covariance(i, i)); };
        fit.standard_errors = Law{error(0), error(1), fixed_loc ? 0.0 : error(2)};
    }
    if (fixed_loc && fit.standard_errors) fit.standard_errors->loc = 0.0;
    return fit;
}

} // namespace

Fit fit_by_likelihood(const arma::vec& values, std::optional<double> fixed_loc) {
    Law start;
    try {
        start = fit_by_characteristic_function(values, fixed_loc).law;
    } catch (const base::WorkError&) {
        start = fit_by_quantiles(values, fixed_loc).law;
    }
    constexpr double largest = std::numeric_limits<double>::max();
    const arma::vec standard = arma::clamp((values - start.loc) / start.sigma, -largest, largest);
    const auto fixed = fixed_loc ? std::optional(0.0) : std::nullopt;
    Fit fit = fit_standard(standard, {start.alpha, 1.0, 0.0}, fixed);
    fit.law.sigma *= start.sigma;
    fit.law.loc = fixed_loc.value_or(start.loc + start.sigma * fit.law.loc);
    *fit.log_likelihood -= static_cast<double>(values.n_elem) * std::log(start.sigma);
    if (fit.standard_errors) {
        fit.standard_errors->sigma *= start.sigma;
        fit.standard_errors->loc *= start.sigma;
    }
    return fit;
}

} // namespace limsym::stable
