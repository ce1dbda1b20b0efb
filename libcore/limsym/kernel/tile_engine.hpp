// Tiles of a Gram matrix: one GEMM, then every layer in place while the tile is in cache.
//
// GEMMs have edges at which their kernels give every entry the same bits (odd ends are padded with zero rows), and
// every later operation is the same for each entry and symmetric in its pair, so that neither threads nor the order of
// the rows change a bit.
#pragma once

#include <armadillo>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "limsym/base/monitor.hpp"
#include "limsym/kernel/diagonal.hpp"
#include "limsym/kernel/dual_block.hpp"
#include "limsym/kernel/program.hpp"

namespace limsym::kernel {

/// Edge of the tiles for a job of `rows` x `columns`: the one asked for, less for small jobs so that there is work for
/// several threads. Depends on nothing else.
[[nodiscard]] std::size_t tile_edge(std::size_t asked, std::size_t rows, std::size_t columns);

/// One side of a Gram matrix: the data, padded and transposed, and what blocks of rows need.
template <typename T>
struct Side {
    const arma::mat* data = nullptr; ///< n x d
    std::size_t rows = 0;
    std::size_t blocks = 0;
    arma::Mat<T> transposed;  ///< d x (blocks edge), zero columns at the end
    std::vector<T> variances; ///< K0(x, x)
    bool any_input = false;   ///< is any row other than 0, even one that is taken as 0?
    /// Prepared rows of the activations that keep them, by operation, and the diagonal after them.
    struct Kept {
        DualRows<T> rows;
        std::vector<T> variance;
        std::vector<T> slope;
    };
    std::vector<std::map<std::size_t, Kept>> kept; ///< by block
};

/// Room for one tile under way.
template <typename T>
struct TileSpace {
    std::vector<arma::Mat<T>> kernel; ///< by slot, edge x edge
    std::vector<arma::Mat<T>> theta;
    std::vector<T> scratch;
    std::vector<std::pair<std::size_t, std::size_t>> twins; ///< places of pairs of equal rows
};

/// Checks that no layer overflows and that the kernel does not die away to 0, chooses series by the variances that
/// occur, and rescales homogeneous networks that leave the range of T. @param any_input are the inputs other than 0?
/// @returns one block an operation (empty ones but for activations)
template <typename T>
[[nodiscard]] std::vector<DualBlock> prepare_program(Program& program, const std::vector<const std::vector<T>*>& inputs,
                                                     bool any_input, double series_tolerance, bool ntk,
                                                     const base::Monitor& monitor);

template <typename T>
class TileEngine {
public:
    /// @param x2 nullptr: K(X, X). @throws InputError, WorkError as gram()
    TileEngine(const network::Network& network, const arma::mat& x, const arma::mat* x2, std::size_t edge, bool ntk,
               double series_tolerance, const base::Monitor& monitor);

    [[nodiscard]] std::size_t edge() const { return edge_; }
    [[nodiscard]] bool symmetric() const { return columns_ == nullptr; }
    [[nodiscard]] std::size_t row_blocks() const { return rows_.blocks; }
    [[nodiscard]] std::size_t column_blocks() const { return columns().blocks; }
    [[nodiscard]] std::size_t rows_in(std::size_t block) const { return block_size(rows_, block); }
    [[nodiscard]] std::size_t columns_in(std::size_t block) const { return block_size(columns(), block); }
    [[nodiscard]] long log2_scale() const { return program_.log2_scale; }

    /// Calls use(K, Theta) with the finished tile (row block I, column block J), edge x edge, of which the rows and
    /// columns that exist are filled; on diagonal tiles of a symmetric job only entries on and below the diagonal are.
    template <typename Use>
    void compute(std::size_t row_block, std::size_t column_block, const Use& use) {
        std::unique_ptr<TileSpace<T>> space = borrow();
        run(row_block, column_block, *space);
        use(space->kernel[0], space->theta[0]);
        give_back(std::move(space));
    }

    /// Calls use(K0) with the tile before the first layer, filled as by compute().
    template <typename Use>
    void compute_input(std::size_t row_block, std::size_t column_block, const Use& use) {
        std::unique_ptr<TileSpace<T>> space = borrow();
        input_tile(row_block, column_block, *space);
        use(space->kernel[0]);
        give_back(std::move(space));
    }
    [[nodiscard]] const Program& program() const { return program_; }
    [[nodiscard]] const std::vector<DualBlock>& duals() const { return duals_; }
    /// K0(x, x) of the rows of a block.
    [[nodiscard]] std::vector<T> input_variances(std::size_t block) const { return block_variances(rows_, block); }

private:
    [[nodiscard]] const Side<T>& columns() const { return columns_ ? *columns_ : rows_; }
    [[nodiscard]] std::size_t block_size(const Side<T>& side, std::size_t block) const {
        return std::min(edge_, side.rows - block * edge_);
    }
    [[nodiscard]] Side<T> make_side(const arma::mat& x, const base::Monitor& monitor) const;
    void keep_rows(Side<T>& side, const base::Monitor& monitor) const;
    [[nodiscard]] std::vector<T> block_variances(const Side<T>& side, std::size_t block) const;
    void input_tile(std::size_t row_block, std::size_t column_block, TileSpace<T>& space) const;
    void mend_pairs(std::size_t row_block, std::size_t column_block, std::size_t j, TileSpace<T>& space) const;
    void run(std::size_t row_block, std::size_t column_block, TileSpace<T>& space) const;
    [[nodiscard]] std::unique_ptr<TileSpace<T>> borrow();
    void give_back(std::unique_ptr<TileSpace<T>> space);

    std::size_t edge_;
    bool ntk_;
    bool has_dropout_ = false;
    Program program_;
    std::vector<DualBlock> duals_;
    Side<T> rows_;
    std::unique_ptr<Side<T>> columns_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<TileSpace<T>>> spare_;
};

} // namespace limsym::kernel
