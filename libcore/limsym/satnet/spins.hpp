// Points of +-1: their energy x^T C x off the diagonal, and what a flip would change.
#pragma once

#include <cstddef>
#include <vector>

#include "limsym/satnet/couplings.hpp"

namespace limsym::satnet {

/// Keeps what fields need while spins flip.
class SpinState {
public:
    /// @param spins +-1 by variable, spins[0] = 1 of the truth variable
    SpinState(const Couplings<double>& couplings, std::vector<double> spins);

    [[nodiscard]] const std::vector<double>& spins() const { return spins_; }
    /// sum over j != i of C_ij x_j
    [[nodiscard]] double field(std::size_t i) const;
    /// sum over i != j of C_ij x_i x_j
    [[nodiscard]] double energy() const;
    void flip(std::size_t i);

private:
    const Couplings<double>* couplings_;
    std::vector<double> spins_;
    std::vector<double> sums_; // fields (dense), sums by row (sums), S^T x (factors)
};

/// Flips one of `variables` after another while that lowers the energy by more than roundings.
void descend(SpinState& state, const std::vector<std::uint32_t>& variables);

} // namespace limsym::satnet
