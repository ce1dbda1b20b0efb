// Laplace exponents of Lévy measures that have no elementary form: int (1 - e^(-t x)) rho(dx), t >= 0.
#pragma once

#include "limsym/mixture/prior.hpp"

namespace limsym::mixture {

[[nodiscard]] double laplace_exponent(const Beta& family, double t);
[[nodiscard]] double laplace_exponent(const BetaPrime& family, double t);
[[nodiscard]] double laplace_exponent(const RegularisedHorseshoe& family, double t);
[[nodiscard]] double laplace_exponent(const Gbfry& family, double t);

} // namespace limsym::mixture
