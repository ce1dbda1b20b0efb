// Rows of a column-major matrix as comma-separated text.
#pragma once

#include <armadillo>
#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include "limsym/base/number.hpp"
#include "limsym/base/output.hpp"

namespace limsym::data {

/// Appends rows to a text that is handed to the sink now and then. Rows are asked for in ascending order.
class RowWriter {
public:
    enum class NonFinite { refuse, empty }; ///< throw std::logic_error, or an empty cell for NaN

    RowWriter(std::string& text, const base::ByteSink& sink) : text_(text), sink_(sink) {}

    /// The first `count` numbers of row r, separated by commas.
    template <typename Number>
    void row(const arma::Mat<Number>& matrix, std::size_t r, std::size_t count, NonFinite rule) {
        constexpr std::size_t piece = 4096;
        const std::size_t columns = matrix.n_cols;
        if (r % height == 0 || lines_.size() != height * columns) turn(matrix, r - r % height);
        const double* const line = lines_.data() + (r % height) * columns;
        for (std::size_t begin = 0; begin < count; begin += piece) {
            const std::size_t end = std::min(count, begin + piece);
            const std::size_t used = text_.size();
            text_.resize(used + (end - begin) * (base::longest_number + 1));
            char* at = text_.data() + used;
            for (std::size_t c = begin; c < end; ++c) {
                if (c > 0) *at++ = ',';
                if (std::isfinite(line[c])) {
                    at = base::write_number(at, line[c]);
                } else if (rule == NonFinite::refuse || !std::isnan(line[c])) {
                    throw std::logic_error("a number that is to be written is not finite");
                }
            }
            text_.resize(static_cast<std::size_t>(at - text_.data()));
            if (text_.size() >= flush_size) {
                sink_(text_);
                text_.clear();
            }
        }
    }

private:
    /// Turns `height` rows into row order, so that the matrix is read a cache line at a time.
    template <typename Number>
    void turn(const arma::Mat<Number>& matrix, std::size_t first) {
        const std::size_t columns = matrix.n_cols;
        const std::size_t rows = std::min<std::size_t>(height, matrix.n_rows - first);
        lines_.resize(height * columns);
        for (std::size_t c = 0; c < columns; ++c) {
            const Number* const from = matrix.colptr(c) + first;
            for (std::size_t i = 0; i < rows; ++i)
                lines_[i * columns + c] = static_cast<double>(from[i]);
        }
    }

    static constexpr std::size_t height = 8;
    static constexpr std::size_t flush_size = std::size_t{1} << 18U;

    std::string& text_;
    const base::ByteSink& sink_;
    std::vector<double> lines_;
};

} // namespace limsym::data
