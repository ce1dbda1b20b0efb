// Gram matrices that never exist in memory: finished tiles go straight into a tile store.
#pragma once

#include <armadillo>
#include <cstdint>
#include <functional>
#include <vector>

#include "limsym/base/monitor.hpp"
#include "limsym/kernel/gram.hpp"

namespace limsym::kernel {

/// Takes the bytes of tile t as a tile store keeps them (data/tile_store.hpp); called from several threads.
using UseTile = std::function<void(std::uint64_t t, const std::vector<char>& bytes)>;

/// Computes the tiles listed of K(X, X) (x2 null: numbered over J <= I) or of K(X, X2), with tiles of edge
/// options.tile, and hands each to `use`. A tile's bytes depend on network, data, kinds, T and edge alone.
/// @throws InputError, WorkError as gram(); WorkError when the values leave the range of T
template <typename T>
void gram_tiles(const network::Network& network, const arma::mat& x, const arma::mat* x2, const GramOptions& options,
                const std::vector<std::uint64_t>& tiles, const UseTile& use, const base::Monitor& monitor = {});

} // namespace limsym::kernel
