#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "common/network_options.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/hash.hpp"
#include "limsym/base/number.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/data/matrix.hpp"
#include "limsym/data/records.hpp"
#include "limsym/process/evidence_ascent.hpp"
#include "limsym/process/grid_search.hpp"
#include "limsym/process/job_document.hpp"
#include "regression_options.hpp"
#include "tune_records.hpp"

namespace limsym::tools {

namespace {

constexpr std::size_t usual_starts = 4;

struct TuneOptions {
    NetworkOptions network;
    DataOptions data;
    NoiseOptions noise;
    ScaleOptions scale;
    std::optional<std::string> grid;
    bool gradient = false;
    std::optional<std::size_t> starts;
    std::string space;
    std::string by = "evidence";
    std::optional<std::string> valid;
    std::optional<base::Shard> shard;
    std::vector<std::string> files;

    [[nodiscard]] std::size_t start_count() const { return starts.value_or(usual_starts); }
};

/// What a search needs, in working units.
struct Tuning {
    network::Network network;
    process::RegressionOptions options;
    process::Grid grid;
    process::SearchSpace space;
    process::TrainingData training;
    arma::mat x;
    arma::mat y;
    std::optional<process::Validation> validation;

    [[nodiscard]] std::size_t trials(const TuneOptions& given) const {
        return given.gradient ? given.start_count() : grid.size();
    }
};

void check_choice(const TuneOptions& options) {
    if (options.gradient == options.grid.has_value())
        throw base::InputError("--grid", options.gradient ? "cannot be given with --gradient; expected one of the two"
                                                          : "is missing; expected --grid FILE or --gradient");
    if (!options.gradient && options.starts)
        throw base::InputError("--starts", "belongs to --gradient, which is missing");
    if (!options.gradient && !options.space.empty())
        throw base::InputError("--space", "belongs to --gradient, which is missing");
    if (options.gradient && options.by != "evidence")
        throw base::InputError("--by", options.by + " has no gradient here; expected evidence, or --grid in place of "
                                                    "--gradient");
    if (options.gradient && options.noise.model != "scaled")
        throw base::InputError("--gradient", "works with --noise-model scaled only");
    if (options.gradient && options.scale.inference != "quadrature")
        throw base::InputError("--gradient", "works with --scale-inference quadrature only");
    if ((options.by == "valid") != options.valid.has_value())
        throw base::InputError("--valid", options.valid ? "is used by --by valid only"
                                                        : "is missing; expected the table that --by valid judges by");
}

process::Validation read_validation(const std::string& file, const process::TrainingData& training,
                                    cli::Context& context) {
    process::TestData test = process::test_data(data::read_table(context.source(file)), training);
    if (test.y.empty())
        throw base::InputError(file, "has no target; expected the column" +
                                         std::string(training.targets.size() > 1 ? "s " : " ") +
                                         base::join(training.targets) + " of the training table");
    return {training.x_units.apply(test.x), std::move(test.y), training.y_units};
}

Tuning read_all(const TuneOptions& options, cli::Context& context) {
    check_choice(options);
    Tuning work;
    require_memory(options.scale, context);
    work.options = regression_options(options.noise, options.scale, context);
    work.network = read_network(options.network, context);
    if (options.grid) work.grid = process::read_grid(context.source(*options.grid).file);
    work.space = process::parse_search_space(options.space);
    work.training = read_training(options.data, options.files[0], context);
    if (options.valid) work.validation = read_validation(*options.valid, work.training, context);
    work.x = work.training.working_x();
    work.y = work.training.working_y();
    return work;
}

/// How many pieces of work of so many bytes are done at a time: as many as threads, or one, which is then parallel
/// inside.
std::size_t at_once(std::uint64_t bytes, cli::Context& context) {
    context.memory().require(bytes, "the covariance matrix");
    const std::size_t threads = base::thread_limit();
    return base::saturating_product(bytes, threads) <= context.memory().bytes ? threads : 1;
}

std::vector<process::Trial> search_grid(const TuneOptions& options, const Tuning& work, cli::Context& context) {
    process::GridSearch search;
    search.objective = options.by == "loo"     ? process::Objective::leave_one_out
                       : options.by == "valid" ? process::Objective::validation
                                               : process::Objective::evidence;
    if (work.validation) search.validation = &*work.validation;
    search.min_sample_size = options.scale.min_ess.value_or(0.0);
    search.kernels_at_once = at_once(process::grid_bytes(work.x.n_rows, work.grid, work.options, search), context);
    if (options.shard)
        search.owns = [&](std::size_t k) { return options.shard->owns(k, work.grid.size(), base::Partition::modulo); };
    return process::evaluate_grid(work.network, work.x, work.y, work.grid, work.options, search, context.monitor());
}

std::vector<process::Trial> climb(const TuneOptions& options, const Tuning& work, cli::Context& context) {
    const process::EvidenceAscent ascent{work.network, work.x, work.y, work.options, work.space, context.seed()};
    process::check_space(ascent);
    if (process::hidden_layers_differ(work.network))
        context.warn("the hidden layers differ in sigma_w or sigma_b; the search gives all of them one value and "
                     "starts at the geometric mean");
    std::vector<std::size_t> starts;
    for (std::size_t k = 0; k < options.start_count(); ++k)
        if (!options.shard || options.shard->owns(k, options.start_count(), base::Partition::modulo))
            starts.push_back(k);
    std::vector<process::Ascent> ends(starts.size());
    if (at_once(process::ascent_bytes(ascent), context) > 1) {
        base::parallel_for(
            starts.size(), [&](std::size_t k) { ends[k] = process::ascend_evidence(ascent, starts[k]); },
            context.monitor(), "starts");
    } else {
        for (std::size_t k = 0; k < starts.size(); ++k) {
            context.monitor().advance(static_cast<double>(k), static_cast<double>(starts.size()), "starts");
            ends[k] = process::ascend_evidence(ascent, starts[k], context.monitor());
        }
    }
    std::vector<process::Trial> trials;
    for (process::Ascent& end : ends) {
        if (end.out_of_iterations)
            context.warn("the search from start " + std::to_string(end.trial.index) + " stopped after " +
                         std::to_string(end.iterations) + " iterations, before the gradient vanished");
        trials.push_back(std::move(end.trial));
    }
    return trials;
}

data::Json shaped_by(const TuneOptions& options, const Tuning& work, std::uint64_t seed) {
    data::Json shaped = data::Json::object();
    if ((options.gradient && options.start_count() > 1) || options.scale.random()) shaped["seed"] = seed;
    data::Json& values = shaped["options"] = data::Json::object();
    append_options(values, options.data, options.noise, options.scale, work.options);
    if (options.scale.random() && options.scale.min_ess) values["min_ess"] = *options.scale.min_ess;
    values["by"] = options.by;
    if (options.valid) values["valid"] = *options.valid;
    if (options.grid) values["grid"] = process::to_json(work.grid);
    if (options.gradient) {
        values["gradient"] = true;
        values["starts"] = options.start_count();
        if (!options.space.empty()) values["space"] = process::to_text(work.space);
    }
    values["network_sha256"] = network::network_sha256(work.network);
    shaped["by"] = options.by;
    shaped["network"] = network::to_json(work.network);
    return shaped;
}

std::string job_of(const TuneOptions& options, const Tuning& work) {
    data::Json value = process::job_document(work.network, work.training.x, work.training.y, work.grid, work.options,
                                             work.training.standardise, work.training.unit_norm);
    value["by"] = options.by;
    value["starts"] = options.gradient ? options.start_count() : 0;
    value["space"] = process::to_text(work.space);
    if (options.scale.min_ess) value["min_ess"] = *options.scale.min_ess;
    if (work.validation) {
        value["valid_x"] = data::matrix_sha256(work.validation->x);
        value["valid_y"] = data::matrix_sha256(work.validation->y);
    }
    return base::sha256_hex(data::to_text(value));
}

int run(const TuneOptions& options, cli::Context& context) {
    const Tuning work = read_all(options, context);
    std::vector<data::Json> records;
    for (const process::Trial& trial :
         options.gradient ? climb(options, work, context) : search_grid(options, work, context))
        records.push_back(process::trial_record(trial));
    const data::Json shaped = shaped_by(options, work, context.seed());
    if (!options.shard) {
        const data::Json summary = tune_summary(shaped, records, options.files[0], context);
        for (const data::Json& record : records)
            context.write(record);
        context.write(summary);
        return 0;
    }
    data::ShardLine line;
    line.command = "tune";
    line.shard = *options.shard;
    line.total = work.trials(options);
    line.job = job_of(options, work);
    line.summary = data::to_text(shaped);
    context.out()(data::shard_text(records, line));
    return 0;
}

} // namespace

data::Json tune_summary(const data::Json& shaped, const std::vector<data::Json>& trials, const std::string& place,
                        const cli::Context& context) {
    data::ObjectReader reader(shaped, place, "/summary");
    data::Json record = context.head("limsym/nngp-tune@1");
    if (const data::Json* seed = reader.find("seed")) record["seed"] = *seed;
    record["options"] = reader.at("options");
    const std::string by = reader.string("by", {});
    process::append_best(record, by, trials, network::read_network(reader.at("network"), place));
    return record;
}

cli::Command tune_command() {
    const auto options = std::make_shared<TuneOptions>();
    cli::Command command("tune", "choose hyperparameters: a grid by evidence, leave-one-out or held-out data, or the "
                                 "gradient of the evidence");
    command.describe("One record a trial, then the best and its network, which --net of every subcommand takes. "
                     "sigma_w and sigma_b are set in every affine layer but the readout; sigma_b 0 is no bias. The "
                     "largest objective wins, ties go to the first; a trial that fails has objective null and a "
                     "reason.");
    command.describe("--by evidence: the log density of the training targets. loo: the mean over rows of the log "
                     "density of a row given the others. valid: the mean log density of the targets of --valid.");
    command.describe("With --gradient every start is a trial: the first has the values of the network and the "
                     "options, further ones are drawn log-uniformly from sigma_w 0.5:3, sigma_b 0.05:3, noise 1e-6:1, "
                     "and alpha and beta of inverse_gamma 0.5:8, or from --space, which bounds the search as well. "
                     "Where it ends is by the exact gradient and L-BFGS. A sigma_b or noise of 0 stays 0.");
    command.example("nngp-kernel tune --activation relu --depth 3 --target y --grid grid.json --by loo train.csv",
                    "every point of a grid, and the best by leave-one-out");
    command.example("nngp-kernel tune --net net.json --target y --noise 0.05 --gradient train.csv | tail -n 1 | "
                    "jq .network > best.json",
                    "the network of largest evidence");
    declare(command, options->network);
    declare(command, options->data);
    declare(command, options->noise);
    declare_prior(command, options->scale);
    declare_inference(command, options->scale, "--scale-inference");
    command.group("Search");
    command.input(
        options->grid, "--grid",
        "values to try: {\"sigma_w\":[],\"sigma_b\":[],\"noise\":[],\"scale_prior\":[SPEC]}, any of them; trials in "
        "nested loops in that order, the last fastest");
    command.flag(options->gradient, "--gradient", "climb the evidence by its gradient, in place of a grid");
    command.integer(options->starts, "--starts", "K", 1, 1'000'000, "searches by --gradient, from different starts")
        .default_text = std::to_string(usual_starts);
    command.text(options->space, "--space", "NAME=lo:hi[,...]",
                 "ranges of sigma_w, sigma_b, noise, alpha, beta for --gradient; lo = hi fixes one");
    command.choice(options->by, "--by", {"evidence", "loo", "valid"}, "what is maximised");
    command.input(options->valid, "--valid", "held-out table with the target columns, for --by valid");
    command.group("Output");
    command.shard(options->shard, "the trials I, I + N, ... only; merge joins the parts");
    command.operands(options->files, 1, 1, "TRAIN", "table of features and targets");
    command.results({data::Format::ndjson});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
