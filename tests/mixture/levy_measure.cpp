#include "limsym/mixture/levy_measure.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "golden.hpp"
#include "limsym/base/error.hpp"
#include "limsym/data/column.hpp"
#include "limsym/data/json.hpp"
#include "limsym/data/table.hpp"
#include "limsym/mixture/one_input.hpp"
#include "support.hpp"

using namespace limsym;
using mixture::LimitLaw;

namespace {

LimitLaw law_of(const std::string& text) {
    return mixture::limit_law(mixture::parse_prior(text));
}

void check_near(double value, double wanted, double tolerance) {
    CAPTURE(value);
    CAPTURE(wanted);
    CHECK(std::abs(value - wanted) <= tolerance * std::abs(wanted) + 1e-300);
}

const std::vector<std::string> families{"gamma:eta=1,beta=2",
                                        "gamma:eta=0.1,beta=50",
                                        "beta",
                                        "beta:eta=2,b=1",
                                        "beta:eta=1.5,b=7.3",
                                        "beta:eta=1,b=0.07",
                                        "betaprime",
                                        "betaprime:eta=0.5,b=1",
                                        "betaprime:eta=2,b=0.6",
                                        "horseshoe",
                                        "regularised-horseshoe:s=2,c=0.3",
                                        "stable:alpha=0.8,c=2",
                                        "spike-slab:c=2,shape=0.4,rate=3",
                                        "spike-slab:c=3,shape=2,rate=1,spike=0.4",
                                        "ggp:alpha=0.4,beta=3,eta=0.7",
                                        "ggp:alpha=0.01",
                                        "ggp:alpha=0.98",
                                        "gbfry",
                                        "gbfry:alpha=0.1,tau=5",
                                        "gbfry:alpha=0.8,tau=1.2,mean=3",
                                        "gamma:eta=0.3+stable:alpha=0.3,c=0.1"};

} // namespace

TEST_CASE("golden: density and tail of Lévy measures") {
    const auto folder = tests::shared_folder("golden/mogp-sample");
    if (!folder) return;
    const data::Table table = tests::golden_table(*folder, "levy.csv", "kind,params");
    REQUIRE(table.values.n_rows > 60);
    for (std::size_t i = 0; i < table.values.n_rows; ++i) {
        const std::string text = tests::expression(table, i);
        CAPTURE(text);
        CAPTURE(table.values(i, 2));
        const LimitLaw law = law_of(text);
        check_near(law.density(table.values(i, 2)).value_or(NAN), table.values(i, 3), 1e-12);
        check_near(law.tail(table.values(i, 2)), table.values(i, 4), 1e-12);
    }
}

TEST_CASE("golden: inverses of tails") {
    const auto folder = tests::shared_folder("golden/mogp-sample");
    if (!folder) return;
    const data::Table table = tests::golden_table(*folder, "inverse_tail.csv", "kind,params");
    REQUIRE(table.values.n_rows >= 40);
    for (std::size_t i = 0; i < table.values.n_rows; ++i) {
        const std::string text = tests::expression(table, i);
        CAPTURE(text);
        check_near(law_of(text).inverse_tail(table.values(i, 2)), table.values(i, 3), 1e-11);
    }
}

TEST_CASE("golden: moments, truncated moments and Laplace exponents") {
    const auto folder = tests::shared_folder("golden/mogp-sample");
    if (!folder) return;
    for (const data::Json& entry : data::read_json(*folder + "/levy_moments.json")) {
        const std::string text = tests::expression(entry["kind"].get<std::string>(), entry["params"]);
        CAPTURE(text);
        const LimitLaw law = law_of(text);
        for (const int k : {1, 2}) {
            const data::Json& moment = entry[k == 1 ? "M1" : "M2"];
            if (moment.is_null())
                CHECK(std::isinf(law.moment(k)));
            else
                check_near(law.moment(k), moment.get<double>(), 1e-10);
        }
        for (const auto& [eps, value] : entry["M1_below"].items())
            check_near(law.moment_below(1, std::stod(eps)), value.get<double>(), 1e-10);
        for (const auto& [t, value] : entry["psi"].items())
            check_near(law.psi(std::stod(t)), value.get<double>(), 1e-10);
    }
}

TEST_CASE("golden: characteristic functions of shallow ReLU nets") {
    const auto folder = tests::shared_folder("golden/mogp-sample");
    if (!folder) return;
    const data::Table table = tests::golden_table(*folder, "shallow_relu_cf.csv", "kind,params");
    for (std::size_t i = 0; i < table.values.n_rows; ++i) {
        std::string text = tests::expression(table, i);
        if (table.values(i, 2) > 0.0) text += "+constant:c=" + std::to_string(table.values(i, 2));
        CAPTURE(text);
        check_near(mixture::shallow_characteristic_function(law_of(text), table.values(i, 3), 1.0), table.values(i, 4),
                   1e-9);
    }
}

TEST_CASE("the tail of an inverse is where it came from") {
    for (const std::string& text : families) {
        CAPTURE(text);
        const LimitLaw law = law_of(text);
        for (int k = -6; k <= 6; ++k) {
            const double g = std::pow(10.0, k);
            CAPTURE(g);
            const double x = law.inverse_tail(g);
            if (g >= law.mass()) {
                CHECK(x == 0.0);
                continue;
            }
            if (x < 1e-300 || x > 1e300) continue;
            // what the rounding of x itself does to g, near the end of the support
            const double rounding = law.tail(x * (1.0 - 4e-16)) - law.tail(x * (1.0 + 4e-16));
            CHECK(std::abs(law.tail(x) - g) <= 1e-11 * g + rounding);
        }
    }
}

TEST_CASE("the density is minus the slope of the tail, and moments are its integrals") {
    for (const std::string& text : families) {
        CAPTURE(text);
        const LimitLaw law = law_of(text);
        for (const double x : {1e-9, 1e-4, 0.03, 0.4, 0.9, 3.0, 40.0}) {
            CAPTURE(x);
            const double density = law.density(x).value();
            if (density < 1e-250) continue;
            const double h = 1e-5;
            const double slope = (law.tail(x * (1 - h)) - law.tail(x * (1 + h))) / (2.0 * h * x);
            CHECK(std::abs(slope - density) <= 1e-6 * density + 1e-15 * law.tail(x) / (h * x));
            for (const int k : {1, 2}) {
                const double change =
                    (law.moment_below(k, x * (1 + h)) - law.moment_below(k, x * (1 - h))) / (2.0 * h * x);
                CHECK(std::abs(change - std::pow(x, k) * density) <=
                      1e-5 * std::pow(x, k) * density + 1e-15 * law.moment_below(k, x) / (h * x));
            }
        }
        for (const int k : {1, 2})
            if (std::isfinite(law.moment(k)) && !law.tail_exponent())
                check_near(law.moment_below(k, 1e4), law.moment(k), 1e-11);
    }
}

TEST_CASE("Laplace exponents begin with M1 and grow with the mass") {
    for (const std::string& text : families) {
        CAPTURE(text);
        const LimitLaw law = law_of(text);
        CHECK(law.psi(0.0) == 0.0);
        if (std::isfinite(law.moment(2))) {
            const double t = 1e-6 / law.moment(1);
            const double wanted = law.mean_sum() * t - 0.5 * law.moment(2) * t * t;
            CHECK(std::abs(law.psi(t) - wanted) <= 1e-8 * wanted);
        }
        if (std::isfinite(law.mass())) CHECK(law.psi(1e14) - law.drift() * 1e14 <= law.mass() * (1 + 1e-9) + 0.1);
    }
    CHECK(law_of("horseshoe").psi(4.0) == doctest::Approx(law_of("stable:alpha=0.5,c=1").psi(4.0)).epsilon(1e-14));
    // beta{eta, 1/2} in one ReLU layer: S is Ga(eta/2, rate 1/2)
    CHECK(mixture::relu_exponent(law_of("beta:eta=0.8,b=0.5"), 3.0) ==
          doctest::Approx(0.4 * std::log1p(6.0)).epsilon(1e-12));
    // bernoulli{c, v}: (c/2) (1 - (1 + 2 t v)^(-1/2))
    CHECK(mixture::relu_exponent(law_of("bernoulli:c=3,value=0.5"), 2.0) ==
          doctest::Approx(1.5 * (1.0 - 1.0 / std::sqrt(3.0))).epsilon(1e-12));
    // a stable law is one of index 2 alpha in the output
    for (const double alpha : {0.2, 0.5, 0.9}) {
        const std::string text = "stable:alpha=" + std::to_string(alpha) + ",c=1.5";
        const double exponent =
            1.5 * std::tgamma(1.0 - alpha) * mixture::relu_moment(2.0 * alpha) * std::pow(0.7, alpha);
        CHECK(mixture::relu_exponent(law_of(text), 0.7) == doctest::Approx(exponent).epsilon(1e-12));
    }
}

TEST_CASE("sums add, and atoms have no density") {
    const LimitLaw sum = law_of("constant:c=0.2+gamma+bernoulli:c=2,value=0.5");
    CHECK(sum.drift() == 0.2);
    CHECK_FALSE(sum.density(1.0).has_value());
    CHECK(sum.tail(0.4) == doctest::Approx(2.0 + law_of("gamma").tail(0.4)));
    const double below = law_of("gamma").tail(0.5) + 1.0; // inside the jump at the atom
    CHECK(sum.inverse_tail(below) == doctest::Approx(0.5).epsilon(1e-12));
    CHECK(law_of("bernoulli").inverse_tail(1.0) == 0.0);
    CHECK(law_of("bernoulli").inverse_tail(0.99) == 1.0);
    CHECK(law_of("inverse-gamma:shape=0.5,scale=2").terms[0].tail_exponent == 0.5);
    CHECK(law_of("group-lasso:c=3,outputs=10").drift() == 3.0);
}

TEST_CASE("priors are read with checks") {
    const auto failure = [](const std::string& text) {
        return tests::message_of<base::InputError>([&] { return mixture::parse_prior(text).terms.size(); });
    };
    CHECK(failure("hoarseshoe") == "--prior: unknown family 'hoarseshoe'; did you mean horseshoe?");
    CHECK(failure("gamma:shape=2") == "--prior: gamma has no key 'shape'; keys are eta, beta");
    CHECK(failure("gbfry:alpha=1.2") == "--prior: gbfry: alpha: 1.2 is out of range; expected 0 < alpha < 1");
    CHECK(failure("gamma:eta=x") == "--prior: gamma: eta: 'x'; expected a number");
    CHECK(failure("gamma:eta=1,eta=2") == "--prior: gamma: eta is given twice");
    CHECK(failure("gamma:eta=nan") == "--prior: gamma: eta: 'nan'; expected a number");
    CHECK(failure("gamma+").find("--prior: empty term ") == 0);
    CHECK(failure("").find("--prior: empty term ") == 0);
    CHECK(failure("gamma:").find("--prior: gamma has no key ''") == 0);
    CHECK(failure("group-lasso:outputs=1.5").find("--prior: group-lasso: outputs: 1.5 is out of range") == 0);
    CHECK(failure("spike-slab:spike=-1").find("--prior: spike-slab: spike: -1 is out of range") == 0);
    CHECK(failure("empirical:x.csv") == "--prior: empirical: is not supported");
    CHECK(mixture::to_text(mixture::parse_prior("spike_slab:c=1e+1,rate=2+pareto")) ==
          "spike-slab:c=10,shape=1,rate=2,spike=0+stable:alpha=0.5,c=1");
    CHECK(mixture::to_text(mixture::parse_prior("inverse-gamma:alpha=3,beta=2")) == "inverse-gamma:shape=3,scale=2");
    const mixture::Prior atoms = mixture::parse_prior("bernoulli:c=20");
    CHECK(tests::message_of<base::InputError>([&] {
              mixture::check_width(atoms, 10.0);
              return 0;
          }) == "--prior: bernoulli: c: 20 is out of range; expected c <= width");
}
