#include "limsym/satnet/grammar_search.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "limsym/satnet/kronecker_factors.hpp"
#include "limsym/satnet/row_blocks.hpp"
#include "limsym/symmetry/equivariant_matrix.hpp"

namespace limsym::satnet {

namespace {

using symmetry::Group;
using symmetry::Permutation;

constexpr std::size_t largest_sum = 200;     // order of the largest matrix that is split into blocks of rows
constexpr std::size_t most_thresholds = 6;   // at which rows count as exchangeable
constexpr double factor_share = 0.2;         // of the largest weight, above which a Kronecker term counts
constexpr std::size_t most_factors = 6;      // Kronecker terms of a matrix that may be a product
constexpr std::size_t most_parts = 6;        // of one divisor that are searched: two each of three candidates
constexpr double whole_budget = 1e5;         // searches of parts, shared out evenly on every level
constexpr double whole_floor = 1e-9;         // residual that is rounding
constexpr double factor_floor_of_rtol = 0.2; // residual of a factor that is noise, as a share of rtol

/// A group and its labelling, not yet held against a matrix.
struct Guess {
    Group group;
    Permutation point_of;
};

Guess in_order(Group group) {
    const std::size_t n = group.degree();
    return {std::move(group), symmetry::identity_permutation(n)};
}

arma::mat symmetric_part(const arma::mat& matrix) {
    return 0.5 * (matrix + matrix.t());
}

class Search {
public:
    Search(const GrammarOptions& options, const base::Monitor& monitor) : options_(options), monitor_(monitor) {}

    std::vector<GrammarMatch> whole(const arma::mat& matrix) const {
        return search(standardised(matrix), whole_floor, {}, whole_budget);
    }

private:
    /// The best guess for a part of the matrix, whose entries count as constant when they differ by less than rtol of
    /// their size: averages leave little noise in a factor, but the division by its own deviation would enlarge it.
    Guess part(const arma::mat& matrix, double budget) const {
        const std::size_t n = matrix.n_rows;
        if (n == 1) return in_order(symmetry::trivial_group(1));
        const double size = arma::norm(matrix, "fro");
        const double mean = arma::accu(matrix) / static_cast<double>(matrix.n_elem);
        if (arma::norm(matrix - mean, "fro") <= options_.rtol * size) return in_order(symmetry::symmetric_group(n));
        GrammarMatch best =
            search(standardised(matrix), factor_floor_of_rtol * options_.rtol, options_.rtol, budget).front();
        return {std::move(best.group), std::move(best.point_of)};
    }

    /// All candidates for a standardised matrix, the best first. @param at_once residual below which S_n is taken
    /// @param budget searches that its parts may take, half for sums and half for products; below 1 only atoms are
    /// tried
    std::vector<GrammarMatch> search(const arma::mat& matrix, double floor, std::optional<double> at_once,
                                     double budget) const {
        monitor_.check();
        const std::size_t n = matrix.n_rows;
        std::vector<GrammarMatch> matches;
        const auto add = [&](std::optional<Guess> guess) {
            if (guess) matches.push_back(fitted(std::move(*guess), matrix));
        };
        add(in_order(symmetry::symmetric_group(n)));
        if (at_once && matches.front().fit.residual <= *at_once) return matches;
        if (n > 3) add(in_order(symmetry::cyclic_group(n)));
        if (budget >= 1) {
            add_sums(matrix, budget / 2, add);
            add_products(matrix, budget / 2, add);
        }
        std::vector<SymmetryFit> fits;
        for (const GrammarMatch& match : matches)
            fits.push_back(match.fit);
        const std::optional<std::size_t> best =
            best_fit(fits, n, options_.max_err, floor, at_once ? FittedMatrix::factor : FittedMatrix::whole);
        if (best)
            std::rotate(matches.begin(), matches.begin() + static_cast<std::ptrdiff_t>(*best),
                        matches.begin() + static_cast<std::ptrdiff_t>(*best) + 1);
        else
            matches.insert(matches.begin(), fitted(in_order(symmetry::trivial_group(n)), matrix));
        return matches;
    }

    static GrammarMatch fitted(Guess guess, const arma::mat& matrix) {
        GrammarMatch match{std::move(guess.group), std::move(guess.point_of), {}};
        const symmetry::PairPartition partition = partition_of(match);
        match.fit.orbitals = partition.count();
        match.fit.residual = symmetry::relative_residual(matrix, symmetry::class_means(matrix, partition), partition);
        return match;
    }

    // Products and wreath products of points in order.

    template <typename Add>
    void add_products(const arma::mat& matrix, double budget, const Add& add) const {
        if (arma::abs(matrix).max() == 0) return;
        std::vector<std::size_t> divisors;
        for (std::size_t m = 2; m < matrix.n_rows; ++m)
            if (matrix.n_rows % m == 0) divisors.push_back(m);
        for (const std::size_t m : divisors)
            add_products(matrix, m, budget / static_cast<double>(most_parts * divisors.size()), add);
    }

    /// @param budget of each part
    template <typename Add>
    void add_products(const arma::mat& matrix, std::size_t m, double budget, const Add& add) const {
        const KroneckerSum terms = kronecker_sum(matrix, m, factor_share, most_factors);
        if (terms.left.empty()) return;
        add(product(part(symmetric_part(terms.left[0]), budget), part(symmetric_part(terms.right[0]), budget)));
        if (terms.left.size() < 2) return;
        // A mixture of all factors keeps what they have in common.
        arma::mat left = symmetric_part(terms.left[0]);
        arma::mat right = symmetric_part(terms.right[0]);
        double weight = 1.0;
        for (std::size_t s = 1; s < terms.left.size(); ++s) {
            weight *= 0.618;
            left += weight * arma::norm(terms.left[0], "fro") / arma::norm(terms.left[s], "fro") *
                    symmetric_part(terms.left[s]);
            right += weight * arma::norm(terms.right[0], "fro") / arma::norm(terms.right[s], "fro") *
                     symmetric_part(terms.right[s]);
        }
        add(product(part(left, budget), part(right, budget)));
        if (terms.left.size() == 2) add(wreath(terms, budget));
    }

    static Guess product(const Guess& left, const Guess& right) {
        const std::size_t columns = right.group.degree();
        Permutation point_of;
        for (const std::uint32_t a : left.point_of)
            for (const std::uint32_t b : right.point_of)
                point_of.push_back(static_cast<std::uint32_t>(a * columns + b));
        return {symmetry::group_product(left.group, right.group), std::move(point_of)};
    }

    /// C = A (x) 1 + I (x) B: with I = sum a_s A_s and 1 = sum b_s B_s this needs a . b = 0, and then A = A_p / b_p and
    /// B = B_q / a_q for p, q the two terms in either order.
    std::optional<Guess> wreath(const KroneckerSum& terms, double budget) const {
        arma::vec2 a;
        arma::vec2 b;
        for (std::size_t s = 0; s < 2; ++s) {
            a[s] = arma::trace(terms.left[s]) / arma::accu(arma::square(terms.left[s]));
            b[s] = arma::accu(terms.right[s]) / arma::accu(arma::square(terms.right[s]));
        }
        const std::size_t p = std::abs(b[0] * a[1]) >= std::abs(b[1] * a[0]) ? 0 : 1;
        const std::size_t q = 1 - p;
        if (b[p] == 0 || a[q] == 0) return std::nullopt;
        const Guess outer = part(symmetric_part(terms.left[p] / b[p]), budget);
        const Guess inner = part(symmetric_part(terms.right[q] / a[q]), budget);
        Permutation point_of;
        for (const std::uint32_t block : outer.point_of)
            for (const std::uint32_t point : inner.point_of)
                point_of.push_back(static_cast<std::uint32_t>(block * inner.group.degree() + point));
        return Guess{symmetry::wreath_product(inner.group, outer.group), std::move(point_of)};
    }

    // Sums and wreath products of points in any order.

    template <typename Add>
    void add_sums(const arma::mat& matrix, double budget, const Add& add) const {
        const std::size_t n = matrix.n_rows;
        if (n < 3 || n > largest_sum) return;
        const arma::mat distances = exchange_distances(matrix);
        std::vector<RowBlocks> seen;
        const std::vector<double> thresholds = jump_thresholds(distances, most_thresholds);
        for (const double threshold : thresholds) {
            RowBlocks blocks = linked_rows(distances, threshold);
            if (std::find(seen.begin(), seen.end(), blocks) != seen.end()) continue;
            add(sum(matrix, blocks, threshold, budget / static_cast<double>(thresholds.size())));
            seen.push_back(std::move(blocks));
        }
    }

    /// S_k in every block of k rows; equal blocks are exchanged as their means allow; kinds of blocks are summed.
    std::optional<Guess> sum(const arma::mat& matrix, const RowBlocks& blocks, double threshold, double budget) const {
        const std::size_t n = matrix.n_rows;
        const BlockMeans means = block_means(matrix, blocks);
        const RowBlocks kinds = block_kinds(blocks, means, threshold);
        if (kinds.size() == 1 && (blocks.size() == n || blocks.size() == 1)) return std::nullopt; // nothing gained
        const auto searched =
            std::count_if(kinds.begin(), kinds.end(), [](const auto& kind) { return kind.size() > 1; });
        const double share = budget / static_cast<double>(std::max<std::ptrdiff_t>(searched, 1));
        std::optional<Group> group;
        Permutation point_of(n);
        std::size_t next = 0;
        std::vector<std::uint32_t> alone;
        for (const std::vector<std::uint32_t>& kind : kinds) {
            const std::size_t size = blocks[kind[0]].size();
            if (kind.size() == 1 && size == 1) {
                alone.push_back(blocks[kind[0]][0]);
                continue;
            }
            const Guess outer = size == 1 ? part(matrix.submat(rows_of(kind, blocks), rows_of(kind, blocks)), share)
                                          : part(means_of(kind, means), share);
            for (std::size_t k = 0; k < kind.size(); ++k)
                for (std::size_t a = 0; a < size; ++a)
                    point_of[blocks[kind[k]][a]] = static_cast<std::uint32_t>(next + outer.point_of[k] * size + a);
            Group summand = size == 1          ? outer.group
                            : kind.size() == 1 ? symmetry::symmetric_group(size)
                                               : symmetry::wreath_product(symmetry::symmetric_group(size), outer.group);
            next += summand.degree();
            group = group ? symmetry::direct_sum(std::move(*group), std::move(summand)) : std::move(summand);
        }
        if (!group) return std::nullopt;
        for (const std::uint32_t row : alone)
            point_of[row] = static_cast<std::uint32_t>(next++);
        if (!alone.empty()) group = symmetry::direct_sum(std::move(*group), symmetry::trivial_group(alone.size()));
        return Guess{std::move(*group), std::move(point_of)};
    }

    static arma::uvec rows_of(const std::vector<std::uint32_t>& kind, const RowBlocks& blocks) {
        arma::uvec rows(kind.size());
        for (std::size_t k = 0; k < kind.size(); ++k)
            rows[k] = blocks[kind[k]][0];
        return rows;
    }

    /// Means between the blocks of a kind. On the diagonal stands a value one deviation of the whole matrix away, which
    /// gives the noise between equal means its scale.
    static arma::mat means_of(const std::vector<std::uint32_t>& kind, const BlockMeans& means) {
        const arma::uvec blocks = arma::conv_to<arma::uvec>::from(kind);
        arma::mat between = means.between(blocks, blocks);
        const auto q = static_cast<double>(kind.size());
        between.diag().fill(kind.size() > 1 ? arma::accu(between) / (q * (q - 1)) + 1.0 : 0.0);
        return between;
    }

    const GrammarOptions& options_;
    const base::Monitor& monitor_;
};

} // namespace

symmetry::PairPartition partition_of(const GrammarMatch& match) {
    const symmetry::PairPartition ordered =
        symmetry::symmetric_orbitals(symmetry::orbitals(match.group.degree(), symmetry::generators(match.group)));
    return std::is_sorted(match.point_of.begin(), match.point_of.end()) ? ordered
                                                                        : symmetry::relabelled(ordered, match.point_of);
}

std::vector<GrammarMatch> grammar_search(const arma::mat& matrix, const GrammarOptions& options,
                                         const base::Monitor& monitor) {
    return Search(options, monitor).whole(matrix);
}

} // namespace limsym::satnet
