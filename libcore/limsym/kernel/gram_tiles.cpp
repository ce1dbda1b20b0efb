#include "limsym/kernel/gram_tiles.hpp"

#include <cstring>
#include <string>

#include "limsym/base/error.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/data/tile_store.hpp"
#include "limsym/kernel/gram_engine.hpp"

namespace limsym::kernel {

namespace {

// Row-major; of a tile on the diagonal of a symmetric matrix only the lower triangle was computed.
template <typename T>
void append_block(const arma::Mat<T>& tile, std::size_t rows, std::size_t columns, bool mirrored,
                  std::vector<char>& bytes) {
    const std::size_t begin = bytes.size();
    bytes.resize(begin + rows * columns * sizeof(T));
    char* out = bytes.data() + begin;
    for (std::size_t i = 0; i < rows; ++i)
        for (std::size_t j = 0; j < columns; ++j) {
            const T value = mirrored && j > i ? tile(j, i) : tile(i, j);
            std::memcpy(out, &value, sizeof value);
            out += sizeof value;
        }
}

template <typename T, typename Engine>
void compute_tiles(Engine& engine, const data::TileGrid& grid, const GramOptions& options,
                   const std::vector<std::uint64_t>& tiles, const UseTile& use, const base::Monitor& monitor) {
    if (engine.log2_scale() != 0)
        throw base::WorkError("the kernel leaves the range of its numbers (log2 scale " +
                              std::to_string(engine.log2_scale()) + "), which a tile store cannot hold");
    base::parallel_for(
        tiles.size(),
        [&](std::size_t k) {
            const auto [i, j] = grid.position(tiles[k]);
            engine.compute(i, j, [&, i = i, j = j](const arma::Mat<T>& kernel, const arma::Mat<T>& theta) {
                const bool mirrored = engine.symmetric() && i == j;
                std::vector<char> bytes;
                if (options.nngp) append_block(kernel, engine.rows_in(i), engine.columns_in(j), mirrored, bytes);
                if (options.ntk) append_block(theta, engine.rows_in(i), engine.columns_in(j), mirrored, bytes);
                use(tiles[k], bytes);
            });
        },
        monitor, "tiles");
}

} // namespace

template <typename T>
void gram_tiles(const network::Network& network, const arma::mat& x, const arma::mat* x2, const GramOptions& options,
                const std::vector<std::uint64_t>& tiles, const UseTile& use, const base::Monitor& monitor) {
    const data::TileGrid grid{x.n_rows, x2 == nullptr ? x.n_rows : x2->n_rows, options.tile, x2 == nullptr};
    with_gram_engine<T>(network, x, x2, options, TileChoice::exact, monitor,
                        [&](auto& engine) { compute_tiles<T>(engine, grid, options, tiles, use, monitor); });
}

template void gram_tiles<double>(const network::Network&, const arma::mat&, const arma::mat*, const GramOptions&,
                                 const std::vector<std::uint64_t>&, const UseTile&, const base::Monitor&);
template void gram_tiles<float>(const network::Network&, const arma::mat&, const arma::mat*, const GramOptions&,
                                const std::vector<std::uint64_t>&, const UseTile&, const base::Monitor&);

} // namespace limsym::kernel
