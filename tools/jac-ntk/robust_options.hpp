// What regress and features share: the network, the labelled rows, the loss and the solution of its differential
// equation.
#pragma once

#include <optional>
#include <string>

#include "limsym/process/robust_model.hpp"
#include "network_options.hpp"
#include "training_options.hpp"

namespace limsym::tools {

struct RobustCommandOptions {
    JacobianNetworkOptions network;
    std::optional<std::string> train;
    std::optional<std::string> test;
    TrainingOptions data;
    double lambda = 0.01;
    double kappa = 1.0;
    std::string loss = "mean";
    std::string times; ///< a list; empty: not given
    double ridge = 0.0;
    std::optional<double> rank_cut;
};

/// --train and --test are declared by the subcommand's declare_rows().
void declare(cli::Command& command, RobustCommandOptions& options);
void declare_rows(cli::Command& command, RobustCommandOptions& options, bool test_required);

/// "inf", or numbers >= 0 and "inf" separated by commas. @throws InputError naming --time
[[nodiscard]] std::vector<process::TrainingTime> parse_times(const std::string& list);

[[nodiscard]] process::RobustLoss robust_loss(const RobustCommandOptions& options);
/// Loss, times, ridge and cut. @throws InputError naming --time
[[nodiscard]] process::RobustOptions robust_options(const RobustCommandOptions& options);
/// The training part in the coordinates of the network.
[[nodiscard]] process::RobustData robust_data(const process::TrainingData& training);

/// The fields of "options" that these give a record.
[[nodiscard]] data::Json options_json(const RobustCommandOptions& options, const process::TrainingData& training,
                                      const network::Network& network);
/// A finite time, or "inf".
[[nodiscard]] data::Json time_json(double time);

/// Warnings of a solution that rounding may have spoilt: a condition above 1e12, a rank below the size with targets
/// that cannot all be met. @param infinite infinite time is asked for
void warn_of_rounding(const process::RobustFit& fit, const process::RobustData& data, double ridge, bool infinite,
                      cli::Context& context);

} // namespace limsym::tools
