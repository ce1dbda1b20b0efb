#include <algorithm>
#include <cmath>

#include "limsym/base/error.hpp"
#include "limsym/base/input.hpp"
#include "limsym/base/number.hpp"
#include "limsym/base/random.hpp"
#include "limsym/numerics/variates.hpp"
#include "limsym/process/cross_validation.hpp"

namespace limsym::process {

namespace {

std::vector<std::size_t> parse_split(std::string_view line, std::size_t rows, const std::string& place) {
    std::vector<std::size_t> test;
    if (line.find_first_not_of(" \t,") == std::string_view::npos)
        throw base::InputError(place, "the line is empty; expected 0-based row numbers, comma-separated");
    while (true) {
        const std::size_t comma = line.find(',');
        std::string_view entry = line.substr(0, comma);
        while (!entry.empty() && (entry.front() == ' ' || entry.front() == '\t'))
            entry.remove_prefix(1);
        while (!entry.empty() && (entry.back() == ' ' || entry.back() == '\t'))
            entry.remove_suffix(1);
        const auto row = base::parse_integer(entry);
        const std::string range = "; expected row numbers from 0 to " + std::to_string(rows - 1);
        if (!row) throw base::InputError(place, base::quoted(entry) + " is no whole number" + range);
        if (*row < 0 || static_cast<std::uint64_t>(*row) >= rows)
            throw base::InputError(place, "row " + std::to_string(*row) + " is out of range" + range);
        test.push_back(static_cast<std::size_t>(*row));
        if (comma == std::string_view::npos) break;
        line.remove_prefix(comma + 1);
    }
    std::sort(test.begin(), test.end());
    const auto twice = std::adjacent_find(test.begin(), test.end());
    if (twice != test.end()) throw base::InputError(place, "row " + std::to_string(*twice) + " is given twice");
    if (test.size() == rows) throw base::InputError(place, "every row is a test row; expected some to train on");
    return test;
}

} // namespace

Splits read_splits(const std::string& file, std::size_t rows) {
    base::InputFile input(file);
    const std::string text = input.read_all(std::size_t{1} << 32U);
    Splits splits;
    std::size_t begin = 0;
    for (std::size_t number = 1; begin < text.size(); ++number) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        std::string_view line = std::string_view(text).substr(begin, end - begin);
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
        splits.push_back(parse_split(line, rows, base::at_line(file, number)));
        begin = end + 1;
    }
    if (splits.empty()) throw base::InputError(file, "holds no splits; expected one line of row numbers a split");
    return splits;
}

Splits random_folds(std::size_t rows, std::size_t folds, std::uint64_t seed) {
    if (folds > rows)
        throw base::InputError("--folds", std::to_string(folds) + " folds of " + std::to_string(rows) +
                                              " rows; expected at most one fold a row");
    base::RandomStream stream(seed, "folds");
    std::vector<std::size_t> order(rows);
    numerics::fill_permutation(stream, order.data(), rows);
    Splits splits(folds);
    for (std::size_t i = 0; i < rows; ++i)
        splits[i % folds].push_back(order[i]);
    for (std::vector<std::size_t>& split : splits)
        std::sort(split.begin(), split.end());
    return splits;
}

Splits random_holdout(std::size_t rows, double fraction, std::uint64_t seed) {
    if (rows < 2) throw base::InputError("--holdout", "the table has one row; expected at least 2");
    base::RandomStream stream(seed, "folds");
    std::vector<std::size_t> order(rows);
    numerics::fill_permutation(stream, order.data(), rows);
    const double wanted = std::round(fraction * static_cast<double>(rows));
    const auto count = static_cast<std::size_t>(std::clamp(wanted, 1.0, static_cast<double>(rows - 1)));
    order.resize(count);
    std::sort(order.begin(), order.end());
    return {order};
}

} // namespace limsym::process
