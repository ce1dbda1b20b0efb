#include "limsym/numerics/cholesky.hpp"

#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <vector>

#include <doctest/doctest.h>

#include "limsym/base/parallel.hpp"
#include "limsym/numerics/eigen.hpp"
#include "limsym/numerics/variates.hpp"

using namespace limsym;
using namespace limsym::numerics;

namespace {

arma::mat normals(arma::uword rows, arma::uword columns, std::uint64_t index) {
    base::RandomStream stream(17, "matrix", index);
    arma::mat m(rows, columns, arma::fill::none);
    fill_normal(stream, m.memptr(), m.n_elem);
    return m;
}

// Well conditioned, no structure that hides mistakes of place.
arma::mat positive_definite(arma::uword n) {
    const arma::mat g = normals(n, n, 1);
    arma::mat a = g * g.t();
    a.diag() += static_cast<double>(n);
    return a;
}

arma::mat lower_of(const arma::mat& a) {
    return arma::trimatl(a);
}

bool same_bits(const arma::mat& a, const arma::mat& b) {
    return a.n_rows == b.n_rows && a.n_cols == b.n_cols &&
           std::memcmp(a.memptr(), b.memptr(), a.n_elem * sizeof(double)) == 0;
}

// The result of work is the same to the bit for 1 to 4 threads.
void check_threads(const std::function<arma::mat()>& work) {
    const base::ThreadLimit one(1);
    const arma::mat reference = work();
    for (const unsigned threads : {1U, 2U, 3U, 4U}) {
        const base::ThreadLimit limit(threads);
        for (int repeat = 0; repeat < 3; ++repeat)
            CHECK(same_bits(work(), reference));
    }
}

// Armadillo's own transpose touches a null pointer for an empty matrix.
arma::mat transposed(const arma::mat& m) {
    if (m.is_empty()) return arma::mat(m.n_cols, m.n_rows);
    return m.t();
}

double largest(const arma::mat& m) {
    return m.is_empty() ? 0.0 : arma::abs(m).max();
}

arma::mat factor(arma::mat a) {
    REQUIRE_FALSE(cholesky_in_place(a).has_value());
    return a;
}

// Orders on, below and above the edges of panels and strips.
const std::vector<arma::uword> orders = {1, 2, 7, 127, 128, 129, 300, 385, 512, 700, 1025, 1300};

} // namespace

TEST_CASE("Cholesky: L L^T gives A back, the strict upper triangle is left alone") {
    for (const arma::uword n : orders) {
        CAPTURE(n);
        const arma::mat a = positive_definite(n);
        const arma::mat result = factor(a);
        const arma::mat l = lower_of(result);
        CHECK(largest(l * l.t() - a) < 1e-14 * static_cast<double>(n) * a.diag().max());
        if (n > 1) CHECK(same_bits(arma::trimatu(result, 1), arma::trimatu(a, 1)));
        for (arma::uword i = 0; i < n; ++i)
            REQUIRE(l(i, i) > 0.0);
    }
    arma::mat empty;
    CHECK_FALSE(cholesky_in_place(empty).has_value());
    arma::mat oblong(3, 4, arma::fill::ones);
    CHECK_THROWS_AS(static_cast<void>(cholesky_in_place(oblong)), std::invalid_argument);
}

TEST_CASE("Cholesky: the first pivot that is too small is named, with its value") {
    for (const arma::uword n : {5U, 300U, 700U, 1300U})
        for (const arma::uword row : {arma::uword{0}, n / 3, n - 1}) {
            CAPTURE(n);
            CAPTURE(row);
            const arma::mat a = positive_definite(n);
            const arma::mat l = lower_of(factor(a));
            // Lowering one diagonal element lowers its pivot by as much.
            const double pivot = l(row, row) * l(row, row);
            arma::mat broken = a;
            broken(row, row) -= pivot + 3.0;
            std::optional<NotPositiveDefinite> failure = cholesky_in_place(broken);
            REQUIRE(failure.has_value());
            CHECK(failure->row == row);
            CHECK(failure->pivot == doctest::Approx(-3.0).epsilon(1e-9));

            arma::mat nearly = a;
            nearly(row, row) -= 0.5 * pivot;
            failure = cholesky_in_place(nearly, 0.6 * pivot / a.diag().max());
            REQUIRE(failure.has_value());
            CHECK(failure->row <= row);
            arma::mat not_a_number = a;
            not_a_number(row, row) = std::numeric_limits<double>::quiet_NaN();
            failure = cholesky_in_place(not_a_number);
            REQUIRE(failure.has_value());
            CHECK(failure->row == row);
        }
    // A repeated row: the pivot of the second one is zero up to rounding.
    const arma::mat x = normals(600, 30, 4);
    arma::mat rows = x;
    rows.row(590) = rows.row(17);
    arma::mat gram(600, 600);
    for (arma::uword i = 0; i < 600; ++i)
        for (arma::uword j = 0; j < 600; ++j)
            gram(i, j) = std::exp(-0.5 * arma::accu(arma::square(rows.row(i) - rows.row(j))) / 30.0);
    const std::optional<NotPositiveDefinite> repeated = cholesky_in_place(gram);
    REQUIRE(repeated.has_value());
    CHECK(repeated->row == 590);
    arma::mat zero(4, 4, arma::fill::zeros);
    CHECK(cholesky_in_place(zero).value().row == 0);
}

TEST_CASE("Cholesky: a stop request interrupts, progress is told") {
    const arma::mat a = positive_definite(1300);
    arma::mat work = a;
    base::Monitor monitor;
    monitor.stop_requested = [] { return true; };
    CHECK_THROWS_AS(static_cast<void>(cholesky_in_place(work, 1e-14, monitor)), base::Interrupted);
    double last = 0.0;
    int reports = 0;
    base::Monitor watching;
    watching.report = [&](double done, double total, std::string_view) {
        ++reports;
        last = done / total;
    };
    work = a;
    CHECK_FALSE(cholesky_in_place(work, 1e-14, watching).has_value());
    CHECK(reports > 0);
    CHECK(last <= 1.0);
}

TEST_CASE("determinant and solves") {
    for (const arma::uword n : orders) {
        CAPTURE(n);
        const arma::mat a = positive_definite(n);
        const arma::mat l = factor(a);
        double sign = 0.0;
        double log_det = 0.0;
        arma::log_det(log_det, sign, a);
        CHECK(log_determinant(l) == doctest::Approx(log_det).epsilon(1e-12));
        for (const arma::uword columns : {1U, 2U, 9U, 70U}) {
            const arma::mat b = normals(n, columns, 2);
            arma::mat x = b;
            solve_lower_in_place(l, x);
            CHECK(largest(lower_of(l) * x - b) < 1e-12 * static_cast<double>(n));
            solve_lower_transposed_in_place(l, x);
            CHECK(largest(a * x - b) < 1e-12 * static_cast<double>(n));
        }
    }
    arma::mat none(7, 0);
    solve_lower_in_place(factor(positive_definite(7)), none);
    CHECK(none.n_cols == 0);
}

TEST_CASE("inverse from the factor") {
    for (const arma::uword n : orders) {
        CAPTURE(n);
        const arma::mat a = positive_definite(n);
        arma::mat inverse = factor(a);
        inverse_from_cholesky_in_place(inverse);
        const arma::mat full = arma::symmatl(inverse);
        CHECK(largest(a * full - arma::eye(n, n)) < 1e-12 * std::sqrt(static_cast<double>(n)));
    }
}

TEST_CASE("condition estimate: a lower bound near the truth") {
    CHECK(condition_estimate(arma::mat()) == 1.0);
    CHECK(condition_estimate(arma::mat(3, 3, arma::fill::eye)) == doctest::Approx(1.0).epsilon(1e-12));
    for (const arma::uword n : {2U, 50U, 400U}) {
        CAPTURE(n);
        // Eigenvalues from 1e-6 to 1 in a random frame.
        arma::mat q;
        arma::mat r;
        arma::qr(q, r, normals(n, n, 3));
        const arma::vec values = arma::logspace(-6.0, 0.0, n);
        const arma::mat a = q * arma::diagmat(values) * q.t();
        const double estimate = condition_estimate(factor(arma::symmatl(a)));
        CHECK(estimate < 1.001e6);
        CHECK(estimate > 0.3e6);
    }
}

TEST_CASE("products equal the plain ones") {
    for (const auto& sizes : std::vector<std::array<arma::uword, 3>>{
             {1, 1, 1}, {3, 5, 2}, {300, 70, 1}, {1, 40, 300}, {257, 33, 513}, {4, 0, 5}, {0, 3, 4}}) {
        const arma::uword m = sizes[0];
        const arma::uword k = sizes[1];
        const arma::uword n = sizes[2];
        CAPTURE(m);
        CAPTURE(k);
        CAPTURE(n);
        const arma::mat a = normals(m, k, 5);
        const arma::mat b = normals(k, n, 6);
        const arma::mat c = normals(m, n, 7);
        const arma::mat want = 2.0 * (a * b) - 0.5 * c;
        const double tolerance = 1e-14 * static_cast<double>(k + 1) * 10.0;
        arma::mat got = c;
        multiply_nn(2.0, a, b, -0.5, got);
        CHECK(largest(got - want) <= tolerance);
        got = c;
        multiply_nt(2.0, a, transposed(b), -0.5, got);
        CHECK(largest(got - want) <= tolerance);
        got = c;
        multiply_tn(2.0, transposed(a), b, -0.5, got);
        CHECK(largest(got - want) <= tolerance);
        // beta = 0 gives the result its shape and ignores what was there.
        arma::mat fresh(1, 1);
        fresh.fill(std::numeric_limits<double>::quiet_NaN());
        multiply_nn(1.0, a, b, 0.0, fresh);
        CHECK(largest(fresh - a * b) <= tolerance);
    }
    arma::mat out(2, 2, arma::fill::zeros);
    CHECK_THROWS_AS(multiply_nn(1.0, arma::mat(2, 3), arma::mat(2, 2), 0.0, out), std::invalid_argument);
    CHECK_THROWS_AS(multiply_nn(1.0, arma::mat(3, 2), arma::mat(2, 2), 1.0, out), std::invalid_argument);
}

TEST_CASE("same bits for any number of threads") {
    const arma::mat a = positive_definite(1100);
    const arma::mat l = factor(a);
    const arma::mat wide = normals(1100, 300, 8);
    const arma::mat narrow = normals(1100, 1, 9);
    check_threads([&] { return factor(a); });
    check_threads([&] {
        arma::mat b = wide;
        solve_lower_in_place(l, b);
        return b;
    });
    check_threads([&] {
        arma::mat b = wide;
        solve_lower_transposed_in_place(l, b);
        return b;
    });
    check_threads([&] {
        arma::mat b = narrow;
        solve_lower_in_place(l, b);
        return b;
    });
    check_threads([&] {
        arma::mat inverse = l;
        inverse_from_cholesky_in_place(inverse);
        return inverse;
    });
    check_threads([&] { return arma::mat(1, 1, arma::fill::value(condition_estimate(l))); });
    check_threads([&] {
        arma::mat c;
        multiply_nt(1.0, wide, wide, 0.0, c);
        return c;
    });
    check_threads([&] {
        arma::mat c;
        multiply_tn(1.0, wide, wide, 0.0, c);
        return c;
    });
    check_threads([&] {
        arma::mat c;
        multiply_nn(1.0, a, narrow, 0.0, c);
        return c;
    });
}

TEST_CASE("symmetric eigenproblems") {
    // The second difference matrix has eigenvalues 2 - 2 cos(k pi / (n + 1)).
    const arma::uword n = 40;
    arma::mat a(n, n, arma::fill::zeros);
    a.diag().fill(2.0);
    a.diag(-1).fill(-1.0); // the upper triangle is not read
    const SymmetricEigen eigen = symmetric_eigen(a, true);
    for (arma::uword k = 0; k < n; ++k)
        CHECK(std::fabs(eigen.values[k] - (2.0 - 2.0 * std::cos(static_cast<double>(k + 1) * M_PI / 41.0))) < 1e-14);
    const arma::mat full = arma::symmatl(a);
    CHECK(largest(full * eigen.vectors - eigen.vectors * arma::diagmat(eigen.values)) < 1e-13);
    CHECK(largest(eigen.vectors.t() * eigen.vectors - arma::eye(n, n)) < 1e-13);
    const SymmetricEigen values = symmetric_eigen(a, false);
    CHECK(values.vectors.is_empty());
    CHECK(largest(values.values - eigen.values) < 1e-13);
    CHECK(symmetric_eigen(arma::mat(), true).values.is_empty());
    const arma::mat dense = positive_definite(200);
    check_threads([&] { return symmetric_eigen(dense, true).vectors; });
}
