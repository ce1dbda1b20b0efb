#include "limsym/network/jacobian_ntk.hpp"

#include <cmath>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "finite_golden.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/base/random.hpp"
#include "limsym/network/propagation.hpp"
#include "limsym/numerics/variates.hpp"

using namespace limsym;
using network::Derivatives;
using network::MultilayerPerceptron;
using network::Propagation;

namespace {

arma::mat normal_matrix(std::size_t rows, std::size_t columns, std::uint64_t index) {
    base::RandomStream stream(7, "test", index);
    arma::mat result(rows, columns, arma::fill::none);
    numerics::fill_normal(stream, result.memptr(), result.n_elem);
    return result;
}

MultilayerPerceptron perceptron(const std::string& activation, std::size_t depth, std::size_t inputs, std::size_t width,
                                double sigma_b = 0.4) {
    network::Shorthand shorthand;
    shorthand.activation = network::parse_activation(activation, "-");
    shorthand.depth = depth;
    shorthand.sigma_w = 1.3;
    shorthand.sigma_b = sigma_b;
    shorthand.readout_sigma_b = sigma_b / 2;
    return network::make_perceptron(network::make_network(shorthand), {.inputs = inputs, .width = width});
}

std::vector<double> normal_parameters(const MultilayerPerceptron& shape, std::uint64_t seed = 5) {
    return network::initial_parameters(shape, network::Initialisation::standard_normal, seed);
}

// One reverse pass for every row of z: gradients in all parameters, and their inner products.
arma::mat by_rows(const MultilayerPerceptron& shape, const std::vector<double>& parameters, const arma::mat& x,
                  double scale) {
    const std::size_t edge = x.n_rows + 1;
    arma::mat gradients(shape.parameters, x.n_cols * edge);
    const arma::mat c(1, 1, arma::fill::value(scale));
    for (std::size_t i = 0; i < x.n_cols; ++i)
        for (std::size_t a = 0; a < edge; ++a) {
            Propagation<double> pass(shape, Derivatives::second);
            const arma::mat point = x.col(i);
            const std::span<double> row(gradients.colptr(i * edge + a), shape.parameters);
            pass.forward(parameters, point);
            if (a == 0) {
                pass.backward(parameters, c, row);
                continue;
            }
            arma::mat direction(x.n_rows, 1);
            direction(a - 1, 0) = 1.0;
            pass.forward_tangent(parameters, direction);
            pass.backward_tangent(parameters, {}, c, row);
        }
    return gradients.t() * gradients;
}

} // namespace

TEST_CASE("finite Jacobian NTK: golden vectors") {
    for (const tests::FiniteCase& one : tests::finite_cases()) {
        const network::ValuesAndJacobian z = network::values_and_jacobian(one.shape, one.parameters, one.x, one.kappa);
        CHECK(tests::largest_error(z.value, tests::vector_of(one.json.at("f"))) < 1e-11);
        CHECK(tests::largest_error(z.jacobian.t(), tests::matrix_of(one.json.at("jacobian"))) < 1e-11);
        CHECK(tests::largest_error(network::jacobian_ntk(one.shape, one.parameters, one.x, one.kappa),
                                   tests::matrix_of(one.json.at("jntk"))) < 1e-11);
    }
}

TEST_CASE("finite Jacobian NTK: inner products of the gradients of every row") {
    for (const char* activation : {"gelu", "erf", "tanh", "sin", "softplus", "identity", "sigmoid", "swish"})
        for (const std::size_t depth : {1U, 2U, 4U}) {
            CAPTURE(activation);
            CAPTURE(depth);
            const MultilayerPerceptron shape = perceptron(activation, depth, 3, 7);
            const std::vector<double> parameters = normal_parameters(shape);
            const arma::mat x = normal_matrix(3, 5, 1);
            const arma::mat expected = by_rows(shape, parameters, x, 0.7);
            const arma::mat kernel = network::jacobian_ntk(shape, parameters, x, 0.7);
            CHECK(tests::largest_error(kernel, expected) < 1e-13);
            CHECK(arma::abs(kernel - kernel.t()).max() == 0.0);
        }
}

TEST_CASE("finite Jacobian NTK: many tiles, wide points, no biases, one input") {
    struct Size {
        std::size_t inputs, width, points;
        double sigma_b;
    };
    for (const Size s : {Size{4, 130, 90, 0.3}, Size{60, 40, 9, 0.0}, Size{1, 33, 70, 0.1}, Size{300, 5, 2, 0.2}}) {
        CAPTURE(s.inputs);
        const MultilayerPerceptron shape = perceptron("gelu", 2, s.inputs, s.width, s.sigma_b);
        const std::vector<double> parameters = normal_parameters(shape);
        const arma::mat x = normal_matrix(s.inputs, s.points, 1);
        const auto kernel = [&](unsigned threads) {
            const base::ThreadLimit limit(threads);
            return network::jacobian_ntk(shape, parameters, x);
        };
        const arma::mat one = kernel(1);
        CHECK(tests::largest_error(one, by_rows(shape, parameters, x, 1.0)) < 1e-12);
        CHECK(arma::abs(one - kernel(2)).max() == 0.0);
        CHECK(arma::abs(one - kernel(5)).max() == 0.0);
    }
}

TEST_CASE("finite Jacobian NTK: its blocks are derivatives of the NTK") {
    const MultilayerPerceptron shape = perceptron("gelu", 3, 2, 11);
    const std::vector<double> parameters = normal_parameters(shape);
    const arma::mat x = normal_matrix(2, 2, 3);
    const arma::mat kernel = network::jacobian_ntk(shape, parameters, x);
    constexpr double step = 1e-4;
    const auto value = [&](std::size_t a, double left, std::size_t b, double right) {
        arma::mat moved = x;
        moved(a, 0) += left;
        moved(b, 1) += right;
        return network::jacobian_ntk(shape, parameters, moved)(0, 3);
    };
    const double size = arma::abs(kernel).max();
    for (std::size_t a = 0; a < 2; ++a) {
        CHECK(std::abs((value(a, step, 0, 0) - value(a, -step, 0, 0)) / (2 * step) - kernel(1 + a, 3)) < 1e-6 * size);
        CHECK(std::abs((value(0, 0, a, step) - value(0, 0, a, -step)) / (2 * step) - kernel(0, 4 + a)) < 1e-6 * size);
        for (std::size_t b = 0; b < 2; ++b) {
            const double mixed = (value(a, step, b, step) - value(a, step, b, -step) - value(a, -step, b, step) +
                                  value(a, -step, b, -step)) /
                                 (4 * step * step);
            CHECK(std::abs(mixed - kernel(1 + a, 4 + b)) < 1e-6 * size);
        }
    }
}

TEST_CASE("finite Jacobian NTK: order of points, rotation of inputs, output scale") {
    const MultilayerPerceptron shape = perceptron("erf", 2, 3, 9);
    const std::vector<double> parameters = normal_parameters(shape);
    const arma::mat x = normal_matrix(3, 4, 1);
    const arma::mat kernel = network::jacobian_ntk(shape, parameters, x);
    const double size = arma::abs(kernel).max();
    CHECK(arma::abs(network::jacobian_ntk(shape, parameters, x, 0.1) - 0.01 * kernel).max() < 1e-15 * size);

    const arma::uvec order{2, 0, 3, 1};
    const arma::mat shuffled = network::jacobian_ntk(shape, parameters, x.cols(order));
    for (std::size_t i = 0; i < 4; ++i)
        for (std::size_t j = 0; j < 4; ++j)
            CHECK(arma::abs(shuffled.submat(4 * i, 4 * j, arma::size(4, 4)) -
                            kernel.submat(4 * order(i), 4 * order(j), arma::size(4, 4)))
                      .max() < 1e-13 * size);

    // x -> Q x with W_1 -> W_1 Q': the same function, its gradients turn with Q
    arma::mat q;
    arma::mat r;
    REQUIRE(arma::qr(q, r, normal_matrix(3, 3, 9)));
    std::vector<double> turned = parameters;
    const arma::mat weight(parameters.data() + shape.stages[0].weight.begin, 9, 3);
    const arma::mat turned_weight = weight * q.t();
    std::copy(turned_weight.begin(), turned_weight.end(), turned.begin());
    arma::mat block = arma::eye(4, 4);
    block.submat(1, 1, 3, 3) = q;
    const arma::mat rotation = arma::kron(arma::eye(4, 4), block);
    const arma::mat expected = rotation * kernel * rotation.t();
    CHECK(arma::abs(network::jacobian_ntk(shape, turned, arma::mat(q * x)) - expected).max() < 1e-12 * size);
}

TEST_CASE("nested networks: a narrower one is the corner of a wider one") {
    const MultilayerPerceptron narrow = perceptron("erf", 2, 3, 5);
    const MultilayerPerceptron wide = perceptron("erf", 2, 3, 40);
    const std::vector<double> small = network::nested_parameters(narrow, 3, 2);
    const std::vector<double> large = network::nested_parameters(wide, 3, 2);
    const auto weight = [](const MultilayerPerceptron& shape, const std::vector<double>& parameters, std::size_t l) {
        return arma::mat(parameters.data() + shape.stages[l].weight.begin, shape.stages[l].outputs,
                         shape.stages[l].inputs);
    };
    for (std::size_t l = 0; l < 3; ++l) {
        const arma::mat left = weight(narrow, small, l);
        const arma::mat right = weight(wide, large, l);
        CHECK(arma::abs(left - right.submat(0, 0, arma::size(left))).max() == 0.0);
    }
    CHECK(small[narrow.stages[1].bias.begin + 4] == large[wide.stages[1].bias.begin + 4]);
    CHECK(large != network::nested_parameters(wide, 3, 1));
    CHECK(large != network::nested_parameters(wide, 4, 2));
    {
        const base::ThreadLimit limit(1);
        CHECK(large == network::nested_parameters(wide, 3, 2));
    }
    // without biases the weights stay
    const MultilayerPerceptron plain = perceptron("erf", 2, 3, 5, 0.0);
    CHECK(arma::abs(weight(plain, network::nested_parameters(plain, 3, 2), 1) - weight(narrow, small, 1)).max() == 0.0);
    const arma::vec all(large);
    CHECK(std::abs(arma::mean(all)) < 0.1);
    CHECK(arma::stddev(all) == doctest::Approx(1.0).epsilon(0.05));
}
