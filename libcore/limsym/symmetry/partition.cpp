#include "limsym/symmetry/partition.hpp"

#include <algorithm>
#include <numeric>

#include "limsym/base/hash.hpp"
#include "limsym/base/memory.hpp"

namespace limsym::symmetry {

namespace {

constexpr std::uint32_t unseen = static_cast<std::uint32_t>(-1);

/// Disjoint sets of 0..n-1; the representative of a set is its smallest member.
class DisjointSets {
public:
    explicit DisjointSets(std::size_t count) : parent_(count) { std::iota(parent_.begin(), parent_.end(), 0U); }

    std::uint32_t find(std::uint32_t x) {
        while (parent_[x] != x) {
            parent_[x] = parent_[parent_[x]];
            x = parent_[x];
        }
        return x;
    }
    void join(std::uint32_t x, std::uint32_t y) {
        x = find(x);
        y = find(y);
        if (x < y)
            parent_[y] = x;
        else
            parent_[x] = y;
    }

private:
    std::vector<std::uint32_t> parent_;
};

/// Numbers classes by first occurrence. @param representatives below `bound`
std::uint32_t renumber(std::vector<std::uint32_t>& representatives, std::size_t bound) {
    std::vector<std::uint32_t> number(bound, unseen);
    std::uint32_t next = 0;
    for (std::uint32_t& representative : representatives) {
        std::uint32_t& name = number[representative];
        if (name == unseen) name = next++;
        representative = name;
    }
    return next;
}

/// Sizes of the classes of final labels, and which hold diagonal pairs.
void complete(PairPartition& partition, std::size_t count) {
    const std::size_t n = partition.degree;
    partition.sizes.assign(count, 0);
    for (const std::uint32_t label : partition.labels)
        ++partition.sizes[label];
    partition.on_diagonal.assign(count, false);
    for (std::size_t i = 0; i < n; ++i)
        partition.on_diagonal[partition.labels[i * n + i]] = true;
}

/// The rows of the pair table that belong to one orbit of points.
///
/// Row i holds, at j, the point that the tree element moving i to the root moves j to; so (i, j) lies in the orbital of
/// (root, row i at j). Edges outside the tree join such points.
class OrbitRows {
public:
    OrbitRows(std::size_t degree, const std::vector<Permutation>& generators, std::vector<std::uint32_t>& table)
        : degree_(degree), generators_(generators), table_(table), reached_(degree, false), classes_(degree) {}

    void fill(std::uint32_t root) {
        classes_ = DisjointSets(degree_);
        order_.assign(1, root);
        reached_[root] = true;
        std::iota(row(root), row(root) + degree_, 0U);
        for (std::size_t k = 0; k < order_.size(); ++k)
            for (const Permutation& g : generators_)
                visit(order_[k], g);
        for (const std::uint32_t i : order_)
            for (std::uint32_t* at = row(i); at != row(i) + degree_; ++at)
                *at = classes_.find(*at);
    }
    [[nodiscard]] bool reached(std::uint32_t point) const { return reached_[point]; }

private:
    std::uint32_t* row(std::uint32_t i) { return table_.data() + std::size_t{i} * degree_; }

    void visit(std::uint32_t i, const Permutation& g) {
        const std::uint32_t* from = row(i);
        std::uint32_t* to = row(g[i]);
        if (!reached_[g[i]]) {
            reached_[g[i]] = true;
            order_.push_back(g[i]);
            for (std::size_t j = 0; j < degree_; ++j)
                to[g[j]] = from[j];
            return;
        }
        for (std::size_t j = 0; j < degree_; ++j)
            if (from[j] != to[g[j]]) classes_.join(from[j], to[g[j]]);
    }

    std::size_t degree_;
    const std::vector<Permutation>& generators_;
    std::vector<std::uint32_t>& table_;
    std::vector<bool> reached_;
    std::vector<std::uint32_t> order_;
    DisjointSets classes_;
};

} // namespace

std::uint64_t orbital_bytes(std::size_t degree) {
    return base::saturating_product(base::saturating_product(degree, degree), 2 * sizeof(std::uint32_t));
}

PointPartition orbits(std::size_t degree, const std::vector<Permutation>& generators) {
    DisjointSets sets(degree);
    for (const Permutation& g : generators)
        for (std::size_t i = 0; i < degree; ++i)
            sets.join(static_cast<std::uint32_t>(i), g[i]);
    PointPartition partition;
    partition.labels.resize(degree);
    for (std::size_t i = 0; i < degree; ++i)
        partition.labels[i] = sets.find(static_cast<std::uint32_t>(i));
    partition.sizes.assign(renumber(partition.labels, degree), 0);
    for (const std::uint32_t label : partition.labels)
        ++partition.sizes[label];
    return partition;
}

PairPartition orbitals(std::size_t degree, const std::vector<Permutation>& generators) {
    PairPartition partition;
    partition.degree = degree;
    partition.labels.resize(degree * degree);
    OrbitRows rows(degree, generators, partition.labels);
    std::uint32_t count = 0;
    std::vector<std::uint32_t> number(degree);
    const PointPartition points = orbits(degree, generators);
    std::vector<std::vector<std::uint32_t>> members(points.count());
    for (std::uint32_t i = 0; i < degree; ++i)
        members[points.labels[i]].push_back(i);
    for (const std::vector<std::uint32_t>& orbit : members) {
        // The root is the first point of its orbit, whose row comes first: every class shows up there.
        rows.fill(orbit[0]);
        std::fill(number.begin(), number.end(), unseen);
        for (const std::uint32_t i : orbit)
            for (std::size_t j = 0; j < degree; ++j) {
                std::uint32_t& label = partition.labels[std::size_t{i} * degree + j];
                if (number[label] == unseen) number[label] = count++;
                label = number[label];
            }
    }
    complete(partition, count);
    return partition;
}

PairPartition symmetric_orbitals(const PairPartition& orbitals) {
    const std::size_t n = orbitals.degree;
    DisjointSets sets(orbitals.count());
    std::vector<bool> seen(orbitals.count());
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j) {
            const std::uint32_t label = orbitals.label(i, j);
            if (seen[label]) continue;
            seen[label] = true;
            sets.join(label, orbitals.label(j, i));
        }
    std::vector<std::uint32_t> merged(orbitals.count());
    for (std::uint32_t label = 0; label < merged.size(); ++label)
        merged[label] = sets.find(label);
    const std::uint32_t count = renumber(merged, merged.size()); // labels are in order of first occurrence already
    PairPartition partition;
    partition.degree = n;
    partition.labels.resize(orbitals.labels.size());
    std::transform(orbitals.labels.begin(), orbitals.labels.end(), partition.labels.begin(),
                   [&](std::uint32_t label) { return merged[label]; });
    complete(partition, count);
    return partition;
}

PairPartition partition_of_labels(std::size_t degree, std::vector<std::uint32_t> labels) {
    PairPartition partition;
    partition.degree = degree;
    partition.labels = std::move(labels);
    const std::uint32_t largest = *std::max_element(partition.labels.begin(), partition.labels.end());
    complete(partition, renumber(partition.labels, std::size_t{largest} + 1));
    return partition;
}

std::vector<std::uint32_t> off_diagonal_classes(const PairPartition& partition) {
    std::vector<std::uint32_t> classes;
    for (std::uint32_t label = 0; label < partition.count(); ++label)
        if (!partition.on_diagonal[label]) classes.push_back(label);
    return classes;
}

std::string labels_sha256(const PairPartition& partition) {
    base::Sha256 hash;
    std::string text;
    for (std::size_t at = 0; at < partition.labels.size(); ++at) {
        if (at > 0) text += ',';
        text += std::to_string(partition.labels[at]);
        if (text.size() > 60'000) {
            hash.update(text);
            text.clear();
        }
    }
    hash.update(text);
    return hash.hex();
}

PairPartition relabelled(const PairPartition& partition, const Permutation& point_of) {
    const std::size_t n = partition.degree;
    std::vector<std::uint32_t> labels(partition.labels.size());
    for (std::size_t u = 0; u < n; ++u)
        for (std::size_t v = 0; v < n; ++v)
            labels[u * n + v] = partition.label(point_of[u], point_of[v]);
    return partition_of_labels(n, std::move(labels));
}

} // namespace limsym::symmetry
