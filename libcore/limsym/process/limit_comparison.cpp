#include "limsym/process/limit_comparison.hpp"

#include <algorithm>
#include <cmath>

#include "limsym/base/memory.hpp"
#include "limsym/kernel/jacobian_jets.hpp"
#include "limsym/network/jacobian_ntk.hpp"

namespace limsym::process {

namespace {

arma::mat limit_kernel(const kernel::JacobianNetwork& limit, const arma::mat& x, const arma::mat* x2,
                       const base::Monitor& monitor) {
    const kernel::JacobianKernels kernels =
        kernel::jacobian_kernels(limit, x, x2, {.nngp = false, .ntk = true}, monitor);
    return kernel::expand(kernels.ntk, x, x2 != nullptr ? *x2 : x, x2 == nullptr);
}

/// The larger one; NaN once there was one.
void keep_larger(double& largest, double value) {
    if (value > largest || std::isnan(value)) largest = value;
}

double largest_difference(const arma::mat& a, const arma::mat& b) {
    double largest = 0.0;
    for (arma::uword i = 0; i < a.n_elem; ++i)
        keep_larger(largest, std::abs(a[i] - b[i]));
    return largest;
}

} // namespace

LimitComparison::LimitComparison(const ComparedTraining& training, const base::Monitor& monitor)
    : shape_(training.shape), x_(training.x), test_(training.test), loss_(training.loss), rate_(training.rate),
      units_(training.x.n_rows + 1, arma::fill::none),
      theta_(limit_kernel(training.limit, training.x.t(), nullptr, monitor)),
      start_(network::jacobian_ntk(shape_, training.start, x_, 1.0, monitor)),
      train_error_(joint_values(training.start, x_) - stacked_targets(training.y, x_.n_rows)) {
    units_(0) = training.y_units;
    units_.tail(x_.n_rows) = training.y_units / training.x_units;
    if (test_.is_empty()) return;
    const arma::mat columns = x_.t();
    test_theta_ = limit_kernel(training.limit, test_.t(), &columns, monitor);
    test_start_ = joint_values(training.start, test_);
    flow_.emplace(theta_, x_.n_rows, loss_);
}

std::optional<double> LimitComparison::largest_rate() const {
    return flow_ ? std::optional(flow_->largest_rate()) : std::nullopt;
}

// z = (F, grad F) of all points, one after another.
arma::vec LimitComparison::joint_values(std::span<const double> parameters, const arma::mat& x) const {
    const network::ValuesAndJacobian z = network::values_and_jacobian(shape_, parameters, x, loss_.kappa);
    return arma::vectorise(arma::join_cols(z.value.t(), z.jacobian));
}

LimitDistances LimitComparison::at(std::span<const double> parameters, std::uint64_t step) const {
    LimitDistances distances;
    const arma::mat kernel = network::jacobian_ntk(shape_, parameters, x_);
    distances.kernel_to_start = largest_difference(kernel, start_);
    distances.kernel_to_limit = largest_difference(kernel, theta_);
    if (!flow_) return distances;
    const arma::vec coefficients = flow_->coefficients(DescentTime{rate_, step}, train_error_);
    const arma::vec limit = test_start_ - loss_.kappa * loss_.kappa * (test_theta_ * coefficients);
    const arma::vec values = joint_values(parameters, test_);
    double value = 0.0;
    double jacobian = 0.0;
    const std::size_t height = x_.n_rows + 1;
    for (std::size_t i = 0; i < values.n_elem; ++i) {
        const double difference = std::abs(values(i) - limit(i)) * units_(i % height);
        double& largest = i % height == 0 ? value : jacobian;
        keep_larger(largest, difference);
    }
    distances.value = value;
    distances.jacobian = jacobian;
    return distances;
}

std::uint64_t LimitComparison::bytes(const network::MultilayerPerceptron& shape, std::uint64_t points,
                                     std::uint64_t test_points) {
    using base::saturating_product;
    const std::uint64_t edge = shape.inputs() + 1;
    const std::uint64_t size = saturating_product(points, edge);
    // Theta, T_0, eigenvectors and their workspace; T as it is computed; Theta at the test points
    const double numbers = 5.0 * static_cast<double>(saturating_product(size, size)) +
                           2.0 * static_cast<double>(saturating_product(size, saturating_product(test_points, edge)));
    const double bytes = 8.0 * numbers + static_cast<double>(network::jacobian_ntk_bytes(shape, points));
    return bytes < 1e18 ? static_cast<std::uint64_t>(bytes) : std::uint64_t{1} << 62U;
}

} // namespace limsym::process
