// --model, and how its completions are solved and rounded.
#pragma once

#include <optional>
#include <string>

#include "common/command.hpp"
#include "limsym/satnet/completion.hpp"
#include "limsym/satnet/model.hpp"

namespace limsym::tools {

struct ModelOptions {
    std::optional<std::string> file;
    bool symmetrise = false;
};
/// --model FILE, --symmetrise
void declare(cli::Command& command, ModelOptions& options);
[[nodiscard]] satnet::Model read_model(const ModelOptions& options, cli::Context& context);

struct SolveOptions {
    std::optional<std::string> round;
    bool local_search = false;
    std::optional<std::size_t> k;
    std::size_t max_iter = 3000;
    double eps = 1e-8;
};
/// --round, --local-search, --k, --max-iter, --eps
void declare(cli::Command& command, SolveOptions& options);
[[nodiscard]] satnet::CompletionOptions completion_options(const SolveOptions& options, const satnet::Model& model,
                                                           cli::Context& context);
/// {"round","local_search","k","max_iter","eps"}
[[nodiscard]] data::Json options_json(const satnet::CompletionOptions& options, const satnet::Model& model);

} // namespace limsym::tools
