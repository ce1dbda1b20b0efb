#include "limsym/stable/posterior.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "limsym/base/error.hpp"
#include "limsym/base/memory.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/base/random.hpp"
#include "limsym/numerics/blas.hpp"
#include "limsym/numerics/distributions.hpp"
#include "limsym/numerics/minimise.hpp"
#include "limsym/numerics/quadrature.hpp"
#include "limsym/stable/measure.hpp"
#include "limsym/stable/sampler.hpp"

namespace limsym::stable {

namespace {

constexpr double minus_infinity = -std::numeric_limits<double>::infinity();
/// Above this ratio of prior variance to noise the covariance is never formed: its rounding would swamp the noise.
constexpr double most_variance_ratio = 1e6;
/// Magnitudes that may still be squared and added.
constexpr double largest_factor = 1e150;

/// f = B w with w ~ N(0, I), seen at the training inputs with noise.
struct Conditional {
    double log_likelihood = minus_infinity;
    arma::vec mean;
    arma::vec variance;
};

/// By the training covariance K = B B'.
bool by_covariance(const arma::mat& train, const arma::mat& test, const arma::vec& y, double noise, Conditional& out) {
    arma::mat covariance = train * train.t();
    if (!(covariance.diag().max() <= most_variance_ratio * noise * noise)) return false;
    covariance.diag() += noise * noise;
    arma::mat lower;
    if (!arma::chol(lower, covariance, "lower")) return false;
    const arma::vec white = arma::solve(arma::trimatl(lower), y, arma::solve_opts::fast);
    const arma::mat across = train * test.t();
    const arma::mat explained = arma::solve(arma::trimatl(lower), across, arma::solve_opts::fast);
    out.log_likelihood = -0.5 * arma::dot(white, white) - arma::sum(arma::log(lower.diag())) -
                         0.5 * static_cast<double>(y.n_elem) * std::log(2 * std::numbers::pi);
    out.mean = explained.t() * white;
    out.variance = arma::sum(arma::square(test), 1) - arma::sum(arma::square(explained), 0).t();
    return true;
}

/// By least squares in the space of w, stable for factors of very different size: min |y - B w|^2/noise^2 + |w|^2.
bool by_least_squares(const arma::mat& train, const arma::mat& test, const arma::vec& y, double noise,
                      Conditional& out) {
    arma::mat rows = train; // n x p
    arma::mat seen = test;  // the part of the test functions that the data can tell about
    arma::vec unseen(test.n_rows, arma::fill::zeros);
    if (train.n_cols > train.n_rows) {
        arma::mat q; // J x n
        arma::mat r;
        const arma::mat turned = train.t();
        if (!arma::qr_econ(q, r, turned)) return false;
        rows = r.t();
        seen = test * q;
        const arma::mat left = test - seen * q.t();
        unseen = arma::sum(arma::square(left), 1);
    }
    const arma::uword p = rows.n_cols;
    const arma::mat stacked = arma::join_cols(rows / noise, arma::mat(p, p, arma::fill::eye));
    const arma::vec right = arma::join_cols(y / noise, arma::vec(p, arma::fill::zeros));
    arma::mat q;
    arma::mat r;
    if (!stacked.is_finite() || !arma::qr_econ(q, r, stacked)) return false;
    const arma::vec projected = q.t() * right;
    const arma::vec residual = right - q * projected;
    const arma::vec w = arma::solve(arma::trimatu(r), projected, arma::solve_opts::fast);
    const arma::mat spread = arma::solve(arma::trimatl(r.t()), arma::mat(seen.t()), arma::solve_opts::fast);
    const auto n = static_cast<double>(y.n_elem);
    out.log_likelihood = -0.5 * arma::dot(residual, residual) - arma::sum(arma::log(arma::abs(r.diag()))) -
                         n * std::log(noise) - 0.5 * n * std::log(2 * std::numbers::pi);
    out.mean = seen * w;
    out.variance = arma::sum(arma::square(spread), 0).t() + unseen;
    return true;
}

/// atoms: (train + test) x J, columns scaled by sqrt(2 A).
Conditional condition(const arma::mat& factor, const arma::vec& y, double noise) {
    Conditional out;
    const arma::mat train = factor.head_rows(y.n_elem);
    const arma::mat test = factor.tail_rows(factor.n_rows - y.n_elem);
    out.mean.zeros(test.n_rows);
    out.variance.zeros(test.n_rows);
    if (!by_covariance(train, test, y, noise, out)) static_cast<void>(by_least_squares(train, test, y, noise, out));
    if (!std::isfinite(out.log_likelihood) || !out.mean.is_finite() || !out.variance.is_finite())
        out.log_likelihood = minus_infinity;
    out.variance = arma::clamp(out.variance, 0.0, std::numeric_limits<double>::max());
    return out;
}

/// Columns times sqrt(2 A) with A positive stable of index alpha/2 (1 at alpha 2).
arma::mat scaled_atoms(const SpectralMeasure& measure, std::uint64_t seed, std::uint64_t draw) {
    arma::mat factor = measure.atoms;
    if (measure.alpha == 2) return std::numbers::sqrt2 * factor;
    arma::vec log_a(factor.n_cols, arma::fill::none);
    const base::StreamKey key{seed, base::purpose_hash("posterior scales"), draw};
    fill_variates(VariateKind::log_positive, measure.alpha / 2, key, 0, log_a.memptr(), log_a.n_elem);
    for (arma::uword m = 0; m < factor.n_cols; ++m) {
        factor.col(m) *= std::exp(std::clamp(0.5 * (std::numbers::ln2 + log_a(m)), -700.0, 700.0));
        factor.col(m) = arma::clamp(factor.col(m), -largest_factor, largest_factor);
    }
    return factor;
}

/// The p-quantile of a mixture of normals.
double mixture_quantile(const arma::vec& weight, const arma::vec& mean, const arma::vec& sd, double p) {
    double low = std::numeric_limits<double>::max();
    double high = -low;
    const double z = numerics::normal_quantile(p);
    for (arma::uword r = 0; r < weight.n_elem; ++r) {
        if (!(weight(r) > 0)) continue;
        low = std::min(low, mean(r) + z * sd(r));
        high = std::max(high, mean(r) + z * sd(r));
    }
    const auto above = [&](double x) {
        double sum = -p;
        for (arma::uword r = 0; r < weight.n_elem; ++r) {
            if (!(weight(r) > 0)) continue;
            sum += weight(r) * (sd(r) > 0 ? numerics::normal_cdf((x - mean(r)) / sd(r)) : x >= mean(r) ? 1.0 : 0.0);
        }
        return sum;
    };
    // every component's quantile lies between; the rounding of the sum may miss the sign at the ends
    if (!(low < high) || above(low) >= 0) return low;
    if (above(high) <= 0) return high;
    return numerics::find_root(above, low, high);
}

} // namespace

std::uint64_t posterior_bytes(std::uint64_t train, std::uint64_t test, const PosteriorOptions& options) {
    const std::uint64_t points = train + test;
    const std::uint64_t draws = base::saturating_product(options.count, 2 * test);
    const std::uint64_t one = base::saturating_product(points, 4 * (options.particles + 1) + 4 * points);
    return base::saturating_product(draws + base::saturating_product(one, base::thread_limit()), sizeof(double));
}

Posterior posterior(const HeavyNetwork& network, const arma::mat& x_train, const arma::vec& y, const arma::mat& x_test,
                    const PosteriorOptions& options, const base::Monitor& monitor) {
    numerics::use_serial_blas();
    require_regular(network);
    const arma::mat x = arma::join_cols(x_train, x_test);
    const std::size_t depth = network.layers.size();
    const double alpha = network.layers.back().alpha;
    const bool fresh_hidden = depth == 2;
    SpectralMeasure measure = fresh_hidden
                                  ? input_measure(network, x)
                                  : population_measure(network, x, {options.particles, options.seed, 0}, monitor);
    Posterior result;
    result.exact = depth == 1 && alpha == 2;
    result.integrated.emplace_back("weights of the last layer");
    if (fresh_hidden) result.integrated.emplace_back("hidden layers");
    // nothing differs between draws when alpha is 2 and the atoms are the same
    const std::size_t distinct = alpha == 2 && !fresh_hidden ? 1 : options.count;
    arma::vec log_weight(distinct, arma::fill::none);
    arma::mat means(x_test.n_rows, distinct, arma::fill::none);
    arma::mat variances(x_test.n_rows, distinct, arma::fill::none);
    base::parallel_for(
        distinct,
        [&](std::size_t r) {
            Conditional given;
            if (fresh_hidden) {
                const StreamName hidden{options.seed, "posterior hidden", static_cast<std::uint64_t>(r) << 32U};
                const SpectralMeasure last = next_measure(network, 1, draw(measure, hidden, options.particles));
                given = condition(scaled_atoms(last, options.seed, r), y, options.noise);
            } else {
                given = condition(scaled_atoms(measure, options.seed, r), y, options.noise);
            }
            log_weight(r) = given.log_likelihood;
            means.col(r) = given.mean;
            variances.col(r) = given.variance;
        },
        monitor, "draws");
    const double total = numerics::log_sum_exp(arma::conv_to<std::vector<double>>::from(log_weight));
    if (!std::isfinite(total))
        throw base::WorkError("no draw of the prior explains the data; try more draws, or a larger --noise");
    const arma::vec weight = arma::exp(log_weight - total);
    result.log_evidence = total - std::log(static_cast<double>(distinct));
    if (!result.exact) {
        result.count = options.count;
        result.ess = static_cast<double>(options.count) / static_cast<double>(distinct) / arma::dot(weight, weight);
    }
    result.mean = means * weight;
    arma::mat centred = means;
    centred.each_col() -= result.mean;
    const arma::mat second = variances + arma::square(centred);
    result.sd = arma::sqrt(second * weight);
    result.quantiles.set_size(x_test.n_rows, options.quantiles.size());
    base::parallel_for(x_test.n_rows, [&](std::size_t i) {
        const arma::vec mean = means.row(i).t();
        const arma::vec sd = arma::sqrt(variances.row(i).t());
        for (std::size_t q = 0; q < options.quantiles.size(); ++q)
            result.quantiles(i, q) = mixture_quantile(weight, mean, sd, options.quantiles[q]);
    });
    return result;
}

} // namespace limsym::stable
