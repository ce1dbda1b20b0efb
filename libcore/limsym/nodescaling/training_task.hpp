// What is trained on what, by which loss, and what is measured on the way.
#pragma once

#include <armadillo>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "limsym/nodescaling/shallow_network.hpp"

namespace limsym::nodescaling {

/// Sums over rows i and outputs k.
enum class Loss {
    mean,     ///< mean of (f - y)^2
    half_sum, ///< half the sum of (f - y)^2
};
/// "mean", "half-sum"
[[nodiscard]] std::string loss_name(Loss loss);
/// s of dL/df = s (f - y): 1 for half_sum, 2 / (n K) for mean.
[[nodiscard]] double loss_slope(Loss loss, std::size_t n, std::size_t outputs);
/// The loss of residuals f - y (n x K); sums in double, in order.
template <typename T>
[[nodiscard]] double loss_of(const arma::Mat<T>& residual, Loss loss);

/// Inputs and targets in the network's units.
struct LabelledRows {
    arma::mat x;                       ///< n x d
    arma::mat y;                       ///< n x K
    std::vector<std::uint32_t> labels; ///< of one-hot targets, for accuracies
};
/// Share of rows whose largest output (in the units of the table) is the label's.
[[nodiscard]] double accuracy(const ShallowNetwork& network, const arma::mat& outputs,
                              const std::vector<std::uint32_t>& labels);

struct TrainingTask {
    ShallowNetwork initial;
    LabelledRows train;
    std::optional<LabelledRows> test;
    Loss loss = Loss::mean;
    std::size_t gram_rows = 0; ///< the tangent Gram matrix is followed at the first so many rows; 0: not at all

    [[nodiscard]] double slope() const { return loss_slope(loss, train.y.n_rows, train.y.n_cols); }
};

/// The tangent Gram matrix at one time.
struct GramMeasures {
    double smallest = 0.0;
    double largest = 0.0;
    double difference = 0.0; ///< spectral norm of Theta_t - Theta_0
    double alignment = 0.0;  ///< <Theta_t, y y'> / (|Theta_t|_F |y|^2), y the first output's targets
};

/// A network in training at one time.
struct TrainingMeasures {
    std::uint64_t step = 0;
    double time = 0.0;
    double train_loss = 0.0;
    std::optional<double> test_loss = {};
    std::optional<double> train_accuracy = {};
    std::optional<double> test_accuracy = {};
    std::optional<GramMeasures> gram = {};
    double largest_motion = 0.0;
    double flips = 0.0; ///< share of the (training row, node) pairs whose pre-activation changed sides of 0
    /// L_0 exp(-2 s integral of the smallest eigenvalue): an upper bound of the loss along the gradient flow
    std::optional<double> bound = {};
};

/// Takes the measures of one task; holds the start that they refer to.
class Measurer {
public:
    explicit Measurer(const TrainingTask& task);

    /// @param w d x m weights @param residual f - y on the training rows, or null: computed here
    [[nodiscard]] TrainingMeasures measure(std::uint64_t step, double time, const arma::mat& w,
                                           const arma::mat* residual);
    /// |w_j - w_0j| of every node at the last measure.
    [[nodiscard]] const arma::vec& motion() const { return motion_; }
    /// The tangent Gram matrix of the start, where it is followed.
    [[nodiscard]] const arma::mat& initial_gram() const { return initial_gram_; }

    /// Bytes that a measurer needs besides the task.
    [[nodiscard]] static std::uint64_t bytes(const TrainingTask& task);

private:
    [[nodiscard]] GramMeasures measure_gram() const;
    [[nodiscard]] double count_flips() const;

    const TrainingTask* task_;
    ShallowNetwork network_; // the task's, at the weights that are measured
    arma::mat gram_x_;
    arma::mat initial_gram_;
    std::vector<unsigned char> positive_; // z > 0 at the start, row index fastest
    arma::vec motion_;
};

} // namespace limsym::nodescaling
