// The exact gradient of one board's loss with respect to everything the layer is made of, and its check by differences.
#pragma once

#include <armadillo>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "limsym/base/monitor.hpp"
#include "limsym/satnet/assignment.hpp"
#include "limsym/satnet/loss.hpp"
#include "limsym/satnet/model.hpp"

namespace limsym::satnet {

/// How the adjoint of a solved board is computed.
struct BackwardOptions {
    bool exact = false;                ///< to tolerance with |g| at the final V, else a fixed number of sweeps
    std::optional<std::size_t> sweeps; ///< cd: as many as forward took; exact: at most 1 000 000
    double tolerance = 1e-12;
    double prox = 0.01;
    LossMean mean = LossMean::unknown;
};

struct LayerGradient {
    double loss = 0.0;
    arma::mat dC;                      ///< d loss / d c for C_ij = C_ji = c, zero diagonal
    std::vector<double> dz;            ///< by variable, 0 for unknown ones
    arma::mat dS;                      ///< param S
    std::vector<double> values, upper; ///< param orbital
};

/// @param solver holds the solved board @param iters sweeps that forward took
[[nodiscard]] LayerGradient layer_gradient(const Model& model, BoardSolver<double>& solver, const Assignment& record,
                                           const std::vector<signed char>& sides, std::size_t iters,
                                           const BackwardOptions& options);

struct GradientCheckOptions {
    StopRule stop{200'000, 1e-22};
    BackwardOptions backward{.exact = true, .sweeps = {}, .tolerance = 1e-12, .prox = 0.0, .mean = LossMean::unknown};
    double step = 1e-5;
    std::size_t samples = 50; ///< of every block, at most
    std::uint64_t seed = 0;
};

/// The parameters of one kind: analytic slopes against central differences of the converged loss.
struct GradientBlock {
    std::string name; ///< "C", "S", "values", "upper", "z"
    std::size_t count = 0;
    double worst_relative = 0.0; ///< |analytic - numeric| / max(1, |numeric|)
    std::vector<std::size_t> index;
    double analytic = 0.0;
    double numeric = 0.0;
};

/// @param start of the first solve; the others start from its solution
[[nodiscard]] std::vector<GradientBlock> check_gradient(const Model& model, const Assignment& record,
                                                        const Start& start, const GradientCheckOptions& options,
                                                        const base::Monitor& monitor);

} // namespace limsym::satnet
