#include "limsym/numerics/resampling.hpp"

#include <cmath>

#include <doctest/doctest.h>

#include "limsym/numerics/variates.hpp"

using namespace limsym;

TEST_CASE("quantiles of a sample are linear between order statistics") {
    const arma::vec values{1.0, 2.0, 4.0, 8.0};
    CHECK(numerics::sample_quantile(values, 0.0) == 1.0);
    CHECK(numerics::sample_quantile(values, 1.0) == 8.0);
    CHECK(numerics::sample_quantile(values, 0.5) == 3.0);
    CHECK(numerics::sample_quantile(values, 0.75) == 5.0);
}

TEST_CASE("bootstrap of a mean: one value, equal values, coverage of a normal mean") {
    base::RandomStream stream(3, "test");
    const numerics::MeanInterval one = numerics::bootstrap_mean(arma::vec{0.3}, stream);
    CHECK(one.low == 0.3);
    CHECK(one.mean == 0.3);
    CHECK(one.high == 0.3);

    // 400 samples of 50 normals: the interval holds 0 about as often as its level says; its half width is that of the
    // normal interval
    std::size_t inside = 0;
    double width = 0.0;
    for (std::uint64_t k = 0; k < 400; ++k) {
        base::RandomStream draws(3, "draws", k);
        arma::vec values(50, arma::fill::none);
        numerics::fill_normal(draws, values.memptr(), values.n_elem);
        const numerics::MeanInterval interval = numerics::bootstrap_mean(values, stream);
        CHECK(interval.low <= interval.mean);
        CHECK(interval.mean <= interval.high);
        inside += interval.low <= 0.0 && 0.0 <= interval.high ? 1U : 0U;
        width += (interval.high - interval.low) / 400;
    }
    CHECK(inside >= 360);
    CHECK(inside <= 395);
    CHECK(width == doctest::Approx(2 * 1.96 / std::sqrt(50.0)).epsilon(0.05));
}
