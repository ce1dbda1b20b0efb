// Regression by a wide network trained with a penalty on its Jacobian: coefficients, predictions of f and its gradient,
// and their covariance over initialisations (robust_flow.hpp has the theory).
#pragma once

#include <armadillo>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "limsym/base/memory.hpp"
#include "limsym/base/monitor.hpp"
#include "limsym/kernel/jacobian_network.hpp"
#include "limsym/process/robust_flow.hpp"

namespace limsym::process {

enum class RobustSolver {
    automatic,
    dense,              ///< all eigenvalues of S
    conjugate_gradients ///< products with S alone: 64 n^2 bytes instead of 16 n^2 (d + 1)^2
};

struct RobustOptions {
    RobustLoss loss;
    std::vector<TrainingTime> times;
    double ridge = 0.0;
    double rank_cut = -1.0; ///< as RobustFlow
    RobustSolver solver = RobustSolver::automatic;
    double tolerance = 1e-10; ///< of conjugate gradients, relative
    bool covariance = false;  ///< the fit keeps what covariances need
};

/// The training part, in the coordinates of the network.
struct RobustData {
    arma::mat x;     ///< n x d
    arma::vec y;     ///< n
    arma::mat start; ///< z_0, n x (d + 1); empty: 0, the mean over initialisations
};

struct RobustFit {
    std::optional<RobustFlow> flow;      ///< nothing with conjugate gradients
    std::size_t size = 0;                ///< of S
    std::vector<arma::vec> coefficients; ///< alpha of every time, n (d + 1)
    /// Root mean square of f - y at the training points at infinite time without ridge, if that was asked for: 0 but
    /// for rounding when S has full rank.
    std::optional<double> residual;
    arma::mat covariance; ///< Q' Lam^{1/2} Sigma(X, X) Lam^{1/2} Q; empty unless wanted
};

/// @throws WorkError beyond `memory` (with the bytes, and how to go on), or when conjugate gradients do not converge
[[nodiscard]] RobustFit fit_robust(const kernel::JacobianNetwork& network, const RobustData& data,
                                   const RobustOptions& options, base::MemoryBudget memory,
                                   const base::Monitor& monitor = {});

enum class CovarianceKind { none, diagonal, block };

/// The law of z at some points after training: rows are points.
struct RobustPrediction {
    arma::mat mean;        ///< m x (d + 1)
    arma::mat variance;    ///< m x (d + 1), or empty
    arma::cube covariance; ///< (d + 1) x (d + 1) x m, or empty
};

/// One prediction a time.
/// @param start z_0 at the test points, m x (d + 1); empty: 0
/// @param covariance other than none needs a fit with options.covariance
[[nodiscard]] std::vector<RobustPrediction> predict_robust(const kernel::JacobianNetwork& network,
                                                           const RobustData& data, const RobustOptions& options,
                                                           const RobustFit& fit, const arma::mat& test,
                                                           const arma::mat& start, CovarianceKind covariance,
                                                           const base::Monitor& monitor = {});

/// -kappa^2 Theta(points, X) alpha, m x (d + 1): what training adds to z_0.
[[nodiscard]] arma::mat trained_values(const kernel::JacobianNetwork& network, const arma::mat& x, double kappa,
                                       const arma::vec& coefficients, const arma::mat& points,
                                       const base::Monitor& monitor = {});

} // namespace limsym::process
