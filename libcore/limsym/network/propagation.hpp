// Batches through a multilayer perceptron: forward, backward (vector-Jacobian), tangents (Jacobian-vector), and the
// gradient of anything that depends on outputs and tangents together (Jacobian penalties), all at the rate of GEMM.
//
// A batch is an arma::Mat<T> with ONE COLUMN A SAMPLE (n_in x n). Products run by fixed tiles on all threads
// (numerics/gemm.hpp), biases, activations and their derivatives are applied to a tile while it is in the cache; the
// bits depend on the batch alone, not on the number of threads.
//
// With f(x; theta) the outputs, c and d matrices like them (one column a sample), v directions of the inputs:
//     forward(x)              f
//     backward(c)             gradient of sum(c o f) in theta, and in x (column i: J_i' c_i)
//     forward_tangent(v)      df: column i is J_i v_i (plus the derivative along a direction of theta)
//     backward_tangent(c, d)  gradient of sum(c o f) + sum(d o df) in theta, and in x; v is held constant
// A penalty (lambda/2) sum_i |J_i' c_i|^2 for constant c has the gradient of sum_i lambda c_i' J_i u_i with
// u_i = J_i' c_i held constant: backward(c) for u, forward_tangent(u), backward_tangent(loss cotangent, lambda c):
// about three plain gradients for any number of inputs.
#pragma once

#include <armadillo>
#include <cstddef>
#include <memory>
#include <span>

#include "limsym/network/multilayer_perceptron.hpp"

namespace limsym::network {

/// What forward() keeps besides the outputs: enough for backward() and forward_tangent(), or also for
/// backward_tangent() and preactivation().
enum class Derivatives { first, second };

/// Buffers for batches of one network; reused from batch to batch, one object a caller (no method is const but those
/// that read). T = double or float. parameters: shape.parameters numbers, the same in all calls that follow a
/// forward(); gradient: as many, overwritten. Shapes that do not fit are std::invalid_argument.
template <typename T>
class Propagation {
public:
    explicit Propagation(MultilayerPerceptron shape, Derivatives derivatives = Derivatives::first);
    Propagation(Propagation&&) noexcept;
    Propagation& operator=(Propagation&&) noexcept;
    ~Propagation();

    /// Outputs at the columns of x. Keeps what backward and tangents need; x itself must stay until the last of them.
    /// The result lives until the next forward().
    const arma::Mat<T>& forward(std::span<const T> parameters, const arma::Mat<T>& x);
    /// Outputs alone, for predictions: nothing is kept, batches of any size are cut into blocks.
    void predict(std::span<const T> parameters, const arma::Mat<T>& x, arma::Mat<T>& outputs);

    /// After forward(): the gradient of sum(cotangent o f). @param gradient may be empty (not wanted)
    /// @param input_gradient n_in x n, or null
    void backward(std::span<const T> parameters, const arma::Mat<T>& cotangent, std::span<T> gradient,
                  arma::Mat<T>* input_gradient = nullptr);

    /// After forward(): derivatives of the outputs along `input_direction` (n_in x n, or empty: 0) and
    /// `parameter_direction` (shape.parameters numbers, or empty: 0). The result lives until the next
    /// forward_tangent().
    const arma::Mat<T>& forward_tangent(std::span<const T> parameters, const arma::Mat<T>& input_direction,
                                        std::span<const T> parameter_direction = {});

    /// After forward() and forward_tangent() with an input direction and no parameter direction: the gradient of
    /// sum(value_cotangent o f) + sum(tangent_cotangent o df). value_cotangent may be empty (0).
    /// Needs Derivatives::second.
    void backward_tangent(std::span<const T> parameters, const arma::Mat<T>& value_cotangent,
                          const arma::Mat<T>& tangent_cotangent, std::span<T> gradient,
                          arma::Mat<T>* input_gradient = nullptr);

    /// Pre-activations u (n_out x n) of a stage, counted from 0, at the batch of the last forward(). Needs
    /// Derivatives::second.
    [[nodiscard]] const arma::Mat<T>& preactivation(std::size_t stage) const;

    [[nodiscard]] const MultilayerPerceptron& shape() const;
    /// Bytes that batches of `samples` need.
    [[nodiscard]] static std::size_t bytes(const MultilayerPerceptron& shape, std::size_t samples,
                                           Derivatives derivatives = Derivatives::first);

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace limsym::network
