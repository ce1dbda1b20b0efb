// Plans of memory: anything of order n^2 states its bytes before it allocates.
#pragma once

#include <cstdint>
#include <string_view>

namespace limsym::base {

/// How much memory a piece of work may use.
struct MemoryBudget {
    std::uint64_t bytes;

    /// 75 % of the machine's memory (or of its control group's limit, when smaller).
    [[nodiscard]] static MemoryBudget of_machine();
    /// @param what "the Gram matrix" @throws WorkError with the bytes needed and allowed, and how to go on
    void require(std::uint64_t needed, std::string_view what) const;
};

/// a*b, or the largest value when it does not fit.
[[nodiscard]] std::uint64_t saturating_product(std::uint64_t a, std::uint64_t b);

} // namespace limsym::base
