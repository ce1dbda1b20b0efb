#include "limsym/stable/law.hpp"

#include <cmath>
#include <limits>
#include <numbers>

#include "limsym/data/table.hpp"
#include "limsym/stable/exact_law.hpp"
#include "limsym/stable/law_evaluator.hpp"
#include "support.hpp"

using namespace limsym;
using namespace limsym::stable;

namespace {

constexpr double pi = std::numbers::pi;

/// What relative error the page allows at an alpha.
double allowed(double alpha) {
    return alpha >= 1.95 && alpha < 2.0 ? 1e-11 : 1e-12;
}

/// The worst relative errors of density, tail and log density (absolute) over a table alpha,x,pdf,sf,logpdf.
struct Errors {
    double density = 0.0;
    double tail = 0.0;
    double log_density = 0.0;
};

void worst(double& so_far, double error) {
    if (!(error <= so_far)) so_far = error;
}

Errors errors_of(const data::Table& table, Method method) {
    Errors errors;
    for (arma::uword first = 0; first < table.values.n_rows;) {
        const double alpha = table.values(first, 0);
        arma::uword end = first;
        while (end < table.values.n_rows && table.values(end, 0) == alpha)
            ++end;
        const arma::vec x = table.values.col(1).rows(first, end - 1);
        const Law law{alpha, 1.0, 0.0};
        const arma::vec density = LawEvaluator(law, LawFunction::density, method)(x);
        const arma::vec tail = LawEvaluator(law, LawFunction::upper_tail, method)(x);
        const arma::vec log_density = LawEvaluator(law, LawFunction::log_density, method)(x);
        for (arma::uword i = 0; i < x.n_elem; ++i) {
            const double scale = 1e-12 / allowed(alpha);
            const auto relative = [&](double found, double wanted) {
                return wanted == 0.0 ? (found < 1e-290 ? 0.0 : 1.0) : scale * std::abs(found / wanted - 1.0);
            };
            worst(errors.density, relative(density(i), table.values(first + i, 2)));
            worst(errors.tail, relative(tail(i), table.values(first + i, 3)));
            const double wanted = table.values(first + i, 4);
            worst(errors.log_density, std::abs(log_density(i) - wanted) / std::max(1.0, 1e-3 * std::abs(wanted)));
        }
        first = end;
    }
    return errors;
}

void check_table(const std::string& file) {
    const data::Table table = data::read_table({file, {}, ""});
    for (const Method method : {Method::exact, Method::table}) {
        const Errors errors = errors_of(table, method);
        CHECK(errors.density < 1e-12);
        CHECK(errors.tail < 1e-12);
        CHECK(errors.log_density < 2e-12);
    }
}

} // namespace

TEST_CASE("law: closed forms") {
    const arma::vec x = {-3.0, -0.2, 0.0, 0.7, 5.0};
    const Law cauchy{1.0, 2.0, 0.5};
    const Law normal{2.0, 2.0, 0.5};
    const arma::vec c = LawEvaluator(cauchy, LawFunction::density)(x);
    const arma::vec n = LawEvaluator(normal, LawFunction::density)(x);
    const arma::vec cdf = LawEvaluator(normal, LawFunction::cdf)(x);
    for (arma::uword i = 0; i < x.n_elem; ++i) {
        const double z = (x(i) - 0.5) / 2.0;
        CHECK(c(i) == doctest::Approx(1.0 / (2.0 * pi * (1.0 + z * z))).epsilon(1e-15));
        CHECK(n(i) == doctest::Approx(std::exp(-z * z / 4.0) / (4.0 * std::sqrt(pi))).epsilon(1e-15));
        CHECK(cdf(i) == doctest::Approx(0.5 * std::erfc(-z / 2.0)).epsilon(1e-15));
    }
    CHECK(ExactLaw(1.3).density(0.0) == doctest::Approx(std::tgamma(1.0 + 1.0 / 1.3) / pi).epsilon(1e-14));
    CHECK(std::abs(characteristic_function({1.3, 2.0, 0.7}, 0.4)) ==
          doctest::Approx(std::exp(-std::pow(0.8, 1.3))).epsilon(1e-14));
}

TEST_CASE("law: density and tail against 60-digit quadrature") {
    check_table(tests::test_data("stable-laws.csv"));
}

TEST_CASE("law: golden densities and tails") {
    const auto folder = tests::shared_folder("golden/stable-limit");
    if (folder) check_table(*folder + "/sas_pdf.csv");
}

TEST_CASE("law: golden quantiles") {
    const auto folder = tests::shared_folder("golden/stable-limit");
    if (!folder) return;
    const data::Table table = data::read_table({*folder + "/sas_quantile.csv", {}, ""});
    for (arma::uword i = 0; i < table.values.n_rows; ++i) {
        const arma::vec p = {table.values(i, 1)};
        CHECK(quantiles({table.values(i, 0), 1.0, 0.0}, p)(0) == doctest::Approx(table.values(i, 2)).epsilon(1e-11));
    }
}

TEST_CASE("law: golden constants and moments") {
    const auto folder = tests::shared_folder("golden/stable-limit");
    if (!folder) return;
    const data::Table table = data::read_table({*folder + "/constants.csv", {}, ""});
    for (arma::uword i = 0; i < table.values.n_rows; ++i) {
        const double alpha = table.values(i, 0);
        CHECK(norming_constant(alpha) == doctest::Approx(table.values(i, 1)).epsilon(1e-13));
        CHECK(tail_constant(alpha) == doctest::Approx(table.values(i, 2)).epsilon(1e-13));
        CHECK(absolute_moment({alpha, 1.0, 0.0}, table.values(i, 3)) ==
              doctest::Approx(table.values(i, 4)).epsilon(1e-12));
    }
}

TEST_CASE("law: quantiles come back through the cdf") {
    for (const double alpha :
         {0.02,       0.05, 0.2, 0.5,  0.9, 1.0 - 1e-3, 1.0 - 1e-6, 1.0 - 1e-12, 1.0,    1.0 + 1e-12, 1.0 + 1e-6,
          1.0 + 1e-3, 1.1,  1.4, 1.42, 1.5, 1.8,        1.95,       1.99,        1.9999, 1.9999999,   2.0}) {
        constexpr arma::uword count = 400;
        arma::vec p(count);
        for (arma::uword i = 0; i < count; ++i)
            p(i) = (static_cast<double>(i) + 0.5) / count;
        p(0) = 1e-9;
        p(count - 1) = 1.0 - 1e-9;
        const Law law{alpha, 1.0, 0.0};
        const arma::vec x = quantiles(law, p);
        const arma::vec back = LawEvaluator(law, LawFunction::cdf, Method::exact)(x);
        const arma::vec tabled = LawEvaluator(law, LawFunction::cdf)(x);
        double error = 0.0;
        double error_of_table = 0.0;
        for (arma::uword i = 0; i < count; ++i) {
            if (!std::isfinite(x(i))) continue;
            worst(error, std::abs(back(i) - p(i)) / std::max(p(i), 1.0 - p(i)));
            worst(error_of_table, std::abs(tabled(i) - p(i)) / std::max(p(i), 1.0 - p(i)));
        }
        CHECK(error < 1e-13);
        CHECK(error_of_table < 2e-13);
        CHECK(std::is_sorted(x.begin(), x.end()));
        const arma::vec upper = quantiles(law, p, true);
        CHECK(upper(7) == -x(7));
    }
}

TEST_CASE("law: densities integrate to one and go over into their limits") {
    // Trapezoid in log x of x f(x).
    for (const double alpha : {0.3, 0.8, 1.2, 1.7}) {
        const ExactLaw law(alpha);
        const double step = 1.0 / 64.0;
        double mass = 0.0;
        for (double z = -60.0; z < 36.0 / std::min(alpha, 1.0); z += step)
            mass += step * std::exp(z + law.log_density(std::exp(z)));
        CHECK(mass == doctest::Approx(0.5).epsilon(1e-10));
    }
    for (const double x : {0.0, 0.3, 2.0, 30.0}) {
        CHECK(ExactLaw(1.0 - 1e-13).density(x) == doctest::Approx(1.0 / (pi * (1.0 + x * x))).epsilon(1e-11));
        CHECK(ExactLaw(1.0 + 1e-13).density(x) == doctest::Approx(1.0 / (pi * (1.0 + x * x))).epsilon(1e-11));
    }
    CHECK(ExactLaw(2.0 - 1e-14).density(3.0) ==
          doctest::Approx(std::exp(-2.25) / (2.0 * std::sqrt(pi))).epsilon(1e-11));
}

TEST_CASE("law: far tails, extremes of scale, the point mass") {
    const Law law{1.5, 1e-200, 0.0};
    const arma::vec far = {1e300, -1e300};
    const arma::vec log_density = LawEvaluator(law, LawFunction::log_density)(far);
    // log(alpha k/2) - (alpha + 1) log z - log sigma with z = 1e500
    const double expected =
        std::log(0.75 * tail_constant(1.5)) - 2.5 * 500.0 * std::numbers::ln10 + 200.0 * std::numbers::ln10;
    CHECK(log_density(0) == doctest::Approx(expected).epsilon(1e-12));
    CHECK(log_density(1) == log_density(0));
    const arma::vec log_tail = LawEvaluator(law, LawFunction::log_upper_tail)(far);
    CHECK(log_tail(0) ==
          doctest::Approx(std::log(tail_constant(1.5) / 2.0) - 750.0 * std::numbers::ln10).epsilon(1e-12));
    CHECK(log_tail(1) == 0.0);
    // erfc(z)/2 ~ exp(-z^2)/(2 z sqrt(pi)) at z = 50.
    CHECK(LawEvaluator({2.0, 1.0, 0.0}, LawFunction::log_upper_tail)(arma::vec{100.0})(0) ==
          doctest::Approx(-2500.0 - std::log(100.0 * std::sqrt(pi)) + std::log1p(-1.0 / 5000.0)).epsilon(1e-10));
    const Law point{1.5, 0.0, 2.5};
    const arma::vec x = {1.5, 2.5, 3.5};
    CHECK(arma::approx_equal(LawEvaluator(point, LawFunction::cdf)(x), arma::vec{0.0, 1.0, 1.0}, "absdiff", 0.0));
    CHECK(
        arma::approx_equal(LawEvaluator(point, LawFunction::upper_tail)(x), arma::vec{1.0, 0.0, 0.0}, "absdiff", 0.0));
    CHECK(quantiles(point, {0.3})(0) == 2.5);
    CHECK(absolute_moment(point, 0.5) == 0.0);
    CHECK(std::isinf(absolute_moment(law, 1.5)));
}

TEST_CASE("law: points whose distance in scales leaves double") {
    // f(z)/sigma and P(X > z) are within reach where z is not: compare with the law in larger units, where it is.
    const double alpha = 0.02;
    const Law tiny{alpha, 1e-300, 0.0};
    const double x = 1e10; // 1e310 scales
    const double step = std::exp(std::log(10.0) * 4.0);
    for (const auto method : {Method::exact, Method::table}) {
        const auto value = [&](const Law& law, LawFunction what, double at) {
            return LawEvaluator(law, what, method)(arma::vec{at})(0);
        };
        // the tail is c z^-alpha (1 + O(z^-alpha)): at 1e306 scales it is 1e4^alpha times as large, nearly
        const double there = value(tiny, LawFunction::upper_tail, x / step);
        const double here = value(tiny, LawFunction::upper_tail, x);
        CHECK(here / there == doctest::Approx(std::pow(step, -alpha)).epsilon(1e-5));
        CHECK(value(tiny, LawFunction::cdf, -x) == here);
        CHECK(value(tiny, LawFunction::log_upper_tail, x) == doctest::Approx(std::log(here)).epsilon(1e-13));
        const double density = value(tiny, LawFunction::density, x);
        CHECK(density == doctest::Approx(alpha * here / x).epsilon(1e-5));
        CHECK(value(tiny, LawFunction::log_density, x) == doctest::Approx(std::log(density)).epsilon(1e-13));
        // x - loc itself leaves double
        CHECK(value({alpha, 1.0, -1e308}, LawFunction::upper_tail, 1e308) ==
              doctest::Approx(value({alpha, 1.0, 0.0}, LawFunction::upper_tail, 1.5e308) * std::pow(2.0 / 1.5, -alpha))
                  .epsilon(1e-6));
        CHECK(value({1.0, 1.0, -1e308}, LawFunction::log_upper_tail, 1e308) ==
              doctest::Approx(-std::log(1e308) - std::log(2.0 * pi)));
        CHECK(value({2.0, 1.0, -1e308}, LawFunction::density, 1e308) == 0.0);
    }
}

TEST_CASE("law: the characteristic function turns by the exact product") {
    // (1e8 + 1)^2 = 10000000200000001 needs 54 bits.
    const auto turned = characteristic_function({2.0, 0.0, 1e8 + 1}, 1e8 + 1);
    CHECK(turned.real() == doctest::Approx(static_cast<double>(std::cos(10000000200000001.0L))).epsilon(1e-15));
    CHECK(turned.imag() == doctest::Approx(static_cast<double>(std::sin(10000000200000001.0L))).epsilon(1e-15));
    // beyond double the product still has a cosine
    CHECK(std::abs(characteristic_function({1.5, 0.0, 1e308}, 1e308)) == doctest::Approx(1.0).epsilon(1e-15));
    CHECK(characteristic_function({1.5, 1e308, 1e308}, 1e308) == std::complex<double>(0.0, 0.0));
}
