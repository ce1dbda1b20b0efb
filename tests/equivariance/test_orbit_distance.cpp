#include "limsym/equivariance/orbit_distance.hpp"

#include <fstream>
#include <nlohmann/json.hpp>

#include "limsym/base/error.hpp"
#include "limsym/numerics/minimise.hpp"
#include "limsym/numerics/variates.hpp"
#include "limsym/symmetry/elements.hpp"
#include "limsym/symmetry/linear_action_expression.hpp"
#include "support.hpp"

using namespace limsym::equivariance;
using limsym::symmetry::parse_linear_action;

namespace {

OrbitProblem problem_of(const std::string& group) {
    return OrbitProblem::of(parse_linear_action(group, "--group"));
}

arma::mat random_matrix(std::size_t d, std::uint64_t index) {
    limsym::base::RandomStream stream(11, "matrix", index);
    arma::mat z(d, d, arma::fill::none);
    limsym::numerics::fill_normal(stream, z.memptr(), z.n_elem);
    return z;
}

arma::mat random_element(const std::string& group, std::uint64_t index) {
    using limsym::symmetry::ElementSampler;
    limsym::base::RandomStream stream(13, "element", index);
    return ElementSampler(parse_linear_action(group, "--group"), ElementSampler::Law::automatic).draw(stream)[0];
}

arma::mat matrix_of(const nlohmann::json& rows) {
    arma::mat m(rows.size(), rows.at(0).size(), arma::fill::none);
    for (std::size_t i = 0; i < m.n_rows; ++i)
        for (std::size_t j = 0; j < m.n_cols; ++j)
            m(i, j) = rows.at(i).at(j).get<double>();
    return m;
}

} // namespace

TEST_CASE("the gradient of the distance is that of differences") {
    for (const char* group : {"SO(2)", "O(3)", "O(1,3)", "SO+(2,2)", "Sp(4)", "SL(3)"}) {
        CAPTURE(group);
        const OrbitProblem problem = problem_of(group);
        const arma::mat z = random_matrix(problem.d, 1);
        const arma::mat gradient = orbit_gradient(problem, z);
        const double h = 1e-5;
        for (std::size_t k = 0; k < z.n_elem; ++k) {
            arma::mat up = z;
            arma::mat down = z;
            up(k) += h;
            down(k) -= h;
            const double difference =
                (orbit_distance(problem, up, OrbitLoss::mse) - orbit_distance(problem, down, OrbitLoss::mse)) /
                (2.0 * h);
            CHECK(std::abs(gradient(k) - difference) <= 1e-6 * (1.0 + std::abs(difference)));
        }
    }
}

TEST_CASE("distances and invariants do not change along an orbit") {
    for (const char* group : {"SO(3)", "O(1,3)", "Sp(4)", "SL(3)"}) {
        CAPTURE(group);
        const OrbitProblem problem = problem_of(group);
        const arma::mat z = random_matrix(problem.d, 2);
        const arma::mat g = random_element(group, 1);
        CHECK(orbit_distance(problem, g * z, OrbitLoss::mse) ==
              doctest::Approx(orbit_distance(problem, z, OrbitLoss::mse)).epsilon(1e-10));
        CHECK(arma::abs(invariants(problem, g * z) - invariants(problem, z)).max() <=
              1e-10 * arma::abs(g).max() * arma::abs(g).max());
        CHECK(orbit_distance(problem, g, OrbitLoss::mse) <= 1e-20);
        CHECK(in_group(problem, g));
        CHECK_FALSE(in_group(problem, z));
    }
}

TEST_CASE("projections are in the group and move with z") {
    for (const char* group : {"O(3)", "SO(3)", "O(1,3)", "SO(2,1)"}) {
        CAPTURE(group);
        const OrbitProblem problem = problem_of(group);
        const arma::mat z = random_element(group, 3) + 0.1 * random_matrix(problem.d, 3);
        const arma::mat g = random_element(group, 4);
        const Projection polar = polar_projection(problem, z);
        REQUIRE(polar.element);
        CHECK(in_group(problem, *polar.element));
        CHECK(arma::abs(*polar_projection(problem, g * z).element - g * *polar.element).max() <= 1e-10);
        const Projection frame = gram_schmidt_projection(problem, z);
        REQUIRE(frame.element);
        CHECK(arma::abs(frame.element->t() * problem.form * *frame.element - problem.form).max() <= 1e-11);
        CHECK(arma::abs(*gram_schmidt_projection(problem, g * z).element - g * *frame.element).max() <= 1e-10);
    }
    const OrbitProblem so3 = problem_of("SO(3)");
    arma::mat mirrored(3, 3, arma::fill::eye);
    mirrored(2, 2) = -0.5;
    CHECK(arma::det(*polar_projection(so3, mirrored).element) == doctest::Approx(1.0));
    CHECK(polar_projection(so3, arma::mat(3, 3, arma::fill::zeros)).reason == "singular");
    const OrbitProblem lorentz = problem_of("O(1,1)");
    CHECK(gram_schmidt_projection(lorentz, {{1.0, 0.0}, {1.0, 1.0}}).reason == "lightlike");
    CHECK_FALSE(polar_projection(lorentz, {{0.0, 1.0}, {1.0, 0.0}}).element);
}

TEST_CASE("starts near the Lorentz group reach it by orbit distance alone") {
    const OrbitProblem problem = problem_of("O(1,3)");
    std::size_t reached = 0;
    for (std::uint64_t start = 0; start < 100; ++start) {
        const arma::mat z0 = arma::mat(4, 4, arma::fill::eye) + 0.3 * random_matrix(4, 100 + start);
        limsym::numerics::LbfgsOptions options;
        options.max_iterations = 60;
        options.gradient_tolerance = 1e-12;
        options.value_tolerance = 0.0;
        const auto minimum = limsym::numerics::minimise_lbfgs(
            [&](const arma::vec& x, arma::vec& gradient) {
                const arma::mat z = arma::reshape(x, 4, 4);
                gradient = arma::vectorise(orbit_gradient(problem, z));
                return orbit_distance(problem, z, OrbitLoss::mse);
            },
            arma::vectorise(z0), options);
        const arma::mat z = arma::reshape(minimum.x, 4, 4);
        if (minimum.value <= 1e-12 && arma::abs(z.t() * problem.form * z - problem.form).max() <=
                                          1e-6 * std::max(1.0, std::pow(arma::abs(z).max(), 2.0)))
            ++reached;
    }
    CHECK(reached >= 98);
}

TEST_CASE("golden distances, projections, gradients") {
    const auto folder = limsym::tests::shared_folder("golden/orbit-symm");
    if (!folder) return;
    std::ifstream stream(*folder + "/orbit_distance.json");
    const auto golden = nlohmann::json::parse(stream);
    for (const auto& entry : golden.at("cases")) {
        const OrbitProblem problem = problem_of(entry.at("group"));
        CAPTURE(problem.name);
        const arma::mat z = matrix_of(entry.at("z"));
        const auto check = [&](const char* key, OrbitLoss loss) {
            if (!entry.contains(key)) return;
            CHECK(orbit_distance(problem, z, loss) == doctest::Approx(entry.at(key).get<double>()).epsilon(1e-10));
        };
        check("distance_mae4", OrbitLoss::mae4);
        check("distance_mse", OrbitLoss::mse);
        check("procrustes", OrbitLoss::procrustes);
        if (entry.contains("gradient_mse"))
            CHECK(arma::abs(orbit_gradient(problem, z) - matrix_of(entry.at("gradient_mse"))).max() <= 1e-9);
        const auto projected = [&](const char* key, const Projection& projection) {
            if (!entry.contains(key)) return;
            CHECK(projection.element.has_value() == !entry.at(key).is_null());
            if (projection.element) CHECK(arma::abs(*projection.element - matrix_of(entry.at(key))).max() <= 1e-8);
        };
        projected("polar", polar_projection(problem, z));
        projected("gram_schmidt", gram_schmidt_projection(problem, z));
    }
}

TEST_CASE("what has no orbit distance is refused") {
    using limsym::base::InputError;
    CHECK(limsym::tests::message_of<InputError>([] { return problem_of("GL(3)"); }).find("no form") !=
          std::string::npos);
    CHECK(limsym::tests::message_of<InputError>([] {
              check_loss(problem_of("O(1,3)"), OrbitLoss::procrustes);
              return 0;
          }).starts_with("--loss: procrustes"));
}
