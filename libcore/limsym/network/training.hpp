// Mini-batch training of any model whose parameters are one flat array: shuffling by keyed streams, optimiser steps,
// progress, divergence, states that resume to the same bytes.
#pragma once

#include <armadillo>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "limsym/base/monitor.hpp"
#include "limsym/network/optimiser.hpp"

namespace limsym::network {

/// How a model is trained.
struct TrainingPlan {
    std::size_t samples = 1;
    std::size_t batch = 100; ///< the last batch of an epoch may be smaller; >= samples: full batches
    std::size_t epochs = 1;
    std::uint64_t seed = 0;
    bool shuffle = true; ///< epoch e visits the samples by the permutation of the stream (seed, "shuffle", e)
    Schedule schedule = ConstantRate{};
    OptimiserRule rule = Adam{};
    std::vector<ParameterGroup> groups; ///< none: all parameters, with the rule's weight decay
    std::optional<double> clip;         ///< largest norm of a gradient
    double divergence = 1e6; ///< a loss larger than that times the first one's size (at least 1) has diverged
};

/// Where a run is: everything that the next epoch depends on, besides the plan and the data.
template <typename T>
struct TrainingState {
    TrainingState(std::vector<T> initial, const OptimiserRule& rule)
        : parameters(std::move(initial)), optimiser(rule, parameters.size()) {}

    std::vector<T> parameters;
    Optimiser<T> optimiser;
    std::size_t epoch = 0;                 ///< finished epochs
    std::optional<double> first_loss = {}; ///< of the first batch

    /// For base::save_checkpoint: a state of the same machine, byte by byte.
    [[nodiscard]] std::string bytes() const;
    /// @throws InputError when the bytes are of another size
    void restore(std::string_view bytes);
};

/// Loss and gradient of a batch. samples: indices of the batch, in order; gradient: overwritten. The loss is the mean
/// over the batch (or what else the model minimises).
template <typename T>
using BatchGradient =
    std::function<double(std::span<const std::size_t> samples, std::span<const T> parameters, std::span<T> gradient)>;

/// What an epoch was like.
struct Epoch {
    std::size_t number; ///< from 1
    double rate;
    double loss; ///< mean of the batches' losses, weighted by their sizes, as they were met
};

/// Trains from state.epoch to plan.epochs. `after` is called when an epoch is finished (state.epoch counts it) and may
/// evaluate, print, save; false ends the run. `project`, where given, is called after every step and may move
/// parameters back to where they are allowed. A stop asked for through the monitor is seen between epochs' batches:
/// Interrupted, with `state` at the end of the last finished epoch.
/// @throws WorkError "training diverged in epoch 3: ..." with `state` at the end of the last finished epoch
template <typename T>
void train(const TrainingPlan& plan, TrainingState<T>& state, const BatchGradient<T>& gradient,
           const std::function<bool(const Epoch&)>& after, const base::Monitor& monitor,
           const std::function<void(std::span<T> parameters)>& project = {});

/// The columns of `from` that `columns` names, in their order.
template <typename T>
void gather_columns(const arma::Mat<T>& from, std::span<const std::size_t> columns, arma::Mat<T>& to);

} // namespace limsym::network
