// Eigenvalues of the kernels of f and its Jacobian.
#pragma once

#include <armadillo>
#include <cstddef>
#include <cstdint>

#include "limsym/base/monitor.hpp"
#include "limsym/kernel/jacobian_jets.hpp"

namespace limsym::kernel {

struct SpectrumOptions {
    bool ntk = true;      ///< else the NNGP kernel
    bool jacobian = true; ///< with the Jacobian blocks
    double lambda = 1.0;  ///< weight of the Jacobian rows, >= 0; at 0 they drop out
    double kappa = 1.0;
    bool iterative = false;  ///< Lanczos on products in place of the dense matrix
    std::size_t largest = 1; ///< how many of the largest are wanted, of Lanczos
};

/// Of kappa^2 Lam^{1/2} K Lam^{1/2}, Lam = diag(1, lambda, ..., lambda) a point.
struct Spectrum {
    std::size_t size = 0;
    double smallest = 0.0;
    double largest = 0.0;
    arma::vec values; ///< ascending: all, or with Lanczos the wanted largest

    /// size 2^-52 largest: a smallest eigenvalue below it is rounding.
    [[nodiscard]] double error_bound() const;
    [[nodiscard]] bool resolved() const { return smallest > error_bound(); }
};
/// @throws WorkError when Lanczos does not reach the smallest eigenvalue
[[nodiscard]] Spectrum jacobian_spectrum(const JacobianNetwork& network, const arma::mat& x,
                                         const SpectrumOptions& options, const base::Monitor& monitor = {});
/// Bytes that it holds at its peak.
[[nodiscard]] std::uint64_t spectrum_bytes(std::uint64_t n, std::uint64_t features, const SpectrumOptions& options);

} // namespace limsym::kernel
