#include <memory>

#include "commands.hpp"
#include "data_options.hpp"
#include "limsym/data/matrix.hpp"
#include "network_options.hpp"

namespace limsym::tools {

namespace {

struct PredictOptions {
    std::optional<std::string> model;
    DataOptions data;
};

int run(const PredictOptions& options, cli::Context& context) {
    const nodescaling::ShallowNetwork network = read_model(*options.model, context);
    const nodescaling::NodeData data =
        nodescaling::read_inputs(context.source(options.data.files.front()), options.data.columns(), network.inputs());
    const arma::mat f = nodescaling::predict(network, data.x);
    if (context.result_format() != data::Format::csv) {
        data::write_matrix(context.out(), context.result_format(), f);
        return 0;
    }
    std::vector<std::string> names;
    for (std::size_t k = 1; k <= f.n_cols; ++k)
        names.push_back("f" + std::to_string(k));
    data::write_csv(context.out(), names, f);
    return 0;
}

} // namespace

cli::Command predict_command() {
    const auto options = std::make_shared<PredictOptions>();
    cli::Command command("predict", "outputs of a network");
    command.describe("Inputs are standardised as the model says, and outputs are in the units of its training table.");
    command.example("node-scaling predict --model m.json x.csv", "one line a row");
    declare_model(command, options->model, "network that init or train wrote");
    declare_columns(command, options->data);
    command.operands(options->data.files, 1, 1, "X", "table of inputs");
    command.results({data::Format::csv, data::Format::json, data::Format::npy});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
