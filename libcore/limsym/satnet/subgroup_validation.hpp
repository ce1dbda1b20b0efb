// Which parts of a discovered group hold on data that were set apart.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "limsym/symmetry/group.hpp"

namespace limsym::satnet {

enum class SubgroupDecision {
    keep, ///< the part is kept whole
    drop, ///< an atom that makes the error too large: I takes its place
    split ///< the parts of the part are tried
};
[[nodiscard]] std::string to_text(SubgroupDecision decision);

/// What was decided on one node of the expression, in the order of the trials.
struct SubgroupVerdict {
    std::string node;
    SubgroupDecision decision = SubgroupDecision::keep;
    double baseline_error = 0.0; ///< of the model without symmetry
    double error = 0.0;          ///< of the model projected on the node alone, I in all other places
};

struct ValidatedGroup {
    symmetry::Group group; ///< what is left, of the same degree
    std::vector<SubgroupVerdict> verdicts;
};

/// Walks down the expression: a node whose projection has an error of at most baseline_error + tolerate is kept, an
/// atom that has more is dropped, another node is split. Source: Lim, Oh, Yang, SymSATNet, 2022, section 4.3; there a
/// node has to lower the error by 0.05.
/// @param error_of error of the model projected on matrices equivariant under a group of the same degree
[[nodiscard]] ValidatedGroup validate_subgroups(const symmetry::Group& group, double baseline_error, double tolerate,
                                                const std::function<double(const symmetry::Group&)>& error_of);

} // namespace limsym::satnet
