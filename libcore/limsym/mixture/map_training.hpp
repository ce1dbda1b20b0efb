// Maximum a posteriori training of networks with node variances: Adam on weights, biases and ln lambda.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "limsym/base/monitor.hpp"
#include "limsym/mixture/labelled_data.hpp"
#include "limsym/mixture/map_model.hpp"
#include "limsym/network/optimiser.hpp"

namespace limsym::mixture {

enum class Precision { f64, f32 };

struct MapTrainingOptions {
    std::size_t epochs = 50;
    std::size_t batch = 100;
    network::StepRates rates{{0.01, 0.005, 0.001}, {10, 20}};
    double prior_weight = 0.2;
    Precision precision = Precision::f64; ///< of the parameters and products while training
    std::uint64_t seed = 0;               ///< of the shuffling
};

struct MapEpoch {
    std::size_t epoch; ///< from 1
    /// mean cross-entropy of the batches as they were met, and -w log prior / n at the end of the epoch
    double train_loss;
    double train_accuracy; ///< of the batches as they were met
    std::optional<double> test_accuracy;
    std::function<std::string()> state; ///< bytes from which training resumes; valid during the call
};

/// Trains model.parameters in place; ln lambda is kept >= -80. `after` is called when an epoch is finished.
/// @param resume bytes of MapEpoch::state of a run with the same model, data and options; empty: from the start
/// @throws WorkError when it diverges; Interrupted; InputError for a state of another network
void train_map(MapModel& model, const LabelledData& train, const LabelledData* test, const MapTrainingOptions& options,
               std::string_view resume, const std::function<void(const MapEpoch&)>& after,
               const base::Monitor& monitor);

/// Bytes that train_map holds besides the data.
[[nodiscard]] std::uint64_t training_bytes(const MapModel& model, const LabelledData& train,
                                           const MapTrainingOptions& options);

/// Share of the sum of lambda that lies in the 5 % largest (at least one), for every hidden layer.
[[nodiscard]] std::vector<double> top_share(const MapModel& model);

} // namespace limsym::mixture
