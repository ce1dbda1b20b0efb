// A Gram matrix as a tile store on disk: whole or one shard of it, interrupted and resumed.
#pragma once

#include <armadillo>
#include <optional>
#include <string>

#include "limsym/base/monitor.hpp"
#include "limsym/base/shard.hpp"
#include "limsym/data/tile_store.hpp"
#include "limsym/kernel/gram.hpp"

namespace limsym::kernel {

struct TileJob {
    GramOptions options;
    bool single_precision = false;
    base::Shard shard;                     ///< of the tiles, by number modulo count
    std::optional<std::string> resume;     ///< a store whose tiles need not be computed again
    std::optional<std::string> checkpoint; ///< a store that grows on the way and survives whatever ends the process
};

/// What the store of K(X, X) (x2 null) or K(X, X2) belongs to.
[[nodiscard]] data::TileDescription describe_tiles(const network::Network& network, const arma::mat& x,
                                                   const arma::mat* x2, const TileJob& job);

/// Writes the store to `out`, which appears whole or not at all; equal bytes whether resumed or not.
/// @throws InputError when `resume` is damaged or belongs to another network, data, kind or tile (both hashes are
///   named); Interrupted, with the finished tiles kept in job.checkpoint
void write_tile_store(const network::Network& network, const arma::mat& x, const arma::mat* x2, const TileJob& job,
                      const std::string& out, const base::Monitor& monitor = {});

} // namespace limsym::kernel
