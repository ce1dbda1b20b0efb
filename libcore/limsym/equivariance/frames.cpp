// Symmetrisation by frames: a few group elements that move with the input.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "limsym/base/error.hpp"
#include "limsym/equivariance/orbit_distance.hpp"
#include "limsym/equivariance/symmetrised.hpp"

namespace limsym::equivariance {

using symmetry::LinearAction;
using symmetry::MatrixFamily;

namespace {

/// The vectors of x as columns, d x (number of terms V).
arma::mat vectors_of(const arma::vec& x, const std::vector<std::size_t>& begins, std::size_t d) {
    arma::mat vectors(d, begins.size(), arma::fill::none);
    for (std::size_t k = 0; k < begins.size(); ++k)
        vectors.col(k) = x.subvec(begins[k], begins[k] + d - 1);
    return vectors;
}

RowElements principal_axes(const arma::mat& vectors, const FrameMethod& method, bool special) {
    RowElements result;
    arma::mat deviations = vectors;
    if (method.centre) deviations.each_col() -= arma::vec(arma::mean(vectors, 1));
    const std::size_t d = vectors.n_rows;
    arma::vec values;
    arma::mat axes;
    if (!arma::eig_sym(values, axes, arma::mat(deviations * deviations.t())))
        throw base::WorkError("the principal axes of a row were not found");
    double gap = d > 1 ? 1.0 : values(0) > 0.0 ? 1.0 : 0.0;
    for (std::size_t i = 0; i + 1 < d; ++i)
        gap = std::min(gap, values(d - 1) > 0.0 ? (values(i + 1) - values(i)) / values(d - 1) : 0.0);
    result.frame_gap = gap;
    if (gap < method.gap) result.reason = "degenerate-frame";
    for (std::size_t signs = 0; signs < (std::size_t{1} << d); ++signs) {
        arma::mat g = axes;
        for (std::size_t j = 0; j < d; ++j)
            if ((signs >> j & 1U) != 0) g.col(j) *= -1.0;
        if (!special || arma::det(g) > 0.0) result.elements.push_back({g});
    }
    return result;
}

/// The permutation that sorts the first vector; ties are broken by the next ones.
RowElements sorting(const arma::mat& vectors, const FrameMethod& method) {
    const std::size_t n = vectors.n_rows;
    std::vector<std::size_t> order(n);
    std::iota(order.begin(), order.end(), std::size_t{0});
    const auto before = [&](std::size_t a, std::size_t b) {
        for (std::size_t k = 0; k < vectors.n_cols; ++k)
            if (vectors(a, k) != vectors(b, k)) return vectors(a, k) < vectors(b, k);
        return false;
    };
    std::stable_sort(order.begin(), order.end(), before);
    const double range = arma::abs(vectors.col(0)).max();
    double gap = 1.0;
    for (std::size_t i = 0; i + 1 < n; ++i) {
        const double step = vectors(order[i + 1], 0) - vectors(order[i], 0);
        gap = std::min(gap, range > 0.0 ? step / range : 0.0);
    }
    RowElements result;
    result.frame_gap = gap;
    if (gap < method.gap) result.reason = "degenerate-frame";
    arma::mat g(n, n, arma::fill::zeros); // x = g (sorted x)
    for (std::size_t i = 0; i < n; ++i)
        g(order[i], i) = 1.0;
    result.elements.push_back({g});
    return result;
}

RowElements gram_schmidt(const OrbitProblem& problem, const arma::mat& vectors) {
    const std::size_t d = vectors.n_rows;
    RowElements result;
    const Projection projection = gram_schmidt_projection(problem, vectors.head_cols(d));
    if (!projection.element) {
        const bool known = projection.reason == "lightlike" || projection.reason == "singular";
        result.reason = known ? projection.reason : "degenerate-frame";
        result.elements.push_back({arma::mat(d, d, arma::fill::eye)});
        return result;
    }
    arma::mat g = *projection.element;
    // Sign changes of columns commute with the group: they bring the frame into the component asked for.
    if (problem.family == MatrixFamily::identity_indefinite &&
        arma::det(g.submat(0, 0, problem.p - 1, problem.p - 1)) < 0.0)
        g.col(0) *= -1.0;
    if (problem.has_unit_determinant() && arma::det(g) < 0.0) g.col(d - 1) *= -1.0;
    result.elements.push_back({g});
    return result;
}

} // namespace

Frame automatic_frame(const LinearAction& group) {
    switch (group.family) {
    case MatrixFamily::orthogonal:
    case MatrixFamily::special_orthogonal:
        return Frame::principal_axes;
    case MatrixFamily::symmetric:
        return Frame::sort;
    default:
        return Frame::gram_schmidt;
    }
}

Symmetrisation frame_symmetrisation(const GroupSetting& setting, const FrameMethod& method) {
    const LinearAction& group = setting.group;
    const std::vector<std::size_t> begins = vector_terms(setting.in);
    const std::size_t d = group.d;
    if (group.is_product())
        throw base::InputError("--frame",
                               group.name + " is a product, for which there is no frame; expected --method average");
    if (begins.empty()) throw base::InputError("--frame", "a frame is made of vectors, and --rep-in has no V");
    Symmetrisation how;
    how.method = "frame";
    switch (method.frame) {
    case Frame::principal_axes: {
        const bool special = group.family == MatrixFamily::special_orthogonal;
        if (!special && group.family != MatrixFamily::orthogonal)
            throw base::InputError("--frame", "pca is for O(n) and SO(n), not for " + group.name +
                                                  "; expected gram-schmidt or --method average");
        if (d > 20) throw base::InputError("--frame", "pca averages over 2^d signs; expected d <= 20");
        how.elements_of = [=](std::size_t, const arma::vec& x) {
            return principal_axes(vectors_of(x, begins, d), method, special);
        };
        return how;
    }
    case Frame::sort:
        if (group.family != MatrixFamily::symmetric)
            throw base::InputError("--frame",
                                   "sort is for S(n), not for " + group.name + "; expected pca or gram-schmidt");
        how.elements_of = [=](std::size_t, const arma::vec& x) { return sorting(vectors_of(x, begins, d), method); };
        return how;
    case Frame::gram_schmidt:
        break;
    }
    const bool general = group.family == MatrixFamily::orthogonal || group.family == MatrixFamily::special_orthogonal ||
                         group.family == MatrixFamily::indefinite || group.family == MatrixFamily::special_indefinite ||
                         group.family == MatrixFamily::identity_indefinite;
    if (!general)
        throw base::InputError("--frame", "gram-schmidt is for O(n), SO(n), O(p,q), SO(p,q) and SO+(p,q), not for " +
                                              group.name + "; expected --method average");
    if (begins.size() < d)
        throw base::InputError("--frame", "gram-schmidt needs " + std::to_string(d) + " vectors, --rep-in has " +
                                              std::to_string(begins.size()));
    how.elements_of = [=, problem = OrbitProblem::of(group)](std::size_t, const arma::vec& x) {
        return gram_schmidt(problem, vectors_of(x, begins, d));
    };
    return how;
}

} // namespace limsym::equivariance
