// --group, --rep-in, --rep-out: the same in every subcommand.
#pragma once

#include <optional>
#include <string>

#include "common/command.hpp"
#include "limsym/symmetry/elements.hpp"
#include "limsym/symmetry/linear_action.hpp"
#include "limsym/symmetry/representation.hpp"

namespace limsym::tools {

struct GroupOption {
    std::optional<std::string> group;
};
void declare(cli::Command& command, GroupOption& option);
/// The group; its doubts are warned of. @throws InputError when there is none
[[nodiscard]] symmetry::LinearAction read_group(const GroupOption& option, cli::Context& context);

struct RepresentationOptions {
    std::optional<std::string> in;
    std::optional<std::string> out;
};
void declare(cli::Command& command, RepresentationOptions& options);
/// @param option "--rep-in" @throws InputError when the text is missing
[[nodiscard]] symmetry::Representation read_representation(const std::optional<std::string>& text,
                                                           const symmetry::LinearAction& group,
                                                           const std::string& option);

/// --measure, --scale, --exact-limit
struct MeasureOptions {
    std::string measure = "auto";
    std::optional<double> scale;
    std::size_t exact_limit = symmetry::default_exact_limit;
};
void declare(cli::Command& command, MeasureOptions& options);
[[nodiscard]] symmetry::ElementSampler make_sampler(const MeasureOptions& options, const symmetry::LinearAction& group);

/// As records hold an element: rows, or a list of factor matrices.
[[nodiscard]] data::Json element_json(const symmetry::Element& g);

} // namespace limsym::tools
