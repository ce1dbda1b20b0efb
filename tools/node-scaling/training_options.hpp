// How a network is trained: the method and its numbers, the same in train and sweep.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/command.hpp"
#include "data_options.hpp"
#include "limsym/nodescaling/training.hpp"

namespace limsym::tools {

struct TrainingOptions {
    std::string method = "gd";
    std::optional<double> lr;
    std::optional<std::size_t> steps;
    std::optional<std::size_t> every;
    std::optional<double> time;
    std::vector<double> times;
    std::optional<double> tolerance;
    std::optional<std::size_t> order;
    std::optional<double> relative_tolerance;
    std::optional<double> absolute_tolerance;
    std::string loss = "mean";
    std::string gram_points = "all";
    std::string precision = "f64";
    std::string standardise; ///< empty: not given

    [[nodiscard]] bool is_flow() const { return method != "gd"; }
    [[nodiscard]] nodescaling::Loss loss_kind() const {
        return loss == "mean" ? nodescaling::Loss::mean : nodescaling::Loss::half_sum;
    }
};
void declare(cli::Command& command, TrainingOptions& options);

using TrainingMethod = std::variant<nodescaling::GradientDescent, nodescaling::ExponentialFlow,
                                    nodescaling::RungeKuttaFlow, nodescaling::ChebyshevFlow>;
/// @throws InputError where an option belongs to another method, or what the method needs is missing
[[nodiscard]] TrainingMethod make_method(const TrainingOptions& options, const nodescaling::NodeActivation& activation);
/// How many lines of measures a run gives.
[[nodiscard]] std::uint64_t measures_of(const TrainingMethod& method);
/// What of these options shapes a result, without --steps.
[[nodiscard]] data::Json to_options(const TrainingOptions& options, const TrainingMethod& method);

/// Units of the training rows, after --standardise; warns of constant features.
[[nodiscard]] std::optional<nodescaling::Units> units_of(const TrainingOptions& options,
                                                         const nodescaling::NodeData& train, cli::Context& context);
/// The network, its data in its units, and what is followed. Warns of rows that contradict one another.
[[nodiscard]] nodescaling::TrainingTask make_task(nodescaling::ShallowNetwork network, const DataParts& parts,
                                                  const TrainingOptions& options, cli::Context& context);
/// Refuses what does not fit into memory. @param runs at the same time
void require_memory(const nodescaling::TrainingTask& task, const TrainingMethod& method, std::size_t runs,
                    cli::Context& context);

} // namespace limsym::tools
