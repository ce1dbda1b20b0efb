// A whole training as the command line tells it: progress lines with validation, the best epoch, resumption.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "limsym/data/json.hpp"
#include "limsym/satnet/training.hpp"

namespace limsym::satnet {

struct TrainingData {
    std::vector<Assignment> train, valid, test;
};

/// Discovery while training: S until `epoch`, then the symmetries found in S S^T tie the parameters.
struct SwitchOptions {
    std::size_t epoch = 10;
    double max_err = 0.4;  ///< largest residual of a symmetry that is accepted
    double tolerate = 0.0; ///< by how much the validation error may grow for a part of the group
    double rate = 4e-2;    ///< of the orbital parameters
    bool free_upper = false;
};

struct TrainingRun {
    Model model; ///< with its initial parameters; trained in place
    const TrainingData* data = nullptr;
    TrainingOptions options;
    std::function<Parameters(std::uint64_t seed)> initial = {}; ///< parameters with which a replicate starts
    std::optional<SwitchOptions> discovery = {};
};

struct TrainingOutcome {
    data::Json history;         ///< limsym/progress@1 lines of all epochs, resumed ones included
    std::size_t best_epoch = 0; ///< by valid_board, else by train_loss
    data::Json discovery;       ///< {"epoch","group","orbitals_symmetric","residual_rel","decisions"}, or null
};

/// Trains and evaluates. `after` is given the line of every new epoch and a function that makes the state for a
/// checkpoint. @param resume such a state, or ""
[[nodiscard]] TrainingOutcome
run_training(TrainingRun& run, std::string_view resume,
             const std::function<void(const data::Json& line, const std::function<std::string()>& state)>& after,
             const base::Monitor& monitor);

/// The fields of limsym/train@1 after "options".
[[nodiscard]] data::Json to_json(const TrainingOutcome& outcome, const TrainingRun& run);

} // namespace limsym::satnet
