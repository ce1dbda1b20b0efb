// The sample that fit, test and hill examine.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/command.hpp"
#include "limsym/base/error.hpp"
#include "limsym/data/column.hpp"
#include "limsym/stable/estimation.hpp"

namespace limsym::tools {

struct SampleInput {
    std::vector<std::string> files;
    std::optional<std::string> column;
};

/// The operand FILE and --column.
void declare(cli::Command& command, SampleInput& input);

/// The column of numbers: the one named, else `value`, else the first whose name is no index.
[[nodiscard]] data::Column read_sample(const SampleInput& input, cli::Context& context);

/// @throws InputError when there are fewer values
void require_values(const data::Column& sample, std::size_t least);

/// Warns when more than half of the values have an equal among them.
void warn_of_ties(const data::Column& sample, cli::Context& context);

/// mcculloch, ecf or mle. @throws InputError naming --fitted
[[nodiscard]] stable::FitMethod fit_method(const std::string& name);

/// What `work` returns; its WorkErrors begin with the sample's file.
template <typename Work>
auto with_place(const data::Column& sample, const Work& work) {
    try {
        return work();
    } catch (const base::WorkError& error) {
        throw base::WorkError(sample.table.file, error.what());
    }
}

} // namespace limsym::tools
