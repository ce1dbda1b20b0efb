#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "architecture_options.hpp"
#include "commands.hpp"
#include "common/input_rows.hpp"
#include "limsym/base/error.hpp"
#include "limsym/mixture/one_input.hpp"

namespace limsym::tools {

namespace {

struct MomentsOptions {
    ArchitectureOptions architecture;
    InputRows inputs;
    std::optional<double> first;
};

void write_moments(double first, std::optional<std::size_t> row, const std::vector<mixture::ReluLayer>& layers,
                   const data::Json& options, cli::Context& context) {
    const mixture::KernelMoments moments = mixture::kernel_moments(first, layers);
    data::Json record = context.head("limsym/mogp-moments@1");
    record["options"] = options;
    data::Json reasons = data::Json::object();
    const auto put = [&](const char* field, const std::optional<double>& value, const char* reason) {
        const bool finite = value && std::isfinite(*value);
        record[field] = finite ? data::Json(*value) : data::Json();
        if (!finite) reasons[field] = value ? "it is beyond the range of double" : reason;
    };
    const char* const second = moments.mean ? "the second moment of rho is infinite in some layer"
                                            : "the first moment of rho is infinite in some layer";
    const char* const ratio = moments.variance ? "the kernel is zero" : second;
    if (row) record["row"] = *row;
    record["hidden_layers"] = layers.size();
    record["K1"] = first;
    put("mean_K", moments.mean, second);
    put("var_K", moments.variance, second);
    put("kurtosis", moments.kurtosis, ratio);
    put("corr_squares", moments.corr_squares, ratio);
    put("tail_exponent", moments.tail_exponent, "the tail is lighter than any power");
    if (!reasons.empty()) record["reasons"] = std::move(reasons);
    context.write(record);
}

int run(const MomentsOptions& options, cli::Context& context) {
    if (options.first && !options.inputs.files.empty())
        throw base::InputError("--k1", "inputs are given by " + base::quoted(options.inputs.files.front()) +
                                           " already; expected one of the two");
    const network::Network network = read_network(options.architecture, context);
    const mixture::Architecture architecture = make_architecture(options.architecture, network);
    if (!architecture.all_relu())
        throw base::InputError(options.architecture.network.net ? *options.architecture.network.net : "--activation",
                               "moments are known for relu only; expected relu in every hidden layer");
    std::vector<mixture::ReluLayer> layers;
    for (const mixture::HiddenLayer& hidden : architecture.hidden)
        layers.push_back({mixture::limit_law(hidden.prior), hidden.sigma_w, hidden.sigma_b});
    const data::Json shaped = to_json(options.architecture, network);
    if (options.first) {
        write_moments(*options.first, std::nullopt, layers, shaped, context);
        return 0;
    }
    const arma::mat x = read_inputs(options.inputs, context);
    const double d = architecture.unit_input ? 1.0 : static_cast<double>(x.n_cols);
    for (std::size_t i = 0; i < x.n_rows; ++i) {
        const double first = architecture.sigma_b * architecture.sigma_b +
                             architecture.sigma_w * architecture.sigma_w * arma::dot(x.row(i), x.row(i)) / d;
        if (!std::isfinite(first))
            throw base::WorkError("the kernel of layer 1 leaves the range of double in row " + std::to_string(i) +
                                  "; try smaller inputs or scales");
        write_moments(first, i, layers, shaped, context);
    }
    return 0;
}

} // namespace

cli::Command moments_command() {
    const auto options = std::make_shared<MomentsOptions>();
    cli::Command command("moments", "mean and variance of the random kernel at one input, kurtosis and dependence");
    command.describe("ReLU networks of infinite width. K is the last kernel value at an input: an output Z given K is "
                     "N(0, K), outputs are uncorrelated, and corr_squares is the correlation of the squares of two of "
                     "them. One JSON line a row of X, or one for --k1.");
    command.example("mogp-sample moments --prior beta --depth 3 --k1 1 | jq .corr_squares", "dependence of outputs");
    declare(command, options->architecture);
    command.group("Inputs");
    command.number(options->first, "--k1", "Q", cli::Range::not_negative(), "first kernel value, in place of X");
    declare_features(command, options->inputs);
    command.operands(options->inputs.files, 0, 1, "[X]", "inputs, one a row (standard input)");
    command.results({data::Format::ndjson});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
