#include "limsym/process/grid_search.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/kernel/gram.hpp"
#include "limsym/numerics/cholesky.hpp"
#include "limsym/process/leave_one_out.hpp"
#include "limsym/process/prediction.hpp"
#include "limsym/process/scale_mixture.hpp"

namespace limsym::process {

namespace {

constexpr const char* not_positive_definite =
    "the covariance of the data is not positive definite; try a larger noise or --jitter auto";

/// A list that stands for "keep" has one entry.
std::vector<std::optional<double>> choices(const std::vector<double>& values, std::optional<double> kept) {
    if (values.empty()) return {kept};
    return {values.begin(), values.end()};
}

/// K is kept in the strict upper triangle and `diagonal` while the lower triangle is factorised again and again.
void keep_kernel(arma::mat& a, arma::vec& diagonal) {
    diagonal = a.diag();
    for (std::size_t j = 0; j < a.n_cols; ++j)
        for (std::size_t i = 0; i < j; ++i)
            a(i, j) = a(j, i);
}

void restore_kernel(arma::mat& a, const arma::vec& diagonal, double noise) {
    for (std::size_t j = 0; j < a.n_cols; ++j) {
        a(j, j) = diagonal(j) + noise;
        for (std::size_t i = j + 1; i < a.n_rows; ++i)
            a(i, j) = a(j, i);
    }
}

/// What one (kernel, noise) says, whatever the prior.
struct Factorised {
    bool good = false;
    double d = 0.0;
    double logdet = 0.0;
    arma::mat alpha;            ///< unless the evidence is all
    arma::vec inverse_diagonal; ///< for leave-one-out
    ScaledMoments held_out;     ///< for validation, with the noise
};

/// All trials of one (sigma_w, sigma_b).
class KernelTrials {
public:
    KernelTrials(const network::Network& network, const arma::mat& x, const arma::mat& y,
                 const RegressionOptions& options, const GridSearch& search)
        : network_(network), x_(x), y_(y), options_(options), search_(search) {}

    /// @param first the part of `trials` that shares this kernel: for every noise all priors
    void run(const std::vector<std::optional<double>>& noises, std::vector<Trial>& trials,
             const std::vector<std::size_t>& owned, std::size_t priors, const base::Monitor& monitor) {
        try {
            fill(network_of(network_, trials[owned.front()]),
                 std::any_of(noises.begin(), noises.end(), [](const auto& v) { return !v; }), monitor);
        } catch (const base::WorkError& error) {
            for (const std::size_t k : owned)
                trials[k].reason = error.what();
            return;
        }
        std::optional<std::size_t> factorised; // place among the noises
        Factorised parts;
        for (const std::size_t k : owned) {
            Trial& trial = trials[k];
            const std::size_t at = trial.index / priors % noises.size();
            if (!noises[at]) trial.noise = best_noise(spectral_, options_.noise_model, trial.scale_prior);
            if (options_.noise_model == NoiseModel::fixed) {
                judge_fixed(trial);
                continue;
            }
            if (!noises[at] || factorised != at) {
                parts = factorise(trial.noise);
                factorised = at;
            }
            judge_scaled(trial, parts);
        }
    }

private:
    void fill(const network::Network& network, bool automatic_noise, const base::Monitor& monitor) {
        a_.set_size(x_.n_rows, x_.n_rows);
        kernel::gram_lower(network, x_, a_, {}, monitor);
        keep_kernel(a_, diagonal_);
        if (options_.noise_model == NoiseModel::fixed || automatic_noise) spectral_ = spectral_form(a_, y_);
        if (search_.objective != Objective::validation) return;
        cross_ = kernel::gram<double>(network, search_.validation->x, x_, {}).nngp;
        test_ = test_kernel(cross_, kernel::gram_diagonal(network, search_.validation->x, {}).nngp.col(0));
    }

    Factorised factorise(double noise) {
        Factorised result;
        const double mean = arma::mean(diagonal_);
        double added = options_.jitter.value;
        for (int exponent = -13; exponent <= -6 && !result.good; ++exponent) {
            if (exponent > -13) {
                if (!options_.jitter.automatic) return result;
                added = std::pow(10.0, exponent) * mean;
            }
            restore_kernel(a_, diagonal_, noise + added);
            result.good = !numerics::cholesky_in_place(a_);
        }
        if (!result.good) return result;
        arma::mat z = y_;
        numerics::solve_lower_in_place(a_, z);
        for (const double v : z)
            result.d += v * v;
        result.logdet = numerics::log_determinant(a_);
        if (search_.objective == Objective::evidence) return result;
        numerics::solve_lower_transposed_in_place(a_, z);
        result.alpha = std::move(z);
        if (search_.objective == Objective::leave_one_out) {
            numerics::inverse_from_cholesky_in_place(a_);
            result.inverse_diagonal = a_.diag();
        } else {
            result.held_out = scaled_moments(a_, result.alpha, test_, true);
            result.held_out.variance += noise;
        }
        return result;
    }

    void judge_scaled(Trial& trial, const Factorised& parts) const {
        if (!parts.good) {
            trial.reason = not_positive_definite;
            return;
        }
        try {
            const auto n = static_cast<double>(y_.n_elem);
            double log_integral = 0.0;
            if (options_.inference == ScaleInference::importance) {
                const ScaleLaw law = scale_posterior_by_importance(trial.scale_prior, parts.d, n, options_.importance);
                check_sample_size(law);
                log_integral = law.log_integral;
            } else {
                log_integral = log_scale_integral(trial.scale_prior, parts.d, n);
            }
            const double evidence = log_evidence(log_integral, n, static_cast<double>(y_.n_cols) * parts.logdet);
            finish(trial, evidence, [&] {
                if (search_.objective == Objective::evidence) return evidence;
                if (search_.objective == Objective::leave_one_out)
                    return leave_one_out(trial.scale_prior, parts.d, parts.alpha, parts.inverse_diagonal);
                const ScaleMixture scale{trial.scale_prior, parts.d, n, scale_posterior(trial.scale_prior, parts.d, n)};
                return mean_of(
                    log_densities(parts.held_out, scale, search_.validation->y_units, search_.validation->y));
            });
        } catch (const base::WorkError& error) {
            trial.reason = error.what();
        }
    }

    void judge_fixed(Trial& trial) const {
        const double noise = trial.noise + options_.jitter.value;
        if (noise == 0.0 && !(spectral_.values.front() > 1e-14 * spectral_.values.back())) {
            trial.reason = not_positive_definite;
            return;
        }
        try {
            const ScaleLaw law = scale_posterior(trial.scale_prior, fixed_noise_likelihood(spectral_, noise));
            finish(trial, law.log_integral, [&] {
                if (search_.objective == Objective::evidence) return law.log_integral;
                if (search_.objective == Objective::leave_one_out) return leave_one_out(law, spectral_, noise);
                const RegressionFit fit = restore_regression({}, spectral_, y_, options_of(options_, trial),
                                                             trial.noise, options_.jitter.value);
                PredictionOptions what;
                what.quantiles.clear();
                return mean_of(predict(fit, test_, what, search_.validation->y_units, search_.validation->y).logpdf);
            });
        } catch (const base::WorkError& error) {
            trial.reason = error.what();
        }
    }

    template <typename Judge>
    static void finish(Trial& trial, double evidence, const Judge& judge) {
        const double objective = judge();
        if (!std::isfinite(evidence) || !std::isfinite(objective))
            throw base::WorkError("the densities of the data are 0 or not finite");
        trial.log_evidence = evidence;
        trial.objective = objective;
    }

    void check_sample_size(const ScaleLaw& law) const {
        if (law.effective_sample_size && *law.effective_sample_size < search_.min_sample_size)
            throw base::WorkError("the effective sample size " + base::number_text(*law.effective_sample_size) +
                                  " is below --min-ess " + base::number_text(search_.min_sample_size));
    }

    static double mean_of(const arma::mat& values) {
        double sum = 0.0;
        for (const double v : values)
            sum += v;
        return sum / static_cast<double>(values.n_elem);
    }

    const network::Network& network_;
    const arma::mat& x_;
    const arma::mat& y_;
    const RegressionOptions& options_;
    const GridSearch& search_;
    arma::mat a_;
    arma::vec diagonal_;
    SpectralForm spectral_;
    arma::mat cross_;
    TestKernel test_;
};

/// All trials of a grid, not yet judged.
std::vector<Trial> trials_of(const Grid& grid, const std::vector<std::optional<double>>& noises,
                             const std::vector<ScalePrior>& priors) {
    std::vector<Trial> trials;
    trials.reserve(grid.size());
    for (const auto& sigma_w : choices(grid.sigma_w, std::nullopt))
        for (const auto& sigma_b : choices(grid.sigma_b, std::nullopt))
            for (const auto& noise : noises)
                for (const ScalePrior& prior : priors) {
                    Trial trial;
                    trial.index = trials.size();
                    trial.sigma_w = sigma_w;
                    trial.sigma_b = sigma_b;
                    trial.noise = noise.value_or(0.0);
                    trial.scale_prior = prior;
                    trials.push_back(std::move(trial));
                }
    return trials;
}

} // namespace

std::vector<Trial> evaluate_grid(const network::Network& network, const arma::mat& x, const arma::mat& y,
                                 const Grid& grid, const RegressionOptions& options, const GridSearch& search,
                                 const base::Monitor& monitor) {
    const std::vector<ScalePrior> priors =
        grid.scale_prior.empty() ? std::vector<ScalePrior>{options.prior} : grid.scale_prior;
    const auto noises = choices(grid.noise, options.noise);
    std::vector<Trial> trials = trials_of(grid, noises, priors);
    const std::size_t of_kernel = noises.size() * priors.size();
    std::vector<std::vector<std::size_t>> work; // owned trials of every kernel that has some
    for (std::size_t k = 0; k < trials.size(); ++k) {
        if (search.owns && !search.owns(k)) continue;
        if (work.empty() || work.back().front() / of_kernel != k / of_kernel) work.emplace_back();
        work.back().push_back(k);
    }
    const auto judge = [&](std::size_t k, const base::Monitor& inner) {
        KernelTrials(network, x, y, options, search).run(noises, trials, work[k], priors.size(), inner);
    };
    if (search.kernels_at_once > 1) {
        base::parallel_for(
            work.size(), [&](std::size_t k) { judge(k, {}); }, monitor, "kernels");
    } else {
        for (std::size_t k = 0; k < work.size(); ++k) {
            monitor.advance(static_cast<double>(k), static_cast<double>(work.size()), "kernels");
            judge(k, {nullptr, monitor.warn, monitor.stop_requested});
        }
    }
    std::vector<Trial> owned;
    for (const auto& part : work)
        for (const std::size_t k : part)
            owned.push_back(std::move(trials[k]));
    return owned;
}

std::uint64_t grid_bytes(std::uint64_t rows, const Grid& grid, const RegressionOptions& options,
                         const GridSearch& search) {
    RegressionOptions worst = options;
    if (!grid.noise.empty()) worst.noise = grid.noise.front();
    std::uint64_t points = search.validation != nullptr ? search.validation->x.n_rows : 0;
    points = base::saturating_product(base::saturating_product(rows, points), sizeof(double));
    const std::uint64_t one = regression_bytes(rows, worst);
    return one + points < one ? one : one + points;
}

} // namespace limsym::process
