// Symmetrised functions: psi(x) = E_{g ~ p(g|x)} rho_out(g) f(rho_in(g)^-1 x).
//
// Averages over the whole group (Reynolds): exact sums of finite groups; the trapezoid rule on SO(2) and O(2); Monte
// Carlo and randomised quasi-Monte Carlo on other compact groups. Frames: a few elements that move with x: principal
// axes for O(d) and SO(d), sorting for S(n), Gram and Schmidt for the group of a form.
#pragma once

#include <armadillo>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "limsym/base/monitor.hpp"
#include "limsym/equivariance/row_function.hpp"
#include "limsym/symmetry/elements.hpp"
#include "limsym/symmetry/linear_action.hpp"
#include "limsym/symmetry/representation.hpp"

namespace limsym::equivariance {

/// A function and how the group acts on its arguments and values.
struct GroupSetting {
    symmetry::LinearAction group;
    symmetry::Representation in;
    symmetry::Representation out;
};

enum class Quadrature { exact, trapezoid, monte_carlo, quasi_monte_carlo };
struct AverageMethod {
    Quadrature quadrature = Quadrature::exact;
    std::size_t samples = 100; ///< Monte Carlo; quasi-Monte Carlo rounds up to a multiple of its 8 replicates
    std::size_t nodes = 64;    ///< trapezoid, even
    std::size_t exact_limit = symmetry::default_exact_limit;
    std::uint64_t seed = 0;
};
/// The rule that fits: exact up to the limit, trapezoid on SO(2) and O(2) (embedded ones too), else Monte Carlo.
/// @throws InputError when the group is not compact: it has no mean
[[nodiscard]] Quadrature automatic_quadrature(const symmetry::LinearAction& group, std::size_t exact_limit);

enum class Frame { principal_axes, sort, gram_schmidt };
struct FrameMethod {
    Frame frame = Frame::principal_axes;
    bool centre = false; ///< principal axes of deviations from the mean vector
    double gap = 1e-6;   ///< relative gap below which a frame is flagged
};
/// principal axes for O(n), SO(n); sort for S(n); Gram-Schmidt for other groups of a form. @throws InputError
[[nodiscard]] Frame automatic_frame(const symmetry::LinearAction& group);

/// The elements that a row is averaged over, all with the same weight.
struct RowElements {
    std::vector<symmetry::Element> elements;
    std::string reason; ///< "": the row is sound, else why it is flagged
    std::optional<double> frame_gap;
    std::optional<double> orbit_distance;
};
/// Calls with the number of the row in the whole table and its argument.
using ElementsOfRow = std::function<RowElements(std::size_t row, const arma::vec& x)>;

/// How the error of a mean is told.
enum class ErrorRule { none, half_nodes, samples, replicates };

struct Symmetrisation {
    ElementsOfRow elements_of;
    /// Where all rows have the same elements: these, in place of elements_of.
    std::vector<symmetry::Element> common;
    ErrorRule error = ErrorRule::none;
    std::string method;
};
/// @throws InputError when the rule does not go with the group
[[nodiscard]] Symmetrisation average_symmetrisation(const GroupSetting& setting, const AverageMethod& method);
[[nodiscard]] Symmetrisation frame_symmetrisation(const GroupSetting& setting, const FrameMethod& method);

/// One row of the result.
struct SymmetrisedRow {
    arma::vec y;
    arma::vec error; ///< standard errors, or what stands for them; zeros where there are none
    RowElements row; ///< elements only where they were asked to be kept
    std::size_t evaluations = 0;
};
/// Rows [0, n) of x (a column a row), which are rows first_row.. of the whole table. keep_elements: for records.
[[nodiscard]] std::vector<SymmetrisedRow> symmetrised_rows(const GroupSetting& setting, const Symmetrisation& how,
                                                           RowFunction& function, const arma::mat& x,
                                                           std::size_t first_row, bool keep_elements,
                                                           const base::Monitor& monitor);

/// Where the vectors of a representation lie: the beginnings of its terms V (of size d).
[[nodiscard]] std::vector<std::size_t> vector_terms(const symmetry::Representation& rep);

} // namespace limsym::equivariance
