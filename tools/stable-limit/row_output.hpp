// Rows of numbers under names, as CSV, NDJSON, npy, or as the records of a shard.
#pragma once

#include <armadillo>
#include <optional>
#include <string>
#include <vector>

#include "common/command.hpp"
#include "limsym/base/hash.hpp"
#include "limsym/base/shard.hpp"

namespace limsym::tools {

/// Which part of which job the rows are.
struct ShardJob {
    std::string command;
    base::Shard shard;
    std::size_t total = 0; ///< items of the whole job
    std::string job;       ///< hash of everything that shapes the rows
    std::size_t rows_per_item = 1;
};

/// A sharded job writes NDJSON. @throws InputError when --to asks for another form
void check_shard_format(const std::optional<base::Shard>& shard, const cli::Context& context);

/// Writes rows as they come; NaN is a value that does not exist.
class RowOutput {
public:
    RowOutput(std::vector<std::string> columns, std::optional<ShardJob> part, cli::Context& context);
    /// A number a column.
    void rows(const arma::mat& values);
    void finish();

private:
    void csv(const arma::mat& values);
    void records(const arma::mat& values);
    void flush();

    std::vector<std::string> columns_;
    std::optional<ShardJob> part_;
    cli::Context& context_;
    data::Format format_;
    std::string text_;
    std::vector<arma::mat> kept_; ///< npy says its length first
    base::Sha256 hash_;
};

} // namespace limsym::tools
