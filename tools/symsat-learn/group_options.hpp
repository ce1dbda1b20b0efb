// --group and the matrix that it is held against.
#pragma once

#include <armadillo>
#include <optional>
#include <string>

#include "common/command.hpp"
#include "limsym/symmetry/group.hpp"

namespace limsym::tools {

struct GroupOptions {
    std::string expression;
    std::optional<std::size_t> degree; ///< of cycle files
};

/// --group EXPR, --degree N. @returns the spec of --group
cli::OptionSpec& declare(cli::Command& command, GroupOptions& options);

/// Reads --group, and plans the memory of its orbitals.
[[nodiscard]] symmetry::Group read_group(const GroupOptions& options, const cli::Context& context);

/// A symmetric matrix from a file. @param group that acts on its rows, when there is one
[[nodiscard]] arma::mat read_symmetric(const std::string& file, bool symmetrise, const symmetry::Group* group,
                                       cli::Context& context);

} // namespace limsym::tools
