// Optimisers on flat arrays of parameters: gradient descent, momentum, Adam, AdamW; learning-rate schedules.
//
// One pass over the arrays a step, in fixed blocks on all threads; the rules are those of PyTorch 2, so that runs can
// be replayed there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "limsym/network/multilayer_perceptron.hpp"

namespace limsym::network {

/// p -= rate (g + weight_decay p); with momentum m: v = m v + g, p -= rate v (nesterov: rate (g + m v)).
struct GradientDescent {
    double momentum = 0.0;
    bool nesterov = false;
    double weight_decay = 0.0;
};
/// m = b1 m + (1-b1) g, v = b2 v + (1-b2) g^2, p -= rate m^ / (sqrt(v^) + epsilon) with m^, v^ freed of their start at
/// 0. weight_decay adds w p to g, or, decoupled (AdamW), rate w p to the step.
struct Adam {
    double beta1 = 0.9;
    double beta2 = 0.999;
    double epsilon = 1e-8;
    double weight_decay = 0.0;
    bool decoupled = false;
};
using OptimiserRule = std::variant<GradientDescent, Adam>;

/// Parameters that are treated alike. Those that no group names are frozen.
struct ParameterGroup {
    ParameterRange range;
    double weight_decay = 0.0; ///< in place of the rule's
    double rate_factor = 1.0;  ///< times the rate of the step
};

/// One optimiser's state. T = double or float.
template <typename T>
class Optimiser {
public:
    /// @param size of the parameter array
    Optimiser(OptimiserRule rule, std::size_t size);

    /// One step on all parameters with the rule's weight decay.
    void step(std::span<T> parameters, std::span<const T> gradient, double rate, double gradient_factor = 1.0);
    /// One step on the groups. gradient_factor multiplies the gradient before anything else (clipping).
    void step(std::span<T> parameters, std::span<const T> gradient, double rate, std::span<const ParameterGroup> groups,
              double gradient_factor = 1.0);

    [[nodiscard]] std::uint64_t steps() const { return steps_; }
    /// State for checkpoints: the number of steps and the moments, as bytes of this machine.
    [[nodiscard]] std::string bytes() const;
    /// @returns the rest of `bytes` @throws InputError when they are of another size or rule
    std::string_view restore(std::string_view bytes);

private:
    OptimiserRule rule_;
    std::size_t size_;
    std::uint64_t steps_ = 0;
    std::vector<T> first_;  // momentum, or Adam's m
    std::vector<T> second_; // Adam's v
};

/// Euclidean norm, the same bits for any number of threads.
template <typename T>
[[nodiscard]] double norm(std::span<const T> values);
/// The factor that brings a gradient of this norm down to `most` (1 when it is smaller), torch's clip_grad_norm_.
[[nodiscard]] double clip_factor(double norm, double most);

/// The rate stays.
struct ConstantRate {
    double rate = 1e-3;
};
/// rates[i] from epoch at[i-1] (0-based) on; at is increasing and one shorter than rates.
struct StepRates {
    std::vector<double> rates;
    std::vector<std::size_t> at;
};
/// rate (1 + cos(pi epoch / epochs)) / 2
struct CosineRate {
    double rate = 1e-3;
};
using Schedule = std::variant<ConstantRate, StepRates, CosineRate>;
/// The rate of an epoch, counted from 0, out of `epochs`.
[[nodiscard]] double rate_at(const Schedule& schedule, std::size_t epoch, std::size_t epochs);

} // namespace limsym::network
