#include "limsym/process/sampling.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "limsym/base/error.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/base/random.hpp"
#include "limsym/kernel/gram.hpp"
#include "limsym/numerics/cholesky.hpp"
#include "limsym/numerics/square_root.hpp"
#include "limsym/numerics/variates.hpp"

namespace limsym::process {

namespace {

/// Draws are made this many at a time, always all of them, so that the shape of a product, and with it the rounding of
/// draw i, does not depend on the count asked for.
constexpr std::size_t batch = 64;

/// Fills normals (r x outputs columns of draw k at column k * outputs) and scales of one batch.
struct Batch {
    arma::mat normals;
    std::array<double, batch> scale{};
};

using DrawScale = std::function<double(base::RandomStream&)>;

Batch draw_batch(std::size_t first, std::size_t rank, std::size_t outputs, std::uint64_t seed,
                 const DrawScale& draw_scale) {
    Batch result;
    result.normals.set_size(rank, batch * outputs);
    for (std::size_t k = 0; k < batch; ++k) {
        base::RandomStream stream(seed, "sample", first + k);
        result.scale[k] = draw_scale(stream);
        numerics::fill_normal(stream, result.normals.colptr(k * outputs), rank * outputs);
    }
    return result;
}

/// Calls use(first, batch) for all batches, in parallel.
void for_batches(const SampleOptions& options, const base::Monitor& monitor,
                 const std::function<void(std::size_t first)>& use) {
    base::parallel_for((options.count + batch - 1) / batch, [&](std::size_t b) { use(b * batch); }, monitor, "draws");
}

DrawScale posterior_scale(const ScaleLaw& law) {
    if (law.s.size() == 1) return [s = law.s[0]](base::RandomStream&) { return s; };
    if (law.alpha)
        return [a = *law.alpha, b = *law.beta](base::RandomStream& stream) {
            return std::exp(std::log(b) - numerics::log_gamma_variate(stream, a));
        };
    return [&law](base::RandomStream& stream) { return law.quantile(stream.uniform()); };
}

/// Writes column `from` (m values of one output) of working values into row i of the sample, in original units.
void put(Sample& sample, std::size_t i, std::size_t output, const double* from, double mean, double scale,
         std::size_t m) {
    for (std::size_t j = 0; j < m; ++j)
        sample.values(i, output * m + j) = mean + scale * from[j];
}

Sample sample_scaled(const Model& model, const TestKernel& test, arma::mat k, PredictionKind kind,
                     const SampleOptions& options, const base::Monitor& monitor) {
    const RegressionFit& fit = model.fit;
    const JointPrediction joint = joint_prediction(fit, test, std::move(k), kind);
    const arma::mat root = numerics::square_root(joint.covariance);
    const DrawScale draw_scale = posterior_scale(fit.scale.law);
    const std::size_t m = test.count;
    Sample sample{arma::vec(options.count), arma::mat(options.count, m * fit.outputs, arma::fill::none)};
    for_batches(options, monitor, [&](std::size_t first) {
        const Batch draws = draw_batch(first, root.n_cols, fit.outputs, options.seed, draw_scale);
        arma::mat values(m, draws.normals.n_cols, arma::fill::none);
        numerics::multiply_nn(1.0, root, draws.normals, 0.0, values);
        for (std::size_t d = 0; d < batch && first + d < options.count; ++d) {
            sample.scale(first + d) = draws.scale[d];
            for (std::size_t c = 0; c < fit.outputs; ++c) {
                const arma::vec value = joint.mean.col(c) + std::sqrt(draws.scale[d]) * values.col(d * fit.outputs + c);
                put(sample, first + d, c, value.memptr(), model.training.y_units.mean(c),
                    model.training.y_units.scale(c), m);
            }
        }
    });
    return sample;
}

/// Matheron's rule: a draw of the prior at training and test points, corrected by what the data say.
Sample sample_fixed_noise(const Model& model, const arma::mat& x, const arma::mat& test_points, const TestKernel& test,
                          PredictionKind kind, const SampleOptions& options, const base::Monitor& monitor) {
    const RegressionFit& fit = model.fit;
    const arma::mat together = arma::join_cols(x, test_points);
    const arma::mat root = numerics::square_root(kernel::gram<double>(*model.network, together, {}, monitor).nngp);
    const std::size_t n = fit.rows;
    const std::size_t m = test.count;
    const double noise = fit.noise + fit.jitter;
    arma::mat cross(n, m, arma::fill::none);
    test.cross(0, cross);
    arma::mat rotated(n, m, arma::fill::none);
    numerics::multiply_tn(1.0, fit.spectral.vectors, cross, 0.0, rotated);
    const DrawScale draw_scale = posterior_scale(fit.scale.law);
    const std::size_t rank = root.n_cols;
    Sample sample{arma::vec(options.count), arma::mat(options.count, m * fit.outputs, arma::fill::none)};
    for_batches(options, monitor, [&](std::size_t first) {
        // The last n + m normals of an output are noise at training and test points.
        const Batch draws = draw_batch(first, rank + n + m, fit.outputs, options.seed, draw_scale);
        const arma::mat signal = draws.normals.rows(0, rank - 1);
        arma::mat values(n + m, signal.n_cols, arma::fill::none);
        numerics::multiply_nn(1.0, root, signal, 0.0, values);
        arma::mat residual(n, values.n_cols, arma::fill::none);
        for (std::size_t column = 0; column < values.n_cols; ++column) {
            values.col(column) *= std::sqrt(draws.scale[column / fit.outputs]);
            residual.col(column) =
                -values.col(column).head(n) - std::sqrt(noise) * draws.normals.col(column).subvec(rank, rank + n - 1);
        }
        arma::mat spectrum(n, values.n_cols, arma::fill::none);
        numerics::multiply_tn(1.0, fit.spectral.vectors, residual, 0.0, spectrum);
        for (std::size_t column = 0; column < values.n_cols; ++column) {
            const double s = draws.scale[column / fit.outputs];
            spectrum.col(column) += fit.spectral.rotated.col(column % fit.outputs);
            spectrum.col(column) /= fit.spectral.values + noise / s;
        }
        arma::mat correction(m, values.n_cols, arma::fill::none);
        numerics::multiply_tn(1.0, rotated, spectrum, 0.0, correction);
        for (std::size_t d = 0; d < batch && first + d < options.count; ++d) {
            sample.scale(first + d) = draws.scale[d];
            for (std::size_t c = 0; c < fit.outputs; ++c) {
                const std::size_t column = d * fit.outputs + c;
                arma::vec value = values.col(column).tail(m) + correction.col(column);
                if (kind == PredictionKind::observed) value += std::sqrt(fit.noise) * draws.normals.col(column).tail(m);
                put(sample, first + d, c, value.memptr(), model.training.y_units.mean(c),
                    model.training.y_units.scale(c), m);
            }
        }
    });
    return sample;
}

} // namespace

Sample sample_prior(arma::mat k, const ScalePrior& prior, const SampleOptions& options, const base::Monitor& monitor) {
    const std::size_t m = k.n_rows;
    const arma::mat root = numerics::square_root(std::move(k));
    Sample sample{arma::vec(options.count), arma::mat(options.count, m * options.outputs, arma::fill::none)};
    for_batches(options, monitor, [&](std::size_t first) {
        const Batch draws = draw_batch(first, root.n_cols, options.outputs, options.seed,
                                       [&prior](base::RandomStream& stream) { return draw(prior, stream); });
        arma::mat values(m, draws.normals.n_cols, arma::fill::none);
        numerics::multiply_nn(1.0, root, draws.normals, 0.0, values);
        for (std::size_t d = 0; d < batch && first + d < options.count; ++d) {
            sample.scale(first + d) = draws.scale[d];
            for (std::size_t c = 0; c < options.outputs; ++c)
                put(sample, first + d, c, values.colptr(d * options.outputs + c), 0.0, std::sqrt(draws.scale[d]), m);
        }
    });
    return sample;
}

Sample sample_posterior(const Model& model, const arma::mat& test, PredictionKind kind, const SampleOptions& options,
                        const base::Monitor& monitor) {
    if (!model.network)
        throw base::InputError("--model", "the model was fitted to a given kernel matrix; expected one with a network");
    const arma::mat x = model.training.working_x();
    const arma::mat points = model.training.x_units.apply(test);
    const TestKernel columns = test_kernel(*model.network, x, points);
    if (model.fit.noise_model == NoiseModel::fixed)
        return sample_fixed_noise(model, x, points, columns, kind, options, monitor);
    return sample_scaled(model, columns, kernel::gram<double>(*model.network, points, {}, monitor).nngp, kind, options,
                         monitor);
}

} // namespace limsym::process
