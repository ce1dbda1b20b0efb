// Groups as expression trees: the one group type of the toolkit.
//
// A Group is an immutable value, cheap to copy. Its form is a closed set of alternatives; code that needs the structure
// (nested block sums, text, orders) visits it, code that needs the action asks for generators.
// The trees here act by permutations of the points 0..degree-1:
//   direct sum  A + B    A on the first points, B on the others
//   product     A x B    Kronecker action on pairs (a, b), point a degree(B) + b
//   wreath      A wr B   degree(B) blocks of degree(A) points, point b degree(A) + a; A acts in every block
//                        independently, B permutes the blocks
// Source: Lim, Oh, Yang, SymSATNet, NeurIPS 2022, section 3.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "limsym/symmetry/permutation.hpp"

namespace limsym::symmetry {

struct GroupForm;

class Group {
public:
    explicit Group(GroupForm form);

    [[nodiscard]] const GroupForm& form() const { return *form_; }
    /// Points acted on, at least 1.
    [[nodiscard]] std::size_t degree() const { return degree_; }

private:
    std::shared_ptr<const GroupForm> form_;
    std::size_t degree_;
};

/// I_n: the identity alone.
struct TrivialGroup {
    std::size_t degree;
};
/// Z_n: the powers of i -> i + 1 mod n.
struct CyclicGroup {
    std::size_t degree;
};
/// S_n: all permutations.
struct SymmetricGroup {
    std::size_t degree;
};
/// What permutations of equal degree generate.
struct GeneratedGroup {
    std::size_t degree;
    std::vector<Permutation> generators;
    std::string name; ///< as the user wrote it ("gens:FILE"), or "gens"
};
struct DirectSum {
    Group left, right;
};
struct GroupProduct {
    Group left, right;
};
struct WreathProduct {
    Group inner; ///< A, in every block
    Group outer; ///< B, on the blocks
};
/// A group known under a name ("sudoku", "latin:9"), and what it stands for.
struct NamedGroup {
    std::string name;
    Group meaning;
};
/// `group` on other names of its points: variable v plays point point_of[v].
struct RelabelledGroup {
    Group group;
    Permutation point_of;
};

struct GroupForm {
    std::variant<TrivialGroup, CyclicGroup, SymmetricGroup, GeneratedGroup, DirectSum, GroupProduct, WreathProduct,
                 NamedGroup, RelabelledGroup>
        value;
};

/// The largest degree that a tree may have.
inline constexpr std::size_t largest_degree = std::size_t{1} << 31U;

// Trees. Degrees are at least 1 and at most largest_degree, else std::length_error.
[[nodiscard]] Group trivial_group(std::size_t degree);
[[nodiscard]] Group cyclic_group(std::size_t degree);
[[nodiscard]] Group symmetric_group(std::size_t degree);
[[nodiscard]] Group generated_group(std::size_t degree, std::vector<Permutation> generators, std::string name = "gens");
[[nodiscard]] Group direct_sum(Group left, Group right);
[[nodiscard]] Group group_product(Group left, Group right);
[[nodiscard]] Group wreath_product(Group inner, Group outer);
[[nodiscard]] Group named_group(std::string name, Group meaning);
[[nodiscard]] Group relabelled_group(Group group, Permutation point_of);

/// The degree that the operation would have, saturating: lets a caller refuse before it builds.
[[nodiscard]] std::uint64_t product_degree(const Group& left, const Group& right);

/// Fully parenthesised, "((S3 wr S3) x S9)"; named groups keep their name, a relabelled group is written as its group.
[[nodiscard]] std::string to_text(const Group& group);

/// True when to_text reads back to the same group without files: no generators, no relabelling.
[[nodiscard]] bool is_expression(const Group& group);

/// Permutations that generate the group; none for I_n. At most two for every atom of the tree, and for A wr B those of
/// A once for every orbit of B.
[[nodiscard]] std::vector<Permutation> generators(const Group& group);

/// The largest degree of a generated part whose order is computed.
inline constexpr std::size_t largest_generated_degree = 2000;
/// The number of elements as decimal digits, exact; "" when a generated part is too large for a stabiliser chain.
[[nodiscard]] std::string group_order(const Group& group);

} // namespace limsym::symmetry
