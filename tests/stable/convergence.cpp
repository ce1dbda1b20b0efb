#include "limsym/stable/convergence.hpp"

#include "limsym/base/error.hpp"
#include "limsym/stable/sampler.hpp"
#include "support.hpp"

using namespace limsym;
using namespace limsym::stable;

TEST_CASE("convergence: a sample of the law itself, and one of another") {
    constexpr std::size_t count = 4000;
    arma::vec sample(count);
    fill_variates(VariateKind::symmetric, 1.3, {1, 2, 3}, 0, sample.memptr(), count);
    const ConvergencePoint own = convergence_point(sample, {1.3, 1, 0});
    CHECK(own.ks < critical_distance(count));
    CHECK(*own.alpha_hill == doctest::Approx(1.3).epsilon(0.3));
    const ConvergencePoint other = convergence_point(sample, {1.3, 2, 0});
    CHECK(other.ks > critical_distance(count));
    CHECK(other.ecf > 10 * own.ecf);
    CHECK(critical_distance(100'001) == doctest::Approx(critical_distance(100'000)).epsilon(2e-5));
    // ties leave no tail index, a point mass no distance
    CHECK_FALSE(convergence_point(arma::vec(100, arma::fill::ones), {1, 1, 0}).alpha_hill);
    CHECK_THROWS_AS(static_cast<void>(convergence_point(sample, {1.3, 0, 0})), base::WorkError);
}
