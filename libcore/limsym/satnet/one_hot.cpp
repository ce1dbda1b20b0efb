#include "limsym/satnet/one_hot.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "limsym/base/error.hpp"

namespace limsym::satnet {

namespace {

struct Cell {
    std::size_t first, size, value;
};

/// The variable of the cell that is 1 while all others are 0, counted from the first.
std::optional<std::size_t> value_of(const std::vector<double>& y, std::size_t first, std::size_t size) {
    std::optional<std::size_t> value;
    for (std::size_t k = 0; k < size; ++k) {
        if (y[first + k] == 0) continue;
        if (y[first + k] != 1 || value) return std::nullopt;
        value = k;
    }
    return value;
}

} // namespace

PartialAssignment one_hot(const std::vector<std::uint8_t>& values, const std::vector<bool>& known, std::size_t size) {
    PartialAssignment result;
    result.y.assign(values.size() * size, 0.0);
    for (std::size_t cell = 0; cell < values.size(); ++cell)
        result.y[cell * size + values[cell]] = 1.0;
    result.x = result.y;
    for (std::size_t cell = 0; cell < values.size(); ++cell)
        for (std::size_t k = 0; k < size && !known[cell]; ++k)
            result.x[cell * size + k] = std::numeric_limits<double>::quiet_NaN();
    return result;
}

void corrupt(PartialAssignment& assignment, const std::vector<std::size_t>& cells, std::size_t count,
             base::RandomStream& stream) {
    std::vector<Cell> candidates;
    std::size_t first = 0;
    for (const std::size_t size : cells) {
        if (const auto value = value_of(assignment.y, first, size)) candidates.push_back({first, size, *value});
        first += size;
    }
    if (count > candidates.size())
        throw base::InputError("only " + std::to_string(candidates.size()) +
                               " cells have a value in y; expected at least " + std::to_string(count));
    for (std::size_t k = 0; k < count; ++k) {
        std::swap(candidates[k], candidates[k + stream.below(candidates.size() - k)]);
        const Cell& cell = candidates[k];
        const std::size_t wrong = (cell.value + 1 + stream.below(cell.size - 1)) % cell.size;
        const auto set = [&](std::vector<double>& values) {
            for (std::size_t i = 0; i < cell.size; ++i)
                values[cell.first + i] = i == wrong ? 1.0 : 0.0;
        };
        const auto begin = assignment.x.begin() + static_cast<std::ptrdiff_t>(cell.first);
        const bool given = std::none_of(begin, begin + static_cast<std::ptrdiff_t>(cell.size),
                                        [](double value) { return std::isnan(value); });
        set(assignment.y);
        if (given) set(assignment.x);
    }
}

} // namespace limsym::satnet
