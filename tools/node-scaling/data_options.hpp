// Tables of training and test rows, the same in every subcommand that takes them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/command.hpp"
#include "limsym/nodescaling/node_data.hpp"

namespace limsym::tools {

struct DataOptions {
    std::optional<std::string> target;
    std::optional<std::string> features;
    bool one_hot = false;
    std::optional<std::string> test;
    std::vector<double> split;
    std::optional<std::size_t> permute_seed;
    std::vector<std::string> files;

    [[nodiscard]] nodescaling::ColumnChoice columns() const { return {target, features, one_hot, std::nullopt}; }
    /// @throws InputError when --permute-seed stands alone
    [[nodiscard]] nodescaling::SplitRule split_rule() const;
    /// What of these options shapes a result.
    [[nodiscard]] data::Json json() const;
};

/// --target, --features
void declare_columns(cli::Command& command, DataOptions& options);
/// --split, --permute-seed
void declare_split(cli::Command& command, DataOptions& options);
/// All of them, and the operand.
void declare_data(cli::Command& command, DataOptions& options);

/// The parts of a table, or a table and --test.
struct DataParts {
    nodescaling::NodeData train;
    std::optional<nodescaling::NodeData> middle; ///< the second of three parts
    std::optional<nodescaling::NodeData> test;   ///< --test, or the last part
};
/// @param classes K of a model that is there already
[[nodiscard]] DataParts read_parts(const DataOptions& options, std::optional<std::size_t> classes,
                                   cli::Context& context);

} // namespace limsym::tools
