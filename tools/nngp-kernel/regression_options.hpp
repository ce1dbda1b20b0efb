// Options that shape a regression, the same in fit, cv and tune.
#pragma once

#include <optional>
#include <string>

#include "common/command.hpp"
#include "limsym/process/model.hpp"
#include "limsym/process/regression.hpp"

namespace limsym::tools {

/// --scale-prior and how its posterior is found.
struct ScaleOptions {
    std::string prior = "point:1";
    std::string inference = "quadrature";
    std::optional<std::size_t> samples;
    std::optional<std::string> proposal;
    std::optional<double> min_ess;

    [[nodiscard]] bool random() const { return inference == "is"; }
    [[nodiscard]] std::size_t sample_count() const { return samples.value_or(1000); }
    [[nodiscard]] std::string proposal_name() const { return proposal.value_or("conjugate"); }
    [[nodiscard]] process::ImportanceOptions importance(std::uint64_t seed) const;
};
void declare_prior(cli::Command& command, ScaleOptions& options);
/// @param option "--scale-inference" or "--inference"
void declare_inference(cli::Command& command, ScaleOptions& options, const std::string& option);

/// The prior that a SPEC describes; a file "-" is counted among the inputs from standard input.
[[nodiscard]] process::ScalePrior read_scale_prior(const std::string& spec, cli::Context& context);

/// Refuses --samples, --proposal and --min-ess without importance sampling.
/// @param option "--scale-inference" or "--inference"
void check_inference(const ScaleOptions& options, const std::string& option = "--scale-inference");

/// The draws of importance sampling. @throws WorkError above --max-memory
void require_memory(const ScaleOptions& options, const cli::Context& context);

/// Warns of a small effective sample size (the smallest of several; nothing without importance sampling).
/// @returns the exit status: 1 below --min-ess
[[nodiscard]] int judge_sample_size(std::optional<double> size, const ScaleOptions& options, cli::Context& context);

struct DataOptions {
    std::string target;
    std::string features;
    std::string standardise = "none";
    bool unit_norm = false;
};
void declare_unit_norm(cli::Command& command, DataOptions& options);
void declare(cli::Command& command, DataOptions& options, bool target_required = true);
/// Reads the table, splits its columns, warns of constant features. @param place of the table: an operand
[[nodiscard]] process::TrainingData read_training(const DataOptions& options, const std::string& file,
                                                  cli::Context& context);

struct NoiseOptions {
    std::string noise = "0.01";
    std::string model = "scaled";
    std::string jitter = "0";
    std::string solver = "auto";
};
void declare(cli::Command& command, NoiseOptions& options);
[[nodiscard]] process::RegressionOptions regression_options(const NoiseOptions& noise, const ScaleOptions& scale,
                                                            cli::Context& context);

/// The fields of "options" that these give a record.
void append_options(data::Json& options, const DataOptions& data, const NoiseOptions& noise, const ScaleOptions& scale,
                    const process::RegressionOptions& regression);

} // namespace limsym::tools
