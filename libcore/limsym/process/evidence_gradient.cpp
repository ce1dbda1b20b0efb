#include "limsym/process/evidence_gradient.hpp"

#include <cmath>

#include "limsym/base/parallel.hpp"
#include "limsym/kernel/gram.hpp"
#include "limsym/numerics/cholesky.hpp"
#include "limsym/numerics/distributions.hpp"

namespace limsym::process {

namespace {

/// Lower triangle of A^-1 -> kappa/2 sum w w' - C/2 A^-1.
void contraction_weights(arma::mat& inverse, const arma::mat& alpha, double kappa) {
    const auto outputs = static_cast<double>(alpha.n_cols);
    base::parallel_for(inverse.n_cols, [&](std::size_t j) {
        double* column = inverse.colptr(j);
        for (std::size_t i = j; i < inverse.n_rows; ++i)
            column[i] *= -0.5 * outputs;
        for (std::size_t c = 0; c < alpha.n_cols; ++c) {
            const double* w = alpha.colptr(c);
            const double factor = 0.5 * kappa * w[j];
            for (std::size_t i = j; i < inverse.n_rows; ++i)
                column[i] += factor * w[i];
        }
    });
}

} // namespace

EvidenceGradient evidence_gradient(const RegressionFit& fit, arma::mat factor, const network::Network* network,
                                   const arma::mat& x, const base::Monitor& monitor) {
    numerics::inverse_from_cholesky_in_place(factor);
    contraction_weights(factor, fit.alpha, fit.scale.law.mean_inverse);
    EvidenceGradient gradient;
    for (std::size_t i = 0; i < fit.rows; ++i)
        gradient.log_noise += factor(i, i);
    gradient.log_noise *= fit.noise;
    if (network != nullptr) {
        const kernel::ScaleDerivatives derivatives =
            kernel::contract_scale_derivatives(*network, x, factor, {}, monitor);
        gradient.log_sigma_w = derivatives.log_sigma_w;
        gradient.log_sigma_b = derivatives.log_sigma_b;
    }
    if (fit.scale.prior.kind == PriorKind::inverse_gamma) {
        const double alpha = fit.scale.prior.parameters[0];
        const double beta = fit.scale.prior.parameters[1];
        const double shape = alpha + 0.5 * fit.scale.n;
        gradient.log_alpha =
            alpha * (numerics::digamma(shape) - numerics::digamma(alpha) - std::log1p(0.5 * fit.scale.d / beta));
        gradient.log_beta = alpha - beta * shape / (beta + 0.5 * fit.scale.d);
    }
    return gradient;
}

} // namespace limsym::process
