#include "model_options.hpp"

#include <nlohmann/json.hpp>

#include "limsym/satnet/model_document.hpp"

namespace limsym::tools {

void declare(cli::Command& command, ModelOptions& options) {
    command.group("Model");
    command.input(options.file, "--model", "a model, or a symmetric matrix C of order n+1 (json, csv, npy)").required =
        true;
    command.flag(options.symmetrise, "--symmetrise", "take the mean of a matrix C with its transpose");
}

satnet::Model read_model(const ModelOptions& options, cli::Context& context) {
    return satnet::read_model({context.source(*options.file).file, std::nullopt, ""}, options.symmetrise);
}

void declare(cli::Command& command, SolveOptions& options) {
    command.group("Solving");
    command.text(options.round, "--round", "RULE",
                 "prob (z >= 1/2), argmax (of every cell; default when the model has cells, else prob), or "
                 "hyperplane[:T], the best of T random cuts (32)");
    command.flag(options.local_search, "--local-search", "then flip single unknown variables while that lowers x'Cx");
    command.integer(options.k, "--k", "K", 2, 1'000'000, "dimension of the vectors (the model's)");
    command.integer(options.max_iter, "--max-iter", "N", 1, 1'000'000'000, "sweeps at most");
    command.number(options.eps, "--eps", "E", cli::Range::not_negative(),
                   "stop when a sweep gains less than E times the first (0: run all sweeps)");
}

satnet::CompletionOptions completion_options(const SolveOptions& options, const satnet::Model& model,
                                             cli::Context& context) {
    satnet::CompletionOptions result;
    if (options.round)
        result.rounding = satnet::parse_rounding(*options.round, "--round");
    else
        result.rounding.rule = model.cells.empty() ? satnet::RoundingRule::prob : satnet::RoundingRule::argmax;
    result.rounding.local_search = options.local_search;
    result.k = options.k;
    result.stop = {options.max_iter, options.eps};
    result.seed = context.seed();
    return result;
}

data::Json options_json(const satnet::CompletionOptions& options, const satnet::Model& model) {
    return {{"round", satnet::to_text(options.rounding)},
            {"local_search", options.rounding.local_search},
            {"k", options.k.value_or(model.k)},
            {"max_iter", options.stop.max_iter},
            {"eps", options.stop.eps}};
}

} // namespace limsym::tools
