#include "limsym/satnet/group_sums.hpp"

#include <algorithm>
#include <map>
#include <type_traits>
#include <utility>

#include "limsym/base/random.hpp"

namespace limsym::satnet {

namespace {

using Block = std::vector<std::uint32_t>; // points, ascending
using Blocks = std::vector<Block>;

/// For every point the blocks whose ones make up its row of an equivariant matrix; and the orbits.
struct Family {
    std::vector<Blocks> reads;
    Blocks orbits;

    [[nodiscard]] std::size_t degree() const { return reads.size(); }
};

/// Too many reads for sums to pay.
struct TooMany {};

/// In the order given, so that points of one orbit list their blocks alike.
void keep_distinct(Blocks& blocks) {
    Blocks kept;
    for (Block& block : blocks)
        if (std::find(kept.begin(), kept.end(), block) == kept.end()) kept.push_back(std::move(block));
    blocks = std::move(kept);
}

Family compile(const symmetry::Group& group, std::size_t most);

Family every_point(std::size_t degree, Blocks orbits, std::size_t most) {
    if (degree > most) throw TooMany{};
    Family family;
    Blocks points;
    for (std::uint32_t i = 0; i < degree; ++i)
        points.push_back({i});
    family.reads.assign(degree, points);
    family.orbits = std::move(orbits);
    return family;
}

Block whole(std::size_t degree) {
    Block all(degree);
    for (std::uint32_t i = 0; i < degree; ++i)
        all[i] = i;
    return all;
}

Family of_symmetric(std::size_t degree) {
    Family family;
    const Block all = whole(degree);
    for (std::uint32_t i = 0; i < degree; ++i) {
        family.reads.push_back({all, {i}});
        keep_distinct(family.reads.back());
    }
    family.orbits = {all};
    return family;
}

Family of_orbits(std::size_t degree, const symmetry::Group& group, std::size_t most) {
    const symmetry::PointPartition partition = symmetry::orbits(degree, symmetry::generators(group));
    Blocks orbits(partition.count());
    for (std::uint32_t i = 0; i < degree; ++i)
        orbits[partition.labels[i]].push_back(i);
    return every_point(degree, std::move(orbits), most);
}

Block shifted(const Block& block, std::size_t by) {
    Block result = block;
    for (std::uint32_t& i : result)
        i += static_cast<std::uint32_t>(by);
    return result;
}

Family of_sum(const Family& left, const Family& right) {
    const std::size_t shift = left.degree();
    Family family;
    family.orbits = left.orbits;
    for (const Block& orbit : right.orbits)
        family.orbits.push_back(shifted(orbit, shift));
    for (Blocks reads : left.reads) {
        for (const Block& orbit : right.orbits)
            reads.push_back(shifted(orbit, shift));
        family.reads.push_back(std::move(reads));
    }
    for (const Blocks& theirs : right.reads) {
        Blocks reads = left.orbits;
        for (const Block& block : theirs)
            reads.push_back(shifted(block, shift));
        family.reads.push_back(std::move(reads));
    }
    return family;
}

// points (p, q) -> p * size + q
Block times(const Block& outer, const Block& inner, std::size_t size) {
    Block result;
    result.reserve(outer.size() * inner.size());
    for (const std::uint32_t p : outer)
        for (const std::uint32_t q : inner)
            result.push_back(static_cast<std::uint32_t>(p * size + q));
    return result;
}

Blocks times(const Blocks& outer, const Blocks& inner, std::size_t size, std::size_t most) {
    if (outer.size() * inner.size() > most) throw TooMany{};
    Blocks result;
    for (const Block& p : outer)
        for (const Block& q : inner)
            result.push_back(times(p, q, size));
    return result;
}

Family of_product(const Family& left, const Family& right, std::size_t most) {
    Family family;
    const std::size_t size = right.degree();
    for (const Blocks& a : left.reads)
        for (const Blocks& b : right.reads)
            family.reads.push_back(times(a, b, size, most));
    family.orbits = times(left.orbits, right.orbits, size, left.orbits.size() * right.orbits.size());
    return family;
}

Family of_wreath(const Family& inner, const Family& outer, std::size_t most) {
    Family family;
    const std::size_t size = inner.degree();
    for (std::uint32_t b = 0; b < outer.degree(); ++b)
        for (const Blocks& own : inner.reads) {
            Blocks reads = times(outer.reads[b], inner.orbits, size, most);
            for (const Block& block : own)
                reads.push_back(times(Block{b}, block, size));
            keep_distinct(reads);
            family.reads.push_back(std::move(reads));
        }
    family.orbits = times(outer.orbits, inner.orbits, size, outer.orbits.size() * inner.orbits.size());
    return family;
}

Family relabelled(const Family& family, const symmetry::Permutation& point_of) {
    const symmetry::Permutation variable_of = symmetry::inverse(point_of);
    const auto renamed = [&](const Blocks& blocks) {
        Blocks result = blocks;
        for (Block& block : result) {
            for (std::uint32_t& i : block)
                i = variable_of[i];
            std::sort(block.begin(), block.end());
        }
        return result;
    };
    Family result;
    for (const std::uint32_t point : point_of)
        result.reads.push_back(renamed(family.reads[point]));
    result.orbits = renamed(family.orbits);
    return result;
}

Family compile(const symmetry::Group& group, std::size_t most) {
    return std::visit(
        [&](const auto& form) -> Family {
            using Form = std::decay_t<decltype(form)>;
            if constexpr (std::is_same_v<Form, symmetry::SymmetricGroup>)
                return of_symmetric(form.degree);
            else if constexpr (std::is_same_v<Form, symmetry::DirectSum>)
                return of_sum(compile(form.left, most), compile(form.right, most));
            else if constexpr (std::is_same_v<Form, symmetry::GroupProduct>)
                return of_product(compile(form.left, most), compile(form.right, most), most);
            else if constexpr (std::is_same_v<Form, symmetry::WreathProduct>)
                return of_wreath(compile(form.inner, most), compile(form.outer, most), most);
            else if constexpr (std::is_same_v<Form, symmetry::NamedGroup>)
                return compile(form.meaning, most);
            else if constexpr (std::is_same_v<Form, symmetry::RelabelledGroup>)
                return relabelled(compile(form.group, most), form.point_of);
            else
                return of_orbits(form.degree, group, most);
        },
        group.form().value);
}

using Combination = std::map<std::uint32_t, std::int32_t>; // parameter -> weight, no zeros

void add(Combination& to, const Combination& from, std::int32_t factor) {
    for (const auto& [parameter, weight] : from) {
        std::int32_t& sum = to[parameter];
        sum += factor * weight;
        if (sum == 0) to.erase(parameter);
    }
}

struct Read {
    const Block* block;
    Combination combination;
};

/// The coefficients of a point's blocks, by inclusion and exclusion from the smallest block that holds a point.
/// @returns nothing when the blocks cannot make the row
std::optional<std::vector<Read>> solve_row(std::uint32_t i, const Blocks& blocks,
                                           const symmetry::PairPartition& classes,
                                           const std::vector<std::uint32_t>& parameter_of,
                                           const std::vector<std::int64_t>& probe) {
    constexpr std::uint32_t none = ~std::uint32_t{0};
    std::vector<Read> reads;
    for (const Block& block : blocks)
        reads.push_back({&block, {}});
    std::stable_sort(reads.begin(), reads.end(),
                     [](const Read& a, const Read& b) { return a.block->size() > b.block->size(); });
    std::vector<std::uint32_t> owner(classes.degree, none);
    for (std::uint32_t r = 0; r < reads.size(); ++r)
        for (const std::uint32_t j : *reads[r].block)
            owner[j] = r;
    std::vector<bool> solved(reads.size(), false);
    for (std::uint32_t j = 0; j < classes.degree; ++j)
        if (owner[j] == none) return std::nullopt;
    for (std::uint32_t r = 0; r < reads.size(); ++r)
        for (const std::uint32_t j : *reads[r].block) {
            if (owner[j] != r) continue;
            Combination combination;
            if (i != j) combination[parameter_of[classes.label(i, j)]] = 1;
            for (std::uint32_t s = 0; s < reads.size(); ++s)
                if (s != r && solved[s] && std::binary_search(reads[s].block->begin(), reads[s].block->end(), j))
                    add(combination, reads[s].combination, -1);
            reads[r].combination = std::move(combination);
            solved[r] = true;
            break;
        }
    // The row that comes out, with one random number for every parameter
    std::vector<std::int64_t> row(classes.degree, 0);
    for (const Read& read : reads) {
        std::int64_t value = 0;
        for (const auto& [parameter, weight] : read.combination)
            value += weight * probe[parameter];
        for (const std::uint32_t j : *read.block)
            row[j] += value;
    }
    for (std::uint32_t j = 0; j < classes.degree; ++j)
        if (row[j] != (i == j ? 0 : probe[parameter_of[classes.label(i, j)]])) return std::nullopt;
    std::erase_if(reads, [](const Read& read) { return read.combination.empty(); });
    return reads;
}

/// Numbers the rows, kinds and combinations while the variables' reads arrive in order.
class TableBuilder {
public:
    TableBuilder(std::size_t degree, std::size_t parameters) {
        table_.order = degree + 1;
        table_.rows = table_.order;
        table_.parameters = parameters;
        table_.read_begin = {0, 0};
        table_.coefficient_begin = {0};
        table_.combination_begin = {0};
        written_.resize(degree);
    }

    void add(const std::vector<Read>& reads) {
        std::vector<Combination> kind;
        for (const Read& read : reads) {
            table_.read_row.push_back(row_of(*read.block));
            kind.push_back(read.combination);
        }
        table_.read_begin.push_back(static_cast<std::uint32_t>(table_.read_row.size()));
        const auto [found, is_new] = kinds_.emplace(std::move(kind), static_cast<std::uint32_t>(table_.coefficients()));
        if (is_new) {
            ++table_.kinds;
            for (const Combination& combination : found->first) {
                for (const auto& [parameter, weight] : combination) {
                    table_.combination_parameter.push_back(parameter);
                    table_.combination_weight.push_back(weight);
                }
                table_.combination_begin.push_back(static_cast<std::uint32_t>(table_.combination_parameter.size()));
            }
        }
        table_.coefficient_begin.push_back(found->second);
    }

    SumTable finish() {
        table_.write_begin = {0, 0};
        for (std::uint32_t i = 0; i < written_.size(); ++i) {
            table_.write_row.push_back(i + 1);
            table_.write_row.insert(table_.write_row.end(), written_[i].begin(), written_[i].end());
            table_.write_begin.push_back(static_cast<std::uint32_t>(table_.write_row.size()));
        }
        return std::move(table_);
    }

private:
    std::uint32_t row_of(const Block& block) {
        if (block.size() == 1) return block.front() + 1;
        const auto [found, is_new] = rows_.emplace(block, static_cast<std::uint32_t>(table_.rows));
        if (is_new) {
            ++table_.rows;
            for (const std::uint32_t i : block)
                written_[i].push_back(found->second);
        }
        return found->second;
    }

    SumTable table_;
    std::map<Block, std::uint32_t> rows_;
    std::map<std::vector<Combination>, std::uint32_t> kinds_; // first coefficient of the kind
    std::vector<std::vector<std::uint32_t>> written_;
};

} // namespace

std::optional<SumTable> compile_sums(const symmetry::Group& group, const symmetry::PairPartition& classes) {
    const std::size_t most = classes.degree / 2;
    const std::vector<std::uint32_t> labels = symmetry::off_diagonal_classes(classes);
    std::vector<std::uint32_t> parameter_of(classes.count(), 0);
    base::RandomStream stream(0, "probe of a sum table");
    std::vector<std::int64_t> probe;
    for (std::uint32_t t = 0; t < labels.size(); ++t) {
        parameter_of[labels[t]] = t;
        probe.push_back(static_cast<std::int64_t>(stream.below(std::uint64_t{1} << 32U)));
    }
    try {
        const Family family = compile(group, most);
        TableBuilder builder(classes.degree, labels.size());
        for (std::uint32_t i = 0; i < classes.degree; ++i) {
            if (family.reads[i].size() > most) return std::nullopt;
            const std::optional<std::vector<Read>> reads = solve_row(i, family.reads[i], classes, parameter_of, probe);
            if (!reads) return std::nullopt;
            builder.add(*reads);
        }
        return builder.finish();
    } catch (const TooMany&) {
        return std::nullopt;
    }
}

} // namespace limsym::satnet
