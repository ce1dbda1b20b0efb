// What a fitted process says about further points: moments, quantiles, densities, covariances.
#pragma once

#include <armadillo>
#include <functional>
#include <optional>
#include <vector>

#include "limsym/base/monitor.hpp"
#include "limsym/data/standardisation.hpp"
#include "limsym/network/network.hpp"
#include "limsym/process/regression.hpp"

namespace limsym::process {

/// observed: of a further noisy y; latent: of the function.
enum class PredictionKind { observed, latent };

/// Kernel columns of the points to predict at.
struct TestKernel {
    std::size_t count = 0;
    /// K(X, X*) for test points first ... first + columns - 1 into `out` (n x columns).
    std::function<void(std::size_t first, arma::mat& out)> cross;
    arma::vec diagonal; ///< K(x*, x*)
};
[[nodiscard]] TestKernel test_kernel(const network::Network& network, const arma::mat& x, const arma::mat& test);
/// From given matrices: cross is m x n (not copied).
[[nodiscard]] TestKernel test_kernel(const arma::mat& cross, arma::vec diagonal);

/// Given s: means (m x C), and variances relative to s (m), which all outputs share; working units, no noise.
struct ScaledMoments {
    arma::mat mean;
    arma::vec variance; ///< empty when not asked for
};
/// @param fit NoiseModel::scaled
[[nodiscard]] ScaledMoments scaled_moments(const RegressionFit& fit, const TestKernel& test, bool with_variance,
                                           const base::Monitor& monitor = {});
/// @param factor L of A, lower triangle read @param alpha A^-1 Y
[[nodiscard]] ScaledMoments scaled_moments(const arma::mat& factor, const arma::mat& alpha, const TestKernel& test,
                                           bool with_variance, const base::Monitor& monitor = {});
/// log p(y_ic | data) of every point and output in the units of y, NaN where it does not exist.
/// @param moments with the noise in their variance for observed y
[[nodiscard]] arma::mat log_densities(const ScaledMoments& moments, const ScaleMixture& scale,
                                      const data::Standardisation& y_units, const arma::mat& y);

struct PredictionOptions {
    PredictionKind kind = PredictionKind::observed;
    std::vector<double> quantiles{0.05, 0.5, 0.95};
    bool variance = true; ///< false: means alone, without a triangular solve
};

/// Per test point and output; NaN where a value does not exist. Matrices are m x C.
struct Prediction {
    arma::mat mean;
    arma::mat sd;             ///< of the predictive law; NaN when infinite
    std::optional<double> df; ///< of the Student t, if it is one
    arma::mat scale;          ///< of the Student t; empty otherwise
    std::vector<double> probabilities;
    std::vector<arma::mat> quantiles;
    arma::mat y; ///< the true values, if known
    arma::mat logpdf;
    arma::mat z;            ///< (y - mean)/sd
    arma::vec logpdf_joint; ///< of all outputs of a point, which share s
};

/// In the units of y_units (mean and scale per output): working units times scale plus mean.
/// @param y true values in original units (m x C), or empty
[[nodiscard]] Prediction predict(const RegressionFit& fit, const TestKernel& test, const PredictionOptions& options,
                                 const data::Standardisation& y_units, const arma::mat& y,
                                 const base::Monitor& monitor = {});

/// Given s, all test points together: mean (m x C) and covariance (m x m) relative to s. NoiseModel::scaled only.
struct JointPrediction {
    arma::mat mean;
    arma::mat covariance;
};
/// @param prior_covariance K(X*, X*), full symmetric
[[nodiscard]] JointPrediction joint_prediction(const RegressionFit& fit, const TestKernel& test,
                                               arma::mat prior_covariance, PredictionKind kind);

/// Covariance of the predictive law in original units: one m x m block when all outputs share it, else one block an
/// output below another (C m x m).
/// @throws WorkError when E s is infinite
[[nodiscard]] arma::mat predictive_covariance(const RegressionFit& fit, const TestKernel& test,
                                              const arma::mat& prior_covariance, PredictionKind kind,
                                              const data::Standardisation& y_units);

} // namespace limsym::process
