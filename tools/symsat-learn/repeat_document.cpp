#include "repeat_document.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "limsym/data/sharded_document.hpp"

namespace limsym::tools {

namespace {

/// {metric: {"mean","se","count"}} over the rows.
data::Json summary_of(const data::Json& rows) {
    data::Json summary = data::Json::object();
    for (const auto& [key, first] : rows.front().items()) {
        if (key == "replicate" || key == "seed") continue;
        std::vector<double> values;
        for (const data::Json& row : rows)
            if (row.at(key).is_number()) values.push_back(row.at(key).get<double>());
        if (values.empty()) continue;
        const auto count = static_cast<double>(values.size());
        double mean = 0.0;
        for (const double value : values)
            mean += value / count;
        double square = 0.0;
        for (const double value : values)
            square += (value - mean) * (value - mean);
        summary[key] = {
            {"mean", mean},
            {"se", values.size() < 2 ? data::Json() : data::Json(std::sqrt(square / (count - 1.0) / count))},
            {"count", values.size()}};
    }
    return summary;
}

} // namespace

void write_repeats(satnet::TrainingRun& run, const Repeats& repeats, const data::Json& options, cli::Context& context) {
    data::Json document = context.head(repeat_schema);
    document["options"] = options;
    document["options"]["epochs"] = repeats.epochs;
    document["options"]["repeat"] = repeats.count;
    document["options"]["data_sha256"] = satnet::assignments_sha256(run.data->train);
    if (repeats.shard) document["shard"] = data::shard_json(*repeats.shard);
    data::Json rows = data::Json::array();
    const satnet::Model start = run.model; // --auto leaves another form behind
    for (std::size_t r = 0; r < repeats.count; ++r) {
        if (repeats.shard && !repeats.shard->owns(r, repeats.count, base::Partition::modulo)) continue;
        run.options.seed = context.seed() + r;
        run.model = start;
        run.model.parameters = run.initial(run.options.seed);
        const satnet::TrainingOutcome outcome = satnet::run_training(run, {}, {}, context.monitor());
        data::Json row{{"replicate", r}, {"seed", run.options.seed}};
        for (const auto& [key, value] : outcome.history.back().items())
            if (key != "schema" && key != "epoch") row[key] = value;
        rows.push_back(std::move(row));
    }
    document["rows"] = rows;
    if (!repeats.shard) document["summary"] = summary_of(rows);
    context.write(document);
}

void merge_repeats(const std::vector<std::string>& files, cli::Context& context) {
    data::Json document = data::merge_documents(files, {repeat_schema});
    document["summary"] = summary_of(document["rows"]);
    context.write(document);
}

} // namespace limsym::tools
