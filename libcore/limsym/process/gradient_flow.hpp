// Ensembles of infinitely wide networks trained by gradient flow, with a prior on the variance s of the last layer
// (Lee, Yun, Yang, Lee, "Scale Mixtures of Neural Network Gaussian Processes", ICLR 2022, the theorems on training).
//
// Training does not update s: the law at time t is the mixture over its prior of the laws given s.
#pragma once

#include <armadillo>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "limsym/base/monitor.hpp"
#include "limsym/network/network.hpp"
#include "limsym/process/scale_prior.hpp"
#include "limsym/process/spectral_flow.hpp"

namespace limsym::process {

enum class TrainedLayers { all, readout };

/// Given s, the covariance is s K + fixed_covariance and the tangent kernel is s G + the fixed one.
struct FlowKernels {
    FlowBlocks scaled;
    double fixed_covariance = 0.0; ///< variance of the readout's bias, added to every entry
    arma::mat fixed_tangent;       ///< n x n, empty: equal to fixed_covariance everywhere
    arma::mat fixed_test_tangent;  ///< m x n, empty with fixed_tangent

    [[nodiscard]] bool scales() const { return fixed_covariance == 0.0 && fixed_tangent.empty(); }
};
/// Of a network; with a single affine layer both ways of training are the same. For TrainedLayers::readout G = K, in
/// standard parameterisation too (its time then runs by another factor).
/// @param test may have no rows @throws WorkError when the kernels leave the range of double
[[nodiscard]] FlowKernels flow_kernels(const network::Network& network, const arma::mat& x, const arma::mat& test,
                                       TrainedLayers layers, const base::Monitor& monitor = {});
/// Bytes that flow_kernels and gradient_flow hold at their peak.
[[nodiscard]] std::uint64_t flow_bytes(std::uint64_t rows, std::uint64_t test_rows, TrainedLayers layers);

struct FlowOptions {
    std::vector<double> times;  ///< >= 0, infinity allowed
    double learning_rate = 1.0; ///< time is t times this
    double regulariser = 0.0;   ///< s times this is added to the diagonal of G
    ScalePrior prior;
};

/// The law at one time.
struct FlowState {
    double time = 0.0;
    arma::vec mean;
    arma::vec variance;       ///< empty when infinite
    std::optional<double> df; ///< of the Student t, if the law is one
    arma::vec scale;          ///< of the Student t
};

/// @param y n targets @param place the training file, for messages @param x training inputs, for messages: repeated
///   rows are looked for (may be empty)
/// @throws InputError ml2, which is no prior; WorkError when the limit of infinite time does not exist (G singular)
[[nodiscard]] std::vector<FlowState> gradient_flow(const FlowKernels& kernels, const arma::vec& y,
                                                   const FlowOptions& options, const arma::mat& x,
                                                   const std::string& place, const base::Monitor& monitor = {});

/// Largest eigenvalue of the tangent kernel at scale s.
[[nodiscard]] double largest_rate(const FlowKernels& kernels, double s);

} // namespace limsym::process
