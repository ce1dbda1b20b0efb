#include "limsym/symmetry/basis_check.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>

#include "limsym/symmetry/elements.hpp"

namespace limsym::symmetry {

namespace {

/// A product of planar rotations on the first 2m axes, the rest as told.
arma::mat torus_element(const std::vector<double>& angles, const std::vector<double>& rest) {
    const std::size_t m = angles.size();
    arma::mat g(2 * m + rest.size(), 2 * m + rest.size(), arma::fill::zeros);
    for (std::size_t k = 0; k < m; ++k) {
        g(2 * k, 2 * k) = g(2 * k + 1, 2 * k + 1) = std::cos(angles[k]);
        g(2 * k, 2 * k + 1) = -std::sin(angles[k]);
        g(2 * k + 1, 2 * k) = std::sin(angles[k]);
    }
    for (std::size_t k = 0; k < rest.size(); ++k)
        g(2 * m + k, 2 * m + k) = rest[k];
    return g;
}

/// Which density Weyl's formula has on a torus, besides prod (cos a - cos b)^2.
enum class Density { even_rotations, odd_rotations, symplectic };

struct Coset {
    std::size_t angles;
    std::vector<double> rest; ///< the other diagonal entries
    Density density;
};

double density_at(const std::vector<double>& angles, Density density) {
    double value = 1.0;
    for (std::size_t i = 0; i < angles.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            const double difference = std::cos(angles[i]) - std::cos(angles[j]);
            value *= difference * difference;
        }
        if (density == Density::odd_rotations) value *= 1.0 - std::cos(angles[i]);
        if (density == Density::symplectic) value *= std::sin(angles[i]) * std::sin(angles[i]);
    }
    return value;
}

using CharacterOf = std::function<double(const arma::mat&)>;

/// The mean of a class function over one coset; exact, being a trigonometric polynomial of degree below `nodes`.
double coset_mean(const Coset& coset, std::size_t nodes, const CharacterOf& class_function) {
    std::vector<std::size_t> index(coset.angles, 0);
    std::vector<double> angles(coset.angles, 0.0);
    double sum = 0.0;
    double weights = 0.0;
    for (;;) {
        for (std::size_t k = 0; k < angles.size(); ++k)
            angles[k] = 2.0 * std::numbers::pi * static_cast<double>(index[k]) / static_cast<double>(nodes);
        const double weight = density_at(angles, coset.density);
        weights += weight;
        if (weight > 0.0) sum += weight * class_function(torus_element(angles, coset.rest));
        std::size_t k = 0;
        while (k < index.size() && ++index[k] == nodes)
            index[k++] = 0;
        if (k == index.size()) return sum / weights;
    }
}

/// The cosets of the identity component in the compact form, each with the same weight; none: not known.
std::vector<Coset> cosets_of(const LinearAction& action) {
    const std::size_t n = action.d;
    const std::size_t m = n / 2;
    const bool odd = n % 2 != 0;
    const Coset rotations = odd ? Coset{m, {1.0}, Density::odd_rotations} : Coset{m, {}, Density::even_rotations};
    switch (action.family) {
    case MatrixFamily::special_orthogonal:
    case MatrixFamily::identity_indefinite:
    case MatrixFamily::special_indefinite:
        return {rotations};
    case MatrixFamily::orthogonal:
    case MatrixFamily::indefinite: {
        if (!odd) return {rotations, {m - 1, {1.0, -1.0}, Density::symplectic}};
        // -1 times a rotation: angles moved by pi turn the density 1 - cos into 1 + cos; taken as -g below.
        return {rotations, {m, {-1.0}, Density::odd_rotations}};
    }
    case MatrixFamily::symplectic:
        return {{m, {}, Density::symplectic}};
    default:
        return {};
    }
}

std::size_t degree_of(const Representation& rep) {
    if (std::holds_alternative<VectorRep>(rep.form())) return 1;
    if (const auto* copies = std::get_if<CopiesRep>(&rep.form())) return degree_of(*copies->of);
    std::size_t degree = 0;
    if (const auto* sum = std::get_if<SumRep>(&rep.form()))
        for (const Representation& term : sum->terms)
            degree = std::max(degree, degree_of(term));
    if (const auto* product = std::get_if<ProductRep>(&rep.form()))
        for (const Representation& factor : product->factors)
            degree += degree_of(factor);
    return degree;
}

} // namespace

IndependentDimension independent_dimension(const LinearAction& action, const Representation& in,
                                           const Representation& out, std::size_t limit) {
    const auto rounded = [](double mean) -> IndependentDimension {
        return {static_cast<std::int64_t>(std::llround(mean)), ""};
    };
    if (action.lie.empty()) {
        const auto list = all_elements(action, limit);
        if (!list) return {std::nullopt, action.name + " has more than " + std::to_string(limit) + " elements"};
        double sum = 0.0;
        for (const Element& g : *list)
            sum += character(out, RepElement(g)) * character(in, RepElement(inverse_element(g)));
        return rounded(sum / static_cast<double>(list->size()));
    }
    const std::vector<Coset> cosets = cosets_of(action);
    if (cosets.empty() || action.d > 7) return {std::nullopt, "no character formula is built in for " + action.name};
    const std::size_t nodes = degree_of(in) + degree_of(out) + action.d + 3;
    double sum = 0.0;
    for (const Coset& coset : cosets) {
        const bool negated = coset.density == Density::odd_rotations && coset.rest.back() < 0.0;
        const Coset walked = negated ? Coset{coset.angles, {1.0}, coset.density} : coset;
        sum += coset_mean(walked, nodes, [&](const arma::mat& g) {
            const RepElement element({negated ? arma::mat(-g) : g});
            const RepElement inverse({element.dual[0].t()});
            return character(out, element) * character(in, inverse);
        });
    }
    return rounded(sum / static_cast<double>(cosets.size()));
}

double equivariance_of(const EquivariantBasis& basis, const LinearAction& action, const Representation& in,
                       const Representation& out, std::size_t count, std::uint64_t seed) {
    constexpr std::size_t most_maps = 200;
    const ElementSampler sampler(action, ElementSampler::Law::automatic);
    double worst = 0.0;
    for (std::size_t k = 0; k < count; ++k) {
        base::RandomStream stream(seed, "basis check", k);
        const RepElement g(sampler.draw(stream));
        std::size_t done = 0;
        for (const EquivariantBasis::Place& place : basis.places) {
            const arma::mat& q = basis.solutions[place.solution].q;
            for (std::size_t c = 0; c < q.n_cols && done < most_maps; ++c, ++done) {
                // W rho_in(g) = (rho_in(g)' W')'; the transpose acts as the dual of the inverse.
                arma::mat w(basis.size_out, basis.size_in, arma::fill::zeros);
                w.submat(place.row, place.column, place.row + place.rows - 1, place.column + place.columns - 1) =
                    arma::reshape(arma::vec(q.col(c)), place.columns, place.rows).t();
                arma::mat left = w;
                apply(out, g, left);
                // rho_in(g)' = rho_in of the transposed element
                Element transposed;
                for (const arma::mat& m : g.g)
                    transposed.emplace_back(m.t());
                arma::mat right = w.t();
                apply(in, RepElement(transposed), right);
                const double size = arma::norm(left, "fro") + arma::norm(right, "fro");
                if (size > 0.0) worst = std::max(worst, arma::norm(left - right.t(), "fro") / size);
            }
        }
    }
    return worst;
}

} // namespace limsym::symmetry
