#include <cmath>
#include <numbers>
#include <numeric>

#include <nlohmann/json.hpp>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/data/json.hpp"
#include "limsym/numerics/quadrature.hpp"
#include "limsym/stable/law.hpp"
#include "limsym/stable/weights.hpp"
#include "support.hpp"

using namespace limsym;
using namespace limsym::stable;

namespace {

/// int_0^t y P(|W| > y) dy by many panels.
template <typename Tail>
double truncated_moment(double t, const Tail& tail) {
    constexpr std::size_t panels = 400;
    double sum = 0.0;
    const numerics::QuadratureRule rule = numerics::gauss_legendre(20, 0.0, 1.0);
    for (std::size_t p = 0; p < panels; ++p) {
        const double begin = t * static_cast<double>(p) / panels;
        for (std::size_t i = 0; i < rule.nodes.size(); ++i) {
            const double y = begin + t / panels * rule.nodes[i];
            sum += t / panels * rule.weights[i] * y * tail(y);
        }
    }
    return sum;
}

WeightLaw law_of(const std::string& family, const std::map<std::string, double>& parameters) {
    const auto made = make_weight_law(family, parameters, {});
    REQUIRE(std::holds_alternative<WeightLaw>(made));
    return std::get<WeightLaw>(made);
}

std::string problem_of(const std::string& family, const std::map<std::string, double>& parameters,
                       std::optional<double> alpha = {}) {
    const auto made = make_weight_law(family, parameters, alpha);
    if (std::holds_alternative<WeightLaw>(made)) return "";
    const auto& problem = std::get<WeightProblem>(made);
    return problem.parameter + ": " + problem.message;
}

} // namespace

TEST_CASE("norming: acceptance vectors") {
    const auto folder = tests::shared_folder("golden/stable-limit");
    if (!folder) return;
    std::ifstream file(*folder + "/norming.csv");
    std::string line;
    std::getline(file, line);
    std::size_t seen = 0;
    while (std::getline(file, line)) {
        const std::size_t brace = line.find("\"{");
        const std::size_t end = line.find("}\"");
        std::string cell = line.substr(brace + 1, end - brace);
        for (std::size_t at = cell.find("\"\""); at != std::string::npos; at = cell.find("\"\"", at + 1))
            cell.erase(at, 1);
        std::map<std::string, double> parameters;
        const data::Json document = data::parse_json(cell, "cell");
        for (const auto& [name, value] : document.items())
            parameters[name] = value.get<double>();
        const std::string rest = line.substr(end + 3);
        const std::size_t comma = rest.find(',');
        const double n = *base::parse_number(rest.substr(0, comma));
        const double wanted = *base::parse_number(rest.substr(comma + 1));
        CAPTURE(line);
        const WeightLaw law = law_of(line.substr(0, line.find(',')), parameters);
        CHECK(norming(law, n) == doctest::Approx(wanted).epsilon(1e-12));
        ++seen;
    }
    CHECK(seen == 42);
}

TEST_CASE("norming: the exact infimum solves its equation") {
    for (const double n : {3.0, 10.0, 1000.0}) {
        const auto check = [&](const WeightLaw& law, const auto& tail) {
            CAPTURE(family_name(law));
            const double a = norming(law, n, Norming::exact);
            CHECK(n * truncated_moment(a, tail) == doctest::Approx(a * a).epsilon(1e-6)); // a bend lies inside a panel
        };
        check(GaussianWeight{0.7}, [](double y) { return std::erfc(y / (0.7 * std::numbers::sqrt2)); });
        check(UniformWeight{1.3}, [](double y) { return std::max(0.0, 1 - y / 1.3); });
        check(LaplaceWeight{0.4}, [](double y) { return std::exp(-y / 0.4); });
        // nu = 3: P(|T| > t) = 1 - 2/pi (atan(t/sqrt 3) + (t/sqrt 3)/(1 + t^2/3))
        check(StudentWeight{3.0, 1.0}, [](double y) {
            const double x = y / std::sqrt(3.0);
            return 1 - 2 / std::numbers::pi * (std::atan(x) + x / (1 + x * x));
        });
        // nu = 2: P(|T| > t) = 1 - t/sqrt(t^2 + 2)
        check(StudentWeight{2.0, 1.0}, [](double y) { return 1 - y / std::sqrt(y * y + 2); });
    }
    // the asymptotic rule is what the exact one tends to
    CHECK(norming(LaplaceWeight{}, 1e8, Norming::exact) ==
          doctest::Approx(norming(LaplaceWeight{}, 1e8)).epsilon(1e-10));
}

TEST_CASE("norming: quantiles of the tail") {
    for (const double n : {1.0, 7.0, 1e5}) {
        CHECK(norming(StudentWeight{1.0, 3.0}, n) == doctest::Approx(3 / std::tan(1 / n)).epsilon(1e-13));
        const double alpha = 1.2;
        const double a = norming(LogParetoWeight{alpha, 0.8}, n);
        const double tail = std::pow(a, -alpha) * (1 + 0.8 * std::log(a));
        CHECK(tail * n * norming_constant(alpha) == doctest::Approx(1.0).epsilon(1e-12));
        // without the logarithm it is Pareto's
        CHECK(norming(LogParetoWeight{alpha, 0.0}, n) == doctest::Approx(norming(ParetoWeight{alpha}, n)));
    }
}

TEST_CASE("norming: scales multiply") {
    for (const char* family : {"gaussian", "uniform", "laplace", "rademacher"})
        for (const Norming rule : {Norming::exact, Norming::asymptotic})
            CHECK(norming(law_of(family, {{"scale", 2.5}}), 50, rule) ==
                  doctest::Approx(2.5 * norming(law_of(family, {}), 50, rule)).epsilon(1e-13));
}

TEST_CASE("norming: what is refused") {
    CHECK_THROWS_AS(static_cast<void>(norming(ParetoWeight{2.0}, 2)), base::InputError);
    CHECK_THROWS_AS(static_cast<void>(norming(GaussianWeight{}, 2, Norming::exact)), base::InputError);
    CHECK_THROWS_AS(static_cast<void>(norming(StudentWeight{2.0}, 1)), base::InputError);
    CHECK_THROWS_AS(static_cast<void>(norming(ParetoWeight{1.5}, 10, Norming::asymptotic)), base::InputError);
    CHECK_NOTHROW(static_cast<void>(norming(StableWeight{2.0}, 1, Norming::exact)));
    CHECK(problem_of("parretto", {}).find("did you mean pareto") != std::string::npos);
    CHECK(problem_of("student", {}).starts_with("nu: is missing"));
    CHECK(problem_of("student", {}, 1.5) == "");
    CHECK(problem_of("student", {}, 2.0).starts_with("nu: is missing"));
    CHECK(problem_of("gaussian", {{"nu", 1.0}}).starts_with("nu: is no parameter"));
    CHECK(problem_of("logpareto", {{"alpha", 1.0}, {"c", 1.5}}).starts_with("c: 1.5 is out of range"));
    CHECK(problem_of("logpareto", {{"alpha", 2.0}, {"c", 1.0}}).starts_with("alpha: 2 is out of range"));
    CHECK(problem_of("uniform", {{"scale", 0.0}}).starts_with("scale: 0 is out of range"));
    CHECK(problem_of("pareto", {{"alpha", 5.0}}) == "");
}

TEST_CASE("norming: measured weights") {
    arma::vec magnitudes(200);
    std::iota(magnitudes.begin(), magnitudes.end(), 1.0);
    // m/(n C_1) = 200/(3 pi/2) = 42.4: the 43rd largest
    const EmpiricalNorming some = empirical_norming(magnitudes, 1.0, 3);
    CHECK(some.value == 158);
    CHECK_FALSE(some.beyond_data);
    const EmpiricalNorming all = empirical_norming(magnitudes, 1.0, 1000);
    CHECK(all.value == 200);
    CHECK(all.beyond_data);
}

TEST_CASE("weights: tails and moments of every family") {
    constexpr std::size_t count = 200'000;
    const auto sample = [](const WeightLaw& law) {
        arma::vec values(count);
        fill_weights(law, {3, "test weights", 0}, values.memptr(), count);
        return values;
    };
    const auto tail = [](const arma::vec& values, double t) {
        return static_cast<double>(arma::accu(arma::abs(values) > t)) / count;
    };
    const auto near = [](double got, double p) { CHECK(std::abs(got - p) < 5 * std::sqrt(p * (1 - p) / count)); };
    near(tail(sample(ParetoWeight{1.5, 2.0}), 8.0), std::pow(4.0, -1.5));
    near(tail(sample(LogParetoWeight{1.5, 1.0}), 6.0), std::pow(6.0, -1.5) * (1 + std::log(6.0)));
    near(tail(sample(StudentWeight{1.0, 2.0}), 2.0), 0.5);
    near(tail(sample(StudentWeight{2.0, 1.0}), 3.0), 1 - 3 / std::sqrt(11.0));
    near(tail(sample(LaplaceWeight{0.5}), 1.0), std::exp(-2.0));
    near(tail(sample(UniformWeight{2.0}), 1.5), 0.25);
    near(tail(sample(GaussianWeight{2.0}), 3.0), std::erfc(1.5 / std::numbers::sqrt2));
    near(tail(sample(StableWeight{1.0, 3.0}), 3.0), 0.5);
    const arma::vec signs = sample(RademacherWeight{4.0});
    CHECK(arma::all(arma::abs(signs) == 4.0));
    for (const WeightLaw& law :
         {WeightLaw(ParetoWeight{1.5}), WeightLaw(StudentWeight{1.0}), WeightLaw(RademacherWeight{}),
          WeightLaw(UniformWeight{}), WeightLaw(LaplaceWeight{}), WeightLaw(LogParetoWeight{1.0, 1.0})}) {
        CAPTURE(family_name(law));
        const arma::vec values = sample(law);
        near(static_cast<double>(arma::accu(values > 0)) / count, 0.5);
        arma::vec fewer(777);
        fill_weights(law, {3, "test weights", 0}, fewer.memptr(), fewer.n_elem);
        CHECK(arma::all(fewer == values.head(777)));
    }
}
