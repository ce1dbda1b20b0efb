// The choice of a form for every activation of a network, by the variances that it meets.
#pragma once

#include <cstddef>
#include <limits>
#include <map>
#include <string>

#include "limsym/base/monitor.hpp"
#include "limsym/kernel/dual_block.hpp"

namespace limsym::kernel {

/// Of the variances that an operation meets.
struct VarianceRange {
    double smallest = std::numeric_limits<double>::infinity(); ///< above 0
    double largest = 0.0;
};

/// Series and tables are dear: activations whose ranges are close share them.
class DualBook {
public:
    /// @param tolerance wanted error bound of series and tables
    explicit DualBook(double tolerance) : tolerance_(tolerance) {}
    /// Closed form or polynomial; else a table where there are kinks, else a series.
    [[nodiscard]] DualBlock block(const network::Activation& activation, const VarianceRange& range);
    /// A warning when the form misses the tolerance by much.
    void warn_of_error(const DualBlock& dual, std::size_t layer, const VarianceRange& range,
                       const base::Monitor& monitor) const;

    /// For plans: how many numbers of a series or table, or coefficients of a polynomial, a point brings to an
    /// activation, at variances up to 16; 0 for closed forms.
    [[nodiscard]] std::size_t planned_terms(const network::Activation& activation, bool with_slope);

private:
    double tolerance_;
    std::map<std::string, DualBlock> made_;
};

/// Neither a closed form nor a polynomial: series or table.
[[nodiscard]] bool needs_range(const network::Activation& activation);

} // namespace limsym::kernel
