#include "limsym/numerics/goodness_of_fit.hpp"

#include <cmath>
#include <initializer_list>

#include <doctest/doctest.h>

using namespace limsym::numerics;

TEST_CASE("kolmogorov: exact distribution") {
    // Durbin's matrix in 30-digit arithmetic.
    CHECK(kolmogorov_upper_tail(0.274, 10) == doctest::Approx(0.371520384543495632661).epsilon(1e-12));
    CHECK(kolmogorov_upper_tail(0.05, 200) == doctest::Approx(0.680262725439557547042).epsilon(1e-12));
    CHECK(kolmogorov_upper_tail(0.02846, 1000) == doctest::Approx(0.385570896280639985655).epsilon(1e-12));
    // One number: D = max(U, 1 - U); two: P(D < d) = 2 (2d - 1/2)^2 for 1/4 <= d <= 1/2.
    CHECK(kolmogorov_upper_tail(0.8, 1) == doctest::Approx(2.0 * 0.2).epsilon(1e-13));
    CHECK(kolmogorov_upper_tail(0.4, 2) == doctest::Approx(1.0 - 2.0 * 0.3 * 0.3).epsilon(1e-12));
    CHECK(kolmogorov_upper_tail(0.5 / 7.0, 7) == 1.0);
    CHECK(kolmogorov_upper_tail(1.0, 7) == 0.0);
}

TEST_CASE("kolmogorov: the two ways meet, the limit is near, quantiles come back") {
    // Just below and above the switch at n d^2 = 3.6.
    const double below = kolmogorov_upper_tail(std::sqrt(3.5999 / 500.0), 500);
    const double above = kolmogorov_upper_tail(std::sqrt(3.6001 / 500.0), 500);
    CHECK(below > above);
    CHECK(std::log(below / above) == doctest::Approx(0.0002 * 2.0).epsilon(0.05));
    for (const double z : {0.5, 0.9, 1.3})
        CHECK(kolmogorov_upper_tail(z / 100.0, 10000) ==
              doctest::Approx(kolmogorov_upper_tail_asymptotic(z / 100.0, 10000)).epsilon(2e-4));
    for (const double p : {0.99, 0.5, 0.01, 1e-6})
        CHECK(kolmogorov_upper_tail(kolmogorov_upper_quantile(p, 321), 321) == doctest::Approx(p).epsilon(1e-9));
    // The tail of two sides is twice that of one: e^(-2 n d^2) as n grows.
    CHECK(kolmogorov_upper_tail(0.3, 400) < 1e-30);
    CHECK(kolmogorov_upper_tail(0.3, 400) > 1e-34);
}

TEST_CASE("anderson-darling: percentage points of the limit") {
    // D'Agostino and Stephens, Goodness-of-Fit Techniques, 1986, table 4.2.
    CHECK(anderson_darling_upper_tail_asymptotic(1.248) == doctest::Approx(0.25).epsilon(2e-3));
    CHECK(anderson_darling_upper_tail_asymptotic(1.933) == doctest::Approx(0.10).epsilon(2e-3));
    CHECK(anderson_darling_upper_tail_asymptotic(2.492) == doctest::Approx(0.05).epsilon(2e-3));
    CHECK(anderson_darling_upper_tail_asymptotic(3.857) == doctest::Approx(0.01).epsilon(2e-2));
    CHECK(anderson_darling_upper_tail_asymptotic(0.0) == 1.0);
    CHECK(anderson_darling_upper_tail_asymptotic(39.0) < 1e-11);
    CHECK(anderson_darling_upper_tail_asymptotic(1e6) == 0.0);
    CHECK(anderson_darling_upper_tail_asymptotic(1e-3) == doctest::Approx(1.0).epsilon(1e-12));
}
