// The recursion along the diagonal: variances q and Theta(x, x) of a set of rows, by formulas of their own.
#pragma once

#include <cstddef>
#include <vector>

#include "limsym/kernel/column_kernels.hpp"
#include "limsym/kernel/dual_block.hpp"
#include "limsym/kernel/program.hpp"

namespace limsym::kernel {

template <typename T>
struct DiagonalState {
    std::vector<T> variance;
    std::vector<T> theta;
};

template <typename T>
[[nodiscard]] ColumnAffine<T> column_affine(const AffineOp& op) {
    return {static_cast<T>(op.weight), static_cast<T>(op.bias), static_cast<T>(op.ntk_kernel),
            static_cast<T>(op.ntk_bias)};
}

/// Rows under way through a program, one state a slot.
template <typename T>
class Diagonal {
public:
    Diagonal(std::vector<T> variances, std::size_t slots);

    [[nodiscard]] const DiagonalState<T>& state(std::size_t slot) const { return states_[slot]; }
    /// @param dual the block of an ActivationOp, else nullptr
    void step(const Op& op, const DualBlock* dual);
    /// An ActivationOp whose outcome is known.
    void set_activated(std::size_t slot, const std::vector<T>& variance, const std::vector<T>& slope);

private:
    std::vector<DiagonalState<T>> states_;
};

} // namespace limsym::kernel
