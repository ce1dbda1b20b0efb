#include "limsym/stable/tail_index.hpp"

#include <cmath>

#include "limsym/base/error.hpp"
#include "support.hpp"

using namespace limsym;
using namespace limsym::stable;

TEST_CASE("hill: closed forms") {
    // |X|_(i) = e^(4-i): log ratios to the fourth are 3, 2, 1.
    const arma::vec values = {std::exp(1.0), -std::exp(3.0), 1.0, std::exp(2.0)};
    const auto estimates = hill_estimates(values, {3, 1});
    CHECK(estimates[0].alpha_hat == doctest::Approx(0.5).epsilon(1e-14));
    CHECK(estimates[0].se == doctest::Approx(0.5 / std::sqrt(3.0)).epsilon(1e-14));
    CHECK(estimates[1].alpha_hat == doctest::Approx(1.0).epsilon(1e-14));
    CHECK(estimates[1].k == 1);
}

TEST_CASE("hill: scale leaves it unchanged") {
    arma::vec values(100);
    for (arma::uword i = 0; i < 100; ++i)
        values(i) = std::pow(static_cast<double>(i + 1) / 101.0, -1.0 / 1.3);
    const auto here = hill_estimates(values, {20});
    const auto there = hill_estimates(1e200 * values, {20});
    CHECK(here[0].alpha_hat == doctest::Approx(there[0].alpha_hat).epsilon(1e-12));
}

TEST_CASE("hill: ties and zeros") {
    CHECK(tests::message_of<base::WorkError>([] {
              return hill_estimates({3.0, 0.0, 0.0}, {1});
          }).find("rank k+1 is 0") != std::string::npos);
    CHECK(tests::message_of<base::WorkError>([] {
              return hill_estimates({2.0, 2.0, -2.0}, {2});
          }).find("all equal") != std::string::npos);
}

TEST_CASE("hill: default grid") {
    const std::vector<std::size_t> counts = default_hill_counts(1500);
    CHECK(counts.front() == 10);
    CHECK(counts.back() == 750);
    CHECK(counts.size() == 20);
    CHECK(default_hill_counts(40).back() == 20);
}
