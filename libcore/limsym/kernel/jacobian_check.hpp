// Derivative blocks against finite differences of the kernel's values.
#pragma once

#include <armadillo>
#include <optional>

#include "limsym/kernel/jacobian_jets.hpp"

namespace limsym::kernel {

/// Largest |analytic - central difference| over all Jacobian entries of K(X, X), relative to the largest of them (0
/// when all are 0).
struct DifferenceCheck {
    std::optional<double> nngp;
    std::optional<double> ntk;
    bool symmetric = true; ///< |K - K'| <= 1e-12 max |K|, both triangles computed on their own
};
/// @param step of the inputs, > 0
[[nodiscard]] DifferenceCheck check_differences(const JacobianNetwork& network, const arma::mat& x,
                                                const JetOptions& kernels, double step,
                                                const base::Monitor& monitor = {});
/// Bytes that it holds at its peak.
[[nodiscard]] std::uint64_t check_bytes(std::uint64_t n, std::uint64_t features);

} // namespace limsym::kernel
