#include "limsym/process/regression.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/kernel/gram.hpp"
#include "limsym/numerics/cholesky.hpp"
#include "limsym/numerics/eigen.hpp"
#include "limsym/numerics/minimise.hpp"

namespace limsym::process {

namespace {

void add_to_diagonal(arma::mat& a, double value) {
    for (arma::uword i = 0; i < a.n_rows; ++i)
        a(i, i) += value;
}

double mean_diagonal(const arma::mat& a) {
    double sum = 0.0;
    for (arma::uword i = 0; i < a.n_rows; ++i)
        sum += a(i, i);
    return sum / static_cast<double>(a.n_rows);
}

[[noreturn]] void not_positive_definite(const numerics::NotPositiveDefinite& failure, const arma::mat& x,
                                        const std::string& place) {
    std::string sentence;
    if (const auto repeated = first_repeated_row(x)) {
        sentence = "row " + std::to_string(repeated->later + 1) + " repeats row " +
                   std::to_string(repeated->earlier + 1) + ", and the covariance of the data is singular";
    } else {
        sentence = "the covariance of the data is not positive definite (row " + std::to_string(failure.row + 1) +
                   ", pivot " + base::number_text(failure.pivot) + ")";
    }
    throw base::WorkError(place, sentence + "; try a larger --noise or --jitter auto");
}

/// Diagonal additions to try, in order.
std::vector<double> jitters(const Jitter& jitter, double scale) {
    if (!jitter.automatic) return {jitter.value};
    std::vector<double> values{0.0};
    for (int exponent = -12; exponent <= -6; ++exponent)
        values.push_back(std::pow(10.0, exponent) * scale);
    return values;
}

/// Sum of squares of Z = L^-1 Y, and then alpha = L^-T Z.
void solve_targets(RegressionFit& fit, const arma::mat& y) {
    fit.alpha = y;
    numerics::solve_lower_in_place(fit.factor, fit.alpha);
    fit.d = 0.0;
    for (const double z : fit.alpha)
        fit.d += z * z;
    numerics::solve_lower_transposed_in_place(fit.factor, fit.alpha);
    fit.logdet = numerics::log_determinant(fit.factor);
}

void solve_targets_at_unit_scale(RegressionFit& fit) {
    const SpectralForm& form = fit.spectral;
    const double noise = fit.noise + fit.jitter;
    arma::mat scaled(form.rotated.n_rows, form.rotated.n_cols, arma::fill::none);
    fit.d = 0.0;
    fit.logdet = 0.0;
    for (arma::uword i = 0; i < form.values.n_elem; ++i) {
        const double value = form.values(i) + noise;
        fit.logdet += std::log(value);
        for (arma::uword c = 0; c < form.rotated.n_cols; ++c) {
            scaled(i, c) = form.rotated(i, c) / value;
            fit.d += form.rotated(i, c) * scaled(i, c);
        }
    }
    fit.alpha.set_size(form.rotated.n_rows, form.rotated.n_cols);
    numerics::multiply_nn(1.0, form.vectors, scaled, 0.0, fit.alpha);
}

void infer_scale(RegressionFit& fit, const RegressionOptions& options) {
    ScaleMixture& scale = fit.scale;
    scale.prior = options.prior;
    scale.d = fit.d;
    scale.n = fit.count();
    if (fit.noise_model == NoiseModel::fixed) {
        scale.law = scale_posterior(options.prior, fixed_noise_likelihood(fit.spectral, fit.noise + fit.jitter));
        fit.log_evidence = scale.law.log_integral;
        return;
    }
    scale.law = options.inference == ScaleInference::importance
                    ? scale_posterior_by_importance(options.prior, scale.d, scale.n, options.importance)
                    : scale_posterior(options.prior, scale.d, scale.n);
    fit.log_evidence = log_evidence(scale.law, scale.n, static_cast<double>(fit.outputs) * fit.logdet);
}

void fit_fixed_noise(RegressionFit& fit, const KernelFiller& kernel, const arma::mat& y, const arma::mat& x,
                     const RegressionOptions& options, const std::string& place) {
    arma::mat k(fit.rows, fit.rows, arma::fill::none);
    kernel(k);
    const double scale = mean_diagonal(k);
    fit.spectral = spectral_form(k, y);
    fit.noise = options.noise ? *options.noise : best_noise(fit.spectral, NoiseModel::fixed, options.prior);
    for (const double jitter : jitters(options.jitter, scale)) {
        fit.jitter = jitter;
        if (fit.noise + jitter > 0.0 || fit.spectral.values.front() > 1e-14 * fit.spectral.values.back()) return;
    }
    not_positive_definite({0, fit.spectral.values.front()}, x, place);
}

void fit_scaled_noise(RegressionFit& fit, const KernelFiller& kernel, const arma::mat& y, const arma::mat& x,
                      const RegressionOptions& options, const std::string& place, const base::Monitor& monitor) {
    fit.factor.set_size(fit.rows, fit.rows);
    kernel(fit.factor);
    if (options.noise) {
        fit.noise = *options.noise;
    } else {
        fit.noise = best_noise(spectral_form(fit.factor, y), NoiseModel::scaled, options.prior);
    }
    std::optional<numerics::NotPositiveDefinite> failure;
    bool fresh = true;
    for (const double jitter : jitters(options.jitter, mean_diagonal(fit.factor))) {
        if (!fresh) kernel(fit.factor);
        fresh = false;
        fit.jitter = jitter;
        add_to_diagonal(fit.factor, fit.noise + jitter);
        failure = numerics::cholesky_in_place(fit.factor, 1e-14, monitor);
        if (!failure) return;
    }
    not_positive_definite(*failure, x, place);
}

} // namespace

KernelFiller kernel_of(const network::Network& network, const arma::mat& x, const base::Monitor& monitor) {
    return [&network, &x, monitor](arma::mat& out) { kernel::gram_lower(network, x, out, {}, monitor); };
}

KernelFiller kernel_of(const arma::mat& k) {
    return [&k](arma::mat& out) { out = k; };
}

RegressionFit fit_regression(const KernelFiller& kernel, const arma::mat& y, const arma::mat& x,
                             const RegressionOptions& options, const std::string& place, const base::Monitor& monitor) {
    RegressionFit fit;
    fit.rows = y.n_rows;
    fit.outputs = y.n_cols;
    fit.noise_model = options.noise_model;
    if (options.noise_model == NoiseModel::fixed) {
        fit_fixed_noise(fit, kernel, y, x, options, place);
        solve_targets_at_unit_scale(fit);
    } else {
        fit_scaled_noise(fit, kernel, y, x, options, place, monitor);
        solve_targets(fit, y);
    }
    infer_scale(fit, options);
    return fit;
}

double condition_estimate(const RegressionFit& fit) {
    if (fit.noise_model == NoiseModel::scaled) return numerics::condition_estimate(fit.factor);
    const double noise = fit.noise + fit.jitter;
    return (fit.spectral.values.back() + noise) / (fit.spectral.values.front() + noise);
}

RegressionFit restore_regression(arma::mat factor, SpectralForm spectral, const arma::mat& y,
                                 const RegressionOptions& options, double noise, double jitter) {
    RegressionFit fit;
    fit.rows = y.n_rows;
    fit.outputs = y.n_cols;
    fit.noise_model = options.noise_model;
    fit.noise = noise;
    fit.jitter = jitter;
    if (options.noise_model == NoiseModel::fixed) {
        fit.spectral = std::move(spectral);
        solve_targets_at_unit_scale(fit);
    } else {
        fit.factor = std::move(factor);
        solve_targets(fit, y);
    }
    infer_scale(fit, options);
    return fit;
}

std::uint64_t regression_bytes(std::uint64_t rows, const RegressionOptions& options) {
    const std::uint64_t matrix = base::saturating_product(base::saturating_product(rows, rows), sizeof(double));
    const bool spectral = options.noise_model == NoiseModel::fixed || !options.noise;
    return base::saturating_product(matrix, spectral ? 4 : 1); // dsyevd keeps vectors and 2 n^2 of workspace
}

SpectralForm spectral_form(const arma::mat& k, const arma::mat& y) {
    SpectralForm form;
    numerics::SymmetricEigen eigen = numerics::symmetric_eigen(k, true);
    form.values = std::move(eigen.values);
    for (double& value : form.values)
        value = std::max(value, 0.0);
    form.vectors = std::move(eigen.vectors);
    form.rotated.set_size(y.n_rows, y.n_cols);
    numerics::multiply_tn(1.0, form.vectors, y, 0.0, form.rotated);
    return form;
}

ScaleLikelihood fixed_noise_likelihood(const SpectralForm& spectral, double noise) {
    const auto outputs = static_cast<double>(spectral.rotated.n_cols);
    arma::vec squares(spectral.rotated.n_rows, arma::fill::zeros);
    for (arma::uword c = 0; c < spectral.rotated.n_cols; ++c)
        for (arma::uword i = 0; i < spectral.rotated.n_rows; ++i)
            squares(i) += spectral.rotated(i, c) * spectral.rotated(i, c);
    const double largest = spectral.values.empty() ? 0.0 : spectral.values.back();
    double rank = 0.0;
    for (const double value : spectral.values)
        rank += value > 1e-14 * largest ? 1.0 : 0.0;
    ScaleLikelihood likelihood;
    likelihood.right_order = 0.5 * rank * outputs;
    likelihood.log_value = [values = spectral.values, squares, noise, outputs](double u) {
        const double s = std::exp(u);
        double sum = 0.0;
        for (arma::uword i = 0; i < values.n_elem; ++i) {
            if (noise == 0.0) { // in logs, because s may leave the range of double
                sum += outputs * (std::log(2.0 * std::numbers::pi * values(i)) + u);
                if (squares(i) > 0.0) sum += squares(i) / values(i) * std::exp(-u);
                continue;
            }
            const double variance = (values(i) > 0.0 ? s * values(i) : 0.0) + noise;
            sum += outputs * std::log(2.0 * std::numbers::pi * variance) + squares(i) / variance;
        }
        return -0.5 * sum;
    };
    return likelihood;
}

double spectral_log_evidence(const SpectralForm& spectral, double noise, NoiseModel model, const ScalePrior& prior) {
    if (model == NoiseModel::fixed) return log_scale_integral(prior, fixed_noise_likelihood(spectral, noise));
    double d = 0.0;
    double logdet = 0.0;
    for (arma::uword i = 0; i < spectral.values.n_elem; ++i) {
        const double value = spectral.values(i) + noise;
        logdet += std::log(value);
        for (arma::uword c = 0; c < spectral.rotated.n_cols; ++c)
            d += spectral.rotated(i, c) * spectral.rotated(i, c) / value;
    }
    const auto n = static_cast<double>(spectral.rotated.n_elem);
    return log_evidence(log_scale_integral(prior, d, n), n, static_cast<double>(spectral.rotated.n_cols) * logdet);
}

double best_noise(const SpectralForm& spectral, NoiseModel model, const ScalePrior& prior) {
    const auto minus_evidence = [&](double log_noise) {
        return -spectral_log_evidence(spectral, std::exp(log_noise), model, prior);
    };
    return std::exp(numerics::minimise_on_interval(minus_evidence, std::log(1e-8), std::log(1e2), 1e-8).x);
}

std::optional<RepeatedRow> first_repeated_row(const arma::mat& x) {
    std::vector<arma::uword> order(x.n_rows);
    std::iota(order.begin(), order.end(), arma::uword{0});
    const auto compare = [&x](arma::uword a, arma::uword b) {
        for (arma::uword j = 0; j < x.n_cols; ++j)
            if (x(a, j) != x(b, j)) return x(a, j) < x(b, j) ? -1 : 1;
        return 0;
    };
    std::stable_sort(order.begin(), order.end(), [&](arma::uword a, arma::uword b) { return compare(a, b) < 0; });
    std::optional<RepeatedRow> first;
    for (std::size_t k = 1; k < order.size(); ++k) {
        if (compare(order[k - 1], order[k]) != 0) continue;
        if (!first || order[k] < first->later) first = RepeatedRow{order[k - 1], order[k]};
    }
    return first;
}

} // namespace limsym::process
