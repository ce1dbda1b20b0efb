#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "data_options.hpp"
#include "limsym/base/error.hpp"
#include "limsym/data/json_writer.hpp"
#include "limsym/data/matrix.hpp"
#include "limsym/nodescaling/tangent_gram.hpp"
#include "network_options.hpp"

namespace limsym::tools {

namespace {

struct NtgOptions {
    std::optional<std::string> model;
    std::optional<std::string> against;
    bool star = false;
    bool variance = false;
    bool spectrum = false;
    DataOptions data;
};

void check(const NtgOptions& options) {
    if (options.variance && !options.star)
        throw base::InputError("--variance", "belongs to --star, the mean over initialisations");
    if (options.spectrum && options.against)
        throw base::InputError("--spectrum", "and --against exclude each other; expected one of the two");
    if (options.star && options.against)
        throw base::InputError("--star", "and --against exclude each other; expected one of the two");
    if (options.spectrum && options.variance)
        throw base::InputError("--spectrum", "and --variance exclude each other; expected one of the two");
}

data::Json spectrum_record(const arma::mat& gram, const NtgOptions& options, cli::Context& context) {
    const nodescaling::Spectrum spectrum = nodescaling::spectrum(gram);
    data::Json record = context.head("limsym/node-spectrum@1");
    record["options"] = {{"star", options.star}};
    record["n"] = gram.n_rows;
    record["eigenvalues"] = std::vector<double>(spectrum.eigenvalues.begin(), spectrum.eigenvalues.end());
    record["eig_min"] = spectrum.smallest();
    record["eig_max"] = spectrum.largest();
    record["cond"] = nullptr;
    if (spectrum.resolved())
        record["cond"] = spectrum.largest() / spectrum.smallest();
    else
        record["cond_reason"] = "the smallest eigenvalue is below the rounding error of the matrix";
    record["error_bound"] = spectrum.error_bound;
    record["resolved"] = spectrum.resolved();
    return record;
}

data::Json difference_record(const nodescaling::ShallowNetwork& network, const arma::mat& gram, const arma::mat& x,
                             const NtgOptions& options, cli::Context& context) {
    const nodescaling::ShallowNetwork other = read_model(*options.against, context);
    if (other.nodes() != network.nodes() || other.inputs() != network.inputs())
        throw base::InputError(*options.against, std::to_string(other.nodes()) + " nodes and " +
                                                     std::to_string(other.inputs()) + " inputs; --model has " +
                                                     std::to_string(network.nodes()) + " and " +
                                                     std::to_string(network.inputs()));
    const arma::mat difference = gram - nodescaling::tangent_gram(other, other.working_x(x));
    const double norm = nodescaling::spectral_norm(difference);
    data::Json record = context.head("limsym/node-ntg-diff@1");
    record["options"] = data::Json::object();
    record["diff_2"] = norm;
    record["diff_fro"] = arma::norm(difference, "fro");
    record["ntg_diff_sqrt"] = std::sqrt(norm);
    return record;
}

void write_kernel(const arma::mat& gram, const arma::mat& variance, const NtgOptions& options, cli::Context& context) {
    if (context.result_format() != data::Format::json) {
        if (options.variance) throw base::InputError("--variance", "makes two matrices; expected --to json");
        data::write_matrix(context.out(), context.result_format(), gram);
        return;
    }
    data::Json head = context.head("limsym/kernel@1");
    head["options"] = {{"star", options.star}};
    head["kind"] = "ntk";
    head["rows"] = gram.n_rows;
    head["cols"] = gram.n_cols;
    head["symmetric"] = true;
    data::JsonWriter writer(context.out());
    writer.begin_object().members(head).key("ntk").matrix(gram);
    if (options.variance) writer.key("variance").matrix(variance);
    writer.end_object().finish();
}

int run(const NtgOptions& options, cli::Context& context) {
    check(options);
    const nodescaling::ShallowNetwork network = read_model(*options.model, context);
    if (options.variance && !network.activation.is_relu())
        throw base::InputError("--variance", "is known for relu; the model has " + network.activation.name());
    const nodescaling::NodeData data =
        nodescaling::read_inputs(context.source(options.data.files.front()), options.data.columns(), network.inputs());
    const arma::mat x = network.working_x(data.x);
    context.memory().require(nodescaling::tangent_gram_bytes(x.n_rows, network.nodes()), "the tangent Gram matrix");
    const arma::mat gram =
        options.star ? nodescaling::mean_tangent_gram(network.activation, network.sigma_w, x, context.monitor())
                     : nodescaling::tangent_gram(network, x);
    if (options.spectrum || options.against) {
        if (context.result_format() != data::Format::json)
            throw base::InputError("--to", "the result is a record; expected json");
        context.write(options.spectrum ? spectrum_record(gram, options, context)
                                       : difference_record(network, gram, data.x, options, context));
        return 0;
    }
    write_kernel(gram, options.variance ? nodescaling::relu_tangent_variance(network.lambda, x) : arma::mat(), options,
                 context);
    return 0;
}

} // namespace

cli::Command ntg_command() {
    const auto options = std::make_shared<NtgOptions>();
    cli::Command command("ntg", "the tangent Gram matrix of a network, its mean at initialisation, its spectrum");
    command.describe("Entry (i, i') is (x_i . x_i' / d) times the sum over nodes of scale phi'(z(x_i)) phi'(z(x_i')), "
                     "the same for every output. --star gives the mean over initialisations N(0, sigma-w^2), which no "
                     "scales change, and for relu its entrywise variance, which they do.");
    command.describe("--against gives the spectral norm diff_2 and the Frobenius norm of the difference of two models' "
                     "matrices. The paper's figures show ntg_diff_sqrt, the square root of diff_2.");
    command.example("node-scaling ntg --model m.json x.csv | nngp-kernel check -", "is it positive definite?");
    command.example("node-scaling ntg --model after.json --against before.json x.csv", "how far training moved it");
    declare_model(command, options->model, "network that init or train wrote");
    command.flag(options->star, "--star", "the mean over initialisations");
    command.flag(options->variance, "--variance", "with --star, for relu: the variance of every entry as well");
    command.flag(options->spectrum, "--spectrum", "eigenvalues in place of the matrix");
    command.input(options->against, "--against", "second model: norms of the difference of the two matrices");
    declare_columns(command, options->data);
    command.operands(options->data.files, 1, 1, "X", "table of inputs");
    command.results({data::Format::json, data::Format::csv, data::Format::npy});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
