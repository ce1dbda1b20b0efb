#include "limsym/stable/sampler.hpp"

#include <cmath>
#include <numbers>
#include <vector>

#include "limsym/base/random.hpp"
#include "limsym/data/table.hpp"
#include "limsym/stable/sampler_loops.hpp"
#include "support.hpp"

using namespace limsym;
using namespace limsym::stable;

namespace {

double map_one(VariateKind kind, double index, double u, double e) {
    double x = 0.0;
    map_variates(kind, index, &u, &e, &x, 1);
    return x;
}

/// The maps as the header writes them, in long double.
long double slow_map(VariateKind kind, double index, long double u, long double e) {
    const long double pi = std::numbers::pi_v<long double>;
    const auto a = static_cast<long double>(index);
    const long double end = std::min(u, 1 - u);
    if (kind == VariateKind::symmetric) {
        const long double v = pi * (u - 0.5L);
        return std::sin(a * v) / std::pow(std::sin(pi * end), 1 / a) * std::pow(std::cos((1 - a) * v) / e, (1 - a) / a);
    }
    return std::sin(a * pi * u) / std::pow(std::sin(pi * end), 1 / a) *
           std::pow(std::sin((1 - a) * pi * u) / e, (1 - a) / a);
}

} // namespace

TEST_CASE("sampler: the maps against long double") {
    base::RandomStream stream(1, "test");
    double worst = 0.0;
    for (int i = 0; i < 20000; ++i) {
        const double u = i % 3 == 0 ? std::exp(-36.0 * stream.uniform()) * 0.5 : stream.uniform();
        const double e = -std::log(stream.uniform());
        const double index = 0.25 + 1.75 * stream.uniform();
        const auto error = [&](VariateKind kind, double at) {
            const long double exact = slow_map(kind, at, static_cast<long double>(u), static_cast<long double>(e));
            return static_cast<double>(std::abs(static_cast<long double>(map_one(kind, at, u, e)) / exact - 1.0L));
        };
        worst = std::max(worst, error(VariateKind::symmetric, index));
        if (index < 0.97) worst = std::max(worst, error(VariateKind::positive, index));
    }
    CHECK(worst < 2e-13);
}

TEST_CASE("sampler: closed forms and symmetry") {
    for (const double u : {1e-12, 0.1, 0.4, 0.75, 1.0 - 0x1p-40}) {
        const double end = std::min(u, 1.0 - u);
        const double cauchy = (u > 0.5 ? 1.0 : -1.0) / std::tan(std::numbers::pi * end);
        CHECK(map_one(VariateKind::symmetric, 1.0, u, 0.3) == doctest::Approx(cauchy).epsilon(1e-14));
        const double normal = 2.0 * std::sqrt(0.3) * (u > 0.5 ? 1.0 : -1.0) * std::cos(std::numbers::pi * end);
        CHECK(map_one(VariateKind::symmetric, 2.0, u, 0.3) == doctest::Approx(normal).epsilon(1e-14));
        CHECK(map_one(VariateKind::symmetric, 1.3, 1.0 - u, 0.3) ==
              doctest::Approx(-map_one(VariateKind::symmetric, 1.3, u, 0.3)).epsilon(u < 1e-10 ? 1e-4 : 1e-13));
        CHECK(map_one(VariateKind::log_symmetric, 1.3, u, 0.3) ==
              doctest::Approx(std::log(std::abs(map_one(VariateKind::symmetric, 1.3, u, 0.3)))).epsilon(1e-13));
        // 1/(4 E cos^2(pi u / 2)) at gamma 1/2
        const double half = std::cos(std::numbers::pi * u / 2.0);
        CHECK(map_one(VariateKind::positive, 0.5, u, 0.3) ==
              doctest::Approx(1.0 / (4.0 * 0.3 * half * half)).epsilon(u > 0.99 ? 1e-3 : 1e-13));
    }
    CHECK(map_one(VariateKind::symmetric, 0.7, 0.5, 1.0) == 0.0);
    CHECK(std::isinf(map_one(VariateKind::symmetric, 0.02, 1e-12, 1e-9)));
    CHECK(map_one(VariateKind::log_symmetric, 0.02, 1e-12, 1e-9) > 2000.0);
}

TEST_CASE("sampler: any piece of a stream has the bits of the whole") {
    const base::StreamKey key{7, base::purpose_hash("sample"), 3};
    std::vector<double> whole(2000);
    fill_variates(VariateKind::symmetric, 1.5, key, 0, whole.data(), whole.size());
    for (const std::size_t first : {std::size_t{0}, std::size_t{1}, std::size_t{513}}) {
        for (const std::size_t count : {std::size_t{1}, std::size_t{17}, std::size_t{700}}) {
            std::vector<double> part(count);
            fill_variates(VariateKind::symmetric, 1.5, key, first, part.data(), count);
            CHECK(std::equal(part.begin(), part.end(), whole.begin() + static_cast<std::ptrdiff_t>(first)));
        }
    }
    // The words are those of the stream.
    base::RandomStream stream(7, "sample", 3);
    const double u = stream.uniform();
    const double e = -std::log(stream.uniform());
    CHECK(map_one(VariateKind::symmetric, 1.5, u, e) == doctest::Approx(whole[0]).epsilon(1e-13));
    std::uint64_t word[2];
    base::fill_words(key, 2 * 777, word, 2);
    const auto uniform = [](std::uint64_t bits) { return (static_cast<double>(bits >> 11U) + 0.5) * 0x1p-53; };
    CHECK(map_one(VariateKind::symmetric, 1.5, uniform(word[0]), -std::log(uniform(word[1]))) ==
          doctest::Approx(whole[777]).epsilon(1e-13));
}

TEST_CASE("sampler: instruction sets agree") {
    const SamplerLoops generic = sampler_loops_generic();
    std::vector<double> here(64);
    std::vector<double> there(64);
    const base::StreamKey key{1, base::purpose_hash("test"), 3};
    fill_variates(VariateKind::log_symmetric, 0.4, key, 10, here.data(), 64);
    generic.fill[static_cast<std::size_t>(VariateKind::log_symmetric)](
        {0.4, 1.5, 0.6, 0.4}, {key.seed, key.purpose, key.index, 5}, there.data(), 64);
    for (std::size_t i = 0; i < 64; ++i)
        CHECK(here[i] == doctest::Approx(there[i]).epsilon(1e-12));
}

TEST_CASE("sampler: golden maps") {
    const auto folder = tests::shared_folder("golden/stable-limit");
    if (!folder) return;
    const data::Table table = data::read_table({*folder + "/sampler_map.csv", {}, ""}, {.text_columns = "kind"});
    const std::vector<std::string>& kinds = table.text.at(table.column("kind", "kind"));
    for (arma::uword i = 0; i < table.values.n_rows; ++i) {
        const VariateKind kind = kinds[i] == "sas" ? VariateKind::symmetric : VariateKind::positive;
        const double x = map_one(kind, table.values(i, 1), table.values(i, 2), table.values(i, 3));
        CHECK(x == doctest::Approx(table.values(i, 4)).epsilon(1e-12));
    }
}

TEST_CASE("sampler: any uniform and exponential of double") {
    // log|X| by the page's sum, with cos V = sin(pi u).
    const double pi = std::numbers::pi;
    for (const double u : {5e-324, 1e-300, 1e-101})
        for (const double e : {5e-324, 1.0, 1e308}) {
            CAPTURE(u);
            CAPTURE(e);
            const double alpha = 0.02;
            const double log_cos = std::log(pi) + std::log(u);
            const double wanted = std::log(std::sin(alpha * pi / 2)) - log_cos / alpha +
                                  (1 - alpha) / alpha * (std::log(std::cos((1 - alpha) * pi / 2)) - std::log(e));
            CHECK(map_one(VariateKind::log_symmetric, alpha, u, e) == doctest::Approx(wanted).epsilon(1e-13));
            // alpha 2: 2 sin V sqrt(E); alpha 1: tan V
            CHECK(map_one(VariateKind::symmetric, 2.0, u, e) == doctest::Approx(-2.0 * std::sqrt(e)).epsilon(1e-13));
            if (u > 1e-305)
                CHECK(map_one(VariateKind::symmetric, 1.0, u, e) == doctest::Approx(-1 / (pi * u)).epsilon(1e-13));
            // Kanter at gamma 1/2 is 1/(4 E cos(pi u/2)^2)
            CHECK(map_one(VariateKind::log_positive, 0.5, u, e) ==
                  doctest::Approx(-std::log(4.0) - std::log(e)).epsilon(1e-13));
        }
    // in place, beside ordinary lanes
    std::vector<double> u(40, 0.3);
    std::vector<double> e(40, 0.7);
    u[17] = 1e-310;
    const double ordinary = map_one(VariateKind::symmetric, 1.5, 0.3, 0.7);
    const double far = map_one(VariateKind::symmetric, 1.5, 1e-310, 0.7);
    map_variates(VariateKind::symmetric, 1.5, u.data(), e.data(), u.data(), u.size());
    CHECK(u[16] == ordinary);
    CHECK(u[17] == far);
    CHECK(u[18] == ordinary);
}
