// Closed forms of dual activations over blocks of pairs, with vectorised elementary functions: for the forms that have
// no loop of their own in the engines. The formulas are those of closed_forms.hpp.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include "limsym/kernel/closed_forms.hpp"

namespace limsym::kernel {

/// Some pairs: variances and covariances in, F and D out. A pair's result depends neither on its place nor on the
/// others, and is the same for (q1, q2) and (q2, q1).
struct PairBlock {
    static constexpr std::size_t most = 128;
    using Numbers = std::array<double, most>;
    Numbers q1;
    Numbers q2;
    Numbers c; ///< clipped to [-sqrt(q1 q2), sqrt(q1 q2)] by evaluate_block
    Numbers value;
    Numbers derivative;
};
/// The first `count` pairs.
void evaluate_block(const ClosedForm& form, std::size_t count, PairBlock& block);

/// c[i] := F and theta[i] *= D (unless theta is nullptr) for i < n; q1(i), q2(i) are the variances.
template <typename T, typename First, typename Second>
void apply_closed(const ClosedForm& form, std::size_t n, const First& q1, const Second& q2, T* c, T* theta) {
    PairBlock block{};
    for (std::size_t start = 0; start < n; start += PairBlock::most) {
        const std::size_t count = std::min(PairBlock::most, n - start);
        for (std::size_t i = 0; i < count; ++i) {
            block.q1[i] = static_cast<double>(q1(start + i));
            block.q2[i] = static_cast<double>(q2(start + i));
            block.c[i] = static_cast<double>(c[start + i]);
        }
        evaluate_block(form, count, block);
        for (std::size_t i = 0; i < count; ++i)
            c[start + i] = static_cast<T>(block.value[i]);
        if (theta == nullptr) continue;
        for (std::size_t i = 0; i < count; ++i)
            theta[start + i] *= static_cast<T>(block.derivative[i]);
    }
}

} // namespace limsym::kernel
