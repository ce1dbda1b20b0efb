// How far a function is from equivariant: |f(rho_in(g) x) - rho_out(g) f(x)| over rows x and elements g.
#pragma once

#include <armadillo>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "limsym/base/monitor.hpp"
#include "limsym/equivariance/row_function.hpp"
#include "limsym/equivariance/symmetrised.hpp"

namespace limsym::equivariance {

/// Infinitesimal error of one Lie generator: sqrt(mean_x |J_f rho_in'(A) x - rho_out'(A) f(x)|^2), and that over the
/// root mean square of |f|.
struct LieError {
    double absolute = 0.0;
    std::optional<double> relative; ///< nothing where f is 0
};
struct AngleError {
    double angle = 0.0;
    double mean = 0.0;
    std::optional<double> error; ///< of the mean over x
};
struct WorstPair {
    std::size_t row = 0;
    symmetry::Element element;
    double relative = 0.0;
    bool searched = false;
};

struct EquivarianceError {
    std::size_t rows = 0;
    std::size_t elements = 0;
    double mean = 0.0;           ///< of |a - b| / (|a| + |b|) over all pairs; 0 where both are 0
    std::optional<double> error; ///< standard error over pairs
    double low = 0.0;            ///< 95 % bootstrap interval over rows
    double high = 0.0;
    double largest = 0.0;
    double largest_component = 0.0;     ///< of |a - b|
    double root_mean_square = 0.0;      ///< of |a - b|
    std::optional<double> relative_rms; ///< over the root mean square of |f(x)|
    WorstPair worst;
    std::vector<LieError> lie;
    std::vector<AngleError> angles;
};

struct ErrorOptions {
    bool per_generator = false;
    std::size_t angles = 0; ///< exp(2 pi k/angles A_0); the group has one Lie generator
    bool search = false;    ///< Nelder-Mead over Lie coordinates from the five worst pairs
    double step = 1e-5;     ///< of central differences, where the function has no exact tangents
    std::uint64_t seed = 0;
};

/// @param x a column a row @param elements at least one
[[nodiscard]] EquivarianceError equivariance_error(const GroupSetting& setting, RowFunction& function,
                                                   const arma::mat& x, const std::vector<symmetry::Element>& elements,
                                                   const ErrorOptions& options, const base::Monitor& monitor);

/// |a - b| / (|a| + |b|), 0 where both are 0.
[[nodiscard]] double relative_error(const arma::vec& a, const arma::vec& b);

/// J_f(x_i) v for directions v, by exact tangents or by differences of fourth order.
/// @param directions for every column of x a matrix whose columns are the directions
/// @returns for every column of x the values f(x_i) and the derivatives along its directions
struct RowDerivatives {
    arma::vec value;
    arma::mat along;
};
[[nodiscard]] std::vector<RowDerivatives> row_derivatives(RowFunction& function, const arma::mat& x,
                                                          const std::function<arma::mat(std::size_t)>& directions,
                                                          double step, const base::Monitor& monitor);

} // namespace limsym::equivariance
