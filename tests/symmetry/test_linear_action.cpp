#include "limsym/symmetry/linear_action.hpp"

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "limsym/base/error.hpp"
#include "limsym/symmetry/basis_check.hpp"
#include "limsym/symmetry/elements.hpp"
#include "limsym/symmetry/equivariant_basis.hpp"
#include "limsym/symmetry/linear_action_expression.hpp"
#include "limsym/symmetry/representation.hpp"
#include "support.hpp"

using namespace limsym::symmetry;
using limsym::base::InputError;
using limsym::base::MemoryBudget;
using limsym::tests::message_of;

namespace {

const MemoryBudget budget{std::uint64_t{1} << 32U};

LinearAction group(const std::string& text) {
    return parse_linear_action(text, "--group");
}

EquivariantBasis basis_of(const std::string& text, const std::string& in, const std::string& out,
                          std::optional<BasisMethod> method = {}) {
    const LinearAction g = group(text);
    BasisOptions options;
    options.method = method;
    return equivariant_basis(g, parse_representation(in, g, "--rep-in"), parse_representation(out, g, "--rep-out"),
                             options, budget);
}

Element random_element(const LinearAction& g, std::uint64_t index) {
    limsym::base::RandomStream stream(7, "test element", index);
    return ElementSampler(g, ElementSampler::Law::automatic).draw(stream);
}

} // namespace

TEST_CASE("every named group preserves its form and is closed under brackets") {
    for (const char* text :
         {"SO(3)", "O(4)", "SO+(1,3)", "SO(2,2)", "O(1,3)", "Sp(4)", "S(4)", "Z(5)", "C(3)", "D(4)", "SL(3)", "GL(2)",
          "Scaling(3)", "SE(3)", "Tr(2)", "O(2)@0,2/3", "SO(3)|Scaling(3)", "SO(3)xS(4)", "Sp(2)xO(1,1)"}) {
        const std::string named = text;
        CAPTURE(named);
        const LinearAction g = group(text);
        if (g.form) CHECK(form_defect(g, *g.form) <= 1e-15);
        CHECK(bracket_defect(g.lie) <= 1e-12);
        CHECK(g.name == text);
    }
    CHECK(*group("SO(3)xS(4)").compact);
    CHECK_FALSE(*group("SO(3)|Scaling(3)").compact);
    CHECK(is_permutation(group("S(3)xZ(4)")));
    CHECK_FALSE(is_permutation(group("D(4)")));
}

TEST_CASE("two generators of so(3) are not closed") {
    std::vector<arma::mat> lie = group("SO(3)").lie;
    lie.pop_back();
    CHECK(bracket_defect(lie) == doctest::Approx(1.0));
}

TEST_CASE("what is wrong with an expression is said with its place") {
    CHECK(message_of<InputError>([] {
              return group("Q(3)");
          }).starts_with("--group: 'Q(3)': unknown group at character 1; expected"));
    CHECK(message_of<InputError>([] { return group("SO(3)xB(2)"); }).find("character 7") != std::string::npos);
    CHECK(message_of<InputError>([] { return group("SO(3)@0,1/3"); }).find("2 axes") != std::string::npos);
    CHECK(message_of<InputError>([] { return group("SO(3)|O(2)"); }).find("same space") != std::string::npos);
    CHECK(message_of<InputError>([] { return group("Sp(3)"); }).find("odd") != std::string::npos);
    CHECK(message_of<InputError>([] { return group("SO(300)"); }).find("out of range") != std::string::npos);
    CHECK(message_of<InputError>([] { return group("SO(3"); }).find("')' is missing at character 5") !=
          std::string::npos);
    CHECK(message_of<InputError>([] { return group(std::string(500, '(')); }).find("nested") != std::string::npos);
    const LinearAction so3 = group("SO(3)");
    const auto rep = [&](const std::string& text) {
        return message_of<InputError>([&] { return parse_representation(text, so3, "--rep-in"); });
    };
    CHECK(rep("V++S").starts_with("--rep-in: 'V++S': unexpected '+' at character 3; expected"));
    CHECK(rep("V2").find("product group") != std::string::npos);
    CHECK(rep("V^41").find("out of range") != std::string::npos);
    CHECK(rep("V^40").find("too large") != std::string::npos);
    CHECK(rep("").find("missing") != std::string::npos);
}

TEST_CASE("representations: sizes, layout, duals") {
    const LinearAction g = group("O(1,2)");
    const auto size = [&](const std::string& text) { return parse_representation(text, g, "r").size(); };
    CHECK(size("S+V'+T(1,1)") == 13);
    CHECK(size("5S+5V") == 20);
    CHECK(size("2*V*V") == 18);
    CHECK(size("(S+V)^2") == 16);
    CHECK(size("T(0)") == 1);
    // rho of a sum of products against explicit Kronecker products.
    const RepElement e(random_element(g, 1));
    const arma::mat a = e.g[0];
    const arma::mat b = e.dual[0];
    const arma::mat one(1, 1, arma::fill::ones);
    const auto join = [](const arma::mat& x, const arma::mat& y) {
        arma::mat m(x.n_rows + y.n_rows, x.n_cols + y.n_cols, arma::fill::zeros);
        m.submat(0, 0, x.n_rows - 1, x.n_cols - 1) = x;
        m.submat(x.n_rows, x.n_cols, m.n_rows - 1, m.n_cols - 1) = y;
        return m;
    };
    const auto check = [&](const std::string& text, const arma::mat& wanted) {
        const std::string named = text;
        CAPTURE(named);
        const arma::mat got = matrix_of(parse_representation(text, g, "r"), e);
        CHECK(arma::abs(got - wanted).max() <= 1e-13 * arma::abs(wanted).max());
        CHECK(character(parse_representation(text, g, "r"), e) == doctest::Approx(arma::trace(wanted)));
    };
    check("V*V'", arma::kron(a, b));
    check("S+V+2V'", join(join(one, a), join(b, b)));
    check("(S+V)*(V'+S)", arma::kron(join(one, a), join(b, one)));
    check("V*(S+V)*V'", arma::kron(arma::kron(a, join(one, a)), b));
    check("(V*V)'", arma::kron(b, b));
    // The derivative is that of rho(exp(tA)) at t = 0.
    const Representation rep = parse_representation("V*(S+V')+2V", g, "r");
    const arma::mat x(rep.size(), 1, arma::fill::ones);
    const double t = 1e-5;
    arma::mat forward = x;
    arma::mat backward = x;
    apply(rep, RepElement({matrix_exponential(t * g.lie[0])}), forward);
    apply(rep, RepElement({matrix_exponential(-t * g.lie[0])}), backward);
    CHECK(arma::abs((forward - backward) / (2 * t) - apply_derivative(rep, {g.lie[0]}, x)).max() <= 1e-9);
}

TEST_CASE("known dimensions, by every route") {
    const auto dimension = [](const std::string& g, const std::string& in, const std::string& out,
                              std::optional<BasisMethod> method = {}) {
        return basis_of(g, in, out, method).dimension();
    };
    const std::vector<std::size_t> so3{1, 0, 1, 1, 3, 6, 15};
    for (std::size_t r = 0; r <= 5; ++r) {
        CAPTURE(r);
        CHECK(dimension("SO(3)", "S", "T(" + std::to_string(r) + ")", BasisMethod::svd) == so3[r]);
        CHECK(dimension("SO(3)", "S", "T(" + std::to_string(r) + ")", BasisMethod::cg) == so3[r]);
    }
    CHECK(dimension("SO(3)", "T(3)", "T(3)") == 15);
    const std::vector<std::size_t> bell{1, 1, 2, 5, 15};
    for (std::size_t r = 1; r <= 4; ++r)
        CHECK(dimension("S(4)", "S", "T(" + std::to_string(r) + ")") == bell[r]);
    CHECK(dimension("O(4)", "T(2)", "T(2)") == 3);
    CHECK(dimension("SO+(1,3)", "T(2)", "T(2)", BasisMethod::cg) == 4);
    CHECK(dimension("SO+(1,3)", "T(3)", "T(3)", BasisMethod::cg) == 25);
    CHECK(dimension("O(1,3)", "T(3)", "T(3)", BasisMethod::cg) == 15);
    CHECK(dimension("Sp(4)", "T(3)", "T(3)", BasisMethod::cg) == 14);
    CHECK(dimension("SL(3)", "T(3)", "T(3)", BasisMethod::cg) == 6);
    CHECK(dimension("SO(3)xS(5)", "V1*V2+V2", "V1") == 1);
}

TEST_CASE("all routes give the same projector") {
    for (const auto& [g, in, out] : {std::tuple{"S(4)", "V+S", "T(2)"}, std::tuple{"Z(4)", "2V", "V"},
                                     std::tuple{"SO+(1,2)", "V+S", "T(2)+V'"}, std::tuple{"SE(2)", "V", "V+S"}}) {
        const std::string named = g;
        CAPTURE(named);
        const arma::mat svd = dense_projector(basis_of(g, in, out, BasisMethod::svd), budget);
        CHECK(arma::abs(svd - dense_projector(basis_of(g, in, out, BasisMethod::cg), budget)).max() <= 1e-11);
        if (is_permutation(group(g)))
            CHECK(arma::abs(svd - dense_projector(basis_of(g, in, out, BasisMethod::perm), budget)).max() <= 1e-12);
    }
    CHECK(message_of<InputError>([] {
              return basis_of("SO(3)", "V", "V", BasisMethod::perm);
          }).starts_with("--method: perm"));
}

TEST_CASE("maps of a basis commute with the group") {
    for (const auto& [g, in, out] : {std::tuple{"O(1,3)", "2V+S", "T(2)"}, std::tuple{"SO(3)", "V+T(2)", "V+S"},
                                     std::tuple{"SL(2)", "T(1,1)", "S"}, std::tuple{"SO(3)xS(3)", "V1*V2", "V1"}}) {
        const std::string named = g;
        CAPTURE(named);
        const LinearAction action = group(g);
        const Representation from = parse_representation(in, action, "in");
        const Representation to = parse_representation(out, action, "out");
        const EquivariantBasis basis = equivariant_basis(action, from, to, {}, budget);
        REQUIRE(basis.dimension() > 0);
        CHECK(equivariance_of(basis, action, from, to, 10, 1) <= 1e-12);
        const auto independent = independent_dimension(action, from, to, 1000).dimension;
        if (independent) CHECK(*independent == static_cast<std::int64_t>(basis.dimension()));
        // A matrix that is no map of the space is found out.
        EquivariantBasis broken = basis;
        broken.solutions[broken.places[0].solution].q.ones();
        for (EquivariantBasis::Place& place : broken.places)
            broken.solutions[place.solution].q.randu();
        CHECK(equivariance_of(broken, action, from, to, 10, 1) > 1e-3);
    }
}

TEST_CASE("characters count invariants") {
    const auto count = [](const std::string& g, const std::string& rep) {
        const LinearAction action = group(g);
        return independent_dimension(action, parse_representation("S", action, "in"),
                                     parse_representation(rep, action, "out"), 1000)
            .dimension;
    };
    CHECK(count("SO(2)", "T(4)") == 6);
    CHECK(count("SO(3)", "T(6)") == 15);
    CHECK(count("O(3)", "T(5)") == 0);
    CHECK(count("O(2)", "T(4)") == 3);
    CHECK(count("O(4)", "T(4)") == 3);
    CHECK(count("SO+(1,3)", "T(4)") == 4);
    CHECK(count("Sp(4)", "T(4)") == 3);
    CHECK(count("S(3)", "T(3)") == 5);
    CHECK_FALSE(count("SL(2)", "T(2)").has_value());
}

TEST_CASE("Haar samples have the moments of Haar measure") {
    const LinearAction so3 = group("SO(3)");
    const ElementSampler sampler(so3, ElementSampler::Law::automatic);
    CHECK(sampler.measure() == Measure::haar);
    constexpr std::size_t n = 20000;
    arma::mat mean(3, 3, arma::fill::zeros);
    double trace = 0.0;
    for (std::size_t i = 0; i < n; ++i) {
        limsym::base::RandomStream stream(3, "haar", i);
        const arma::mat g = sampler.draw(stream)[0];
        REQUIRE(arma::abs(g.t() * g - arma::mat(3, 3, arma::fill::eye)).max() < 1e-13);
        REQUIRE(arma::det(g) > 0.0);
        mean += g;
        trace += arma::trace(g) * arma::trace(g);
    }
    CHECK(arma::abs(mean / n).max() < 4.0 / std::sqrt(3.0 * n));
    CHECK(trace / n == doctest::Approx(1.0).epsilon(0.06));
}

TEST_CASE("finite groups are listed once, identity first") {
    for (const auto& [text, order] :
         {std::pair{"S(4)", 24U}, std::pair{"D(5)", 10U}, std::pair{"C(7)", 7U}, std::pair{"Z(3)xD(2)", 12U},
          std::pair{"D(4)|C(4)", 8U}, std::pair{"Trivial(2)", 1U}}) {
        const std::string named = text;
        CAPTURE(named);
        const LinearAction g = group(text);
        const auto elements = all_elements(g, 1000);
        REQUIRE(elements);
        CHECK(elements->size() == order);
        CHECK(arma::approx_equal(limsym::symmetry::matrix_of(elements->front()), arma::mat(g.d, g.d, arma::fill::eye),
                                 "absdiff", 0.0));
    }
    CHECK_FALSE(all_elements(group("S(9)"), 1000));
    CHECK_FALSE(all_elements(group("SO(2)"), 1000));
    CHECK(message_of<InputError>([] {
              return ElementSampler(group("O(1,3)"), ElementSampler::Law::haar).measure();
          }).find("not compact") != std::string::npos);
}

TEST_CASE("a boost of rapidity 3 preserves the Minkowski form") {
    const LinearAction lorentz = group("O(1,3)");
    const arma::mat g = matrix_exponential(3.0 * lorentz.lie[0]);
    CHECK(g(0, 0) == doctest::Approx(std::cosh(3.0)).epsilon(1e-14));
    CHECK(arma::abs(g.t() * *lorentz.form * g - *lorentz.form).max() < 1e-12);
}

TEST_CASE("projections of the golden vectors") {
    const auto folder = limsym::tests::shared_folder("golden/orbit-symm");
    if (!folder) return;
    std::ifstream stream(*folder + "/bases.json");
    const auto golden = nlohmann::json::parse(stream);
    for (const auto& entry : golden.at("cases")) {
        const LinearAction g = group(entry.at("group"));
        CAPTURE(g.name);
        const Representation in = parse_representation(entry.at("rep_in"), g, "in");
        const Representation out = parse_representation(entry.at("rep_out"), g, "out");
        const EquivariantBasis basis = equivariant_basis(g, in, out, {}, budget);
        CHECK(basis.dimension() == entry.at("dim").get<std::size_t>());
        const arma::vec v(entry.at("v").get<std::vector<double>>());
        const arma::vec wanted(entry.at("Pv").get<std::vector<double>>());
        const arma::mat w = arma::reshape(v, in.size(), out.size()).t();
        const arma::vec got = arma::vectorise(project(basis, w).t());
        CHECK(arma::abs(got - wanted).max() <= 1e-8);
        if (!g.name.starts_with("O(1,3)")) CHECK(arma::abs(got - wanted).max() <= 1e-10);
    }
}
