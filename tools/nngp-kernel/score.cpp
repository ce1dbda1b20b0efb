#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "limsym/process/prediction_document.hpp"
#include "limsym/process/score.hpp"

namespace limsym::tools {

cli::Command score_command() {
    const auto files = std::make_shared<std::vector<std::string>>();
    cli::Command command("score", "judge predictions: errors, log density, coverage, CRPS");
    command.describe(
        "Reads what predict wrote, CSV or JSON, with true values. nll is the mean of minus logpdf; coverage "
        "and mean width are given for every symmetric pair of quantiles; crps is that of the Student t "
        "when df is given, else of the normal with the same mean and sd.");
    command.example("nngp-kernel predict --model m.json test.csv | nngp-kernel score", "the score of a model");
    command.operands(*files, 1, 1, "PREDICTIONS", "what predict wrote for a table with the target column");
    command.results({data::Format::json});
    command.run([files](cli::Context& context) {
        const data::Source source = context.source(files->front());
        data::Json record = context.head("limsym/nngp-score@1");
        record["options"] = data::Json::object();
        process::append_score(record, process::score(process::read_predictions(source), source.file));
        context.write(record);
        return 0;
    });
    return command;
}

} // namespace limsym::tools
