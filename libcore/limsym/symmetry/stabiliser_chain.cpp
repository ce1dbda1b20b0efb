#include "limsym/symmetry/stabiliser_chain.hpp"

#include <algorithm>

#include "limsym/base/random.hpp"
#include "limsym/symmetry/partition.hpp"

namespace limsym::symmetry {

namespace {

using Point = std::uint16_t;
using Images = std::vector<Point>;

constexpr std::size_t not_reached = static_cast<std::size_t>(-1);
constexpr std::size_t transversal_bytes = std::size_t{1} << 30U;
constexpr std::size_t trivial_sifts = 64;  // in a row, before the chain counts as complete
constexpr double affordable_proof = 2.5e9; // images composed

bool moves_nothing(const Images& g) {
    for (std::size_t i = 0; i < g.size(); ++i)
        if (g[i] != i) return false;
    return true;
}

Images compose(const Images& first, const Images& second) {
    Images g(first.size());
    for (std::size_t i = 0; i < g.size(); ++i)
        g[i] = second[first[i]];
    return g;
}

Images inverse(const Images& g) {
    Images back(g.size());
    for (std::size_t i = 0; i < g.size(); ++i)
        back[g[i]] = static_cast<Point>(i);
    return back;
}

/// Random elements by product replacement with an accumulator (Celler, Leedham-Green, Murray, Niemeyer, O'Brien).
class RandomElements {
public:
    explicit RandomElements(const std::vector<Images>& generators) : stream_(0, "stabiliser chain") {
        for (std::size_t i = 0; i < std::max<std::size_t>(10, generators.size() + 1); ++i)
            elements_.push_back(generators[i % generators.size()]);
        accumulator_ = elements_[0];
        for (std::size_t i = 0; i < 10 * elements_.size(); ++i)
            static_cast<void>(next());
    }

    const Images& next() {
        const std::size_t i = stream_.below(elements_.size());
        std::size_t j = stream_.below(elements_.size() - 1);
        if (j >= i) ++j;
        const std::uint64_t coins = stream_.below(4);
        const Images other = (coins & 1U) != 0 ? inverse(elements_[j]) : elements_[j];
        elements_[i] = (coins & 2U) != 0 ? compose(other, elements_[i]) : compose(elements_[i], other);
        accumulator_ = compose(accumulator_, elements_[i]);
        return accumulator_;
    }

private:
    base::RandomStream stream_;
    std::vector<Images> elements_;
    Images accumulator_;
};

/// The stabiliser of the earlier base points: generators, and an element for every point of the orbit of `base`.
struct Level {
    std::size_t base = 0;
    std::vector<Images> generators;
    std::vector<std::size_t> orbit;
    std::vector<std::size_t> slot;     // of a point in the orbit, or not_reached
    std::vector<Images> to_base;       // orbit[k] -> base
    std::vector<std::size_t> expanded; // generators applied to orbit[k] so far
};

class Chain {
public:
    explicit Chain(std::size_t degree) : degree_(degree) {}

    /// Sifts g, which fixes the base points before `first`, and keeps what is left as a generator of every level from
    /// `keep_from` down. True when nothing was left.
    bool absorb(Images g, std::size_t first, std::size_t keep_from) {
        std::size_t at = first;
        for (; at < levels_.size(); ++at) {
            const std::size_t slot = levels_[at].slot[g[levels_[at].base]];
            if (slot == not_reached) break;
            if (slot > 0) g = compose(g, levels_[at].to_base[slot]);
        }
        if (at == levels_.size()) {
            if (moves_nothing(g)) return true;
            add_level(g);
        }
        for (std::size_t k = keep_from; k <= at; ++k) {
            levels_[k].generators.push_back(g);
            grow(levels_[k]);
        }
        return false;
    }

    /// Sifts every Schreier generator; true when the chain was complete.
    bool prove() {
        for (std::size_t at = levels_.size(); at-- > 0;) {
            const std::size_t generators = levels_[at].generators.size();
            for (std::size_t k = 0; k < levels_[at].orbit.size(); ++k) {
                const Images from_base = inverse(levels_[at].to_base[k]);
                for (std::size_t s = 0; s < generators; ++s) {
                    const Level& level = levels_[at];
                    const std::size_t image = level.generators[s][level.orbit[k]];
                    Images g = compose(compose(from_base, level.generators[s]), level.to_base[level.slot[image]]);
                    if (!absorb(std::move(g), at + 1, at + 1)) return false;
                }
            }
        }
        return true;
    }

    [[nodiscard]] double proof_cost() const {
        double sifts = 0;
        for (const Level& level : levels_)
            sifts += static_cast<double>(level.orbit.size()) * static_cast<double>(level.generators.size());
        return sifts * static_cast<double>(levels_.size() + 3) * static_cast<double>(degree_);
    }
    [[nodiscard]] bool too_large() const { return elements_ * degree_ * sizeof(Point) > transversal_bytes; }
    [[nodiscard]] std::vector<std::size_t> orbit_sizes() const {
        std::vector<std::size_t> sizes;
        for (const Level& level : levels_)
            sizes.push_back(level.orbit.size());
        return sizes;
    }

private:
    void add_level(const Images& moved) {
        Level level;
        while (moved[level.base] == level.base)
            ++level.base;
        level.slot.assign(degree_, not_reached);
        level.slot[level.base] = 0;
        level.orbit = {level.base};
        Images identity(degree_);
        for (std::size_t i = 0; i < degree_; ++i)
            identity[i] = static_cast<Point>(i);
        level.to_base = {identity};
        level.expanded = {0};
        levels_.push_back(std::move(level));
    }

    void grow(Level& level) {
        for (std::size_t k = 0; k < level.orbit.size(); ++k)
            while (level.expanded[k] < level.generators.size()) {
                const Images& g = level.generators[level.expanded[k]++];
                const std::size_t image = g[level.orbit[k]];
                if (level.slot[image] != not_reached) continue;
                level.slot[image] = level.orbit.size();
                level.orbit.push_back(image);
                level.to_base.push_back(compose(inverse(g), level.to_base[k]));
                level.expanded.push_back(0);
                ++elements_;
                if (too_large()) return;
            }
    }

    std::size_t degree_;
    std::vector<Level> levels_;
    std::size_t elements_ = 0;
};

bool is_prime(std::size_t n) {
    if (n < 2) return false;
    for (std::size_t d = 2; d * d <= n; ++d)
        if (n % d == 0) return false;
    return true;
}

bool has_long_prime_cycle(const Images& g) {
    std::vector<bool> seen(g.size());
    for (std::size_t i = 0; i < g.size(); ++i) {
        std::size_t length = 0;
        for (std::size_t at = i; !seen[at]; at = g[at]) {
            seen[at] = true;
            ++length;
        }
        if (2 * length > g.size() && length + 2 < g.size() && is_prime(length)) return true;
    }
    return false;
}

bool is_odd(const Images& g) {
    std::vector<bool> seen(g.size());
    std::size_t cycles = 0;
    for (std::size_t i = 0; i < g.size(); ++i) {
        if (seen[i]) continue;
        ++cycles;
        for (std::size_t at = i; !seen[at]; at = g[at])
            seen[at] = true;
    }
    return (g.size() - cycles) % 2 == 1;
}

/// A transitive group with a cycle of prime length p, n/2 < p < n - 2, in one of its elements is primitive and holds a
/// p-cycle (a power of the element), so it holds the alternating group.
bool holds_alternating_group(std::size_t degree, const std::vector<Images>& generators) {
    if (degree < 8) return false;
    RandomElements random(generators);
    for (std::size_t trial = 0; trial < 200; ++trial)
        if (has_long_prime_cycle(random.next())) return true;
    return false;
}

} // namespace

std::optional<std::vector<std::size_t>> basic_orbit_sizes(std::size_t degree,
                                                          const std::vector<Permutation>& generators) {
    std::vector<Images> given;
    for (const Permutation& g : generators)
        if (!is_identity(g)) given.emplace_back(g.begin(), g.end());
    if (given.empty()) return std::vector<std::size_t>{};
    if (orbits(degree, generators).count() == 1 && holds_alternating_group(degree, given)) {
        std::vector<std::size_t> sizes;
        for (std::size_t n = degree; n > 2; --n)
            sizes.push_back(n);
        if (std::any_of(given.begin(), given.end(), is_odd)) sizes.push_back(2);
        return sizes;
    }
    Chain chain(degree);
    for (const Images& g : given)
        chain.absorb(g, 0, 0);
    RandomElements random(given);
    do {
        for (std::size_t trivial = 0; trivial < trivial_sifts && !chain.too_large();)
            trivial = chain.absorb(random.next(), 0, 1) ? trivial + 1 : 0;
        if (chain.too_large()) return std::nullopt;
    } while (chain.proof_cost() < affordable_proof && !chain.prove());
    return chain.orbit_sizes();
}

} // namespace limsym::symmetry
