// Choosing hyperparameters on a grid: one Gram matrix for every (sigma_w, sigma_b), one factorisation for every noise,
// scalar work for every scale prior.
#pragma once

#include <armadillo>
#include <optional>
#include <string>
#include <vector>

#include "limsym/base/monitor.hpp"
#include "limsym/data/json.hpp"
#include "limsym/network/network.hpp"
#include "limsym/process/regression.hpp"

namespace limsym::process {

/// Values to try; an empty list keeps the network's or the option's value. Trials run in nested loops in this order,
/// the last fastest.
struct Grid {
    std::vector<double> sigma_w;
    std::vector<double> sigma_b;
    std::vector<double> noise;
    std::vector<ScalePrior> scale_prior;

    [[nodiscard]] std::size_t size() const;
};
/// {"sigma_w":[...],"sigma_b":[...],"noise":[...],"scale_prior":[SPEC...]}, any of them.
[[nodiscard]] Grid read_grid(const std::string& file);
/// The document that read_grid reads.
[[nodiscard]] data::Json to_json(const Grid& grid);

enum class Objective { evidence, leave_one_out };

/// One point of the grid and what it gives.
struct Trial {
    std::size_t index = 0;
    std::optional<double> sigma_w; ///< nothing when not in the grid
    std::optional<double> sigma_b;
    double noise = 0.0; ///< with automatic noise: the one found
    ScalePrior scale_prior;
    std::optional<double> log_evidence;
    std::optional<double> objective;
    std::string reason; ///< why there is no objective
};

/// All trials in order. @param x, y in working units @param options noise (nothing: automatic), noise model, jitter,
/// prior
[[nodiscard]] std::vector<Trial> evaluate_grid(const network::Network& network, const arma::mat& x, const arma::mat& y,
                                               const Grid& grid, const RegressionOptions& options, Objective objective,
                                               const base::Monitor& monitor = {});
/// The trial of largest objective, the first of equals. @throws WorkError with the first reason when all failed
[[nodiscard]] const Trial& best_trial(const std::vector<Trial>& trials);
/// The network and the options of a trial.
[[nodiscard]] network::Network network_of(const network::Network& network, const Trial& trial);
[[nodiscard]] RegressionOptions options_of(const RegressionOptions& options, const Trial& trial);

/// mean over i of log p(y_i | y_-i), all outputs of a row together, s integrated given the other rows.
/// For scaled noise: r_i = alpha_i/P_ii, v_i = 1/P_ii, d_-i = d - sum over outputs of alpha_i^2/P_ii, with P = A^-1.
/// @param inverse_diagonal P_ii
[[nodiscard]] double leave_one_out(const ScalePrior& prior, double d, const arma::mat& alpha,
                                   const arma::vec& inverse_diagonal);
/// The same for noise that s does not scale: p(y_i | y_-i) = 1 / E[1/p(y_i | y_-i, s) | y].
[[nodiscard]] double leave_one_out(const ScaleLaw& law, const SpectralForm& spectral, double noise);

/// {sigma_w, sigma_b, noise, scale_prior} as records hold them.
void append_choice(data::Json& record, const Trial& trial);

} // namespace limsym::process
