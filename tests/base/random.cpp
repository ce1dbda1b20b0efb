#include "limsym/base/random.hpp"

#include <doctest/doctest.h>
#include <vector>

using namespace limsym::base;

TEST_CASE("philox: known answers of Random123 and NumPy") {
    const auto one = philox({1, 0, 0, 0}, {1, 2});
    CHECK(one[0] == 5705853004827290377U);
    CHECK(one[1] == 6584680345644299050U);
    CHECK(one[2] == 680768428710196683U);
    CHECK(one[3] == 17743966978540583234U);
    const auto zero = philox({0, 0, 0, 0}, {1, 2});
    CHECK(zero[0] == 5115512112439138398U);
    CHECK(zero[1] == 5326589176984813876U);
    CHECK(zero[2] == 5948761360436497728U);
    CHECK(zero[3] == 7612623200685727944U);
}

TEST_CASE("streams: named by seed, purpose and index") {
    RandomStream a(7, "sample", 3);
    RandomStream b(7, "sample", 3);
    for (int i = 0; i < 9; ++i)
        CHECK(a.next() == b.next());
    CHECK(RandomStream(7, "sample", 3).next() != RandomStream(8, "sample", 3).next());
    CHECK(RandomStream(7, "sample", 3).next() != RandomStream(7, "folds", 3).next());
    CHECK(RandomStream(7, "sample", 3).next() != RandomStream(7, "sample", 4).next());
    // The documented mapping: counter = (block, index, 0, 0), key = (seed, FNV-1a of the purpose).
    CHECK(RandomStream(7, "sample", 3).next() == philox({0, 3, 0, 0}, {7, purpose_hash("sample")})[0]);
}

TEST_CASE("uniform: inside (0, 1), mean and variance of the uniform law") {
    RandomStream stream(1, "test");
    const int count = 100000;
    double sum = 0.0;
    double squares = 0.0;
    for (int i = 0; i < count; ++i) {
        const double u = stream.uniform();
        REQUIRE(u > 0.0);
        REQUIRE(u < 1.0);
        sum += u;
        squares += u * u;
    }
    CHECK(sum / count == doctest::Approx(0.5).epsilon(0.01));
    CHECK(squares / count == doctest::Approx(1.0 / 3.0).epsilon(0.01));
}

TEST_CASE("fill_uniform: the values of uniform one by one, from any place of a stream") {
    RandomStream one(3, "test", 5);
    RandomStream many(3, "test", 5);
    std::vector<double> values(40);
    for (const std::size_t count : {1U, 2U, 0U, 9U, 4U, 3U, 17U, 1U}) {
        many.fill_uniform(values.data(), count);
        for (std::size_t i = 0; i < count; ++i)
            CHECK(values[i] == one.uniform());
    }
    CHECK(many.next() == one.next());
}

TEST_CASE("below: every remainder equally often") {
    RandomStream stream(2, "test");
    std::vector<int> seen(7, 0);
    for (int i = 0; i < 70000; ++i)
        ++seen[stream.below(7)];
    for (const int count : seen)
        CHECK(count == doctest::Approx(10000).epsilon(0.05));
}
