// Learning the couplings from boards with answers: cross-entropy through the layer, Adam, progress, resumption.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "limsym/base/monitor.hpp"
#include "limsym/satnet/assignment.hpp"
#include "limsym/satnet/evaluation.hpp"
#include "limsym/satnet/loss.hpp"
#include "limsym/satnet/model.hpp"

namespace limsym::satnet {

enum class Precision { single_, double_ }; ///< of the vectors while training; parameters are double
enum class OptimiserKind { adam, sgd };

struct TrainingOptions {
    std::size_t epochs = 100;
    std::size_t batch = 40;
    double rate = 2e-3;
    OptimiserKind optimiser = OptimiserKind::adam;
    StopRule stop{40, 1e-4};
    double prox = 0.01;
    LossMean mean = LossMean::all;
    Precision precision = Precision::single_;
    std::uint64_t seed = 0;
};

/// How training starts.
/// S ~ N(0, 1) sqrt(0.5 / (order + m)), as SATNet.
[[nodiscard]] Parameters initial_factors(std::size_t order, std::size_t m, std::uint64_t seed);
/// Off the diagonal N(0, 1) / (4 sqrt(order)), the size of the entries of SATNet's S S^T.
[[nodiscard]] Parameters initial_matrix(std::size_t order, std::uint64_t seed);
/// Coefficients of the normalised orbital basis ~ N(0, 1); row 0 ~ N(0, 1) where it is free, as SymSATNet, else
/// 0.1 N(0, 1).
[[nodiscard]] Parameters initial_orbital(std::shared_ptr<const OrbitalLayout> layout, bool free_upper,
                                         std::uint64_t seed);

/// Parameters as one flat array, in the units in which the optimiser steps: orbital values times the root of their
/// classes' sizes, so that a rate means the same for every class; the upper triangle of C; the columns of S.
[[nodiscard]] std::vector<double> flatten(const Parameters& parameters);
void unflatten(const std::vector<double>& flat, Parameters& parameters);

/// What an epoch was like.
struct EpochReport {
    std::size_t epoch = 0; ///< from 1
    double loss = 0.0;     ///< while training, before each update
    double board = 0.0;    ///< share of boards right by argmax, while training
    double cell = 0.0;
    double iters_mean = 0.0;
    double unconverged = 0.0;           ///< share of boards that met max_iter
    std::function<std::string()> state; ///< bytes from which training resumes; valid during the call
};

/// Loss and gradient of a batch with respect to flatten(parameters).
class BatchGradient {
public:
    /// @param records outlive the object
    BatchGradient(const Model& model, const std::vector<Assignment>& records, TrainingOptions options);
    ~BatchGradient();
    BatchGradient(BatchGradient&&) noexcept;
    /// @param epoch from 0, for random starts @returns the mean loss; `gradient` is overwritten
    double operator()(std::span<const std::size_t> samples, std::size_t epoch, std::span<const double> flat,
                      std::span<double> gradient);
    /// Sums over the boards since the last call.
    struct Tally {
        std::size_t boards = 0, boards_right = 0, cells = 0, cells_right = 0, iters = 0, unconverged = 0;
    };
    [[nodiscard]] Tally take_tally();

private:
    struct Work;
    std::unique_ptr<Work> work_;
};

/// Trains model.parameters in place from epoch `first_epoch` (0-based) on to options.epochs; the numbers of epochs go
/// on. `after` is called when an epoch is finished, with the model as it is then.
/// @param resume bytes of EpochReport::state of a run with the same model, data and options; empty: from the start
/// @throws WorkError when it diverges; Interrupted; InputError for a state of another model
void train_model(Model& model, const std::vector<Assignment>& records, const TrainingOptions& options,
                 std::string_view resume, const std::function<void(const EpochReport&)>& after,
                 const base::Monitor& monitor, std::size_t first_epoch = 0);

/// Bytes that training holds besides the data.
[[nodiscard]] std::uint64_t training_bytes(const Model& model, const TrainingOptions& options);

} // namespace limsym::satnet
