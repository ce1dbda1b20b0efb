// Streams of draws: in order, in shards, and put together again to the same bytes.
#pragma once

#include <armadillo>
#include <cstddef>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "common/command.hpp"
#include "limsym/base/shard.hpp"
#include "limsym/data/json.hpp"

namespace limsym::tools {

/// --count, --shard
struct CountOptions {
    std::optional<std::size_t> count;
    std::optional<base::Shard> shard;
};
void declare(cli::Command& command, CountOptions& options);
/// @throws InputError when --count is missing
[[nodiscard]] std::size_t required_count(const CountOptions& options);

/// What the unsharded result looks like: the header and rows of a CSV table, or the records themselves.
struct DrawForm {
    bool csv = false;
    std::string header;              ///< of the table; empty: there is none
    bool numbered = true;            ///< rows begin "draw,row"; else "draw", unless bare
    std::optional<std::size_t> only; ///< the only column, without draw and row
    std::string key;                 ///< of the values in a record: "z", "lambda", ...
};

/// One draw: a record line holds `before`, the values under the form's key, and `after`.
struct DrawRecord {
    std::size_t draw = 0;
    arma::mat values;
    data::Json before = data::Json::object(); ///< "draw" is here or in after
    data::Json after = data::Json::object();
};

struct DrawJob {
    std::string command;
    std::size_t count = 0;
    std::optional<base::Shard> shard;
    data::Json identity; ///< all that shapes the result
    DrawForm form;
    std::size_t piece = 1; ///< draws made one after another by one thread
    std::function<DrawRecord(std::size_t draw)> draw;
};

/// Writes a job's result, or its shard.
void write_draws(const DrawJob& job, cli::Context& context);

/// How a result is made of numbers of records that are matrices: their mean.
struct MeanForm {
    data::Json head; ///< of the document
    data::Format format = data::Format::json;
};
/// The mean kernel of a job whose records are kernels, or its shard (records with the kernels).
void write_mean(const DrawJob& job, const MeanForm& form, cli::Context& context);

/// Is the result a table? A shard's file says nothing of it by its name: it holds records.
[[nodiscard]] bool wants_table(const CountOptions& options, data::Format first_form, const cli::Context& context);

/// Merges the shards of any of these. The form is that of the sweep (format json), or the one that the user names.
void merge_draws(const std::vector<std::string>& files, cli::Context& context);

/// Draws that one thread makes in a row, from the numbers that one draw takes.
[[nodiscard]] std::size_t piece_for(double numbers);

} // namespace limsym::tools
