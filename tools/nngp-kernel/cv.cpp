#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "common/network_options.hpp"
#include "cv_records.hpp"
#include "limsym/base/error.hpp"
#include "limsym/data/plot.hpp"
#include "limsym/data/records.hpp"
#include "limsym/process/cross_validation.hpp"
#include "regression_options.hpp"

namespace limsym::tools {

namespace {

struct CvOptions {
    NetworkOptions network;
    DataOptions data;
    NoiseOptions noise;
    ScaleOptions scale;
    std::optional<std::string> splits;
    std::optional<std::size_t> first;
    std::optional<std::size_t> folds;
    std::optional<double> holdout;
    std::optional<std::string> grid;
    std::string by = "evidence";
    bool summary = false;
    std::optional<base::Shard> shard;
    std::optional<std::string> plot;
    std::vector<std::string> files;
};

process::Splits choose_splits(const CvOptions& options, std::size_t rows, cli::Context& context) {
    const int ways = (options.splits ? 1 : 0) + (options.folds ? 1 : 0) + (options.holdout ? 1 : 0);
    if (ways != 1)
        throw base::InputError("--splits", ways == 0 ? "is missing; expected --splits FILE, --folds K or --holdout F"
                                                     : "only one of --splits, --folds and --holdout can be given");
    process::Splits splits = options.splits  ? process::read_splits(context.source(*options.splits).file, rows)
                             : options.folds ? process::random_folds(rows, *options.folds, context.seed())
                                             : process::random_holdout(rows, *options.holdout, context.seed());
    if (options.first) splits.resize(std::min(splits.size(), *options.first));
    return splits;
}

/// The fields of the last record that do not come from the splits.
data::Json shaped_by(const CvOptions& options, const process::CrossValidation& work, std::uint64_t seed) {
    data::Json shaped = data::Json::object();
    if (!options.splits || options.scale.random()) shaped["seed"] = seed;
    data::Json& values = shaped["options"] = data::Json::object();
    append_options(values, options.data, options.noise, options.scale, work.options);
    values["by"] = options.by;
    if (options.splits) values["splits"] = *options.splits;
    if (options.folds) values["folds"] = *options.folds;
    if (options.holdout) values["holdout"] = *options.holdout;
    if (options.first) values["first"] = *options.first;
    if (options.grid) values["grid"] = process::to_json(work.grid);
    values["network_sha256"] = network::network_sha256(work.network);
    return shaped;
}

data::Plot split_plot(const std::vector<data::Json>& records) {
    data::Plot plot;
    plot.title = "cross-validation";
    plot.x_label = "split";
    plot.y_label = "mean negative log density";
    for (const auto& [field, title] : {std::pair{"nll_observed", "observed"}, std::pair{"nll_latent", "latent"}}) {
        data::Series series;
        series.kind = data::Series::Kind::points;
        series.title = title;
        for (const data::Json& record : records) {
            const auto split = record.find("split");
            const auto value = record.find(field);
            if (split == record.end() || !split->is_number() || value == record.end() || !value->is_number()) continue;
            series.x.push_back(split->get<double>());
            series.y.push_back(value->get<double>());
        }
        if (!series.x.empty()) plot.series.push_back(std::move(series));
    }
    return plot;
}

void plot_at_end(const CvOptions& options, const std::vector<data::Json>& records, cli::Context& context) {
    if (!options.plot) return;
    context.at_commit([plot = split_plot(records), file = *options.plot] { data::write_plot(file, plot); });
}

/// Options that shape a run have no say in the summary of records.
void refuse_with_summary(const CvOptions& options) {
    const auto refuse = [](bool given, const char* name) {
        if (given) throw base::InputError(name, "shapes a run; --summary only reads records");
    };
    refuse(options.network.net.has_value(), "--net");
    refuse_shorthand(options.network, "--summary");
    refuse(!options.data.target.empty(), "--target");
    refuse(!options.data.features.empty(), "--features");
    refuse(options.data.unit_norm, "--unit-norm");
    refuse(options.splits.has_value(), "--splits");
    refuse(options.first.has_value(), "--first");
    refuse(options.folds.has_value(), "--folds");
    refuse(options.holdout.has_value(), "--holdout");
    refuse(options.grid.has_value(), "--grid");
    refuse(options.shard.has_value(), "--shard");
}

int summarise(const CvOptions& options, cli::Context& context) {
    refuse_with_summary(options);
    std::vector<data::Json> splits;
    data::Json shaped = {{"options", data::Json::object()}};
    const std::string file = context.source(options.files[0]).file;
    data::read_records(file, [&](data::Json&& record, std::size_t line) {
        const auto schema = record.find("schema");
        const std::string name = schema != record.end() && schema->is_string() ? schema->get<std::string>() : "";
        if (name == "limsym/cv-split@1") {
            splits.push_back(std::move(record));
        } else if (name == "limsym/cv@1") {
            shaped = data::Json::object();
            if (record.contains("seed")) shaped["seed"] = record["seed"];
            shaped["options"] = record["options"];
        } else if (name == "limsym/shard@1") {
            if (record.contains("summary")) shaped = record["summary"];
        } else {
            throw base::InputError(base::at_line(file, line), "is no record of cv; expected limsym/cv-split@1");
        }
    });
    if (splits.empty()) throw base::InputError(file, "holds no records of cv; expected limsym/cv-split@1 lines");
    plot_at_end(options, splits, context);
    context.write(cv_summary(shaped, splits, context));
    return 0;
}

int run(const CvOptions& options, cli::Context& context) {
    if (options.summary) return summarise(options, context);
    if (options.data.target.empty()) throw base::InputError("--target", "is missing; expected a column");
    process::CrossValidation work;
    require_memory(options.scale, context);
    work.options = regression_options(options.noise, options.scale, context);
    work.network = read_network(options.network, context);
    if (options.grid) work.grid = process::read_grid(context.source(*options.grid).file);
    work.objective = options.by == "loo" ? process::Objective::leave_one_out : process::Objective::evidence;
    work.standardise = process::parse_standardise(options.data.standardise, "--standardise");
    work.unit_norm = options.data.unit_norm;
    work.place = options.files[0];
    DataOptions reading = options.data;
    reading.standardise = "none"; // every split measures its own training part
    const process::TrainingData table = read_training(reading, options.files[0], context);
    work.x = table.x;
    work.y = table.y;
    work.splits = choose_splits(options, work.y.n_rows, context);

    std::vector<std::size_t> which;
    for (std::size_t k = 0; k < work.splits.size(); ++k)
        if (!options.shard || options.shard->owns(k, work.splits.size(), base::Partition::modulo)) which.push_back(k);
    process::UseRecord print;
    if (!options.shard)
        print = [&](const data::Json& record) {
            context.write(record);
            context.flush();
        };
    const process::CrossValidated validated =
        process::cross_validate(work, which, context.memory(), context.monitor(), print);
    const std::vector<data::Json>& records = validated.records;
    const data::Json shaped = shaped_by(options, work, context.seed());
    const int status = judge_sample_size(validated.smallest_sample_size, options.scale, context);
    plot_at_end(options, records, context);
    if (options.shard) {
        data::ShardLine line;
        line.command = "cv";
        line.shard = *options.shard;
        line.total = work.splits.size();
        line.job = process::job_of(work);
        line.summary = data::to_text(shaped);
        context.out()(data::shard_text(records, line));
        return status;
    }
    context.write(cv_summary(shaped, records, context));
    return status;
}

} // namespace

data::Json cv_summary(const data::Json& shaped, const std::vector<data::Json>& splits, const cli::Context& context) {
    data::Json record = context.head("limsym/cv@1");
    for (const auto& [key, value] : shaped.items())
        record[key] = value;
    process::append_summary(record, splits);
    return record;
}

cli::Command cv_command() {
    const auto options = std::make_shared<CvOptions>();
    options->data.standardise = "xy";
    cli::Command command("cv", "cross-validate, choosing hyperparameters on each training part alone");
    command.describe("One record a split, printed as soon as it and those before it are done, then their means and "
                     "standard errors. With --grid every split takes the grid "
                     "point of largest evidence (or leave-one-out density) of its training part, ties to the first. "
                     "Errors and log densities are in original units.");
    command.example("nngp-kernel cv --activation relu --depth 4 --target medv --splits test-rows.csv --grid grid.json "
                    "data.csv",
                    "the splits of a benchmark, hyperparameters by evidence");
    command.example("nngp-kernel cv --summary cv.ndjson", "the last record again, from records");
    declare(command, options->network);
    declare(command, options->data, false);
    declare(command, options->noise);
    declare_prior(command, options->scale);
    declare_inference(command, options->scale, "--scale-inference");
    command.group("Splits");
    command.input(options->splits, "--splits", "one line a split: the 0-based rows of its test part, comma-separated");
    command.integer(options->first, "--first", "S", 1, 1'000'000'000, "only the first S splits");
    command.integer(options->folds, "--folds", "K", 2, 1'000'000'000, "K random folds");
    command.number(options->holdout, "--holdout", "F", cli::Range::open(0, 1),
                   "one split with this share of the rows as test part");
    command.input(
        options->grid, "--grid",
        "values to choose from: {\"sigma_w\":[],\"sigma_b\":[],\"noise\":[],\"scale_prior\":[SPEC]}, any of them");
    command.choice(options->by, "--by", {"evidence", "loo"}, "what a choice maximises");
    command.group("Output");
    command.flag(options->summary, "--summary",
                 "read records of cv from DATA and print the last record alone; no option of a run goes with it");
    command.shard(options->shard, "the splits I, I + N, ... only; merge joins the parts");
    command.plot(options->plot, "the mean log densities of the splits");
    command.operands(options->files, 1, 1, "DATA", "table of features and target; with --summary records of cv");
    command.results({data::Format::ndjson});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
