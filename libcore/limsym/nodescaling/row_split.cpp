#include "limsym/nodescaling/row_split.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"

namespace limsym::nodescaling {

namespace {

constexpr double tolerance = 1e-9;

double sum_of(const std::vector<double>& fractions) {
    return std::accumulate(fractions.begin(), fractions.end(), 0.0);
}

} // namespace

std::vector<std::size_t> legacy_permutation(std::uint32_t seed, std::size_t n) {
    std::mt19937 generator(seed); // its seeding is init_genrand
    std::vector<std::size_t> order(n);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::uint32_t mask = 0;
    for (std::size_t k = n > 0 ? n - 1 : 0; mask < k;)
        mask = mask << 1U | 1U;
    for (std::size_t i = n; i-- > 1;) {
        while (mask >> 1U >= i)
            mask >>= 1U;
        std::size_t j = generator() & mask;
        while (j > i)
            j = generator() & mask;
        std::swap(order[i], order[j]);
    }
    return order;
}

void check_fractions(const std::vector<double>& fractions) {
    if (fractions.empty() || fractions.size() > 3)
        throw base::InputError("--split", std::to_string(fractions.size()) + " fractions; expected 1 to 3");
    for (const double fraction : fractions)
        if (!(fraction > 0.0))
            throw base::InputError("--split", base::number_text(fraction) + " is out of range; expected fractions > 0");
    if (sum_of(fractions) > 1.0 + tolerance)
        throw base::InputError("--split", "the fractions sum to " + base::number_text(sum_of(fractions)) +
                                              "; expected a sum <= 1");
}

std::vector<std::vector<std::size_t>> split_rows(std::size_t n, const SplitRule& rule) {
    check_fractions(rule.fractions);
    std::vector<std::size_t> order(n);
    if (rule.permute_seed)
        order = legacy_permutation(*rule.permute_seed, n);
    else
        std::iota(order.begin(), order.end(), std::size_t{0});
    const bool all = std::abs(sum_of(rule.fractions) - 1.0) <= tolerance;
    std::vector<std::vector<std::size_t>> parts;
    std::size_t begin = 0;
    for (std::size_t p = 0; p < rule.fractions.size(); ++p) {
        const bool rest = all && p + 1 == rule.fractions.size();
        const double wanted = std::floor(rule.fractions[p] * static_cast<double>(n) + tolerance);
        const std::size_t count = rest ? n - begin : std::min(static_cast<std::size_t>(wanted), n - begin);
        if (count == 0)
            throw base::InputError("--split", "part " + std::to_string(p + 1) + " has no rows of the " +
                                                  std::to_string(n) + "; expected larger fractions");
        parts.emplace_back(order.begin() + static_cast<std::ptrdiff_t>(begin),
                           order.begin() + static_cast<std::ptrdiff_t>(begin + count));
        begin += count;
    }
    return parts;
}

} // namespace limsym::nodescaling
