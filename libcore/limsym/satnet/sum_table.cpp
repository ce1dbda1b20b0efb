#include "limsym/satnet/sum_table.hpp"

#include <algorithm>

namespace limsym::satnet {

std::size_t SumTable::terms() const {
    std::size_t most = 0;
    for (std::size_t i = 0; i + 1 < read_begin.size(); ++i)
        most = std::max<std::size_t>(most, read_begin[i + 1] - read_begin[i]);
    return most;
}

std::vector<double> combine_values(const SumTable& table, std::span<const double> values) {
    std::vector<double> coefficients(table.coefficients(), 0.0);
    for (std::size_t c = 0; c < coefficients.size(); ++c)
        for (std::uint32_t t = table.combination_begin[c]; t < table.combination_begin[c + 1]; ++t)
            coefficients[c] += table.combination_weight[t] * values[table.combination_parameter[t]];
    return coefficients;
}

void add_combined(const SumTable& table, std::span<const double> coefficient_gradient, std::span<double> values) {
    for (std::size_t c = 0; c < table.coefficients(); ++c)
        for (std::uint32_t t = table.combination_begin[c]; t < table.combination_begin[c + 1]; ++t)
            values[table.combination_parameter[t]] += table.combination_weight[t] * coefficient_gradient[c];
}

} // namespace limsym::satnet
