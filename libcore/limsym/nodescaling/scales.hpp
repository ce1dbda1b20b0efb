// Scales lambda_j of the nodes of a wide shallow network: mixtures of the uniform and of a power law.
//
//     lambda_j = gamma / m + (1 - gamma) t_j / sum_{k <= m} t_k,   t_j = j^(-1/alpha),   j = 1 ... m
//
// (Caron, Ayed, Jung, Lee, Lee, Yang, arXiv 2302.01002). gamma = 1: the NTK parameterisation; gamma = 0: a pure power
// law, the steeper the smaller alpha.
#pragma once

#include <armadillo>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "limsym/data/format.hpp"

namespace limsym::nodescaling {

/// Which t_j stands at node j.
enum class ScaleVariant {
    paper,         ///< j^(-1/alpha); the scales sum to 1
    official_code, ///< t_1 = 0, t_j = (j-1)^(-1/alpha), divided by the sum of the paper's: the authors' programs, whose
                   ///< first node has gamma/m alone; the sum is below 1
};
/// "paper", "official-code"
[[nodiscard]] std::string_view variant_name(ScaleVariant variant);

struct ScaleLaw {
    double gamma = 0.5; ///< in [0, 1]
    double alpha = 0.7; ///< in (0, 1); without effect when gamma is 1
    ScaleVariant variant = ScaleVariant::paper;
};

/// The scales of m >= 1 nodes; powers below the range of doubles are 0.
[[nodiscard]] arma::vec node_scales(std::size_t m, const ScaleLaw& law);

/// (1 - gamma)^2 zeta(2/alpha) / zeta(1/alpha)^2, the limit of sum lambda_j^2 as m grows: 0 if and only if gamma is 1.
[[nodiscard]] double limiting_sum_of_squares(const ScaleLaw& law);

/// Sums with Neumaier's compensation.
[[nodiscard]] double compensated_sum(const arma::vec& values);
[[nodiscard]] double compensated_sum_of_squares(const arma::vec& values);

/// Scales from a file: the column `lambda` where the header has one, else the last column.
/// @param count of scales that are expected, if any
/// @throws InputError at a scale that is negative, or when all are 0, or "l.csv: 3 scales; expected 5"
[[nodiscard]] arma::vec read_scales(const data::Source& source, std::optional<std::size_t> count);

} // namespace limsym::nodescaling
