#include "limsym/data/standardisation.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "limsym/base/error.hpp"

using limsym::data::Standardisation;

TEST_CASE("rows of unit norm keep their direction, whatever their length") {
    Standardisation units = Standardisation::none(2);
    units.unit_norm = true;
    const arma::mat x{{3.0, 4.0}, {-3e200, 4e200}, {3e-300, -4e-300}};
    const arma::mat expected{{0.6, 0.8}, {-0.6, 0.8}, {0.6, -0.8}};
    CHECK(arma::abs(units.apply(x) - expected).max() < 1e-15);
}

TEST_CASE("rows are scaled after columns are standardised") {
    const arma::mat x{{1.0, 10.0}, {2.0, 30.0}, {4.0, 20.0}};
    Standardisation units = Standardisation::of(x);
    const arma::mat plain = units.apply(x);
    units.unit_norm = true;
    const arma::mat scaled = units.apply(x);
    for (arma::uword i = 0; i < x.n_rows; ++i) {
        CHECK(arma::norm(scaled.row(i)) == doctest::Approx(1.0).epsilon(1e-15));
        CHECK(scaled(i, 0) * plain(i, 1) == doctest::Approx(scaled(i, 1) * plain(i, 0)));
    }
}

TEST_CASE("a row of zeros has no direction") {
    Standardisation units = Standardisation::none(2);
    units.unit_norm = true;
    CHECK_THROWS_AS(units.apply(arma::mat{{1.0, 0.0}, {0.0, 0.0}}), limsym::base::InputError);
}
