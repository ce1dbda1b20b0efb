#include "limsym/network/propagation.hpp"

#include <cmath>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "gradient_check.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/network/loss.hpp"
#include "limsym/network/network.hpp"
#include "support.hpp"

using namespace limsym;
using network::Derivatives;
using network::MultilayerPerceptron;
using network::Propagation;
using tests::normal_matrix;

namespace {

// Inputs 3, hidden 5 and 4, outputs 2, biases, node variances in the last two stages.
struct Small {
    network::Network net;
    MultilayerPerceptron shape;
    std::vector<double> parameters;
    arma::mat x = normal_matrix(3, 6, 1);

    explicit Small(const std::string& activation, bool standard = false, bool variances = true) {
        const std::string text = std::string(R"({"schema":"limsym/network@1","parameterization":")") +
                                 (standard ? "standard" : "ntk") +
                                 R"(","layers":[{"dense":{"width":5,"sigma_w":1.3,"sigma_b":0.4}},{"activation":)" +
                                 activation + R"(},{"dense":{"width":4,"sigma_w":0.9,"sigma_b":0.7}},{"activation":)" +
                                 activation + R"(},{"dense":{"width":2,"sigma_w":1.1,"sigma_b":0.2}}]})";
        net = network::read_network(data::parse_json(text, "net"), "net");
        shape = network::make_perceptron(net, {.inputs = 3, .log_variances = variances});
        parameters = network::initial_parameters(shape, network::Initialisation::standard_normal, 5);
        const arma::mat draws = normal_matrix(shape.parameters, 1, 2);
        for (const network::Stage& stage : shape.stages)
            for (std::size_t j = 0; j < stage.log_variance.count; ++j)
                parameters[stage.log_variance.begin + j] = 0.5 * draws[stage.log_variance.begin + j] - 1;
    }
};

// The network as its definition reads.
arma::mat by_definition(const MultilayerPerceptron& shape, const std::vector<double>& parameters, const arma::mat& x) {
    arma::mat h = x;
    for (const network::Stage& stage : shape.stages) {
        const arma::mat w(parameters.data() + stage.weight.begin, stage.outputs, stage.inputs);
        arma::mat in = h;
        for (std::size_t j = 0; j < stage.log_variance.count; ++j)
            in.row(j) *= std::exp(parameters[stage.log_variance.begin + j] / 2);
        arma::mat u = stage.weight_scale * w * in;
        for (std::size_t k = 0; k < stage.bias.count; ++k)
            u.row(k) += stage.bias_scale * parameters[stage.bias.begin + k];
        const network::ScalarFunction f = network::scalar_function(stage.activation.activation());
        h = u;
        for (double& value : h)
            value = f.value(value);
    }
    return h;
}

const std::vector<std::string> activations{R"("relu")",
                                           R"({"leaky_relu":{"alpha":0.1}})",
                                           R"("abs")",
                                           R"("erf")",
                                           R"("gelu")",
                                           R"("sin")",
                                           R"("cos")",
                                           R"({"rbf":{"gamma":0.5}})",
                                           R"({"gaussian":{"a":1.2,"b":-0.5}})",
                                           R"("gabor")",
                                           R"({"exp":{"a":0.7,"b":0.3}})",
                                           R"({"polynomial":{"coef":[0.3,-1,0.5]}})",
                                           R"({"hermite":{"degree":2}})",
                                           R"({"rectified_monomial":{"degree":3}})",
                                           R"("sigmoid_like")",
                                           R"("tanh")",
                                           R"("sigmoid")",
                                           R"("softplus")",
                                           R"("swish")",
                                           R"("elu")",
                                           R"("selu")",
                                           R"("identity")",
                                           R"json({"expr":"x*tanh(x)"})json"};

double sum_of_products(const arma::mat& a, const arma::mat& b) {
    return arma::accu(a % b);
}

} // namespace

TEST_CASE("forward is the definition of the network, in both parameterisations, with and without node variances") {
    for (const bool standard : {false, true})
        for (const bool variances : {false, true})
            for (const std::string& activation : activations) {
                CAPTURE(activation);
                const Small small(activation, standard, variances);
                const arma::mat expected = by_definition(small.shape, small.parameters, small.x);
                for (const Derivatives derivatives : {Derivatives::first, Derivatives::second}) {
                    Propagation<double> pass(small.shape, derivatives);
                    CHECK(arma::approx_equal(pass.forward(small.parameters, small.x), expected, "both", 1e-13, 1e-12));
                    arma::mat outputs;
                    pass.predict(small.parameters, small.x, outputs);
                    CHECK(arma::approx_equal(outputs, expected, "both", 1e-13, 1e-12));
                }
            }
}

TEST_CASE("backward is the gradient in parameters and inputs: central differences, every activation") {
    for (const bool standard : {false, true})
        for (const std::string& activation : activations) {
            CAPTURE(activation);
            const Small small(activation, standard);
            const arma::mat c = normal_matrix(2, 6, 3);
            Propagation<double> pass(small.shape);
            pass.forward(small.parameters, small.x);
            std::vector<double> gradient(small.shape.parameters, -99.0);
            arma::mat input_gradient;
            pass.backward(small.parameters, c, gradient, &input_gradient);
            const auto value = [&](const std::vector<double>& p, const arma::mat& x) {
                return sum_of_products(c, by_definition(small.shape, p, x));
            };
            const auto of_parameters = [&](const std::vector<double>& p) { return value(p, small.x); };
            const auto of_inputs = [&](const arma::mat& x) { return value(small.parameters, x); };
            tests::check_gradient(gradient, tests::central_differences(of_parameters, small.parameters), 2e-7);
            tests::check_gradient(input_gradient, tests::central_differences(of_inputs, small.x), 2e-7);
        }
}

TEST_CASE("tangents and gradients are transposes of each other") {
    for (const std::string& activation : activations) {
        CAPTURE(activation);
        const Small small(activation);
        const arma::mat c = normal_matrix(2, 6, 3);
        const arma::mat v = normal_matrix(3, 6, 4);
        const arma::mat q = normal_matrix(small.shape.parameters, 1, 5);
        const std::vector<double> direction(q.begin(), q.end());
        Propagation<double> pass(small.shape);
        pass.forward(small.parameters, small.x);
        std::vector<double> gradient(small.shape.parameters);
        arma::mat input_gradient;
        pass.backward(small.parameters, c, gradient, &input_gradient);
        const arma::vec g(gradient);
        const double along_x = sum_of_products(c, pass.forward_tangent(small.parameters, v));
        CHECK(along_x == doctest::Approx(sum_of_products(input_gradient, v)).epsilon(1e-11));
        const double along_parameters = sum_of_products(c, pass.forward_tangent(small.parameters, {}, direction));
        CHECK(along_parameters == doctest::Approx(arma::dot(g, q)).epsilon(1e-11));
        const double both = sum_of_products(c, pass.forward_tangent(small.parameters, v, direction));
        CHECK(both == doctest::Approx(along_x + along_parameters).epsilon(1e-11));
    }
}

// d f along v, by differentiating the definition with complex-free dual numbers: a central difference of high order.
TEST_CASE("the gradient of values and tangents together: central differences, every activation") {
    for (const std::string& activation : activations) {
        CAPTURE(activation);
        const Small small(activation);
        const arma::mat c = normal_matrix(2, 6, 3);
        const arma::mat d = normal_matrix(2, 6, 6);
        const arma::mat v = normal_matrix(3, 6, 4);
        const auto value = [&](const std::vector<double>& p, const arma::mat& x) {
            Propagation<double> pass(small.shape);
            const double first = sum_of_products(c, pass.forward(p, x));
            return first + sum_of_products(d, pass.forward_tangent(p, v));
        };
        Propagation<double> pass(small.shape, Derivatives::second);
        pass.forward(small.parameters, small.x);
        pass.forward_tangent(small.parameters, v);
        std::vector<double> gradient(small.shape.parameters, -99.0);
        arma::mat input_gradient;
        pass.backward_tangent(small.parameters, c, d, gradient, &input_gradient);
        const auto of_parameters = [&](const std::vector<double>& p) { return value(p, small.x); };
        const auto of_inputs = [&](const arma::mat& x) { return value(small.parameters, x); };
        tests::check_gradient(gradient, tests::central_differences(of_parameters, small.parameters), 5e-7);
        tests::check_gradient(input_gradient, tests::central_differences(of_inputs, small.x), 5e-7);
        // tangents alone
        std::vector<double> tangent_only(small.shape.parameters);
        std::vector<double> value_only(small.shape.parameters);
        pass.backward_tangent(small.parameters, {}, d, tangent_only);
        pass.backward(small.parameters, c, value_only);
        for (std::size_t i = 0; i < gradient.size(); ++i)
            CHECK(std::abs(tangent_only[i] + value_only[i] - gradient[i]) <=
                  1e-12 * std::max(1.0, std::abs(gradient[i])));
    }
}

TEST_CASE("the gradient of a Jacobian penalty by three passes") {
    const Small small(R"("gelu")");
    arma::mat c(2, 6, arma::fill::zeros);
    c.row(0).ones(); // the Jacobian of output 1
    const auto penalty = [&](const std::vector<double>& p) {
        Propagation<double> pass(small.shape);
        pass.forward(p, small.x);
        arma::mat u;
        pass.backward(p, c, {}, &u);
        return 0.5 * arma::accu(arma::square(u));
    };
    Propagation<double> pass(small.shape, Derivatives::second);
    pass.forward(small.parameters, small.x);
    arma::mat u;
    pass.backward(small.parameters, c, {}, &u);
    pass.forward_tangent(small.parameters, u);
    std::vector<double> gradient(small.shape.parameters);
    pass.backward_tangent(small.parameters, {}, c, gradient);
    tests::check_gradient(gradient, tests::central_differences(penalty, small.parameters), 1e-7);
}

TEST_CASE("the same bits for any number of threads, and single precision is near") {
    network::Shorthand shorthand;
    shorthand.activation = network::parse_activation("swish", "-");
    shorthand.depth = 2;
    shorthand.sigma_b = 0.3;
    const MultilayerPerceptron shape = network::make_perceptron(
        network::make_network(shorthand), {.inputs = 70, .width = 333, .outputs = 10, .log_variances = true});
    const std::vector<double> parameters =
        network::initial_parameters(shape, network::Initialisation::standard_normal, 1);
    const arma::mat x = normal_matrix(70, 257, 1);
    const arma::mat c = normal_matrix(10, 257, 2);
    const auto run = [&](unsigned threads) {
        const base::ThreadLimit limit(threads);
        Propagation<double> pass(shape, Derivatives::second);
        arma::mat outputs = pass.forward(parameters, x);
        std::vector<double> gradient(shape.parameters);
        arma::mat inputs;
        pass.backward(parameters, c, gradient, &inputs);
        pass.forward_tangent(parameters, inputs);
        std::vector<double> second(shape.parameters);
        pass.backward_tangent(parameters, c, c, second);
        gradient.insert(gradient.end(), second.begin(), second.end());
        gradient.insert(gradient.end(), outputs.begin(), outputs.end());
        gradient.insert(gradient.end(), inputs.begin(), inputs.end());
        return gradient;
    };
    const std::vector<double> one = run(1);
    CHECK(one == run(2));
    CHECK(one == run(5));

    const std::vector<float> rounded(parameters.begin(), parameters.end());
    const arma::fmat single_x = arma::conv_to<arma::fmat>::from(x);
    const arma::fmat single_c = arma::conv_to<arma::fmat>::from(c);
    Propagation<float> pass(shape);
    pass.forward(rounded, single_x);
    std::vector<float> gradient(shape.parameters);
    pass.backward(rounded, single_c, gradient);
    double error = 0.0;
    double size = 0.0;
    for (std::size_t i = 0; i < gradient.size(); ++i) {
        error += std::pow(static_cast<double>(gradient[i]) - one[i], 2);
        size += one[i] * one[i];
    }
    CHECK(std::sqrt(error / size) < 1e-5);
}

TEST_CASE("trained networks are read, written and read again") {
    const Small small(R"("tanh")", false, true);
    network::Network trained = network::with_parameters<double>(small.net, small.shape, small.parameters);
    std::get<network::Dense>(trained.layers[2].value).node_variances->prior = "horseshoe";
    const data::Json document = network::to_json(trained);
    const network::Network again = network::read_network(document, "again");
    const MultilayerPerceptron shape = network::make_trained_perceptron(again, "test");
    CHECK(shape.parameters == small.shape.parameters);
    CHECK(shape.stages[1].weight_scale == 0.9); // node variances take the place of 1 / fan_in
    const std::vector<double> parameters = network::parameters_of(again, shape);
    for (std::size_t i = 0; i < parameters.size(); ++i)
        CHECK(parameters[i] == doctest::Approx(small.parameters[i]).epsilon(1e-14));
    CHECK(std::get<network::Dense>(again.layers[2].value).node_variances->prior == "horseshoe");
}

TEST_CASE("what cannot be trained is refused at its pointer") {
    const auto message = [](const std::string& layers) {
        return tests::message_of<base::InputError>([&] {
            const network::Network net = network::read_network(
                data::parse_json(R"({"schema":"limsym/network@1","layers":[)" + layers + "]}", "m.json"), "m.json");
            return network::make_trained_perceptron(net, "mogp-sample");
        });
    };
    const std::string first = R"({"dense":{"weight":[[1,2],[3,4]]}},{"activation":"relu"},)";
    CHECK(message(first + R"({"layer_norm":{}},{"dense":{"weight":[[1,2]]}})") ==
          "m.json:/layers/2: layer_norm after an activation; expected dense or conv between them");
    CHECK(message(first + R"({"dense":{"width":3}},{"layer_norm":{}},{"dense":{"weight":[[1,2]]}})") ==
          "m.json:/layers/3/layer_norm: mogp-sample supports dense and activation layers only");
    CHECK(message(first + R"({"dense":{}})") == "m.json:/layers/2/dense: has no weight; expected a trained network");
    CHECK(message(first + R"({"dense":{"weight":[[1,2,3]]}})") ==
          "m.json:/layers/2/dense/weight: 3 columns; expected 2");
    CHECK(message(first + R"({"dense":{"weight":[[1,2]],"node_variances":{"prior":"beta","values":[1,2,3]}}})") ==
          "m.json:/layers/2/dense/node_variances/values: 3 numbers; expected 2, one for each column of weight");
    CHECK(message(first + R"({"dense":{"weight":[[1,2]],"node_variances":{"prior":"beta","values":[1,0]}}})") ==
          "m.json:/layers/2/dense/node_variances/values/1: 0 is out of range; expected a variance > 0");
    CHECK(message(R"({"dense":{"weight":[[1,2]],"node_variances":{"prior":"beta"}}})") ==
          "m.json:/layers/0/dense/node_variances: the first dense layer is fed by the inputs; expected none here");
}
