#include "limsym/satnet/training_run.hpp"

#include <cstdint>
#include <cstring>

#include "limsym/base/error.hpp"
#include "limsym/symmetry/group_expression.hpp"

namespace limsym::satnet {

namespace {

void add_evaluation(data::Json& line, const std::string& name, const Model& model,
                    const std::vector<Assignment>& records, std::uint64_t seed, const base::Monitor& monitor) {
    if (records.empty()) return;
    CompletionOptions options;
    options.rounding.rule = model.cells.empty() ? RoundingRule::prob : RoundingRule::argmax;
    options.seed = seed;
    const Evaluation evaluation = evaluate(model, records, options, {{}, monitor.warn, monitor.stop_requested});
    line[name + "_loss"] = evaluation.loss;
    line[name + "_board"] = evaluation.board_accuracy();
    const std::optional<double> cell = evaluation.cell_accuracy();
    line[name + "_cell"] = cell ? data::Json(*cell) : data::Json();
}

std::string packed(const data::Json& history, const std::string& state) {
    const std::string text = data::to_text(history);
    const std::uint64_t size = text.size();
    return std::string(reinterpret_cast<const char*>(&size), sizeof size) + text + state;
}

/// Splits what packed() made. @returns the rest
std::string_view unpack(std::string_view bytes, data::Json& history) {
    std::uint64_t size = 0;
    if (bytes.size() < sizeof size) throw base::InputError("a state of training is too short");
    std::memcpy(&size, bytes.data(), sizeof size);
    bytes.remove_prefix(sizeof size);
    if (bytes.size() < size) throw base::InputError("a state of training is too short");
    history = data::parse_json(bytes.substr(0, size), "checkpoint");
    bytes.remove_prefix(size);
    return bytes;
}

} // namespace

TrainingOutcome
run_training(TrainingRun& run, std::string_view resume,
             const std::function<void(const data::Json& line, const std::function<std::string()>& state)>& after,
             const base::Monitor& monitor) {
    TrainingOutcome outcome;
    outcome.history = data::Json::array();
    if (!resume.empty()) resume = unpack(resume, outcome.history);
    if (outcome.history.size() > run.options.epochs)
        throw base::InputError("--resume", "holds " + std::to_string(outcome.history.size()) +
                                               " epochs; expected --epochs of at least as many");
    train_model(
        run.model, run.data->train, run.options, resume,
        [&](const EpochReport& report) {
            data::Json line{{"schema", "limsym/progress@1"},     {"epoch", report.epoch},
                            {"train_loss", report.loss},         {"train_board", report.board},
                            {"train_cell", report.cell},         {"iters_mean", report.iters_mean},
                            {"unconverged", report.unconverged}, {"parameters", parameter_count(run.model)}};
            add_evaluation(line, "valid", run.model, run.data->valid, run.options.seed, monitor);
            add_evaluation(line, "test", run.model, run.data->test, run.options.seed, monitor);
            outcome.history.push_back(line);
            if (after) after(line, [&] { return packed(outcome.history, report.state()); });
        },
        monitor);
    const bool by_valid = !run.data->valid.empty();
    const char* const key = by_valid ? "valid_board" : "train_loss";
    std::optional<double> best;
    for (const data::Json& line : outcome.history) {
        const double value = line.at(key).get<double>();
        if (best && (by_valid ? value <= *best : value >= *best)) continue;
        best = value;
        outcome.best_epoch = line.at("epoch").get<std::size_t>();
    }
    return outcome;
}

data::Json to_json(const TrainingOutcome& outcome, const TrainingRun& run) {
    data::Json last = outcome.history.back();
    last.erase("schema");
    const auto* const orbital = std::get_if<OrbitalParameters>(&run.model.parameters);
    return {{"n", run.model.n},
            {"epochs", outcome.history.size()},
            {"records", run.data->train.size()},
            {"param", parameter_name(run.model)},
            {"group", orbital != nullptr ? symmetry::group_json(orbital->layout->group) : data::Json()},
            {"parameters", parameter_count(run.model)},
            {"best_epoch", outcome.best_epoch},
            {"final", std::move(last)},
            {"switch", nullptr}};
}

} // namespace limsym::satnet
