#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "labelled_data_options.hpp"
#include "limsym/base/error.hpp"
#include "limsym/data/matrix.hpp"
#include "limsym/mixture/node_selection.hpp"

namespace limsym::tools {

namespace {

struct FeaturesOptions {
    std::optional<std::string> model;
    LabelledDataOptions data;
    std::size_t layer = 1;
    std::size_t top = 30;
    std::size_t per = 30;
};

void write_table(const std::vector<mixture::NodeFeature>& features, cli::Context& context) {
    std::size_t rows = 0;
    for (const mixture::NodeFeature& feature : features)
        rows += feature.rows.size();
    arma::mat table(rows, 6, arma::fill::none);
    std::size_t i = 0;
    for (std::size_t rank = 0; rank < features.size(); ++rank)
        for (std::size_t k = 0; k < features[rank].rows.size(); ++k, ++i)
            table.row(i) = arma::rowvec{static_cast<double>(features[rank].node),
                                        static_cast<double>(rank),
                                        features[rank].variance,
                                        static_cast<double>(k),
                                        static_cast<double>(features[rank].rows[k]),
                                        features[rank].values[k]};
    data::write_csv(context.out(), {"node", "rank", "variance", "image_rank", "row", "value"}, table);
}

void write_document(const std::vector<mixture::NodeFeature>& features, const FeaturesOptions& options,
                    cli::Context& context) {
    data::Json record = context.head("limsym/mogp-features@1");
    record["options"] = {{"layer", options.layer}, {"top", options.top}, {"per", options.per}};
    record["layer"] = options.layer;
    record["nodes"] = data::Json::array();
    record["rows"] = data::Json::array();
    for (const mixture::NodeFeature& feature : features) {
        record["nodes"].push_back(feature.node);
        record["rows"].push_back(feature.rows);
    }
    record["distinct"] = mixture::distinct_rows(features);
    context.write(record);
}

int run(const FeaturesOptions& options, cli::Context& context) {
    const mixture::MapModel model = read_model(options.model, context);
    if (options.layer > model.hidden_layers())
        throw base::InputError("--layer", std::to_string(options.layer) + " is out of range; expected 1 <= layer <= " +
                                              std::to_string(model.hidden_layers()));
    const mixture::LabelledData data = read_data(options.data, std::nullopt, false, context);
    const std::vector<mixture::NodeFeature> features =
        mixture::node_features(model, options.layer - 1, options.top, options.per, data);
    if (context.result_format() == data::Format::json)
        write_document(features, options, context);
    else
        write_table(features, context);
    context.note(std::to_string(mixture::distinct_rows(features)) + " distinct rows");
    return 0;
}

} // namespace

cli::Command features_command() {
    const auto options = std::make_shared<FeaturesOptions>();
    cli::Command command("features", "the rows that excite the most important nodes of a trained network");
    command.describe("Nodes of a hidden layer by falling variance (a constant prior: times the squared norm of the "
                     "weights that leave them), each with the rows of largest pre-activation. Nodes, ranks and rows "
                     "count from 0. The number of distinct rows, on standard error, says how much the nodes differ.");
    command.example("mogp-sample features --model m.json --top 10 --per 5 --target y --to json test.csv | jq .rows",
                    "what the ten most important nodes of the first layer look at");
    declare_model(command, options->model);
    command.group("Selection");
    command.integer(options->layer, "--layer", "L", 1, 100'000, "hidden layer, from 1");
    command.integer(options->top, "--top", "N", 1, 1'000'000'000, "nodes");
    command.integer(options->per, "--per", "N", 1, 1'000'000'000, "rows of each node");
    declare(command, options->data);
    command.operands(options->data.files, 0, 1, "[DATA]", "rows, with or without classes (standard input)");
    command.results({data::Format::csv, data::Format::json});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
