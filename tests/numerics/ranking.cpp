#include "limsym/numerics/ranking.hpp"

#include <algorithm>
#include <cmath>

#include "limsym/base/random.hpp"
#include "support.hpp"

using limsym::numerics::Separation;
using limsym::numerics::separation;

namespace {

/// From the definitions, pair by pair and threshold by threshold.
Separation by_definition(const std::vector<double>& negatives, const std::vector<double>& positives) {
    Separation result;
    for (const double a : negatives)
        for (const double b : positives)
            result.auroc += b > a ? 1.0 : b == a ? 0.5 : 0.0;
    result.auroc /= static_cast<double>(negatives.size() * positives.size());
    std::vector<double> thresholds = negatives;
    thresholds.insert(thresholds.end(), positives.begin(), positives.end());
    std::sort(thresholds.rbegin(), thresholds.rend());
    thresholds.erase(std::unique(thresholds.begin(), thresholds.end()), thresholds.end());
    double recall_before = 0.0;
    bool found = false;
    for (const double threshold : thresholds) {
        const auto at_or_above = [threshold](double v) { return v >= threshold; };
        const auto false_positives =
            static_cast<double>(std::count_if(negatives.begin(), negatives.end(), at_or_above));
        const auto true_positives = static_cast<double>(std::count_if(positives.begin(), positives.end(), at_or_above));
        const double recall = true_positives / static_cast<double>(positives.size());
        result.aupr += (recall - recall_before) * true_positives / (true_positives + false_positives);
        recall_before = recall;
        if (!found && recall >= 0.95) {
            found = true;
            result.fpr95 = false_positives / static_cast<double>(negatives.size());
        }
    }
    return result;
}

} // namespace

TEST_CASE("separation: a case by hand") {
    const Separation s = separation({0.1, 0.2, 0.2, 0.35, 0.5, 0.8}, {0.2, 0.6, 0.7, 0.9, 0.5});
    CHECK(s.auroc == doctest::Approx(0.75));
    CHECK(s.aupr == doctest::Approx(0.716666666666667));
    CHECK(s.fpr95 == doctest::Approx(5.0 / 6.0));
}

TEST_CASE("separation: perfect, reversed, and all equal") {
    const Separation perfect = separation({1.0, 2.0}, {3.0, 4.0, 5.0});
    CHECK(perfect.auroc == 1.0);
    CHECK(perfect.aupr == doctest::Approx(1.0));
    CHECK(perfect.fpr95 == 0.0);
    const Separation reversed = separation({3.0, 4.0}, {1.0});
    CHECK(reversed.auroc == 0.0);
    CHECK(reversed.aupr == doctest::Approx(1.0 / 3.0));
    CHECK(reversed.fpr95 == 1.0);
    const Separation equal = separation({1.0, 1.0, 1.0}, {1.0});
    CHECK(equal.auroc == 0.5);
    CHECK(equal.aupr == doctest::Approx(0.25));
    CHECK(equal.fpr95 == 1.0);
}

TEST_CASE("separation: equals the definitions on random groups with and without ties") {
    for (std::size_t trial = 0; trial < 200; ++trial) {
        limsym::base::RandomStream stream(7, "separation test", trial);
        const double grid = trial % 2 == 0 ? 5.0 : 1e9;
        const auto draw = [&](double shift) { return std::floor((stream.uniform() + shift) * grid) / grid; };
        std::vector<double> negatives(1 + stream.below(40));
        std::vector<double> positives(1 + stream.below(40));
        for (double& v : negatives)
            v = draw(0.0);
        for (double& v : positives)
            v = draw(0.3);
        const Separation fast = separation(negatives, positives);
        const Separation slow = by_definition(negatives, positives);
        CHECK(fast.auroc == doctest::Approx(slow.auroc).epsilon(1e-13));
        CHECK(fast.aupr == doctest::Approx(slow.aupr).epsilon(1e-13));
        CHECK(fast.fpr95 == doctest::Approx(slow.fpr95).epsilon(1e-13));
    }
}

TEST_CASE("separation: 95 % of 20 and of 100 are 19 and 95") {
    for (const std::size_t count : {std::size_t{20}, std::size_t{100}}) {
        std::vector<double> positives;
        for (std::size_t i = 1; i <= count; ++i)
            positives.push_back(static_cast<double>(i));
        const double threshold = static_cast<double>(count / 20 + 1); // keeps 95 % exactly
        const Separation s = separation({threshold - 0.5, threshold, threshold + 0.5}, positives);
        CHECK(s.fpr95 == doctest::Approx(2.0 / 3.0));
    }
}
