// Rows of numbers as they come from a text: of one length (a matrix) or not (a lower triangle).
#pragma once

#include <algorithm>
#include <armadillo>
#include <cstddef>
#include <span>
#include <vector>

namespace limsym::data {

/// Rows one after another, and where each ends.
struct NumberRows {
    std::vector<double> numbers;
    std::vector<std::size_t> ends;

    [[nodiscard]] std::size_t size() const { return ends.size(); }
    [[nodiscard]] std::span<const double> row(std::size_t i) const {
        const std::size_t begin = i == 0 ? 0 : ends[i - 1];
        return {numbers.data() + begin, ends[i] - begin};
    }
    /// The first row whose length is not `columns`, or size().
    [[nodiscard]] std::size_t first_of_other_length(std::size_t columns) const;
    /// Every row has `columns` numbers.
    [[nodiscard]] arma::mat matrix(std::size_t columns) const;
};

/// Collects the numbers of a matrix row by row in chunks, so that memory never doubles, and turns it at the end.
class RowCollector {
public:
    /// Numbers of the current row are appended here; end_row() closes it.
    std::vector<double>& row() { return chunk_; }
    /// Numbers of the current row so far.
    [[nodiscard]] std::size_t row_size() const { return chunk_.size() - row_begin_; }
    /// The caller has checked that every row has the length of the first.
    void end_row();
    [[nodiscard]] std::size_t rows() const { return rows_; }
    [[nodiscard]] std::size_t columns() const { return columns_; }
    /// The matrix; the collector is empty afterwards.
    [[nodiscard]] arma::mat take();

private:
    std::vector<std::vector<double>> full_;
    std::vector<double> chunk_;
    std::size_t row_begin_ = 0;
    std::size_t rows_ = 0;
    std::size_t columns_ = 0;
};

/// Writes `rows` x `columns` numbers, row after row at `source`, to the rows of `out` from `first_row` on.
template <typename Number>
void place_rows(const Number* source, std::size_t rows, std::size_t columns, arma::mat& out, std::size_t first_row) {
    // Both sides are walked a cache line at a time.
    constexpr std::size_t block = 16;
    for (std::size_t r0 = 0; r0 < rows; r0 += block) {
        const std::size_t height = std::min(block, rows - r0);
        for (std::size_t c = 0; c < columns; ++c) {
            double* const to = out.colptr(c) + first_row + r0;
            const Number* const from = source + r0 * columns + c;
            for (std::size_t r = 0; r < height; ++r)
                to[r] = static_cast<double>(from[r * columns]);
        }
    }
}

/// Writes rows [first, first + count) of a matrix one after another to `to`.
template <typename Number>
void take_rows(const arma::Mat<Number>& matrix, std::size_t first, std::size_t count, Number* to) {
    constexpr std::size_t block = 16;
    const std::size_t columns = matrix.n_cols;
    for (std::size_t r0 = 0; r0 < count; r0 += block) {
        const std::size_t height = std::min(block, count - r0);
        for (std::size_t c = 0; c < columns; ++c) {
            const Number* const from = matrix.colptr(c) + first + r0;
            for (std::size_t r = 0; r < height; ++r)
                to[(r0 + r) * columns + c] = from[r];
        }
    }
}

} // namespace limsym::data
