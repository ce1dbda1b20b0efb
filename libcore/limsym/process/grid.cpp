#include "limsym/process/grid.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/kernel/gram.hpp"
#include "limsym/numerics/cholesky.hpp"
#include "limsym/numerics/quadrature.hpp"

namespace limsym::process {

namespace {

std::vector<double> grid_numbers(data::ObjectReader& reader, const std::string& key, bool zero_allowed) {
    if (reader.find(key) == nullptr) return {};
    std::vector<double> values = reader.numbers(key);
    if (values.empty()) reader.fail(key, "is empty; expected numbers");
    for (const double v : values)
        if (v < 0.0 || (v == 0.0 && !zero_allowed))
            reader.fail(key, base::number_text(v) + " is out of range; expected " + (zero_allowed ? ">= 0" : "> 0"));
    return values;
}

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
    arma::mat alpha;            ///< for leave-one-out only
    arma::vec inverse_diagonal; ///< for leave-one-out only
};

Factorised factorise(arma::mat& a, const arma::vec& diagonal, const arma::mat& y, double noise, const Jitter& jitter,
                     bool with_inverse) {
    Factorised result;
    const double mean = arma::mean(diagonal);
    double added = jitter.value;
    for (int exponent = -13; exponent <= -6 && !result.good; ++exponent) {
        if (exponent > -13) {
            if (!jitter.automatic) return result;
            added = std::pow(10.0, exponent) * mean;
        }
        restore_kernel(a, diagonal, noise + added);
        result.good = !numerics::cholesky_in_place(a);
    }
    if (!result.good) return result;
    arma::mat z = y;
    numerics::solve_lower_in_place(a, z);
    for (const double v : z)
        result.d += v * v;
    result.logdet = numerics::log_determinant(a);
    if (with_inverse) {
        numerics::solve_lower_transposed_in_place(a, z);
        result.alpha = std::move(z);
        numerics::inverse_from_cholesky_in_place(a);
        result.inverse_diagonal = a.diag();
    }
    return result;
}

void judge_scaled(Trial& trial, const Factorised& parts, const arma::mat& y, Objective objective) {
    if (!parts.good) {
        trial.reason = "the covariance of the data is not positive definite; try a larger noise or --jitter auto";
        return;
    }
    try {
        const auto n = static_cast<double>(y.n_elem);
        trial.log_evidence = log_evidence(log_scale_integral(trial.scale_prior, parts.d, n), n,
                                          static_cast<double>(y.n_cols) * parts.logdet);
        trial.objective = objective == Objective::evidence
                              ? *trial.log_evidence
                              : leave_one_out(trial.scale_prior, parts.d, parts.alpha, parts.inverse_diagonal);
    } catch (const base::WorkError& error) {
        trial.log_evidence.reset();
        trial.reason = error.what();
    }
}

void judge_fixed(Trial& trial, const SpectralForm& spectral, double jitter, Objective objective) {
    try {
        const double noise = trial.noise + jitter;
        const ScaleLaw law = scale_posterior(trial.scale_prior, fixed_noise_likelihood(spectral, noise));
        trial.log_evidence = law.log_integral;
        trial.objective = objective == Objective::evidence ? law.log_integral : leave_one_out(law, spectral, noise);
    } catch (const base::WorkError& error) {
        trial.reason = error.what();
    }
}

} // namespace

std::size_t Grid::size() const {
    const auto length = [](std::size_t n) { return std::max<std::size_t>(n, 1); };
    return length(sigma_w.size()) * length(sigma_b.size()) * length(noise.size()) * length(scale_prior.size());
}

Grid read_grid(const std::string& file) {
    const data::Json document = data::read_json(file);
    data::ObjectReader reader(document, file, "");
    Grid grid;
    grid.sigma_w = grid_numbers(reader, "sigma_w", false);
    grid.sigma_b = grid_numbers(reader, "sigma_b", true);
    grid.noise = grid_numbers(reader, "noise", true);
    if (const data::Json* priors = reader.find("scale_prior")) {
        if (!priors->is_array() || priors->empty())
            reader.fail("scale_prior", "is no list of priors; expected [\"inverse_gamma:alpha=2,beta=2\", ...]");
        for (std::size_t i = 0; i < priors->size(); ++i) {
            const std::string pointer = reader.pointer_to("scale_prior") + "/" + std::to_string(i);
            if (!(*priors)[i].is_string())
                throw base::InputError(base::at_pointer(file, pointer), "is no text; expected a scale prior");
            grid.scale_prior.push_back(
                parse_scale_prior((*priors)[i].get<std::string>(), base::at_pointer(file, pointer)));
        }
    }
    reader.finish();
    return grid;
}

data::Json to_json(const Grid& grid) {
    data::Json value = data::Json::object();
    if (!grid.sigma_w.empty()) value["sigma_w"] = grid.sigma_w;
    if (!grid.sigma_b.empty()) value["sigma_b"] = grid.sigma_b;
    if (!grid.noise.empty()) value["noise"] = grid.noise;
    if (!grid.scale_prior.empty()) {
        std::vector<std::string> texts;
        for (const ScalePrior& prior : grid.scale_prior)
            texts.push_back(to_text(prior));
        value["scale_prior"] = std::move(texts);
    }
    return value;
}

network::Network network_of(const network::Network& network, const Trial& trial) {
    return network::with_scales(network, trial.sigma_w, trial.sigma_b);
}

RegressionOptions options_of(const RegressionOptions& options, const Trial& trial) {
    RegressionOptions result = options;
    result.noise = trial.noise;
    result.prior = trial.scale_prior;
    return result;
}

std::vector<Trial> evaluate_grid(const network::Network& network, const arma::mat& x, const arma::mat& y,
                                 const Grid& grid, const RegressionOptions& options, Objective objective,
                                 const base::Monitor& monitor) {
    const std::vector<ScalePrior> priors =
        grid.scale_prior.empty() ? std::vector<ScalePrior>{options.prior} : grid.scale_prior;
    const auto noises = choices(grid.noise, options.noise);
    const bool fixed = options.noise_model == NoiseModel::fixed;
    std::vector<Trial> trials;
    trials.reserve(grid.size());
    arma::mat a(x.n_rows, x.n_rows, arma::fill::none);
    arma::vec diagonal;
    for (const auto& sigma_w : choices(grid.sigma_w, std::nullopt)) {
        for (const auto& sigma_b : choices(grid.sigma_b, std::nullopt)) {
            Trial common;
            common.sigma_w = sigma_w;
            common.sigma_b = sigma_b;
            SpectralForm spectral;
            std::string failure;
            try {
                kernel::gram_lower(network_of(network, common), x, a, {}, monitor);
                keep_kernel(a, diagonal);
                if (fixed || std::any_of(noises.begin(), noises.end(), [](const auto& v) { return !v; }))
                    spectral = spectral_form(a, y);
            } catch (const base::WorkError& error) {
                failure = error.what();
            }
            for (const auto& noise : noises) {
                const auto add = [&](const ScalePrior& prior) -> Trial& {
                    trials.push_back(common);
                    Trial& trial = trials.back();
                    trial.index = trials.size() - 1;
                    trial.scale_prior = prior;
                    trial.noise = noise.value_or(0.0);
                    trial.reason = failure;
                    return trial;
                };
                Factorised parts;
                const bool inverse = objective == Objective::leave_one_out;
                if (failure.empty() && !fixed && noise)
                    parts = factorise(a, diagonal, y, *noise, options.jitter, inverse);
                for (const ScalePrior& prior : priors) {
                    Trial& trial = add(prior);
                    if (!failure.empty()) continue;
                    if (!noise) {
                        trial.noise = best_noise(spectral, options.noise_model, prior);
                        if (!fixed) parts = factorise(a, diagonal, y, trial.noise, options.jitter, inverse);
                    }
                    if (fixed) {
                        judge_fixed(trial, spectral, options.jitter.value, objective);
                    } else {
                        judge_scaled(trial, parts, y, objective);
                    }
                }
            }
        }
    }
    return trials;
}

const Trial& best_trial(const std::vector<Trial>& trials) {
    const Trial* best = nullptr;
    for (const Trial& trial : trials)
        if (trial.objective && (best == nullptr || *trial.objective > *best->objective)) best = &trial;
    if (best == nullptr) throw base::WorkError("no point of the grid can be fitted: " + trials.front().reason);
    return *best;
}

double leave_one_out(const ScalePrior& prior, double d, const arma::mat& alpha, const arma::vec& inverse_diagonal) {
    const auto outputs = static_cast<double>(alpha.n_cols);
    const auto n = static_cast<double>(alpha.n_elem);
    const bool plug_in = prior.kind == PriorKind::ml2;
    const double whole = plug_in ? 0.0 : log_scale_integral(prior, d, n);
    const double log_density_sum = base::parallel_sum(alpha.n_rows, [&](std::size_t i) {
        double removed = 0.0;
        for (std::size_t c = 0; c < alpha.n_cols; ++c)
            removed += alpha(i, c) * alpha(i, c) / inverse_diagonal(i);
        const double others = std::max(d - removed, 0.0);
        const double base = 0.5 * outputs * (std::log(inverse_diagonal(i)) - std::log(2.0 * std::numbers::pi));
        if (!plug_in) return base + whole - log_scale_integral(prior, others, n - outputs);
        if (!(others > 0.0)) throw base::WorkError("ml2: without one row the maximising s is 0");
        const double s = others / (n - outputs);
        return base - 0.5 * outputs * std::log(s) - 0.5 * removed / s;
    });
    return log_density_sum / static_cast<double>(alpha.n_rows);
}

double leave_one_out(const ScaleLaw& law, const SpectralForm& spectral, double noise) {
    const std::size_t rows = spectral.rotated.n_rows;
    const std::size_t outputs = spectral.rotated.n_cols;
    std::vector<std::size_t> points;
    for (std::size_t j = 0; j < law.s.size(); ++j)
        if (law.log_weights[j] > -50.0) points.push_back(j);
    const arma::mat squares = arma::square(spectral.vectors);
    arma::mat minus_log(rows, points.size(), arma::fill::none); // log w_j - log p(y_i | y_-i, s_j)
    base::parallel_for(points.size(), [&](std::size_t k) {
        const double s = law.s[points[k]];
        const arma::vec weights = 1.0 / (s * spectral.values + noise);
        const arma::vec inverse_diagonal = squares * weights;
        arma::vec sum(rows, arma::fill::zeros);
        for (std::size_t c = 0; c < outputs; ++c) {
            const arma::vec alpha = spectral.vectors * (weights % spectral.rotated.col(c));
            sum += 0.5 * (arma::log(2.0 * std::numbers::pi / inverse_diagonal) + alpha % alpha / inverse_diagonal);
        }
        minus_log.col(k) = sum + law.log_weights[points[k]];
    });
    double total = 0.0;
    for (std::size_t i = 0; i < rows; ++i) {
        const arma::rowvec row = minus_log.row(i);
        total -= numerics::log_sum_exp({row.begin(), row.end()});
    }
    return total / static_cast<double>(rows);
}

void append_choice(data::Json& record, const Trial& trial) {
    record["sigma_w"] = trial.sigma_w ? data::Json(*trial.sigma_w) : data::Json(nullptr);
    record["sigma_b"] = trial.sigma_b ? data::Json(*trial.sigma_b) : data::Json(nullptr);
    record["noise"] = trial.noise;
    record["scale_prior"] = to_json(trial.scale_prior);
}

} // namespace limsym::process
