#include "limsym/data/number_rows.hpp"

#include <utility>

namespace limsym::data {

namespace {

constexpr std::size_t chunk_numbers = std::size_t{1} << 19U;

} // namespace

std::size_t NumberRows::first_of_other_length(std::size_t columns) const {
    std::size_t i = 0;
    while (i < size() && row(i).size() == columns)
        ++i;
    return i;
}

arma::mat NumberRows::matrix(std::size_t columns) const {
    arma::mat out(size(), columns, arma::fill::none);
    place_rows(numbers.data(), size(), columns, out, 0);
    return out;
}

void RowCollector::end_row() {
    if (rows_ == 0) columns_ = chunk_.size();
    ++rows_;
    if (chunk_.size() + columns_ > chunk_numbers) {
        full_.push_back(std::move(chunk_));
        chunk_ = {};
        chunk_.reserve(std::max(chunk_numbers, columns_));
    }
    row_begin_ = chunk_.size();
}

arma::mat RowCollector::take() {
    if (!chunk_.empty()) full_.push_back(std::move(chunk_));
    arma::mat out(rows_, columns_, arma::fill::none);
    std::size_t row = 0;
    for (std::vector<double>& chunk : full_) {
        const std::size_t height = columns_ == 0 ? 0 : chunk.size() / columns_;
        place_rows(chunk.data(), height, columns_, out, row);
        row += height;
        chunk = {};
    }
    *this = {};
    return out;
}

} // namespace limsym::data
