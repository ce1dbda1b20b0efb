// Exact regression with a scale mixture of Gaussian processes.
//
//   y | s ~ N(0, s A),  A = K + (noise + jitter) I      (noise relative to s)
// or, with noise of fixed size,
//   y | s ~ N(0, s K + (noise + jitter) I).
// All numbers are in working units: what standardisation made of the data.
#pragma once

#include <armadillo>
#include <functional>
#include <optional>
#include <string>

#include "limsym/base/memory.hpp"
#include "limsym/base/monitor.hpp"
#include "limsym/network/network.hpp"
#include "limsym/process/scale_mixture.hpp"

namespace limsym::process {

enum class NoiseModel { scaled, fixed };

/// What may be added to the diagonal besides the noise.
struct Jitter {
    bool automatic = false; ///< 0, then 1e-12 ... 1e-6 times the mean diagonal, until A is positive definite
    double value = 0.0;
};

struct RegressionOptions {
    std::optional<double> noise = 0.01; ///< nothing: the maximiser of the evidence over 1e-8 ... 1e2
    NoiseModel noise_model = NoiseModel::scaled;
    Jitter jitter;
    ScalePrior prior;
    ScaleInference inference = ScaleInference::quadrature;
    ImportanceOptions importance;
};

/// Fills the lower triangle of the n x n kernel matrix K; called again when a factorisation is to be repeated.
using KernelFiller = std::function<void(arma::mat&)>;
/// K(X, X) of a network.
[[nodiscard]] KernelFiller kernel_of(const network::Network& network, const arma::mat& x,
                                     const base::Monitor& monitor = {});
/// A given matrix (not copied).
[[nodiscard]] KernelFiller kernel_of(const arma::mat& k);

/// Eigendecomposition K = Q diag(values) Q', for noise that s does not scale and for many noises at once.
struct SpectralForm {
    arma::vec values;  ///< ascending, clipped at 0
    arma::mat vectors; ///< Q
    arma::mat rotated; ///< Q' Y, n x C
};

/// A fitted process: enough to predict at any kernel columns.
struct RegressionFit {
    std::size_t rows = 0;
    std::size_t outputs = 0;
    NoiseModel noise_model = NoiseModel::scaled;
    double noise = 0.0;
    double jitter = 0.0;
    arma::mat factor;      ///< L with A = L L', lower triangle; empty for NoiseModel::fixed
    SpectralForm spectral; ///< of NoiseModel::fixed only
    arma::mat alpha;       ///< A^-1 Y, n x C; for NoiseModel::fixed at s = 1
    double d = 0.0;        ///< sum over outputs of y' A^-1 y
    double logdet = 0.0;   ///< log det A, of one output
    ScaleMixture scale;    ///< posterior of s; N = rows * outputs
    double log_evidence = 0.0;

    [[nodiscard]] double count() const { return static_cast<double>(rows * outputs); }
};

/// @param kernel fills K @param y n x C targets @param x for messages: duplicates are looked for among its rows (may be
///   empty) @param place the file that the rows come from
/// @throws WorkError not positive definite ("FILE: row 7 repeats row 2; ..."), or as scale_posterior;
///   the memory plan is the caller's (regression_bytes)
[[nodiscard]] RegressionFit fit_regression(const KernelFiller& kernel, const arma::mat& y, const arma::mat& x,
                                           const RegressionOptions& options, const std::string& place,
                                           const base::Monitor& monitor = {});

/// Estimate of the 2-norm condition number of A (at s = 1 for NoiseModel::fixed).
[[nodiscard]] double condition_estimate(const RegressionFit& fit);

/// From stored parts: the factor (or spectral form) is there already.
[[nodiscard]] RegressionFit restore_regression(arma::mat factor, SpectralForm spectral, const arma::mat& y,
                                               const RegressionOptions& options, double noise, double jitter);

/// Bytes that fit_regression holds at its peak.
[[nodiscard]] std::uint64_t regression_bytes(std::uint64_t rows, const RegressionOptions& options);

/// log p(y) from the spectral form for a noise, without another factorisation.
[[nodiscard]] double spectral_log_evidence(const SpectralForm& spectral, double noise, NoiseModel model,
                                           const ScalePrior& prior);
[[nodiscard]] SpectralForm spectral_form(const arma::mat& k, const arma::mat& y);
/// log p(y | s) when the noise is not scaled by s.
[[nodiscard]] ScaleLikelihood fixed_noise_likelihood(const SpectralForm& spectral, double noise);
/// The maximiser of spectral_log_evidence over 1e-8 <= noise <= 1e2.
[[nodiscard]] double best_noise(const SpectralForm& spectral, NoiseModel model, const ScalePrior& prior);

/// The first row that equals an earlier one.
struct RepeatedRow {
    std::size_t earlier; ///< 0-based
    std::size_t later;
};
[[nodiscard]] std::optional<RepeatedRow> first_repeated_row(const arma::mat& x);

} // namespace limsym::process
