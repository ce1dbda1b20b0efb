// Distributions of statistics that compare a sample with a known continuous law.
#pragma once

#include <cstddef>

namespace limsym::numerics {

/// P(D_n >= d) of the Kolmogorov-Smirnov statistic of n independent numbers.
///
/// Exact: the empirical process stays inside its band, computed by carrying the distribution of a Poisson process from
/// one crossing of the band's edges to the next (A. Moscovich and B. Nadler, Stat. Probab. Lett. 123, 2017; order n
/// times n d), and in the tail twice Smirnov's one-sided sum, whose neglected term is below 1e-12 of it.
[[nodiscard]] double kolmogorov_upper_tail(double d, std::size_t n);
/// Kolmogorov's limit, with the 1/sqrt(n) correction d + 1/(6 n).
[[nodiscard]] double kolmogorov_upper_tail_asymptotic(double d, std::size_t n);
/// The d with P(D_n >= d) = p, exact, 0 < p < 1.
[[nodiscard]] double kolmogorov_upper_quantile(double p, std::size_t n);
/// The same of kolmogorov_upper_tail_asymptotic, for 0 < p < 1.
[[nodiscard]] double kolmogorov_upper_quantile_asymptotic(double p, std::size_t n);

/// P(A^2 >= a) of the Anderson-Darling statistic as n grows (Anderson and Darling, Ann. Math. Stat. 23, 1952), to 1e-11
/// absolutely.
[[nodiscard]] double anderson_darling_upper_tail_asymptotic(double a);

} // namespace limsym::numerics
