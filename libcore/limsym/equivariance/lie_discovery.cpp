#include "limsym/equivariance/lie_discovery.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "limsym/base/error.hpp"
#include "limsym/equivariance/equivariance_error.hpp"
#include "limsym/numerics/eigen.hpp"

namespace limsym::equivariance {

using symmetry::LinearAction;
using symmetry::MatrixFamily;

namespace {

constexpr double smallest_zero = 1e-18;
constexpr double largest_angle = 0.1; // radians, of matches
constexpr double form_cut = 1e-4;     // singular values of the equations for J, relative
constexpr std::size_t most_embeddings = 2000;

std::vector<arma::mat> units(std::size_t d) {
    std::vector<arma::mat> list;
    for (std::size_t i = 0; i < d; ++i)
        for (std::size_t j = 0; j < d; ++j) {
            arma::mat e(d, d, arma::fill::zeros);
            e(i, j) = 1.0;
            list.push_back(std::move(e));
        }
    return list;
}

arma::mat moment_matrix(const GroupSetting& setting, RowFunction& function, const arma::mat& x, double step,
                        const base::Monitor& monitor) {
    const std::vector<arma::mat> directions = units(setting.group.d);
    const auto along = [&](std::size_t i) {
        arma::mat v(x.n_rows, directions.size(), arma::fill::none);
        for (std::size_t k = 0; k < directions.size(); ++k)
            v.col(k) = symmetry::apply_derivative(setting.in, {directions[k]}, x.col(i));
        return v;
    };
    const std::vector<RowDerivatives> rows = row_derivatives(function, x, along, step, monitor);
    arma::mat moment(directions.size(), directions.size(), arma::fill::zeros);
    double squares = 0.0;
    for (const RowDerivatives& row : rows) {
        arma::mat v = row.along;
        for (std::size_t k = 0; k < directions.size(); ++k)
            v.col(k) -= symmetry::apply_derivative(setting.out, {directions[k]}, row.value);
        moment += v.t() * v;
        squares += arma::dot(row.value, row.value);
    }
    if (!(squares > 0.0)) throw base::WorkError("the function is 0 at all rows; expected rows where it is not");
    return moment / squares;
}

/// The adjoint action in the basis of orthonormal generators.
std::array<std::size_t, 3> killing_signature(const std::vector<arma::mat>& generators) {
    const std::size_t n = generators.size();
    std::vector<arma::mat> adjoint(n, arma::mat(n, n, arma::fill::none));
    for (std::size_t a = 0; a < n; ++a)
        for (std::size_t b = 0; b < n; ++b) {
            const arma::mat bracket = generators[a] * generators[b] - generators[b] * generators[a];
            for (std::size_t c = 0; c < n; ++c)
                adjoint[a](c, b) = arma::accu(bracket % generators[c]);
        }
    std::array<std::size_t, 3> signature{};
    if (n == 0) return signature;
    arma::mat form(n, n, arma::fill::none);
    for (std::size_t a = 0; a < n; ++a)
        for (std::size_t b = 0; b < n; ++b)
            form(a, b) = arma::trace(adjoint[a] * adjoint[b]);
    const arma::vec values = numerics::symmetric_eigen(0.5 * (form + form.t()), false).values;
    const double zero = 1e-6 * std::max(1.0, arma::abs(values).max());
    for (const double value : values)
        ++signature[std::abs(value) <= zero ? 1 : value < 0.0 ? 0 : 2];
    return signature;
}

std::optional<arma::mat> preserved_form(const std::vector<arma::mat>& generators, std::size_t d) {
    if (generators.empty()) return std::nullopt;
    const arma::mat one(d, d, arma::fill::eye);
    arma::mat equations(generators.size() * d * d, d * d, arma::fill::none);
    for (std::size_t k = 0; k < generators.size(); ++k) // vec(A'J + JA) = (I x A' + A' x I) vec J
        equations.rows(k * d * d, (k + 1) * d * d - 1) =
            arma::kron(one, generators[k].t()) + arma::kron(generators[k].t(), one);
    const numerics::SymmetricEigen eigen = numerics::symmetric_eigen(equations.t() * equations, true);
    const double cut = form_cut * form_cut * std::max(1.0, eigen.values.max());
    const auto null = static_cast<std::size_t>(arma::accu(eigen.values <= cut));
    if (null != 1) return std::nullopt;
    arma::mat form = arma::reshape(eigen.vectors.col(0), d, d);
    double scale = 0.0;
    const double largest = arma::abs(form).max();
    for (std::size_t i = 0; i < d && scale == 0.0; ++i)
        for (std::size_t j = 0; j < d && scale == 0.0; ++j)
            if (std::abs(form(i, j)) >= largest * (1.0 - 1e-6)) scale = form(i, j);
    return form / scale;
}

arma::mat span_of(const std::vector<arma::mat>& matrices) {
    arma::mat columns(matrices.front().n_elem, matrices.size(), arma::fill::none);
    for (std::size_t k = 0; k < matrices.size(); ++k)
        columns.col(k) = arma::vectorise(matrices[k]);
    return columns;
}

/// Calls use(axes) for all ascending choices of k of d axes.
template <typename Use>
void each_choice(std::size_t d, std::size_t k, const Use& use) {
    std::vector<std::size_t> axes(k);
    std::iota(axes.begin(), axes.end(), std::size_t{0});
    for (;;) {
        use(axes);
        std::size_t i = k;
        while (i > 0 && axes[i - 1] == d - k + i - 1)
            --i;
        if (i == 0) return;
        ++axes[i - 1];
        for (; i < k; ++i)
            axes[i] = axes[i - 1] + 1;
    }
}

/// Connected groups that act on R^n, each with its own dimension.
std::vector<LinearAction> connected_groups(std::size_t n) {
    std::vector<LinearAction> groups;
    const auto add = [&](MatrixFamily family, std::size_t p, std::size_t q = 0) {
        groups.push_back(symmetry::matrix_family(family, p, q));
    };
    if (n >= 2) add(MatrixFamily::special_orthogonal, n);
    for (std::size_t p = 1; p < n; ++p)
        add(MatrixFamily::identity_indefinite, p, n - p);
    if (n >= 2 && n % 2 == 0) add(MatrixFamily::symplectic, n);
    if (n >= 2) add(MatrixFamily::special_linear, n);
    add(MatrixFamily::general_linear, n);
    add(MatrixFamily::scaling, n);
    if (n >= 2) {
        add(MatrixFamily::special_euclidean, n - 1);
        add(MatrixFamily::translation, n - 1);
        groups.push_back(symmetry::generated_action(symmetry::matrix_family(MatrixFamily::special_orthogonal, n),
                                                    symmetry::matrix_family(MatrixFamily::scaling, n)));
    }
    return groups;
}

std::vector<GroupMatch> named_matches(const std::vector<arma::mat>& generators, std::size_t d) {
    std::vector<GroupMatch> matches;
    if (generators.empty()) {
        matches.push_back({symmetry::matrix_family(MatrixFamily::trivial, d).name, 0.0});
        return matches;
    }
    const arma::mat found = span_of(generators);
    std::size_t tried = 0;
    const auto test = [&](const LinearAction& group) {
        const arma::mat basis = arma::orth(span_of(group.lie));
        if (basis.n_cols != found.n_cols) return;
        const double cosine = arma::svd(arma::mat(basis.t() * found)).min();
        // Small angles from their sines, which keep their digits.
        const double sine = arma::norm(found - basis * (basis.t() * found), 2);
        const double angle = cosine > 0.7 ? std::asin(std::min(1.0, sine)) : std::acos(std::clamp(cosine, 0.0, 1.0));
        if (angle <= largest_angle) matches.push_back({group.name, angle});
    };
    for (std::size_t n = 1; n <= d; ++n)
        for (const LinearAction& group : connected_groups(n)) {
            if (group.lie.size() != generators.size() || group.lie.empty()) continue;
            if (n == d) {
                test(group);
            } else if (group.family != MatrixFamily::generated) {
                each_choice(d, n, [&](const std::vector<std::size_t>& axes) {
                    if (++tried <= most_embeddings) test(symmetry::embedded_action(group, axes, d));
                });
            } else {
                each_choice(d, n, [&](const std::vector<std::size_t>& axes) {
                    if (++tried > most_embeddings) return;
                    test(symmetry::generated_action(symmetry::embedded_action(group.parts[0], axes, d),
                                                    symmetry::embedded_action(group.parts[1], axes, d)));
                });
            }
        }
    // Rotations of some axes together with the scaling of the whole space.
    for (std::size_t n = 2; n < d; ++n) {
        const LinearAction rotations = symmetry::matrix_family(MatrixFamily::special_orthogonal, n);
        if (rotations.lie.size() + 1 != generators.size()) continue;
        each_choice(d, n, [&](const std::vector<std::size_t>& axes) {
            if (++tried <= most_embeddings)
                test(symmetry::generated_action(symmetry::embedded_action(rotations, axes, d),
                                                symmetry::matrix_family(MatrixFamily::scaling, d)));
        });
    }
    std::sort(matches.begin(), matches.end(), [](const GroupMatch& a, const GroupMatch& b) {
        return a.distance != b.distance ? a.distance < b.distance : a.group < b.group;
    });
    return matches;
}

} // namespace

LieDiscovery discover_algebra(const GroupSetting& setting, RowFunction& function, const arma::mat& x, double zero,
                              double step, const base::Monitor& monitor) {
    const std::size_t d = setting.group.d;
    const numerics::SymmetricEigen eigen =
        numerics::symmetric_eigen(moment_matrix(setting, function, x, step, monitor), true);
    LieDiscovery result;
    result.eigenvalues = eigen.values;
    const double largest = eigen.values.max();
    const double cut = std::max(zero * largest, smallest_zero);
    result.dimension = static_cast<std::size_t>(arma::accu(eigen.values < cut));
    if (result.dimension < eigen.values.n_elem) result.gap = eigen.values(result.dimension) / largest;
    for (std::size_t k = 0; k < result.dimension; ++k) // units run row by row
        result.generators.emplace_back(arma::reshape(eigen.vectors.col(k), d, d).t());
    result.bracket_defect = symmetry::bracket_defect(result.generators);
    result.killing = killing_signature(result.generators);
    result.preserved_form = preserved_form(result.generators, d);
    result.matches = named_matches(result.generators, d);
    return result;
}

std::vector<DiscreteCandidate> discrete_candidates(std::size_t d, std::size_t max_permuted) {
    std::vector<DiscreteCandidate> candidates;
    const arma::mat one(d, d, arma::fill::eye);
    for (std::size_t i = 0; i < d; ++i) {
        arma::mat flip = one;
        flip(i, i) = -1.0;
        candidates.push_back({"flip:" + std::to_string(i), flip});
    }
    candidates.push_back({"negate", -one});
    for (std::size_t i = 0; i < d; ++i)
        for (std::size_t j = i + 1; j < d; ++j) {
            arma::mat swap = one;
            swap.swap_rows(i, j);
            candidates.push_back({"swap:" + std::to_string(i) + "," + std::to_string(j), swap});
        }
    if (max_permuted < d || d > 6) return candidates;
    std::vector<std::size_t> images(d);
    std::iota(images.begin(), images.end(), std::size_t{0});
    while (std::next_permutation(images.begin(), images.end())) {
        std::size_t moved = 0;
        for (std::size_t i = 0; i < d; ++i)
            moved += images[i] != i;
        if (moved == 2) continue; // an exchange
        arma::mat m(d, d, arma::fill::zeros);
        std::string name = "perm:";
        for (std::size_t i = 0; i < d; ++i) {
            m(images[i], i) = 1.0;
            name += (i > 0 ? "," : "") + std::to_string(images[i]);
        }
        candidates.push_back({name, m});
    }
    return candidates;
}

} // namespace limsym::equivariance
