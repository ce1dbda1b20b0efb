#include "limsym/symmetry/group.hpp"

#include <stdexcept>
#include <utility>

#include "limsym/symmetry/partition.hpp"

namespace limsym::symmetry {

namespace {

template <typename... Cases>
struct Visitor : Cases... {
    using Cases::operator()...;
};
template <typename... Cases>
Visitor(Cases...) -> Visitor<Cases...>;

std::uint64_t degree_of(const GroupForm& form) {
    return std::visit(Visitor{[](const TrivialGroup& g) { return std::uint64_t{g.degree}; },
                              [](const CyclicGroup& g) { return std::uint64_t{g.degree}; },
                              [](const SymmetricGroup& g) { return std::uint64_t{g.degree}; },
                              [](const GeneratedGroup& g) { return std::uint64_t{g.degree}; },
                              [](const DirectSum& g) { return std::uint64_t{g.left.degree() + g.right.degree()}; },
                              [](const GroupProduct& g) { return product_degree(g.left, g.right); },
                              [](const WreathProduct& g) { return product_degree(g.inner, g.outer); },
                              [](const NamedGroup& g) { return std::uint64_t{g.meaning.degree()}; },
                              [](const RelabelledGroup& g) { return std::uint64_t{g.group.degree()}; }},
                      form.value);
}

/// `g` on the points first, first + stride, ... of a larger set whose other points stay.
void act(Permutation& images, const Permutation& g, std::size_t first, std::size_t stride) {
    for (std::size_t i = 0; i < g.size(); ++i)
        images[first + i * stride] = static_cast<std::uint32_t>(first + g[i] * stride);
}

std::vector<Permutation> generators_of(const CyclicGroup& group) {
    if (group.degree < 2) return {};
    Permutation shift(group.degree);
    for (std::size_t i = 0; i < group.degree; ++i)
        shift[i] = static_cast<std::uint32_t>((i + 1) % group.degree);
    return {shift};
}

std::vector<Permutation> generators_of(const SymmetricGroup& group) {
    std::vector<Permutation> result = generators_of(CyclicGroup{group.degree});
    if (group.degree < 3) return result;
    Permutation swap = identity_permutation(group.degree);
    std::swap(swap[0], swap[1]);
    result.insert(result.begin(), std::move(swap));
    return result;
}

std::vector<Permutation> generators_of(const DirectSum& group) {
    const std::size_t degree = group.left.degree() + group.right.degree();
    std::vector<Permutation> result;
    for (const Permutation& g : generators(group.left))
        act(result.emplace_back(identity_permutation(degree)), g, 0, 1);
    for (const Permutation& g : generators(group.right))
        act(result.emplace_back(identity_permutation(degree)), g, group.left.degree(), 1);
    return result;
}

std::vector<Permutation> generators_of(const GroupProduct& group) {
    const std::size_t rows = group.left.degree();
    const std::size_t columns = group.right.degree();
    std::vector<Permutation> result;
    for (const Permutation& g : generators(group.left)) {
        Permutation& images = result.emplace_back(rows * columns);
        for (std::size_t column = 0; column < columns; ++column)
            act(images, g, column, columns);
    }
    for (const Permutation& g : generators(group.right)) {
        Permutation& images = result.emplace_back(rows * columns);
        for (std::size_t row = 0; row < rows; ++row)
            act(images, g, row * columns, 1);
    }
    return result;
}

std::vector<Permutation> generators_of(const WreathProduct& group) {
    const std::size_t block = group.inner.degree();
    const std::size_t degree = block * group.outer.degree();
    const std::vector<Permutation> outer = generators(group.outer);
    const PointPartition blocks = orbits(group.outer.degree(), outer);
    std::vector<Permutation> result;
    std::size_t next_orbit = 0;
    for (std::size_t b = 0; b < group.outer.degree(); ++b) {
        if (blocks.labels[b] != next_orbit) continue; // an earlier block stands for this one
        ++next_orbit;
        for (const Permutation& g : generators(group.inner))
            act(result.emplace_back(identity_permutation(degree)), g, b * block, 1);
    }
    for (const Permutation& g : outer) {
        Permutation& images = result.emplace_back(degree);
        for (std::size_t a = 0; a < block; ++a)
            act(images, g, a, block);
    }
    return result;
}

std::vector<Permutation> generators_of(const RelabelledGroup& group) {
    const Permutation variable_of = inverse(group.point_of);
    std::vector<Permutation> result;
    for (const Permutation& g : generators(group.group))
        result.push_back(conjugate(g, variable_of));
    return result;
}

std::string infix(const Group& left, const char* sign, const Group& right) {
    return "(" + to_text(left) + sign + to_text(right) + ")";
}

} // namespace

Group::Group(GroupForm form) : form_(std::make_shared<const GroupForm>(std::move(form))) {
    const std::uint64_t degree = degree_of(*form_);
    if (degree < 1 || degree > largest_degree) throw std::length_error("degree of a group");
    degree_ = degree;
}

Group trivial_group(std::size_t degree) {
    return Group({TrivialGroup{degree}});
}
Group cyclic_group(std::size_t degree) {
    return Group({CyclicGroup{degree}});
}
Group symmetric_group(std::size_t degree) {
    return Group({SymmetricGroup{degree}});
}
Group generated_group(std::size_t degree, std::vector<Permutation> generators, std::string name) {
    return Group({GeneratedGroup{degree, std::move(generators), std::move(name)}});
}
Group direct_sum(Group left, Group right) {
    return Group({DirectSum{std::move(left), std::move(right)}});
}
Group group_product(Group left, Group right) {
    return Group({GroupProduct{std::move(left), std::move(right)}});
}
Group wreath_product(Group inner, Group outer) {
    return Group({WreathProduct{std::move(inner), std::move(outer)}});
}
Group named_group(std::string name, Group meaning) {
    return Group({NamedGroup{std::move(name), std::move(meaning)}});
}
Group relabelled_group(Group group, Permutation point_of) {
    return Group({RelabelledGroup{std::move(group), std::move(point_of)}});
}

std::uint64_t product_degree(const Group& left, const Group& right) {
    return std::uint64_t{left.degree()} * right.degree(); // both at most 2^31
}

std::string to_text(const Group& group) {
    return std::visit(Visitor{[](const TrivialGroup& g) { return "I" + std::to_string(g.degree); },
                              [](const CyclicGroup& g) { return "Z" + std::to_string(g.degree); },
                              [](const SymmetricGroup& g) { return "S" + std::to_string(g.degree); },
                              [](const GeneratedGroup& g) { return g.name; },
                              [](const DirectSum& g) { return infix(g.left, " + ", g.right); },
                              [](const GroupProduct& g) { return infix(g.left, " x ", g.right); },
                              [](const WreathProduct& g) { return infix(g.inner, " wr ", g.outer); },
                              [](const NamedGroup& g) { return g.name; },
                              [](const RelabelledGroup& g) { return to_text(g.group); }},
                      group.form().value);
}

bool is_expression(const Group& group) {
    const auto both = [](const Group& left, const Group& right) { return is_expression(left) && is_expression(right); };
    return std::visit(Visitor{[](const GeneratedGroup&) { return false; }, [](const RelabelledGroup&) { return false; },
                              [](const NamedGroup& g) { return g.name.rfind("coloring:", 0) != 0; },
                              [&](const DirectSum& g) { return both(g.left, g.right); },
                              [&](const GroupProduct& g) { return both(g.left, g.right); },
                              [&](const WreathProduct& g) { return both(g.inner, g.outer); },
                              [](const auto&) { return true; }},
                      group.form().value);
}

std::vector<Permutation> generators(const Group& group) {
    using Result = std::vector<Permutation>;
    return std::visit(Visitor{[](const TrivialGroup&) { return Result{}; },
                              [](const GeneratedGroup& g) { return g.generators; },
                              [](const NamedGroup& g) { return generators(g.meaning); },
                              [](const auto& g) { return generators_of(g); }},
                      group.form().value);
}

} // namespace limsym::symmetry
