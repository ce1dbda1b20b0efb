// One way in to the two engines: vectors by tiles of GEMMs, images by pairs of positions.
#pragma once

#include <armadillo>
#include <cstddef>

#include "limsym/kernel/gram.hpp"
#include "limsym/kernel/image_tiles.hpp"
#include "limsym/kernel/tile_engine.hpp"
#include "limsym/network/image_shape.hpp"

namespace limsym::kernel {

enum class TileChoice {
    fitting, ///< at most options.tile
    exact,   ///< options.tile
};

/// Calls use(engine) with the engine that the network needs; both have the same interface.
/// @param x2 nullptr: K(X, X)
template <typename T, typename Use>
void with_gram_engine(const network::Network& network, const arma::mat& x, const arma::mat* x2,
                      const GramOptions& options, TileChoice choice, const base::Monitor& monitor, const Use& use) {
    const std::size_t columns = x2 != nullptr ? x2->n_rows : x.n_rows;
    const bool exact = choice == TileChoice::exact;
    if (network::acts_on_images(network)) {
        const std::size_t edge = exact ? options.tile : image_tile_edge(options.tile, x.n_rows, columns);
        ImageTiles<T> engine(network, x, x2, edge, options.ntk ? ImageChannels::ntk : ImageChannels::nngp,
                             options.series_tolerance, monitor);
        use(engine);
    } else {
        const std::size_t edge = exact ? options.tile : tile_edge(options.tile, x.n_rows, columns);
        TileEngine<T> engine(network, x, x2, edge, options.ntk, options.series_tolerance, monitor);
        use(engine);
    }
}

} // namespace limsym::kernel
