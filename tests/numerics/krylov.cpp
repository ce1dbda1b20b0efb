// Iterative solvers against dense ones; points on spheres.
#include <armadillo>
#include <cmath>

#include "limsym/numerics/krylov.hpp"
#include "limsym/numerics/ranking.hpp"
#include "limsym/numerics/sphere.hpp"
#include "limsym/numerics/variates.hpp"
#include "support.hpp"

using namespace limsym;

namespace {

arma::mat positive_definite(std::size_t n) {
    arma::mat a(n, n);
    base::RandomStream stream(3, "matrix");
    numerics::fill_normal(stream, a.memptr(), a.n_elem);
    return a * a.t() / static_cast<double>(n) + 0.1 * arma::eye(n, n);
}

arma::vec normals(std::size_t n) {
    arma::vec v(n);
    base::RandomStream stream(4, "vector");
    numerics::fill_normal(stream, v.memptr(), n);
    return v;
}

} // namespace

TEST_CASE("conjugate gradients, with and without a preconditioner") {
    const arma::mat a = positive_definite(60);
    const arma::vec b = normals(60);
    const arma::vec want = arma::solve(a, b);
    const numerics::SymmetricOperator product = [&](const arma::vec& v, arma::vec& out) { out = a * v; };
    const auto plain = numerics::conjugate_gradients(product, {}, b, 1e-12, 500);
    CHECK(plain.converged);
    CHECK(arma::norm(plain.x - want) <= 1e-10 * arma::norm(want));
    const arma::vec diagonal = a.diag();
    const auto scaled = numerics::conjugate_gradients(
        product, [&](const arma::vec& v, arma::vec& out) { out = v / diagonal; }, b, 1e-12, 500);
    CHECK(scaled.converged);
    CHECK(arma::norm(scaled.x - want) <= 1e-10 * arma::norm(want));
    CHECK_FALSE(numerics::conjugate_gradients(product, {}, b, 1e-12, 2).converged);
    CHECK(numerics::conjugate_gradients(product, {}, arma::vec(60, arma::fill::zeros), 1e-12, 2).converged);
}

TEST_CASE("a function of an operator, and its extreme eigenvalues") {
    const arma::mat a = positive_definite(80);
    const arma::vec b = normals(80);
    const numerics::SymmetricOperator product = [&](const arma::vec& v, arma::vec& out) { out = a * v; };
    arma::vec values;
    arma::mat vectors;
    arma::eig_sym(values, vectors, a);
    const auto exponential = numerics::operator_function(
        product, b, [](double d) { return std::exp(-2 * d); }, 1e-12, 80);
    const arma::vec want = vectors * (arma::exp(-2 * values) % (vectors.t() * b));
    CHECK(exponential.converged);
    CHECK(exponential.iterations < 60);
    CHECK(arma::norm(exponential.x - want) <= 1e-10 * arma::norm(want));
    const auto extremes = numerics::extreme_eigenvalues(product, 80, 4, 1e-13, 80);
    CHECK(extremes.smallest == doctest::Approx(values(0)).epsilon(1e-12));
    CHECK(arma::abs(extremes.largest - values.tail(4)).max() <= 1e-12 * values.back());
    // an operator of low rank ends the recurrence early
    const arma::mat low = arma::diagmat(arma::vec{1, 2, 0, 0, 0, 0, 0, 0});
    const auto few =
        numerics::extreme_eigenvalues([&](const arma::vec& v, arma::vec& out) { out = low * v; }, 8, 1, 1e-13, 8);
    CHECK(few.largest.back() == doctest::Approx(2.0).epsilon(1e-12));
}

TEST_CASE("points of a sphere: the published cover, random ones by row") {
    const arma::mat cover = numerics::sphere_cover(48);
    CHECK(cover(0, 0) == doctest::Approx(0.08121009731841052).epsilon(1e-13));
    CHECK(cover(47, 3) == doctest::Approx(0.10023276674585313).epsilon(1e-12));
    const arma::mat few = numerics::random_sphere_points(5, 7, 11);
    const arma::mat more = numerics::random_sphere_points(9, 7, 11);
    CHECK(arma::approx_equal(few, more.head_rows(5), "absdiff", 0.0));
    for (std::size_t i = 0; i < 9; ++i)
        CHECK(arma::norm(more.row(i)) == doctest::Approx(1.0).epsilon(1e-14));
}

TEST_CASE("rank correlation: order alone counts, ties share their ranks") {
    CHECK(numerics::spearman_correlation({1, 2, 3, 4}, {1, 8, 27, 64}) == doctest::Approx(1.0));
    CHECK(numerics::spearman_correlation({1, 2, 3, 4}, {4, 3, 2, -9}) == doctest::Approx(-1.0));
    CHECK(numerics::spearman_correlation({1, 2, 2, 3}, {1, 3, 2, 4}) == doctest::Approx(0.9486832980505138));
    CHECK(numerics::spearman_correlation({1, 1, 1}, {1, 2, 3}) == 0.0);
}
