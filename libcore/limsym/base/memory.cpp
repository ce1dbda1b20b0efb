#include "limsym/base/memory.hpp"

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>
#include <unistd.h>

#include "limsym/base/error.hpp"

namespace limsym::base {

MemoryBudget MemoryBudget::of_machine() {
    const auto pages = static_cast<std::uint64_t>(std::max(1L, ::sysconf(_SC_PHYS_PAGES)));
    std::uint64_t total = saturating_product(pages, static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)));
    std::uint64_t limit = 0; // the file holds "max" when there is none
    if (std::ifstream group("/sys/fs/cgroup/memory.max"); group >> limit && limit > 0) total = std::min(total, limit);
    return {total / 4 * 3};
}

void MemoryBudget::require(std::uint64_t needed, std::string_view what) const {
    if (needed <= bytes) return;
    throw WorkError(std::string(what) + " needs " + std::to_string(needed) + " bytes, --max-memory allows " +
                    std::to_string(bytes));
}

std::uint64_t saturating_product(std::uint64_t a, std::uint64_t b) {
    std::uint64_t product = 0;
    return __builtin_mul_overflow(a, b, &product) ? std::numeric_limits<std::uint64_t>::max() : product;
}

} // namespace limsym::base
