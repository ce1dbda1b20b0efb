// Which sums of vectors a structured coupling matrix needs: the nested block sums of products and wreath products.
//
// Rows 0..order-1 are the vectors of the variables themselves (0: truth), rows from `order` on are sums over blocks of
// them. g_i is a combination of the rows that i reads; when v_i changes, the rows that i writes change with it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace limsym::satnet {

struct SumTable {
    std::size_t order = 0;      ///< variables, the truth variable included
    std::size_t rows = 0;       ///< variables and sums
    std::size_t kinds = 0;      ///< lists of coefficients that differ
    std::size_t parameters = 0; ///< values that coefficients are made of

    std::vector<std::uint32_t> read_begin; ///< [order + 1]; the truth variable reads nothing
    std::vector<std::uint32_t> read_row;
    std::vector<std::uint32_t> coefficient_begin; ///< [order]
    std::vector<std::uint32_t> write_begin;       ///< [order + 1]
    std::vector<std::uint32_t> write_row;

    /// Coefficient c is the sum of weight[t] * value[parameter[t]] for combination_begin[c] <= t < ...[c + 1].
    std::vector<std::uint32_t> combination_begin;
    std::vector<std::uint32_t> combination_parameter;
    std::vector<std::int32_t> combination_weight;

    [[nodiscard]] std::size_t coefficients() const { return combination_begin.size() - 1; }
    /// The most reads of a variable.
    [[nodiscard]] std::size_t terms() const;
};

/// The coefficients that values of the parameters give.
[[nodiscard]] std::vector<double> combine_values(const SumTable& table, std::span<const double> values);
/// The transpose: gradient with respect to the values, from that with respect to the coefficients.
void add_combined(const SumTable& table, std::span<const double> coefficient_gradient, std::span<double> values);

} // namespace limsym::satnet
