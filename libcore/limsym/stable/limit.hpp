// What is said of the limit law at several inputs: scales, dependence, characteristic exponent, with standard errors.
#pragma once

#include <armadillo>
#include <optional>
#include <string_view>

#include "limsym/base/monitor.hpp"
#include "limsym/stable/heavy_network.hpp"

namespace limsym::stable {

enum class MeasureMethod {
    automatic,  ///< the first that applies
    exact,      ///< one dense layer: the measure is discrete
    quadrature, ///< two dense layers and a layer-1 measure of one atom: one-dimensional integrals
    population, ///< particles
};
[[nodiscard]] std::string_view method_name(MeasureMethod method);

struct LimitOptions {
    MeasureMethod method = MeasureMethod::automatic;
    std::size_t particles = 4096;
    std::size_t replicates = 8;
    std::uint64_t seed = 0;
    arma::mat points; ///< k x points, where psi is wanted; may have no columns
};

/// Values and their standard errors; none for exact methods, and for a single replicate.
struct Estimate {
    arma::mat value;
    std::optional<arma::mat> se;
};

struct Limit {
    double alpha = 2.0;
    MeasureMethod method = MeasureMethod::exact;
    Estimate scale;        ///< k x 1: psi(e_i)^(1/alpha)
    Estimate codifference; ///< k x k: psi(e_i) + psi(e_j) - psi(e_i - e_j); at alpha 2 the covariance
    Estimate psi;          ///< points x 1
    arma::mat atoms;       ///< k x atoms of the last layer (population: of the first replicate); none by quadrature
};

/// @param x inputs, one a row
/// @throws InputError naming --method where it does not apply; WorkError when a layer is critical or super-linear
[[nodiscard]] Limit limit_law(const HeavyNetwork& network, const arma::mat& x, const LimitOptions& options,
                              const base::Monitor& monitor = {});
/// The method that `automatic` stands for.
[[nodiscard]] MeasureMethod method_for(const HeavyNetwork& network, const arma::mat& x, MeasureMethod wanted);

} // namespace limsym::stable
