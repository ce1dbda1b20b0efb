#include <algorithm>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "data_options.hpp"
#include "group_options.hpp"
#include "limsym/base/checkpoint.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/memory.hpp"
#include "limsym/base/number.hpp"
#include "limsym/satnet/model_document.hpp"
#include "limsym/satnet/training_run.hpp"
#include "limsym/symmetry/group_expression.hpp"
#include "repeat_document.hpp"

namespace limsym::tools {

namespace {

constexpr const char* checkpoint_kind = "symsat-learn train";

struct Options {
    DataOptions data;
    GroupOptions group;
    std::optional<std::string> problem;
    std::optional<std::string> param;
    std::optional<std::size_t> m;
    std::size_t aux = 0;
    std::size_t k = 32;
    std::string upper = "orbit";
    satnet::TrainingOptions training;
    std::optional<double> rate;
    std::string optimiser = "adam";
    std::string loss_mean = "all";
    std::string precision = "single";
    std::optional<std::string> valid, test;
    bool automatic = false;
    std::size_t switch_epoch = 10;
    double max_err = 0.4;
    double tolerate = 0.0;
    std::size_t repeat = 0;
    std::optional<base::Shard> shard;
    std::optional<std::string> checkpoint, resume, model_out;
};

satnet::Model empty_model(const Options& options, const std::optional<satnet::Problem>& problem, std::size_t n) {
    satnet::Model model;
    model.n = n;
    model.aux = options.aux;
    model.k = options.k;
    model.problem = problem;
    if (problem) model.cells = problem->cells;
    return model;
}

/// The form of the parameters, and the group that ties them.
struct Form {
    std::string param;
    std::shared_ptr<const satnet::OrbitalLayout> layout;
};

Form read_form(const Options& options, std::size_t n, cli::Context& context) {
    if (options.automatic && (!options.group.expression.empty() || options.param.value_or("S") != "S"))
        throw base::InputError("--auto",
                               "finds the group itself, beginning with --param S; expected neither --group nor "
                               "another --param");
    Form form{options.param.value_or(options.group.expression.empty() ? "S" : "orbital"), nullptr};
    if (form.param != "orbital") {
        if (!options.group.expression.empty())
            throw base::InputError("--param", form.param + " takes no --group; expected orbital");
        return form;
    }
    if (options.group.expression.empty())
        throw base::InputError("--group", "is missing; expected the group that ties the parameters of --param orbital");
    if (options.aux != 0)
        throw base::InputError("--aux", std::to_string(options.aux) + "; expected 0 with --param orbital");
    const symmetry::Group group = read_group(options.group, context);
    if (group.degree() != n)
        throw base::InputError("--group", "acts on " + std::to_string(group.degree()) + " points; expected the n = " +
                                              std::to_string(n) + " variables of the data");
    form.layout = satnet::make_layout(group);
    return form;
}

satnet::Parameters initial_parameters(const Options& options, const Form& form, std::size_t order, std::uint64_t seed) {
    if (form.param == "orbital") return satnet::initial_orbital(form.layout, options.upper == "free", seed);
    if (form.param == "C") return satnet::initial_matrix(order, seed);
    return satnet::initial_factors(order, options.m.value_or(order - options.aux), seed);
}

satnet::TrainingOptions training_options(const Options& options, const Form& form, std::size_t records,
                                         cli::Context& context) {
    satnet::TrainingOptions training = options.training;
    training.rate = options.rate.value_or(form.param == "orbital" ? 4e-2 : 2e-3);
    training.optimiser = options.optimiser == "sgd" ? satnet::OptimiserKind::sgd : satnet::OptimiserKind::adam;
    training.mean = options.loss_mean == "all" ? satnet::LossMean::all : satnet::LossMean::unknown;
    training.precision = options.precision == "double" ? satnet::Precision::double_ : satnet::Precision::single_;
    training.seed = context.seed();
    if (training.batch > records) {
        context.warn("--batch " + std::to_string(training.batch) + " is more than the " + std::to_string(records) +
                     " records; all of them make a batch");
        training.batch = records;
    }
    return training;
}

data::Json options_json(const Options& options, const Form& form, const satnet::Model& model,
                        const satnet::TrainingOptions& training) {
    data::Json json{{"problem", model.problem ? data::Json(satnet::to_text(*model.problem)) : data::Json()},
                    {"param", form.param}};
    json["group"] = form.layout ? symmetry::group_json(form.layout->group) : data::Json();
    if (form.param == "S") json["m"] = options.m.value_or(model.n + 1);
    if (form.param == "orbital" || options.automatic) json["upper"] = options.upper;
    if (options.automatic) {
        json["auto"] = true;
        json["switch_epoch"] = options.switch_epoch;
        json["max_err"] = options.max_err;
        json["tolerate"] = options.tolerate;
        json["lr_after"] = options.rate.value_or(4e-2);
    }
    json["aux"] = options.aux;
    json["k"] = options.k;
    json["batch"] = training.batch;
    json["lr"] = training.rate;
    json["optimizer"] = options.optimiser;
    json["max_iter"] = training.stop.max_iter;
    json["eps"] = training.stop.eps;
    json["prox"] = training.prox;
    json["loss_mean"] = options.loss_mean;
    json["precision"] = options.precision;
    return json;
}

base::Identity identity_of(const data::Json& options, const satnet::TrainingData& data, std::uint64_t seed) {
    base::Identity identity;
    for (const auto& [key, value] : options.items())
        identity.emplace_back("--" + key, data::to_text(value));
    identity.emplace_back("--seed", std::to_string(seed));
    identity.emplace_back("data", satnet::assignments_sha256(data.train));
    identity.emplace_back("--valid", data.valid.empty() ? "none" : satnet::assignments_sha256(data.valid));
    identity.emplace_back("--test", data.test.empty() ? "none" : satnet::assignments_sha256(data.test));
    return identity;
}

std::vector<satnet::Assignment> read_answered(const satnet::AssignmentOptions& how, cli::Context& context) {
    std::vector<satnet::Assignment> records = satnet::read_assignments(how);
    for (std::size_t r = 0; r < records.size(); ++r)
        if (records[r].y.empty())
            throw base::InputError(how.source.file, "record " + std::to_string(r) + " has no answer y");
    warn_of_contradictions(records, how.source.file, context);
    return records;
}

satnet::TrainingData read_data(const Options& options, const std::optional<satnet::Problem>& problem,
                               cli::Context& context) {
    satnet::AssignmentOptions how = assignment_options(options.data, problem, context);
    how.pairs = true;
    satnet::TrainingData data;
    data.train = read_answered(how, context);
    const auto further = [&](const std::string& file) {
        satnet::AssignmentOptions other = how;
        other.source = context.source(file);
        other.labels = std::nullopt;
        other.variables = data.train.front().x.size();
        return read_answered(other, context);
    };
    if (options.test) data.test = further(*options.test);
    if (!options.valid) return data;
    const std::optional<double> fraction = base::parse_number(*options.valid);
    if (!fraction) {
        data.valid = further(*options.valid);
        return data;
    }
    if (!(*fraction > 0.0 && *fraction < 1.0))
        throw base::InputError("--valid", *options.valid + " is out of range; expected 0 < share < 1, or a file");
    const auto total = static_cast<double>(data.train.size());
    const auto apart = static_cast<std::size_t>(std::ceil(*fraction * total - 1e-9));
    if (apart >= data.train.size())
        throw base::InputError("--valid", "sets all " + std::to_string(data.train.size()) +
                                              " records apart; expected a smaller share");
    const auto begin = data.train.end() - static_cast<std::ptrdiff_t>(apart);
    data.valid.assign(begin, data.train.end());
    data.train.erase(begin, data.train.end());
    return data;
}

int run(const Options& options, cli::Context& context) {
    if (options.shard && options.repeat == 0)
        throw base::InputError("--shard", "deals replicates; expected --repeat R too");
    if (options.repeat > 0)
        for (const auto& [name, given] : {std::pair{"--model-out", options.model_out.has_value()},
                                          {"--checkpoint", options.checkpoint.has_value()},
                                          {"--resume", options.resume.has_value()}})
            if (given) throw base::InputError(name, "excludes --repeat; expected one of them");
    std::optional<satnet::Problem> problem;
    if (options.problem) problem = satnet::parse_problem(*options.problem, "--problem");
    const satnet::TrainingData data = read_data(options, problem, context);
    satnet::Model model = empty_model(options, problem, data.train.front().x.size());
    const Form form = read_form(options, model.n, context);
    const satnet::TrainingOptions training = training_options(options, form, data.train.size(), context);
    const data::Json shaping = options_json(options, form, model, training);

    satnet::TrainingRun run{.model = std::move(model), .data = &data, .options = training};
    const std::size_t order = run.model.order();
    run.initial = [&](std::uint64_t seed) { return initial_parameters(options, form, order, seed); };
    run.model.parameters = run.initial(context.seed());
    if (options.automatic) {
        run.discovery = satnet::SwitchOptions{options.switch_epoch, options.max_err, options.tolerate,
                                              options.rate.value_or(4e-2), options.upper == "free"};
        if (data.valid.empty()) context.warn("--auto without --valid: the symmetries that are found are not validated");
    }
    context.memory().require(satnet::training_bytes(run.model, training), "training");
    if (options.repeat > 0) {
        write_repeats(run, {options.repeat, options.shard, options.training.epochs}, shaping, context);
        return 0;
    }
    if (!options.model_out && !options.checkpoint) context.warn("without --model-out the trained model is not saved");

    const base::Identity identity =
        options.checkpoint || options.resume ? identity_of(shaping, data, context.seed()) : base::Identity{};
    std::string resume;
    if (options.resume) resume = base::load_checkpoint(*options.resume, checkpoint_kind, identity);
    if (options.checkpoint) context.graceful_stop();
    const auto after = [&](const data::Json& line, const std::function<std::string()>& state) {
        context.write(line);
        context.flush();
        if (options.checkpoint) base::save_checkpoint(*options.checkpoint, checkpoint_kind, identity, state());
    };
    const satnet::TrainingOutcome outcome = satnet::run_training(run, resume, after, context.monitor());
    data::Json record = context.head("limsym/train@1");
    record["options"] = shaping;
    record.update(satnet::to_json(outcome, run));
    context.write(record);
    if (options.model_out) {
        const base::ByteSink sink = context.file(*options.model_out);
        data::Json head = context.head("limsym/symsat-model@1");
        head["options"] = shaping;
        satnet::write_model(sink, run.model, head, outcome.history);
    }
    return 0;
}

} // namespace

cli::Command train_command() {
    const auto options = std::make_shared<Options>();
    cli::Command command("train", "learn couplings from boards with their answers");
    command.describe(
        "Minimises the cross-entropy of the layer's outputs. --param S learns a factor of C (SATNet), C the "
        "matrix itself, orbital one number for every symmetric orbital of --group and every orbit "
        "(SymSATNet); where the group is a tree of S_n, sweeps work on nested block sums. A line an epoch: "
        "train_* as met while training, before each update; valid_* and test_* of boards solved to "
        "convergence. The last line tells the whole run.");
    command.describe("For accuracy train with --eps 1e-5 --max-iter 60; the defaults are the papers'.");
    command.example(
        "symsat-learn gen sudoku --count 3000 --givens 36 > d.ndjson; symsat-learn train d.ndjson --problem "
        "sudoku --group sudoku --epochs 6 --eps 1e-5 --max-iter 60 --model-out m.json",
        "the rules of Sudoku as 18 numbers");
    command.group("Model");
    command.text(options->problem, "--problem", "P",
                 "sudoku[:B], latin:N, cube or onehot:SIZE,SIZE,...: cells and text form");
    command.text(options->param, "--param", "orbital|C|S", "what is learned (S; orbital with --group)");
    command.integer(options->m, "--m", "M", 1, 1'000'000, "columns of S (n+1)");
    command.integer(options->aux, "--aux", "A", 0, 1'000'000, "auxiliary variables");
    command.integer(options->k, "--k", "K", 2, 1'000'000, "dimension of the vectors");
    command.choice(options->upper, "--upper", {"orbit", "free"},
                   "row 0 of C with --param orbital: one number an orbit, or one a variable");
    declare(command, options->group);
    command.group("Training");
    command.integer(options->training.epochs, "--epochs", "N", 1, 1'000'000'000, "passes over the records");
    command.integer(options->training.batch, "--batch", "B", 1, 1'000'000'000, "records of a step");
    command.number(options->rate, "--lr", "R", cli::Range::positive(), "rate (2e-3; orbital 4e-2)");
    command.choice(options->optimiser, "--optimizer", {"adam", "sgd"}, "rule of the steps");
    command.integer(options->training.stop.max_iter, "--max-iter", "N", 1, 1'000'000'000, "sweeps at most");
    command.number(options->training.stop.eps, "--eps", "E", cli::Range::not_negative(),
                   "stop when a sweep gains less than E times the first (0: run all sweeps)");
    command.number(options->training.prox, "--prox", "P", cli::Range::not_negative(),
                   "added to the diagonal of the adjoint equations");
    command.choice(options->loss_mean, "--loss-mean", {"all", "unknown"},
                   "mean over all n outputs, or over the unknown scored ones");
    command.choice(options->precision, "--precision", {"single", "double"}, "numbers of the sweeps");
    command.text(options->valid, "--valid", "FRAC|FILE", "the last share of the records, or a file, for validation");
    command.input(options->test, "--test", "records whose accuracy every epoch tells");
    command.group("Discovery");
    command.flag(
        options->automatic, "--auto",
        "train S, then find the symmetries of S S^T, keep the parts that the validation records bear out, and go "
        "on with orbital parameters");
    command.integer(options->switch_epoch, "--switch-epoch", "E", 1, 1'000'000'000, "epochs with S");
    command.number(options->max_err, "--max-err", "R", cli::Range::closed(0.0, 1.0),
                   "largest residual of symmetries that are accepted");
    command.number(
        options->tolerate, "--tolerate", "T", cli::Range::closed(-1.0, 1.0),
        "by how much the validation error may grow for a part of the group (-0.05: must improve, as SymSATNet)");
    command.group("Runs");
    command.integer(options->repeat, "--repeat", "R", 1, 1'000'000,
                    "train with seeds seed..seed+R-1, tell final metrics");
    command.shard(options->shard, "replicates r with r mod N = I of --repeat");
    command.output(options->checkpoint, "--checkpoint", "file for the state after every epoch");
    command.input(options->resume, "--resume", "go on from this checkpoint (--epochs may be raised)");
    command.output(options->model_out, "--model-out", "the trained model, limsym/symsat-model@1");
    declare(command, options->data);
    command.results({data::Format::ndjson});
    command.random();
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
