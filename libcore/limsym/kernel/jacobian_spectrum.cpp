#include "limsym/kernel/jacobian_spectrum.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/kernel/jacobian_operator.hpp"
#include "limsym/numerics/eigen.hpp"
#include "limsym/numerics/krylov.hpp"

namespace limsym::kernel {

namespace {

bool values_only(const SpectrumOptions& options) {
    return !options.jacobian || options.lambda == 0.0;
}

constexpr std::size_t most_steps = 1500;

Spectrum by_lanczos(const JetMatrix& jets, const arma::mat& x, const SpectrumOptions& options,
                    const base::Monitor& monitor) {
    const JacobianOperator product(jets, x, x);
    const std::size_t height = x.n_cols + 1;
    arma::vec root(product.rows());
    root.fill(options.kappa * std::sqrt(options.lambda));
    for (std::size_t i = 0; i < x.n_rows; ++i)
        root(i * height) = options.kappa;
    arma::vec scaled;
    const numerics::SymmetricOperator s = [&](const arma::vec& v, arma::vec& out) {
        scaled = root % v;
        product.multiply(scaled, out);
        out %= root;
    };
    // the ends of the spectrum to its rounding error
    const double tolerance = static_cast<double>(product.rows()) * std::numeric_limits<double>::epsilon();
    const numerics::ExtremeEigenvalues extremes =
        numerics::extreme_eigenvalues(s, product.rows(), options.largest, tolerance, most_steps, monitor);
    Spectrum result;
    result.size = product.rows();
    result.smallest = extremes.smallest;
    result.values = extremes.largest;
    result.largest = extremes.largest.back();
    if (!std::isfinite(result.largest) || !std::isfinite(result.smallest))
        throw base::WorkError("the eigenvalues leave the range of double; try a smaller kappa, lambda or sigma_w");
    const double residual = std::max(extremes.smallest_residual, extremes.largest_residual);
    if (residual > 10 * tolerance * result.largest && residual > 1e-6 * std::abs(result.smallest))
        throw base::WorkError("Lanczos left a residual of " + base::number_text(residual) + " after " +
                              std::to_string(extremes.iterations) + " products; try --solver dense");
    return result;
}

} // namespace

double Spectrum::error_bound() const {
    return static_cast<double>(size) * std::numeric_limits<double>::epsilon() * largest;
}

Spectrum jacobian_spectrum(const JacobianNetwork& network, const arma::mat& x, const SpectrumOptions& options,
                           const base::Monitor& monitor) {
    const bool plain = values_only(options);
    const JacobianKernels kernels = jacobian_kernels(network, x, nullptr, {!options.ntk, options.ntk, plain}, monitor);
    const JetMatrix& jets = options.ntk ? kernels.ntk : kernels.nngp;
    if (options.iterative && !plain) return by_lanczos(jets, x, options, monitor);
    arma::mat dense = plain ? jets.value : expand(jets, x, x, true);
    const std::size_t height = x.n_cols + 1;
    for (std::size_t j = 0; j < dense.n_cols; ++j)
        for (std::size_t i = 0; i < dense.n_rows; ++i) {
            double weight = options.kappa * options.kappa;
            if (!plain) {
                const bool row = i % height != 0;
                const bool column = j % height != 0;
                if (row && column)
                    weight *= options.lambda;
                else if (row || column)
                    weight *= std::sqrt(options.lambda);
            }
            dense(i, j) *= weight;
        }
    Spectrum result;
    result.size = dense.n_rows;
    result.values = numerics::symmetric_eigen(dense, false).values;
    result.smallest = result.values(0);
    result.largest = result.values.back();
    return result;
}

std::uint64_t spectrum_bytes(std::uint64_t n, std::uint64_t features, const SpectrumOptions& options) {
    const std::uint64_t jets = jet_bytes(values_only(options));
    if (options.iterative && !values_only(options))
        return matrix_bytes(n, n, jets) + product_bytes(n, n, features) +
               matrix_bytes(n, features + 1, most_steps * sizeof(double));
    return matrix_bytes(n, n, jets + 2 * (values_only(options) ? jets : dense_bytes(features)));
}

} // namespace limsym::kernel
