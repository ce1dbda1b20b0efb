#include "limsym/nodescaling/transfer.hpp"

#include <algorithm>
#include <cmath>

#include "limsym/base/error.hpp"
#include "limsym/network/loss.hpp"
#include "limsym/network/multilayer_perceptron.hpp"
#include "limsym/network/propagation.hpp"
#include "limsym/network/training.hpp"
#include "limsym/numerics/blas.hpp"

namespace limsym::nodescaling {

namespace {

/// Outputs of a fitted head at the features of two sets of rows.
struct Fitted {
    arma::mat train;
    arma::mat test;
};

Fitted fit(const RidgeHead& head, const arma::mat& phi, const arma::mat& y, const arma::mat& test_phi,
           const base::Monitor&) {
    numerics::use_serial_blas();
    const arma::rowvec center = arma::mean(phi, 0);
    const arma::rowvec level = arma::mean(y, 0);
    const arma::mat centred = phi.each_row() - center;
    arma::mat u;
    arma::mat v;
    arma::vec s;
    if (!arma::svd_econ(u, s, v, centred))
        throw base::WorkError("the singular values of the features did not converge");
    const double cut = s.is_empty() ? 0.0 : s(0) * 0x1p-52 * static_cast<double>(std::max(phi.n_rows, phi.n_cols));
    arma::mat coefficients = u.t() * (y.each_row() - level);
    for (std::size_t i = 0; i < s.n_elem; ++i)
        coefficients.row(i) *= s(i) > cut ? s(i) / (s(i) * s(i) + head.penalty) : 0.0;
    const arma::mat b = v * coefficients;
    Fitted fitted{centred * b, (test_phi.each_row() - center) * b};
    fitted.train.each_row() += level;
    fitted.test.each_row() += level;
    return fitted;
}

network::MultilayerPerceptron head_shape(std::size_t inputs, std::size_t width, std::size_t outputs) {
    network::Network description;
    description.standard = true;
    const auto add_dense = [&description](std::size_t out) {
        network::Dense dense;
        dense.width = out;
        dense.has_bias = true;
        dense.sigma_b = 1.0;
        description.layers.push_back({dense});
    };
    for (int hidden = 0; hidden < 2; ++hidden) {
        add_dense(width);
        description.layers.push_back({network::ActivationLayer{NodeActivation("relu").activation()}});
    }
    add_dense(outputs);
    network::PerceptronOptions options;
    options.inputs = inputs;
    return network::make_perceptron(description, options);
}

Fitted fit(const PerceptronHead& head, const arma::mat& phi, const arma::mat& y, const arma::mat& test_phi,
           const base::Monitor& monitor) {
    const bool classes = y.n_cols > 1;
    const network::MultilayerPerceptron shape = head_shape(phi.n_cols, classes ? 128 : 64, y.n_cols);
    network::Propagation<double> pass(shape);
    const arma::mat x = phi.t();
    const arma::mat targets = y.t();
    network::TrainingPlan plan;
    plan.samples = phi.n_rows;
    plan.batch = phi.n_rows;
    plan.epochs = classes ? 10'000 : 5'000;
    plan.shuffle = false;
    plan.schedule = network::ConstantRate{classes ? 1.0 : 0.1};
    plan.rule = network::GradientDescent{};
    network::TrainingState<double> state(
        network::initial_parameters(shape, network::Initialisation::fan_in_uniform, head.seed), plan.rule);
    arma::mat cotangent;
    const double scale = 1.0 / static_cast<double>(targets.n_elem);
    network::train<double>(
        plan, state,
        [&](std::span<const std::size_t>, std::span<const double> parameters, std::span<double> gradient) {
            const double loss = network::squared_error<double>(pass.forward(parameters, x), targets, scale, &cotangent);
            pass.backward(parameters, cotangent, gradient);
            return loss;
        },
        {}, monitor);
    Fitted fitted;
    arma::mat outputs;
    pass.predict(state.parameters, x, outputs);
    fitted.train = outputs.t();
    const arma::mat test_x = test_phi.t();
    pass.predict(state.parameters, test_x, outputs);
    fitted.test = outputs.t();
    return fitted;
}

} // namespace

TransferScore transfer(const ShallowNetwork& network, const LabelledRows& train, const LabelledRows& test,
                       std::size_t k, const TransferHead& head, const base::Monitor& monitor) {
    const std::vector<std::size_t> order = nodes_by_scale(network.lambda);
    const arma::mat phi = node_features(network, train.x, order, k);
    const arma::mat test_phi = node_features(network, test.x, order, k);
    const Fitted fitted =
        std::visit([&](const auto& kind) { return fit(kind, phi, train.y, test_phi, monitor); }, head);
    TransferScore score;
    score.train_loss = loss_of(arma::mat(fitted.train - train.y), Loss::mean);
    score.test_loss = loss_of(arma::mat(fitted.test - test.y), Loss::mean);
    if (!train.labels.empty()) {
        score.train_accuracy = accuracy(network, fitted.train, train.labels);
        score.test_accuracy = accuracy(network, fitted.test, test.labels);
    }
    return score;
}

} // namespace limsym::nodescaling
