#include "limsym/process/prediction.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "limsym/base/error.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/kernel/gram.hpp"
#include "limsym/numerics/cholesky.hpp"
#include "limsym/numerics/distributions.hpp"
#include "limsym/numerics/quadrature.hpp"

namespace limsym::process {

namespace {

constexpr double not_there = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t panel = 512; ///< test points whose kernel columns are held at a time

arma::mat absent(const Prediction& result) {
    arma::mat values(result.mean.n_rows, result.mean.n_cols, arma::fill::none);
    values.fill(not_there);
    return values;
}

double clamped_variance(double variance, double prior, std::size_t& negative) {
    if (variance < -1e-8 * prior) ++negative;
    return std::max(variance, 0.0);
}

void warn_of_clamps(std::size_t negative, const base::Monitor& monitor) {
    if (negative > 0)
        monitor.warning(std::to_string(negative) +
                        " predictive variances were negative by rounding and are taken as 0; the kernel matrix is "
                        "nearly singular (try a larger --noise)");
}

double root_or_nan(const ScaleLaw& law, double variance) {
    return law.mean_exists ? std::sqrt(variance) : not_there;
}

/// The latent density of a point without variance does not exist.
double finite_or_nan(double value) {
    return std::isfinite(value) ? value : not_there;
}

void summarise_scaled(Prediction& result, const RegressionFit& fit, const ScaledMoments& moments,
                      const PredictionOptions& options, const data::Standardisation& units) {
    const std::size_t m = result.mean.n_rows;
    const arma::vec& variance = moments.variance;
    const ScaleLaw& law = fit.scale.law;
    result.df = fit.scale.degrees_of_freedom();
    if (result.df) result.scale.set_size(m, fit.outputs);
    std::vector<double> standard;
    for (const double p : options.quantiles)
        standard.push_back(standard_quantile(fit.scale, p));
    result.quantiles.assign(standard.size(), arma::mat(m, fit.outputs, arma::fill::none));
    for (std::size_t c = 0; c < fit.outputs; ++c) {
        for (std::size_t i = 0; i < m; ++i) {
            const double root = std::sqrt(variance(i)) * units.scale(c);
            result.sd(i, c) = root_or_nan(law, law.mean) * root;
            if (result.df) result.scale(i, c) = fit.scale.student_scale() * root;
            for (std::size_t k = 0; k < standard.size(); ++k)
                result.quantiles[k](i, c) = result.mean(i, c) + standard[k] * root;
        }
    }
    if (result.y.empty()) return;
    result.logpdf = log_densities(moments, fit.scale, units, result.y);
    if (fit.outputs == 1) return;
    base::parallel_for(m, [&](std::size_t i) {
        double distance = 0.0;
        double log_units = 0.0;
        for (std::size_t c = 0; c < fit.outputs; ++c) {
            const double residual = (result.y(i, c) - result.mean(i, c)) / units.scale(c);
            distance += residual * residual / variance(i);
            log_units += std::log(units.scale(c));
        }
        result.logpdf_joint(i) = finite_or_nan(
            log_predictive_density(fit.scale, distance, std::log(variance(i)), static_cast<double>(fit.outputs)) -
            log_units);
    });
}

/// Mixture over s of normals whose means depend on s as well: noise of fixed size.
struct FixedNoiseMoments {
    std::vector<double> weights;  ///< of the scales that matter
    std::vector<arma::mat> means; ///< per output, m x scales
    arma::mat variances;          ///< m x scales, with the noise if observed
};

FixedNoiseMoments fixed_noise_moments(const RegressionFit& fit, const TestKernel& test, PredictionKind kind,
                                      const base::Monitor& monitor) {
    FixedNoiseMoments moments;
    std::vector<double> scales;
    for (std::size_t j = 0; j < fit.scale.law.s.size(); ++j) {
        if (fit.scale.law.log_weights[j] < -50.0) continue;
        scales.push_back(fit.scale.law.s[j]);
        moments.weights.push_back(std::exp(fit.scale.law.log_weights[j]));
    }
    const double noise = fit.noise + fit.jitter;
    const std::size_t count = scales.size();
    const SpectralForm& form = fit.spectral;
    arma::mat inverse(fit.rows, count, arma::fill::none); // s / (s lambda + noise)
    for (std::size_t j = 0; j < count; ++j)
        for (std::size_t k = 0; k < fit.rows; ++k)
            inverse(k, j) = 1.0 / (form.values(k) + noise / scales[j]);
    moments.means.assign(fit.outputs, arma::mat(test.count, count, arma::fill::none));
    moments.variances.set_size(test.count, count);
    std::size_t negative = 0;
    for (std::size_t first = 0; first < test.count; first += panel) {
        monitor.advance(static_cast<double>(first), static_cast<double>(test.count), "prediction");
        const std::size_t columns = std::min(panel, test.count - first);
        arma::mat cross(fit.rows, columns, arma::fill::none);
        test.cross(first, cross);
        arma::mat rotated(fit.rows, columns, arma::fill::none);
        numerics::multiply_tn(1.0, form.vectors, cross, 0.0, rotated);
        arma::mat part(columns, count, arma::fill::none);
        for (std::size_t c = 0; c < fit.outputs; ++c) {
            arma::mat weighted = inverse;
            for (std::size_t j = 0; j < count; ++j)
                weighted.col(j) %= form.rotated.col(c);
            numerics::multiply_tn(1.0, rotated, weighted, 0.0, part);
            moments.means[c].rows(first, first + columns - 1) = part;
        }
        rotated = arma::square(rotated);
        numerics::multiply_tn(1.0, rotated, inverse, 0.0, part);
        for (std::size_t j = 0; j < count; ++j)
            for (std::size_t i = 0; i < columns; ++i) {
                const double prior = test.diagonal(first + i);
                moments.variances(first + i, j) = scales[j] * clamped_variance(prior - part(i, j), prior, negative) +
                                                  (kind == PredictionKind::observed ? fit.noise : 0.0);
            }
    }
    warn_of_clamps(negative, monitor);
    return moments;
}

struct NormalMixture {
    const std::vector<double>& weights;
    std::vector<double> means;
    std::vector<double> deviations;

    [[nodiscard]] double mean() const {
        double sum = 0.0;
        for (std::size_t j = 0; j < weights.size(); ++j)
            sum += weights[j] * means[j];
        return sum;
    }
    [[nodiscard]] double variance(double about) const {
        double sum = 0.0;
        for (std::size_t j = 0; j < weights.size(); ++j)
            sum += weights[j] * (deviations[j] * deviations[j] + (means[j] - about) * (means[j] - about));
        return sum;
    }
    [[nodiscard]] double quantile(double p) const {
        const double centre = mean();
        const auto excess = [&](double y) {
            double sum = -p;
            for (std::size_t j = 0; j < weights.size(); ++j)
                sum += weights[j] * numerics::normal_cdf((y + centre - means[j]) / deviations[j]);
            return sum;
        };
        const double reach = std::sqrt(variance(centre));
        return reach > 0.0 ? centre + increasing_root(excess, reach) : centre;
    }
    [[nodiscard]] double log_term(std::size_t j, double y) const {
        const double z = (y - means[j]) / deviations[j];
        return numerics::normal_log_density(z) - std::log(deviations[j]);
    }
};

void predict_fixed(Prediction& result, const RegressionFit& fit, const TestKernel& test,
                   const PredictionOptions& options, const data::Standardisation& units, const base::Monitor& monitor) {
    const FixedNoiseMoments moments = fixed_noise_moments(fit, test, options.kind, monitor);
    const std::size_t count = moments.weights.size();
    if (options.variance)
        result.quantiles.assign(options.quantiles.size(), arma::mat(test.count, fit.outputs, arma::fill::none));
    base::parallel_for(test.count, [&](std::size_t i) {
        std::vector<double> joint(count);
        double log_units = 0.0;
        for (std::size_t j = 0; j < count; ++j)
            joint[j] = std::log(moments.weights[j]);
        for (std::size_t c = 0; c < fit.outputs; ++c) {
            NormalMixture mixture{moments.weights, {}, {}};
            for (std::size_t j = 0; j < count; ++j) {
                mixture.means.push_back(moments.means[c](i, j));
                mixture.deviations.push_back(std::sqrt(moments.variances(i, j)));
            }
            const double mean = mixture.mean();
            const double unit = units.scale(c);
            result.mean(i, c) = units.mean(c) + unit * mean;
            if (!options.variance) continue;
            result.sd(i, c) = root_or_nan(fit.scale.law, mixture.variance(mean)) * unit;
            for (std::size_t k = 0; k < options.quantiles.size(); ++k)
                result.quantiles[k](i, c) = units.mean(c) + unit * mixture.quantile(options.quantiles[k]);
            if (result.y.empty()) continue;
            const double y = (result.y(i, c) - units.mean(c)) / unit;
            std::vector<double> terms(count);
            for (std::size_t j = 0; j < count; ++j) {
                const double term = mixture.log_term(j, y);
                terms[j] = std::log(moments.weights[j]) + term;
                joint[j] += term;
            }
            log_units += std::log(unit);
            result.logpdf(i, c) = finite_or_nan(numerics::log_sum_exp(terms) - std::log(unit));
        }
        if (!result.logpdf_joint.empty())
            result.logpdf_joint(i) = finite_or_nan(numerics::log_sum_exp(joint) - log_units);
    });
}

} // namespace

ScaledMoments scaled_moments(const arma::mat& factor, const arma::mat& alpha, const TestKernel& test,
                             bool with_variance, const base::Monitor& monitor) {
    ScaledMoments moments;
    moments.mean.set_size(test.count, alpha.n_cols);
    if (with_variance) moments.variance.set_size(test.count);
    std::size_t negative = 0;
    arma::mat cross;
    arma::mat mean;
    for (std::size_t first = 0; first < test.count; first += panel) {
        monitor.advance(static_cast<double>(first), static_cast<double>(test.count), "prediction");
        const std::size_t columns = std::min(panel, test.count - first);
        cross.set_size(alpha.n_rows, columns);
        test.cross(first, cross);
        mean.set_size(columns, alpha.n_cols);
        numerics::multiply_tn(1.0, cross, alpha, 0.0, mean);
        moments.mean.rows(first, first + columns - 1) = mean;
        if (!with_variance) continue;
        numerics::solve_lower_in_place(factor, cross);
        for (std::size_t j = 0; j < columns; ++j) {
            double explained = 0.0;
            for (const double* v = cross.colptr(j); v != cross.colptr(j) + alpha.n_rows; ++v)
                explained += *v * *v;
            const double prior = test.diagonal(first + j);
            moments.variance(first + j) = clamped_variance(prior - explained, prior, negative);
        }
    }
    warn_of_clamps(negative, monitor);
    return moments;
}

arma::mat log_densities(const ScaledMoments& moments, const ScaleMixture& scale, const data::Standardisation& y_units,
                        const arma::mat& y) {
    arma::mat result(y.n_rows, y.n_cols, arma::fill::none);
    base::parallel_for(y.n_rows, [&](std::size_t i) {
        const double variance = moments.variance(i);
        for (std::size_t c = 0; c < y.n_cols; ++c) {
            const double unit = y_units.scale(c);
            const double residual = (y(i, c) - y_units.mean(c)) / unit - moments.mean(i, c);
            result(i, c) =
                finite_or_nan(log_predictive_density(scale, residual * residual / variance, std::log(variance), 1.0) -
                              std::log(unit));
        }
    });
    return result;
}

TestKernel test_kernel(const network::Network& network, const arma::mat& x, const arma::mat& test) {
    TestKernel result;
    result.count = test.n_rows;
    result.cross = [&network, &x, &test](std::size_t first, arma::mat& out) {
        const arma::mat some = test.rows(first, first + out.n_cols - 1);
        out = kernel::gram<double>(network, x, some, {}).nngp;
    };
    if (test.n_rows > 0) result.diagonal = kernel::gram_diagonal(network, test, {}).nngp.col(0);
    return result;
}

TestKernel test_kernel(const arma::mat& cross, arma::vec diagonal) {
    TestKernel result;
    result.count = cross.n_rows;
    result.diagonal = std::move(diagonal);
    result.cross = [&cross](std::size_t first, arma::mat& out) { out = cross.rows(first, first + out.n_cols - 1).t(); };
    return result;
}

ScaledMoments scaled_moments(const RegressionFit& fit, const TestKernel& test, bool with_variance,
                             const base::Monitor& monitor) {
    return scaled_moments(fit.factor, fit.alpha, test, with_variance, monitor);
}

Prediction predict(const RegressionFit& fit, const TestKernel& test, const PredictionOptions& options,
                   const data::Standardisation& y_units, const arma::mat& y, const base::Monitor& monitor) {
    Prediction result;
    result.mean.set_size(test.count, fit.outputs);
    result.y = y;
    if (options.variance) {
        result.probabilities = options.quantiles;
        result.sd = absent(result);
        if (!y.empty()) {
            result.logpdf = absent(result);
            if (fit.outputs > 1) result.logpdf_joint.set_size(test.count);
        }
    }
    if (fit.noise_model == NoiseModel::fixed) {
        predict_fixed(result, fit, test, options, y_units, monitor);
    } else {
        ScaledMoments moments = scaled_moments(fit, test, options.variance, monitor);
        for (std::size_t c = 0; c < fit.outputs; ++c)
            for (std::size_t i = 0; i < test.count; ++i)
                result.mean(i, c) = y_units.mean(c) + y_units.scale(c) * moments.mean(i, c);
        if (options.variance) {
            if (options.kind == PredictionKind::observed) moments.variance += fit.noise;
            summarise_scaled(result, fit, moments, options, y_units);
        }
    }
    if (options.variance && !y.empty()) result.z = (y - result.mean) / result.sd;
    return result;
}

JointPrediction joint_prediction(const RegressionFit& fit, const TestKernel& test, arma::mat prior_covariance,
                                 PredictionKind kind) {
    JointPrediction joint;
    arma::mat cross(fit.rows, test.count, arma::fill::none);
    test.cross(0, cross);
    joint.mean.set_size(test.count, fit.outputs);
    numerics::multiply_tn(1.0, cross, fit.alpha, 0.0, joint.mean);
    numerics::solve_lower_in_place(fit.factor, cross);
    joint.covariance = std::move(prior_covariance);
    numerics::multiply_tn(-1.0, cross, cross, 1.0, joint.covariance);
    for (std::size_t i = 0; i < test.count; ++i) {
        for (std::size_t j = 0; j < i; ++j)
            joint.covariance(j, i) = joint.covariance(i, j);
        joint.covariance(i, i) = std::max(joint.covariance(i, i), 0.0);
        if (kind == PredictionKind::observed) joint.covariance(i, i) += fit.noise;
    }
    return joint;
}

namespace {

/// Cov = E (cov given s) + cov (mean given s), working units, one output.
arma::mat fixed_noise_covariance(const RegressionFit& fit, const TestKernel& test, const arma::mat& prior,
                                 PredictionKind kind, std::size_t output) {
    const SpectralForm& form = fit.spectral;
    arma::mat cross(fit.rows, test.count, arma::fill::none);
    test.cross(0, cross);
    arma::mat rotated(fit.rows, test.count, arma::fill::none);
    numerics::multiply_tn(1.0, form.vectors, cross, 0.0, rotated);
    const double noise = fit.noise + fit.jitter;
    const ScaleLaw& law = fit.scale.law;
    arma::vec explained(fit.rows, arma::fill::zeros); // E s^2/(s lambda + noise)
    arma::mat mean_weights(fit.rows, law.s.size(), arma::fill::none);
    for (std::size_t j = 0; j < law.s.size(); ++j) {
        const double weight = std::exp(law.log_weights[j]);
        for (std::size_t k = 0; k < fit.rows; ++k) {
            const double inverse = 1.0 / (form.values(k) + noise / law.s[j]);
            if (weight > 0.0) explained(k) += weight * law.s[j] * inverse;
            mean_weights(k, j) = inverse * form.rotated(k, output);
        }
    }
    arma::mat means(test.count, law.s.size(), arma::fill::none);
    numerics::multiply_tn(1.0, rotated, mean_weights, 0.0, means);
    arma::vec centre(test.count, arma::fill::zeros);
    for (std::size_t j = 0; j < law.s.size(); ++j)
        centre += std::exp(law.log_weights[j]) * means.col(j);
    for (std::size_t j = 0; j < law.s.size(); ++j)
        means.col(j) = std::exp(0.5 * law.log_weights[j]) * (means.col(j) - centre);
    arma::mat covariance = law.mean * prior;
    rotated.each_col() %= arma::sqrt(explained);
    numerics::multiply_tn(-1.0, rotated, rotated, 1.0, covariance);
    numerics::multiply_nt(1.0, means, means, 1.0, covariance);
    if (kind == PredictionKind::observed) covariance.diag() += fit.noise;
    return covariance;
}

} // namespace

arma::mat predictive_covariance(const RegressionFit& fit, const TestKernel& test, const arma::mat& prior_covariance,
                                PredictionKind kind, const data::Standardisation& y_units) {
    if (!fit.scale.law.mean_exists) throw base::WorkError("the covariance is infinite, because E s is");
    const std::size_t m = test.count;
    const bool shared = fit.noise_model == NoiseModel::scaled &&
                        std::all_of(y_units.scale.begin(), y_units.scale.end(), [](double v) { return v == 1.0; });
    const std::size_t blocks = shared ? 1 : fit.outputs;
    arma::mat result(blocks * m, m, arma::fill::none);
    if (m == 0) return result;
    arma::mat common;
    if (fit.noise_model == NoiseModel::scaled)
        common = fit.scale.law.mean * joint_prediction(fit, test, prior_covariance, kind).covariance;
    for (std::size_t c = 0; c < blocks; ++c) {
        const double unit = shared ? 1.0 : y_units.scale(c) * y_units.scale(c);
        if (fit.noise_model == NoiseModel::scaled) {
            result.rows(c * m, (c + 1) * m - 1) = unit * common;
        } else {
            result.rows(c * m, (c + 1) * m - 1) = unit * fixed_noise_covariance(fit, test, prior_covariance, kind, c);
        }
    }
    return result;
}

} // namespace limsym::process
