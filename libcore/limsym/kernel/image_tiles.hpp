// Tiles of Gram matrices of image networks; the interface of TileEngine.
#pragma once

#include <algorithm>
#include <armadillo>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "limsym/kernel/image_engine.hpp"

namespace limsym::kernel {

/// Edge of the tiles for image networks: at most the one asked for, less so that there is work for several threads.
[[nodiscard]] std::size_t image_tile_edge(std::size_t asked, std::size_t rows, std::size_t columns);

template <typename T>
class ImageTiles {
public:
    /// @param x2 nullptr: K(X, X). @throws InputError, WorkError as gram()
    ImageTiles(const network::Network& network, const arma::mat& x, const arma::mat* x2, std::size_t edge,
               ImageChannels channels, double series_tolerance, const base::Monitor& monitor);

    [[nodiscard]] std::size_t edge() const { return edge_; }
    [[nodiscard]] bool symmetric() const { return columns_ == nullptr; }
    [[nodiscard]] std::size_t row_blocks() const { return blocks(rows_); }
    [[nodiscard]] std::size_t column_blocks() const { return blocks(columns()); }
    [[nodiscard]] std::size_t rows_in(std::size_t block) const { return block_size(rows_, block); }
    [[nodiscard]] std::size_t columns_in(std::size_t block) const { return block_size(columns(), block); }
    [[nodiscard]] long log2_scale() const { return engine_.log2_scale(); }

    /// Calls use(K, Theta) with the finished tile, edge x edge, as TileEngine does.
    template <typename Use>
    void compute(std::size_t row_block, std::size_t column_block, const Use& use) {
        std::vector<arma::Mat<T>> tile = channel_tiles(row_block, column_block);
        if (tile.size() < 2) tile.emplace_back();
        use(tile[0], tile[1]);
    }
    /// One matrix a channel.
    [[nodiscard]] std::vector<arma::Mat<T>> channel_tiles(std::size_t row_block, std::size_t column_block);

private:
    using Side = typename ImageEngine<T>::Side;
    /// Inputs and record of a group, or of one image.
    struct Images {
        std::vector<T> inputs;
        std::vector<T> record;
    };
    /// Room for the images of one tile under way.
    struct Bench {
        std::vector<Images> rows;
        std::vector<Images> columns;
        Images left; ///< lanes, or single images one after another
        Images right;
    };
    struct Span {
        std::size_t begin;
        std::size_t end;
        [[nodiscard]] bool contains(std::size_t i) const { return i >= begin && i < end; }
    };
    struct Tile {
        Span rows;
        Span columns;
        std::vector<arma::Mat<T>> channels;
    };

    [[nodiscard]] const Side& columns() const { return columns_ ? *columns_ : rows_; }
    [[nodiscard]] std::size_t blocks(const Side& side) const { return (side.rows + edge_ - 1) / edge_; }
    [[nodiscard]] std::size_t block_size(const Side& side, std::size_t block) const {
        return std::min(edge_, side.rows - block * edge_);
    }
    void load(const Side& side, std::size_t first_group, std::size_t last_group, std::vector<Images>& out);
    void by_rows(Tile& tile, Bench& bench);
    void by_pairs(Tile& tile, Bench& bench);
    [[nodiscard]] std::unique_ptr<Bench> borrow();
    void give_back(std::unique_ptr<Bench> bench);

    ImageEngine<T> engine_;
    std::size_t edge_;
    Side rows_;
    std::unique_ptr<Side> columns_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<Bench>> spare_;
};

/// What a Gram matrix of images costs.
struct ImageCost {
    std::uint64_t thread_bytes = 0; ///< workspace of one thread
    std::uint64_t image_bytes = 0;  ///< kept for each image
    double pair_flops = 0.0;
    bool displacements = false; ///< other pairs of positions than (p, p) matter
};
[[nodiscard]] ImageCost image_cost(const network::Network& network, std::size_t features, std::size_t channels,
                                   std::size_t number_bytes, double series_tolerance);

} // namespace limsym::kernel
