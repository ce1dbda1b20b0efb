// Classification as regression on one-hot targets: C outputs of one process that share the scale s
// (Lee, Yun, Yang, Lee, "Scale Mixtures of Neural Network Gaussian Processes", ICLR 2022, the Gaussian likelihood).
#pragma once

#include <armadillo>
#include <optional>
#include <string>
#include <vector>

#include "limsym/base/monitor.hpp"
#include "limsym/process/prediction.hpp"

namespace limsym::process {

/// The distinct labels in order: by value when every one is a number, then spelled with the fewest digits; else by
/// bytes.
[[nodiscard]] std::vector<std::string> sorted_classes(const std::vector<std::string>& labels);
/// 0-based class of a label, a number in any spelling; nothing when it is none of them.
[[nodiscard]] std::optional<std::size_t> class_of(const std::string& label, const std::vector<std::string>& classes);
/// n x classes, 1 in the column of the class of each row.
[[nodiscard]] arma::mat one_hot(const std::vector<std::size_t>& labels, std::size_t classes);

/// P(f_c > f_k for all k != c) for independent normals f_c with these means and one standard deviation > 0, to 1e-9;
/// sums to 1.
[[nodiscard]] arma::vec largest_probabilities(const arma::vec& mean, double sd);

/// Per test point; m x C matrices.
struct ClassPrediction {
    arma::mat mean;
    arma::mat probability;          ///< of exceeding all other classes, mixed over s to 1e-6; rows sum to 1
    arma::vec relative_variance;    ///< v: given s, every class has variance s v
    arma::vec variance;             ///< E[s | y] v, of every class; NaN when infinite
    arma::vec entropy;              ///< of the probabilities, nats
    std::vector<std::size_t> label; ///< largest mean, the first of equals
};

/// @param fit of one-hot targets, NoiseModel::scaled
[[nodiscard]] ClassPrediction predict_classes(const RegressionFit& fit, const TestKernel& test, PredictionKind kind,
                                              const base::Monitor& monitor = {});

/// Joint log density of the one-hot vectors of the true classes under the predictive law; NaN where there is none.
[[nodiscard]] arma::vec one_hot_log_density(const RegressionFit& fit, const ClassPrediction& prediction,
                                            const std::vector<std::size_t>& labels);

} // namespace limsym::process
