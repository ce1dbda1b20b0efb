#include "limsym/process/limit_comparison.hpp"

#include <cmath>
#include <vector>

#include <doctest/doctest.h>

#include "gradient_check.hpp"
#include "limsym/kernel/jacobian_jets.hpp"
#include "limsym/network/jacobian_ntk.hpp"
#include "limsym/network/network.hpp"

using namespace limsym;

namespace {

struct Setting {
    network::Network description;
    kernel::JacobianNetwork limit;
    network::MultilayerPerceptron shape;
    std::vector<double> start;
    arma::mat x = tests::normal_matrix(2, 5, 1);
    arma::vec y{1.0, -1.0, 0.4, 0.1, -0.6};
    arma::mat test = tests::normal_matrix(2, 3, 2);

    explicit Setting(std::size_t width = 12) {
        network::Shorthand shorthand;
        shorthand.activation = network::parse_activation("gelu", "-");
        shorthand.depth = 2;
        shorthand.sigma_w = 1.4;
        shorthand.sigma_b = 0.2;
        description = network::make_network(shorthand);
        limit = kernel::make_jacobian_network(description, 2);
        shape = network::make_perceptron(description, {.inputs = 2, .width = width});
        start = network::nested_parameters(shape, 3);
    }
    [[nodiscard]] process::LimitComparison comparison(const process::RobustLoss& loss, double rate,
                                                      const arma::vec& x_units = arma::vec(2, arma::fill::ones),
                                                      double y_units = 1.0) const {
        return {{limit, shape, start, x, y, test, loss, rate, x_units, y_units}, {}};
    }
    [[nodiscard]] arma::mat theta(const arma::mat& left, const arma::mat& right) const {
        const arma::mat rows = left.t();
        const arma::mat columns = right.t();
        return kernel::expand(kernel::jacobian_kernels(limit, rows, &columns, {.nngp = false, .ntk = true}).ntk, rows,
                              columns, false);
    }
    [[nodiscard]] arma::vec joint(const arma::mat& points, double kappa) const {
        const network::ValuesAndJacobian z = network::values_and_jacobian(shape, start, points, kappa);
        return arma::vectorise(arma::join_cols(z.value.t(), z.jacobian));
    }
};

} // namespace

TEST_CASE("beside the limit: at the start everything is where it was") {
    const Setting setting;
    const process::LimitDistances at = setting.comparison({0.1, 0.5, true}, 0.3).at(setting.start, 0);
    CHECK(at.kernel_to_start == 0.0);
    CHECK(at.value.value() == 0.0);
    CHECK(at.jacobian.value() == 0.0);
    const arma::mat difference =
        network::jacobian_ntk(setting.shape, setting.start, setting.x) - setting.theta(setting.x, setting.x);
    CHECK(at.kernel_to_limit == doctest::Approx(arma::abs(difference).max()).epsilon(1e-12));
    // the output scale plays no part in the kernels
    CHECK(setting.comparison({0.1, 2.0, true}, 0.3).at(setting.start, 0).kernel_to_limit == at.kernel_to_limit);
}

TEST_CASE("beside the limit: its descent step by step") {
    const Setting setting;
    for (const double lambda : {0.0, 0.3})
        for (const bool mean : {true, false}) {
            const process::RobustLoss loss{lambda, 0.7, mean};
            const arma::vec x_units{2.0, 0.5};
            const double rate = 0.05;
            const std::uint64_t steps = 17;
            const process::LimitDistances at = setting.comparison(loss, rate, x_units, 3.0).at(setting.start, steps);

            const arma::mat train_kernel = setting.theta(setting.x, setting.x);
            const arma::mat test_kernel = setting.theta(setting.test, setting.x);
            arma::vec train = setting.joint(setting.x, 0.7);
            const arma::vec start = setting.joint(setting.test, 0.7);
            arma::vec test = start;
            for (std::uint64_t k = 0; k < steps; ++k) {
                arma::vec force = train;
                for (std::size_t i = 0; i < 5; ++i) {
                    force(3 * i) -= setting.y(i);
                    force.subvec(3 * i + 1, 3 * i + 2) *= lambda;
                }
                force *= rate * 0.49 / (mean ? 5.0 : 1.0);
                train -= train_kernel * force;
                test -= test_kernel * force;
            }
            arma::vec moved = 3.0 * arma::abs(test - start);
            double value = 0.0;
            double jacobian = 0.0;
            for (std::size_t i = 0; i < 3; ++i) {
                value = std::max(value, moved(3 * i));
                jacobian = std::max({jacobian, moved(3 * i + 1) / 2.0, moved(3 * i + 2) / 0.5});
            }
            CHECK(value > 0.01);
            CHECK(at.value.value() == doctest::Approx(value).epsilon(1e-10));
            CHECK(at.jacobian.value() == doctest::Approx(jacobian).epsilon(1e-10));
        }
}

TEST_CASE("beside the limit: without test points kernels alone; an unstable rate") {
    Setting setting;
    setting.test.reset();
    const process::LimitComparison comparison = setting.comparison({0.1, 1.0, true}, 1e3);
    const process::LimitDistances at = comparison.at(setting.start, 5);
    CHECK(!at.value);
    CHECK(!at.jacobian);
    CHECK(!comparison.largest_rate());

    const Setting tested;
    const process::LimitComparison unstable = tested.comparison({0.1, 1.0, true}, 1e3);
    CHECK(unstable.largest_rate().value() < 1e3);
    const process::LimitDistances far = unstable.at(tested.start, 100'000);
    CHECK(!std::isfinite(far.value.value()));
}
