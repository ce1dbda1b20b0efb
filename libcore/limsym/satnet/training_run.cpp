#include "limsym/satnet/training_run.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "limsym/base/error.hpp"
#include "limsym/satnet/subgroup_validation.hpp"
#include "limsym/satnet/symmetry_discovery.hpp"
#include "limsym/symmetry/equivariant_matrix.hpp"
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

/// History and discovery of a state for a checkpoint, in front of the optimiser's.
std::string packed(const TrainingOutcome& outcome, const std::string& state) {
    const std::string text = data::to_text({{"history", outcome.history}, {"switch", outcome.discovery}});
    const std::uint64_t size = text.size();
    return std::string(reinterpret_cast<const char*>(&size), sizeof size) + text + state;
}

/// Takes what packed() put in front. @returns the optimiser's state
std::string_view unpack(std::string_view bytes, TrainingOutcome& outcome) {
    std::uint64_t size = 0;
    if (bytes.size() < sizeof size) throw base::InputError("a state of training is too short");
    std::memcpy(&size, bytes.data(), sizeof size);
    bytes.remove_prefix(sizeof size);
    if (bytes.size() < size) throw base::InputError("a state of training is too short");
    const data::Json head = data::parse_json(bytes.substr(0, size), "checkpoint");
    outcome.history = head.at("history");
    outcome.discovery = head.at("switch");
    bytes.remove_prefix(size);
    return bytes;
}

/// The orbital parameters nearest to C: means over symmetric orbitals, and of row 0 over orbits.
Parameters projected(const arma::mat& C, const symmetry::Group& group, bool free_upper) {
    OrbitalParameters orbital;
    orbital.layout = make_layout(group);
    const OrbitalLayout& layout = *orbital.layout;
    const std::size_t n = layout.classes.degree;
    const arma::vec means = symmetry::class_means(C.submat(1, 1, n, n), layout.classes);
    for (const std::uint32_t label : layout.parameters)
        orbital.values.push_back(means[label]);
    orbital.upper.assign(free_upper ? n : layout.points.count(), 0.0);
    for (std::size_t i = 0; i < n; ++i) {
        const std::uint32_t orbit = layout.points.labels[i];
        if (free_upper)
            orbital.upper[i] = C(0, i + 1);
        else
            orbital.upper[orbit] += C(0, i + 1) / static_cast<double>(layout.points.sizes[orbit]);
    }
    return orbital;
}

double board_error(const Model& model, const std::vector<Assignment>& records, std::uint64_t seed,
                   const base::Monitor& monitor) {
    CompletionOptions options;
    options.rounding.rule = model.cells.empty() ? RoundingRule::prob : RoundingRule::argmax;
    options.stop = {300, 1e-6};
    options.seed = seed;
    return 1.0 - evaluate(model, records, options, {{}, monitor.warn, monitor.stop_requested}).board_accuracy();
}

/// The model's parameters tied by the symmetries of its couplings, as far as validation data bear them out.
data::Json tie_parameters(Model& model, const std::vector<Assignment>& valid, const SwitchOptions& options,
                          std::uint64_t seed, const base::Monitor& monitor) {
    const arma::mat C = coupling_matrix(model);
    const arma::mat inner = C.submat(1, 1, model.n, model.n);
    DiscoveryOptions discovery;
    discovery.method =
        DiscoveryMethod::grammar; // a matrix that is still learning has chance likenesses beside its rules
    discovery.max_err = options.max_err;
    const DiscoveredSymmetry found = discover_symmetry(inner, discovery, monitor);
    symmetry::Group group = found.group.value_or(symmetry::trivial_group(model.n));
    Model tied = model;
    tied.aux = 0;
    data::Json decisions = data::Json::array();
    if (!valid.empty() && found.group) {
        const double baseline = board_error(model, valid, seed, monitor);
        const ValidatedGroup kept =
            validate_subgroups(group, baseline, options.tolerate, [&](const symmetry::Group& part) {
                tied.parameters = projected(C, part, options.free_upper);
                return board_error(tied, valid, seed, monitor);
            });
        group = kept.group;
        for (const SubgroupVerdict& verdict : kept.verdicts)
            decisions.push_back({{"node", verdict.node},
                                 {"decision", to_text(verdict.decision)},
                                 {"baseline_error", verdict.baseline_error},
                                 {"error", verdict.error}});
    }
    // A resumed run has the group from its text: both take it from there.
    const data::Json text = symmetry::group_json(group);
    group = symmetry::read_group(text, "checkpoint", "/switch/group");
    tied.parameters = projected(C, group, options.free_upper);
    model = std::move(tied);
    const OrbitalLayout& layout = *std::get<OrbitalParameters>(model.parameters).layout;
    const double residual =
        symmetry::relative_residual(inner, symmetry::class_means(inner, layout.classes), layout.classes);
    return {{"epoch", options.epoch},
            {"group", text},
            {"orbitals_symmetric", layout.classes.count()},
            {"residual_rel", residual},
            {"decisions", std::move(decisions)}};
}

} // namespace

TrainingOutcome
run_training(TrainingRun& run, std::string_view resume,
             const std::function<void(const data::Json& line, const std::function<std::string()>& state)>& after,
             const base::Monitor& monitor) {
    TrainingOutcome outcome;
    outcome.history = data::Json::array();
    if (!resume.empty()) resume = unpack(resume, outcome);
    if (outcome.history.size() > run.options.epochs)
        throw base::InputError("--resume", "holds " + std::to_string(outcome.history.size()) +
                                               " epochs; expected --epochs of at least as many");
    const auto tell = [&](const EpochReport& report) {
        data::Json line{{"schema", "limsym/progress@1"},     {"epoch", report.epoch},
                        {"train_loss", report.loss},         {"train_board", report.board},
                        {"train_cell", report.cell},         {"iters_mean", report.iters_mean},
                        {"unconverged", report.unconverged}, {"parameters", parameter_count(run.model)}};
        add_evaluation(line, "valid", run.model, run.data->valid, run.options.seed, monitor);
        add_evaluation(line, "test", run.model, run.data->test, run.options.seed, monitor);
        outcome.history.push_back(line);
        if (after) after(line, [&] { return packed(outcome, report.state()); });
    };
    std::size_t first = 0;
    if (run.discovery) {
        const SwitchOptions& discovery = *run.discovery;
        if (outcome.discovery.is_null()) {
            TrainingOptions before = run.options;
            before.epochs = std::min(before.epochs, discovery.epoch);
            train_model(run.model, run.data->train, before, resume, tell, monitor);
            resume = {};
            if (run.options.epochs >= discovery.epoch)
                outcome.discovery = tie_parameters(run.model, run.data->valid, discovery, run.options.seed, monitor);
        } else {
            const symmetry::Group group =
                symmetry::read_group(outcome.discovery.at("group"), "checkpoint", "/switch/group");
            run.model.aux = 0;
            run.model.parameters = initial_orbital(make_layout(group), discovery.free_upper, run.options.seed);
        }
        first = discovery.epoch;
    }
    if (!run.discovery || !outcome.discovery.is_null()) {
        TrainingOptions options = run.options;
        if (run.discovery) options.rate = run.discovery->rate;
        if (first < options.epochs || !resume.empty())
            train_model(run.model, run.data->train, options, resume, tell, monitor, first);
    }
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
            {"switch", outcome.discovery}};
}

} // namespace limsym::satnet
