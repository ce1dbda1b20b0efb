#include "limsym/satnet/symmetry_discovery.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/satnet/grammar_search.hpp"
#include "limsym/satnet/symmetry_choice.hpp"
#include "limsym/symmetry/automorphism.hpp"
#include "limsym/symmetry/colour_refinement.hpp"
#include "limsym/symmetry/equivariant_matrix.hpp"

namespace limsym::satnet {

namespace {

using symmetry::PairPartition;

constexpr std::size_t scanned_gaps = 256;       // the largest, among which values are cut
constexpr std::size_t tolerances_of_small = 12; // tried for matrices of order below large_order
constexpr std::size_t tolerances_of_large = 4;
constexpr std::size_t large_order = 200;
constexpr double rounding_floor = 1e-9; // residual that is rounding

/// A candidate with all that is needed to report it as the winner.
struct Found {
    DiscoveryCandidate told;
    SymmetryFit fit;
    PairPartition pairs;
    std::optional<symmetry::Group> group;
    symmetry::Permutation point_of;
    std::string order;
    std::optional<double> tolerance;
};

/// Values at which neighbouring entries are cut apart: the geometric mean across the largest ratios of successive gaps,
/// and half the smallest gap when the values are few enough to be all different.
std::vector<double> scanned_tolerances(const arma::mat& matrix, std::size_t most) {
    struct Cut {
        double ratio, tolerance;
    };
    const std::vector<double> gaps = symmetry::value_gaps(matrix);
    const double rounding = 1e-13 * arma::abs(matrix).max();
    std::vector<Cut> cuts;
    for (std::size_t k = 0; k < std::min(gaps.size(), scanned_gaps); ++k) {
        const double low = std::max(k + 1 < gaps.size() ? gaps[k + 1] : 0.0, rounding);
        if (gaps[k] > low) cuts.push_back({gaps[k] / low, std::sqrt(gaps[k] * low)});
    }
    std::stable_sort(cuts.begin(), cuts.end(), [](const Cut& a, const Cut& b) { return a.ratio > b.ratio; });
    if (cuts.size() > most) cuts.resize(most);
    std::vector<double> tolerances;
    for (const Cut& cut : cuts)
        tolerances.push_back(cut.tolerance);
    std::sort(tolerances.begin(), tolerances.end(), std::greater<>());
    return tolerances;
}

symmetry::PointPartition diagonal_classes(const PairPartition& pairs) {
    symmetry::PointPartition points;
    std::vector<std::uint32_t> name(pairs.count(), static_cast<std::uint32_t>(-1));
    for (std::size_t i = 0; i < pairs.degree; ++i) {
        const std::uint32_t label = pairs.label(i, i);
        if (name[label] == static_cast<std::uint32_t>(-1)) {
            name[label] = static_cast<std::uint32_t>(points.sizes.size());
            points.sizes.push_back(0);
        }
        points.labels.push_back(name[label]);
        ++points.sizes[name[label]];
    }
    return points;
}

bool longer_or_larger(const std::string& left, const std::string& right) {
    return std::tuple(left.size(), left) > std::tuple(right.size(), right);
}

class Discovery {
public:
    Discovery(const arma::mat& matrix, const DiscoveryOptions& options, const base::Monitor& monitor)
        : matrix_(matrix), standard_(standardised(matrix)), options_(options), monitor_(monitor) {}

    DiscoveredSymmetry run() {
        if (is_constant()) return constant();
        const DiscoveryMethod method = options_.method;
        const bool all = method == DiscoveryMethod::automatic;
        if (all || method == DiscoveryMethod::grammar) try_grammar();
        if (method != DiscoveryMethod::grammar)
            try_values(all || method == DiscoveryMethod::refinement, method != DiscoveryMethod::refinement);
        return chosen();
    }

private:
    [[nodiscard]] bool is_constant() const {
        const double rounding = 1e-14 * arma::abs(matrix_).max();
        const double on = matrix_(0, 0);
        const double off = matrix_(1, 0);
        for (arma::uword j = 0; j < matrix_.n_cols; ++j)
            for (arma::uword i = 0; i < matrix_.n_rows; ++i)
                if (std::abs(matrix_(i, j) - (i == j ? on : off)) > rounding) return false;
        return true;
    }

    DiscoveredSymmetry constant() const {
        const std::size_t n = matrix_.n_rows;
        Found found = of_group("grammar", symmetry::symmetric_group(n), symmetry::identity_permutation(n));
        found.told.residual = 0.0;
        found.told.accepted = true;
        DiscoveredSymmetry result = reported(found);
        result.constant = true;
        result.residual = 0.0;
        result.candidates = {found.told};
        return result;
    }

    // Candidates

    [[nodiscard]] SymmetryFit fit_of(const PairPartition& pairs) const {
        return {pairs.count(), symmetry::relative_residual(standard_, symmetry::class_means(standard_, pairs), pairs)};
    }
    [[nodiscard]] double residual_of(const PairPartition& pairs) const {
        return symmetry::relative_residual(matrix_, symmetry::class_means(matrix_, pairs), pairs);
    }

    Found of_pairs(const std::string& method, PairPartition pairs) const {
        Found found;
        found.fit = fit_of(pairs);
        found.told = {method, std::nullopt, pairs.count(), residual_of(pairs), false, ""};
        found.pairs = std::move(pairs);
        return found;
    }

    Found of_group(const std::string& method, const symmetry::Group& group, symmetry::Permutation point_of) const {
        const bool ordered = std::is_sorted(point_of.begin(), point_of.end());
        const symmetry::Group on_variables = ordered ? group : symmetry::relabelled_group(group, point_of);
        Found found = of_pairs(method, symmetry::symmetric_orbitals(
                                           symmetry::orbitals(group.degree(), symmetry::generators(on_variables))));
        found.told.group = symmetry::to_text(group);
        found.group = on_variables;
        found.point_of = std::move(point_of);
        found.order = symmetry::group_order(group);
        return found;
    }

    void try_grammar() {
        for (const GrammarMatch& match : grammar_search(matrix_, {options_.rtol, options_.max_err}, monitor_))
            found_.push_back(of_group("grammar", match.group, match.point_of));
    }

    void try_values(bool refinement, bool automorphism) {
        const std::size_t n = matrix_.n_rows;
        const std::vector<double> tolerances =
            options_.tolerance
                ? std::vector<double>{*options_.tolerance}
                : scanned_tolerances(matrix_, n < large_order ? tolerances_of_small : tolerances_of_large);
        std::vector<std::vector<std::uint32_t>> seen;
        for (const double tolerance : tolerances) {
            const PairPartition colours = symmetry::quantised(matrix_, tolerance);
            PairPartition stable = symmetry::symmetric_orbitals(symmetry::stable_colouring(colours, monitor_));
            // Automorphisms keep the stable colouring: nothing more is there when it tells all pairs apart.
            const bool trivial = stable.count() == n * (n + 1) / 2;
            if (std::find(seen.begin(), seen.end(), stable.labels) != seen.end()) continue;
            seen.push_back(stable.labels);
            if (automorphism && (!trivial || options_.tolerance)) try_automorphisms(colours, tolerance);
            if (refinement && (!trivial || options_.tolerance)) {
                Found& found = found_.emplace_back(of_pairs("wl", std::move(stable)));
                found.tolerance = tolerance;
            }
        }
    }

    void try_automorphisms(const PairPartition& colours, double tolerance) {
        if (symmetry::automorphism_vertices(colours) > symmetry::most_automorphism_vertices) {
            refused_.push_back({"aut", std::nullopt, std::nullopt, std::nullopt, false,
                                "the graph of the values has more than " +
                                    std::to_string(symmetry::most_automorphism_vertices) + " vertices"});
            return;
        }
        symmetry::AutomorphismGroup automorphisms = symmetry::automorphisms(colours);
        symmetry::Group group = symmetry::generated_group(colours.degree, std::move(automorphisms.generators));
        Found& found = found_.emplace_back(of_pairs(
            "aut", symmetry::symmetric_orbitals(symmetry::orbitals(colours.degree, symmetry::generators(group)))));
        found.group = std::move(group);
        found.order = std::move(automorphisms.order);
        found.tolerance = tolerance;
    }

    // The choice

    /// The number of the winner in found_, or nothing.
    [[nodiscard]] std::optional<std::size_t> winner() const {
        if (options_.method == DiscoveryMethod::grammar)
            return found_[0].fit.residual <= options_.max_err ? std::optional<std::size_t>(0) : std::nullopt;
        if (options_.tolerance && options_.method != DiscoveryMethod::automatic && !found_.empty())
            return found_[0].fit.residual <= options_.max_err ? std::optional<std::size_t>(0) : std::nullopt;
        std::vector<SymmetryFit> fits;
        for (const Found& found : found_)
            fits.push_back(found.fit);
        std::optional<std::size_t> best =
            best_fit(fits, matrix_.n_rows, options_.max_err, rounding_floor, FittedMatrix::whole);
        if (!best) return best;
        // Of candidates with the same partition: one with a group, the larger group, an expression.
        for (std::size_t k = 0; k < found_.size(); ++k)
            if (found_[k].pairs.labels == found_[*best].pairs.labels &&
                longer_or_larger(found_[k].order, found_[*best].order))
                best = k;
        return best;
    }

    DiscoveredSymmetry chosen() {
        const std::optional<std::size_t> best = winner();
        for (std::size_t k = 0; k < found_.size(); ++k) {
            DiscoveryCandidate& told = found_[k].told;
            told.accepted = k == best;
            if (!told.accepted) told.reason = why_not(found_[k], best);
        }
        DiscoveredSymmetry result = best ? reported(found_[*best]) : trivial();
        for (const Found& found : found_)
            result.candidates.push_back(found.told);
        result.candidates.insert(result.candidates.end(), refused_.begin(), refused_.end());
        if (result.group && result.order == "1") result.reason = "no symmetry other than the identity was found";
        return result;
    }

    [[nodiscard]] std::string why_not(const Found& found, std::optional<std::size_t> best) const {
        const std::size_t n = matrix_.n_rows;
        if (found.fit.residual > options_.max_err)
            return "the residual of the standardised matrix, " + base::number_text(found.fit.residual) + ", is above " +
                   base::number_text(options_.max_err);
        if (found.fit.orbitals == n * (n + 1) / 2) return "every pair is an orbital of its own";
        if (!best) return "";
        if (found.pairs.labels == found_[*best].pairs.labels) return "another candidate has the same orbitals";
        if (found.fit.orbitals <= found_[*best].fit.orbitals) return "the residual is above the noise that others tell";
        return "another candidate has fewer orbitals";
    }

    [[nodiscard]] DiscoveredSymmetry trivial() const {
        const std::size_t n = matrix_.n_rows;
        DiscoveredSymmetry result =
            reported(of_group("grammar", symmetry::trivial_group(n), symmetry::identity_permutation(n)));
        result.method = options_.method == DiscoveryMethod::refinement     ? "wl"
                        : options_.method == DiscoveryMethod::automorphism ? "aut"
                                                                           : "grammar";
        return result;
    }

    [[nodiscard]] DiscoveredSymmetry reported(const Found& found) const {
        DiscoveredSymmetry result;
        result.method = found.told.method;
        result.group = found.group;
        result.expression = found.told.group.value_or("");
        result.point_of = found.point_of;
        result.order = found.order;
        result.pairs = found.pairs;
        result.points = diagonal_classes(found.pairs);
        result.residual = *found.told.residual;
        result.tolerance = found.tolerance;
        if (!found.group)
            result.reason =
                "colour refinement gives classes of pairs that counting cannot split; it does not give a group";
        return result;
    }

    const arma::mat& matrix_;
    arma::mat standard_;
    const DiscoveryOptions& options_;
    const base::Monitor& monitor_;
    std::vector<Found> found_;
    std::vector<DiscoveryCandidate> refused_;
};

} // namespace

DiscoveredSymmetry discover_symmetry(const arma::mat& matrix, const DiscoveryOptions& options,
                                     const base::Monitor& monitor) {
    return Discovery(matrix, options, monitor).run();
}

} // namespace limsym::satnet
