#include "limsym/equivariance/orbit_distance.hpp"

#include <algorithm>
#include <cmath>

#include "limsym/base/error.hpp"

namespace limsym::equivariance {

using symmetry::MatrixFamily;

namespace {

constexpr double group_tolerance = 1e-8;

bool is_special_linear(const OrbitProblem& problem) {
    return problem.family == MatrixFamily::special_linear;
}

arma::mat form_error(const OrbitProblem& problem, const arma::mat& z) {
    return z.t() * problem.form * z - problem.form;
}

/// J is diagonal with entries 1 and -1.
bool is_signature(const arma::mat& form) {
    return form.is_diagmat() && arma::abs(arma::abs(form.diag()) - 1.0).max() == 0.0;
}

} // namespace

bool OrbitProblem::is_euclidean() const {
    return family == MatrixFamily::orthogonal || family == MatrixFamily::special_orthogonal;
}

bool OrbitProblem::has_unit_determinant() const {
    return family == MatrixFamily::special_orthogonal || family == MatrixFamily::special_indefinite ||
           family == MatrixFamily::identity_indefinite;
}

OrbitProblem OrbitProblem::of(const symmetry::LinearAction& group) {
    if (!group.form && group.family != MatrixFamily::special_linear)
        throw base::InputError(
            "--group",
            group.name +
                " preserves no form that is known; expected a group with one, such as O(n), SO(p,q), Sp(n), or SL(n)");
    return {group.name, group.family, group.d, group.form ? *group.form : arma::mat(), group.p};
}

void check_loss(const OrbitProblem& problem, OrbitLoss loss) {
    if (loss == OrbitLoss::mae4 && !(problem.family == MatrixFamily::special_orthogonal && problem.d == 2))
        throw base::InputError("--loss", "mae4 is for SO(2) alone, not for " + problem.name + "; expected mse");
    if (loss == OrbitLoss::procrustes && !problem.is_euclidean())
        throw base::InputError("--loss",
                               "procrustes is for O(n) and SO(n), not for " + problem.name + "; expected mse");
}

double orbit_distance(const OrbitProblem& problem, const arma::mat& z, OrbitLoss loss) {
    if (loss == OrbitLoss::mae4)
        return (std::abs(arma::dot(z.col(0), z.col(0)) - 1.0) + std::abs(arma::dot(z.col(1), z.col(1)) - 1.0) +
                std::abs(arma::dot(z.col(0), z.col(1))) + std::abs(arma::det(z) - 1.0)) /
               4.0;
    if (loss == OrbitLoss::procrustes) {
        arma::vec values = arma::svd(z);
        if (problem.family == MatrixFamily::special_orthogonal && arma::det(z) < 0.0) values.tail(1) *= -1.0;
        return arma::accu(arma::square(values - 1.0));
    }
    if (is_special_linear(problem)) return std::pow(arma::det(z) - 1.0, 2.0);
    return arma::accu(arma::square(form_error(problem, z))) / static_cast<double>(z.n_elem);
}

arma::mat orbit_gradient(const OrbitProblem& problem, const arma::mat& z) {
    if (is_special_linear(problem)) {
        // d det = det z^-T; the cofactors stand where z is singular too.
        const std::size_t d = z.n_rows;
        arma::mat cofactors(d, d, arma::fill::none);
        for (std::size_t i = 0; i < d; ++i)
            for (std::size_t j = 0; j < d; ++j) {
                arma::mat minor = z;
                minor.shed_row(i);
                minor.shed_col(j);
                cofactors(i, j) = ((i + j) % 2 == 0 ? 1.0 : -1.0) * (d == 1 ? 1.0 : arma::det(minor));
            }
        return 2.0 * (arma::det(z) - 1.0) * cofactors;
    }
    const arma::mat error = form_error(problem, z);
    return 2.0 / static_cast<double>(z.n_elem) * (problem.form * z * error.t() + problem.form.t() * z * error);
}

arma::vec invariants(const OrbitProblem& problem, const arma::mat& z) {
    std::vector<double> values;
    if (!is_special_linear(problem)) {
        const arma::mat gram = z.t() * problem.form * z;
        const std::size_t skip = problem.family == MatrixFamily::symplectic ? 1 : 0;
        for (std::size_t i = 0; i < gram.n_rows; ++i)
            for (std::size_t j = i + skip; j < gram.n_cols; ++j)
                values.push_back(gram(i, j));
    }
    if (is_special_linear(problem) || problem.has_unit_determinant()) values.push_back(arma::det(z));
    return values;
}

bool in_group(const OrbitProblem& problem, const arma::mat& z) {
    if (is_special_linear(problem)) return std::abs(arma::det(z) - 1.0) <= group_tolerance;
    const double largest = arma::abs(z).max();
    if (!(arma::abs(form_error(problem, z)).max() <= group_tolerance * std::max(1.0, largest * largest))) return false;
    if (problem.has_unit_determinant() && !(arma::det(z) > 0.0)) return false;
    if (problem.family == MatrixFamily::identity_indefinite)
        return arma::det(z.submat(0, 0, problem.p - 1, problem.p - 1)) > 0.0;
    return true;
}

Projection polar_projection(const OrbitProblem& problem, const arma::mat& z) {
    if (is_special_linear(problem)) return {std::nullopt, "SL(n) has no form"};
    if (is_signature(problem.form) && problem.form.diag().min() > 0.0) {
        arma::mat u;
        arma::mat v;
        arma::vec values;
        if (!arma::svd(u, values, v, z)) return {std::nullopt, "singular"};
        if (!(values.min() > 1e-14 * values.max()) || !(values.max() > 0.0)) return {std::nullopt, "singular"};
        if (problem.has_unit_determinant() && arma::det(u) * arma::det(v) < 0.0) u.tail_cols(1) *= -1.0;
        return {arma::mat(u * v.t()), ""};
    }
    constexpr int most_steps = 100;
    const arma::mat form_inverse = arma::inv(problem.form);
    arma::mat x = z;
    for (int step = 0; step < most_steps; ++step) {
        if (!(arma::rcond(x) > 1e-15)) return {std::nullopt, step == 0 ? "singular" : "no-polar"};
        const arma::mat next = 0.5 * (x + form_inverse * arma::inv(x).t() * problem.form);
        if (!next.is_finite()) return {std::nullopt, "no-polar"};
        const double change = arma::norm(next - x, "fro");
        x = next;
        if (change <= 1e-15 * arma::norm(x, "fro") * static_cast<double>(x.n_rows)) break;
    }
    const double size = arma::abs(x).max();
    if (!(arma::abs(x.t() * problem.form * x - problem.form).max() <= 1e-10 * std::max(1.0, size * size)))
        return {std::nullopt, "no-polar"};
    return {x, ""};
}

Projection gram_schmidt_projection(const OrbitProblem& problem, const arma::mat& z) {
    if (is_special_linear(problem)) return {std::nullopt, "SL(n) has no form"};
    if (!is_signature(problem.form)) return {std::nullopt, "the form is not a diagonal of 1 and -1"};
    arma::mat q = z;
    for (std::size_t j = 0; j < z.n_cols; ++j) {
        // Twice is enough to keep the columns orthogonal.
        for (int pass = 0; pass < 2; ++pass)
            for (std::size_t i = 0; i < j; ++i)
                q.col(j) -= problem.form(i, i) * arma::dot(q.col(i), problem.form * q.col(j)) * q.col(i);
        const double square = arma::dot(q.col(j), problem.form * q.col(j)) * problem.form(j, j);
        const double size = arma::dot(q.col(j), q.col(j));
        if (!(size > 0.0)) return {std::nullopt, "singular"};
        if (!(square > 1e-14 * size))
            return {std::nullopt,
                    square > -1e-14 * size ? "lightlike" : "column " + std::to_string(j) + " has the other sign"};
        q.col(j) /= std::sqrt(square);
    }
    return {q, ""};
}

arma::mat adjoint_inverse(const arma::mat& form, const arma::mat& z) {
    return arma::solve(form, z.t() * form);
}

} // namespace limsym::equivariance
