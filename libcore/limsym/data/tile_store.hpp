// Gram matrices larger than memory: square tiles in one file, each with a checksum, so that a part of them is a valid
// file too: a shard, or the state of an interrupted run.
//
// File: magic "LIMSYMT1", header length as little-endian u64, JSON header limsym/tiles@1, then the tiles, row-major, in
// the order of the header's "tiles":[[I,J,crc32],...]. A tile of kind "both" is its NNGP block followed by its NTK
// block. A tile that is listed but not computed yet has null for its checksum; its place in the file is reserved.
// Entries have equal width, so that a finished tile is recorded by one small write and the file is valid at every
// moment.
#pragma once

#include <armadillo>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "limsym/base/file_descriptor.hpp"
#include "limsym/base/shard.hpp"

namespace limsym::data {

/// How a rows x cols matrix is cut. Tiles are numbered row by row over (I, J), J <= I when symmetric.
struct TileGrid {
    std::uint64_t rows = 0;
    std::uint64_t cols = 0;
    std::uint64_t edge = 256; ///< of a tile; tiles at the right and lower border are smaller
    bool symmetric = false;

    [[nodiscard]] std::uint64_t tile_rows() const { return (rows + edge - 1) / edge; }
    [[nodiscard]] std::uint64_t tile_cols() const { return (cols + edge - 1) / edge; }
    [[nodiscard]] std::uint64_t count() const;
    /// (I, J) of tile t.
    [[nodiscard]] std::pair<std::uint64_t, std::uint64_t> position(std::uint64_t t) const;
    [[nodiscard]] std::uint64_t number(std::uint64_t i, std::uint64_t j) const;
    [[nodiscard]] std::uint64_t height(std::uint64_t i) const { return std::min(edge, rows - i * edge); }
    [[nodiscard]] std::uint64_t width(std::uint64_t j) const { return std::min(edge, cols - j * edge); }
    /// Numbers in all tiles together.
    [[nodiscard]] std::uint64_t entries() const;
    /// "tile 3 (1,1)"
    [[nodiscard]] std::string name(std::uint64_t t) const;

    friend bool operator==(const TileGrid&, const TileGrid&) = default;
};

/// What a store belongs to. Two files with equal descriptions hold tiles of the same matrix.
struct TileDescription {
    std::string network_sha256;
    std::string data_sha256;
    std::string kind = "nngp"; ///< "nngp", "ntk" or "both"
    bool single_precision = false;
    TileGrid grid;

    /// Bytes of tile t in the file.
    [[nodiscard]] std::uint64_t tile_bytes(std::uint64_t t) const;
    [[nodiscard]] std::uint64_t kinds() const { return kind == "both" ? 2 : 1; }
    friend bool operator==(const TileDescription&, const TileDescription&) = default;
};

/// Do the first bytes of a file begin a tile store?
[[nodiscard]] bool starts_tile_store(std::string_view first_bytes);

/// A store opened for reading: complete, a shard, or unfinished.
class TileStore {
public:
    /// @throws InputError when the file is no tile store, damaged or truncated
    explicit TileStore(std::string file);

    [[nodiscard]] const std::string& file() const { return file_; }
    [[nodiscard]] const TileDescription& description() const { return description_; }
    /// Tiles for which the file has room, computed or not, in the order of the file.
    [[nodiscard]] const std::vector<std::uint64_t>& listed() const { return listed_; }
    /// Has tile t been computed?
    [[nodiscard]] bool holds(std::uint64_t t) const;
    /// The first tile that is not held, of all tiles of the grid.
    [[nodiscard]] std::optional<std::uint64_t> first_missing() const;
    /// The bytes of a held tile. @throws InputError when its checksum does not match
    void read(std::uint64_t t, std::vector<char>& bytes) const;
    /// Places one kind of a held tile, and its mirror image when symmetric, into `out` (rows x cols).
    void place(std::uint64_t t, const std::string& which, arma::mat& out) const;
    /// The whole matrix of one kind, both triangles. @param which "nngp" or "ntk"
    /// @throws InputError when a tile is missing or damaged, or the kind is not there
    [[nodiscard]] arma::mat matrix(const std::string& which) const;

private:
    struct Place {
        std::uint64_t offset;
        std::uint32_t checksum;
    };
    std::string file_;
    TileDescription description_;
    std::vector<std::uint64_t> listed_;
    std::vector<std::optional<Place>> places_; // by tile number
    base::FileDescriptor descriptor_;
};

/// Writes tiles in any order, from any thread. The bytes of a finished file depend on description, tiles and contents
/// alone.
class TileStoreWriter {
public:
    /// Creates `file` (replaces one of that name) with room for the tiles listed (ascending), none of them computed.
    /// @param shown the name that messages give the file, when it is not `file`
    /// @throws InputError when it cannot be made, WorkError when the disk is full
    TileStoreWriter(const std::string& file, const TileDescription& description, std::vector<std::uint64_t> tiles,
                    std::string shown = {});
    /// Goes on in the file of an unfinished store that was written by this class.
    explicit TileStoreWriter(const TileStore& unfinished);
    TileStoreWriter(const TileStoreWriter&) = delete;
    TileStoreWriter& operator=(const TileStoreWriter&) = delete;

    /// Records tile t, one of those listed; `bytes` has tile_bytes(t) bytes. May be called from several threads.
    void write(std::uint64_t t, const std::vector<char>& bytes);
    /// Everything on its way to the disk. @throws WorkError
    void close();

private:
    std::string lay_out();

    std::string file_;
    TileDescription description_;
    std::vector<std::uint64_t> tiles_;
    std::vector<std::uint64_t> offsets_; // of tiles_ and of the end, from the beginning of the file
    std::uint64_t first_entry_ = 0;      // offset of the first entry of the header's list
    base::FileDescriptor descriptor_;
};

/// The tiles of a shard: t mod count = index.
[[nodiscard]] std::vector<std::uint64_t> tiles_of(const TileGrid& grid, const base::Shard& shard);

/// The parts of one matrix, checked: equal descriptions, every tile exactly once.
/// @throws InputError naming the file that is foreign, damaged or given twice, or the first missing tile
[[nodiscard]] std::vector<TileStore> open_tile_parts(const std::vector<std::string>& parts);
/// The whole matrix of one kind from checked parts.
[[nodiscard]] arma::mat matrix_of_parts(const std::vector<TileStore>& parts, const std::string& which);
/// Copies the tiles of all `parts` into a complete store, which appears whole or not at all.
void merge_tile_stores(const std::vector<std::string>& parts, const std::string& out);

} // namespace limsym::data
