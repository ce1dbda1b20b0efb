// Dual activations: for (u, v) centred normal with variances q1, q2 and covariance c,
//   F = E phi(u) phi(v)   and   D = E phi'(u) phi'(v) = dF/dc  (Price's theorem).
// Closed forms: Cho and Saul 2009; Williams 1997; Han et al. 2022. Others: Hermite series, polar quadrature.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "limsym/base/random.hpp"
#include "limsym/network/activation.hpp"

namespace limsym::kernel {

enum class DualMethod { automatic, closed, hermite, polar, monte_carlo };

/// "auto", "closed", "hermite", "polar", "mc"
[[nodiscard]] std::string_view method_name(DualMethod method);

struct DualValue {
    double value = 0.0;
    double derivative = 0.0;
    DualMethod method = DualMethod::closed; ///< the one used
    double error_bound = 0.0;               ///< of value; 0 for closed forms, 2 standard errors for monte_carlo
};

struct DualOptions {
    DualMethod method = DualMethod::automatic;
    double tolerance = 1e-12;        ///< wanted error bound of series and quadrature, > 0
    std::size_t samples = 1'000'000; ///< monte_carlo
    std::uint64_t seed = 0;          ///< monte_carlo
};

/// One triple. q1, q2 >= 0; |c| <= sqrt(q1 q2) (1 + 1e-12), clipped to the bound.
/// At a kink with |c| = sqrt(q1 q2) the derivative is its one-sided limit; sign's is 0 by convention.
/// @throws InputError on a range violation or a method the activation does not have; WorkError on overflow
[[nodiscard]] DualValue dual_activation(const network::Activation& activation, double q1, double q2, double c,
                                        const DualOptions& options = {});

} // namespace limsym::kernel
