#include "network_options.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "limsym/base/error.hpp"
#include "limsym/base/memory.hpp"
#include "limsym/base/number.hpp"
#include "limsym/data/hdf5.hpp"
#include "limsym/data/matrix.hpp"

namespace limsym::tools {

std::string ScaleOptions::given() const {
    if (m) return "--m";
    if (gamma) return "--gamma";
    if (alpha) return "--alpha";
    if (!variant.empty()) return "--variant";
    return lambda ? "--lambda" : "";
}

nodescaling::ScaleLaw ScaleOptions::law() const {
    nodescaling::ScaleLaw law;
    law.gamma = gamma.value_or(law.gamma);
    if (variant == "official-code") law.variant = nodescaling::ScaleVariant::official_code;
    if (alpha && law.gamma < 1.0 && !cli::Range::open(0.0, 1.0).holds(*alpha))
        throw base::InputError("--alpha", base::number_text(*alpha) + " is out of range; expected 0 < alpha < 1");
    if (alpha && cli::Range::open(0.0, 1.0).holds(*alpha)) law.alpha = *alpha;
    return law;
}

void declare(cli::Command& command, ScaleOptions& options) {
    command.group("Scales");
    command.integer(options.m, "--m", "M", 1, 100'000'000, "number of hidden nodes").default_text = "2000";
    command.number(options.gamma, "--gamma", "V", cli::Range::closed(0.0, 1.0), "weight of the uniform scales")
        .default_text = "0.5";
    command
        .number(options.alpha, "--alpha", "V", cli::Range::any(),
                "the others fall as j^(-1/alpha), 0 < alpha < 1; ignored when gamma is 1")
        .default_text = "0.7";
    command
        .choice(options.variant, "--variant", {"paper", "official-code"},
                "official-code: indexed as in the authors' programs, whose first node has gamma/m alone")
        .default_text = "paper";
    command.input(options.lambda, "--lambda",
                  "scales from a table: its column lambda, else the last; in place of --gamma and --alpha");
    command.flag(options.renormalise, "--renormalise", "divide the scales of --lambda by their sum").other_names = {
        "--renormalize"};
}

data::Json to_options(const Scales& scales) {
    if (!scales.law) return {{"m", scales.lambda.n_elem}, {"lambda_sha256", data::matrix_sha256(scales.lambda)}};
    return {{"m", scales.lambda.n_elem},
            {"gamma", scales.law->gamma},
            {"alpha", scales.law->alpha},
            {"variant", std::string(nodescaling::variant_name(scales.law->variant))}};
}

Scales make_scales(const ScaleOptions& options, cli::Context& context) {
    Scales scales;
    if (!options.lambda) {
        if (options.renormalise) throw base::InputError("--renormalise", "needs --lambda FILE");
        scales.law = options.law();
        const std::size_t m = options.nodes();
        context.memory().require(base::saturating_product(m, 4 * sizeof(double)), "the table of scales");
        scales.lambda = nodescaling::node_scales(m, *scales.law);
        return scales;
    }
    if (options.gamma || options.alpha || !options.variant.empty())
        throw base::InputError("--lambda", "gives the scales already; expected neither --gamma nor --alpha nor "
                                           "--variant");
    scales.lambda = nodescaling::read_scales(context.source(*options.lambda), options.m);
    const double sum = nodescaling::compensated_sum(scales.lambda);
    if (options.renormalise)
        scales.lambda /= sum;
    else if (std::abs(sum - 1.0) > 1e-12)
        context.note("the scales sum to " + base::number_text(sum) + " (--renormalise divides by it)");
    return scales;
}

std::string InitialNetworkOptions::given() const {
    if (const std::string scale = scales.given(); !scale.empty()) return scale;
    if (!activation.empty()) return "--activation";
    return sigma_w ? "--sigma-w" : "";
}

void declare(cli::Command& command, InitialNetworkOptions& options) {
    declare(command, options.scales);
    command.group("Network");
    command.choice(options.activation, "--activation", nodescaling::NodeActivation::names(), "activation")
        .default_text = "relu";
    command.number(options.sigma_w, "--sigma-w", "V", cli::Range::positive(), "standard deviation of initial weights")
        .default_text = "1.4142135623730951";
}

nodescaling::ShallowNetwork draw_network(const InitialNetworkOptions& options, std::size_t inputs, std::size_t outputs,
                                         std::uint64_t seed, cli::Context& context) {
    const Scales scales = make_scales(options.scales, context);
    nodescaling::ShallowNetwork network;
    network.activation = options.node_activation();
    network.sigma_w = options.sigma_w.value_or(network.sigma_w);
    network.lambda = scales.lambda;
    network.law = scales.law;
    context.memory().require(base::saturating_product(scales.lambda.n_elem, 3 * (inputs + outputs) * sizeof(double)),
                             "the network");
    if (scales.law && scales.law->gamma == 0.0)
        context.warn("gamma is 0: nothing bounds the smallest eigenvalue of the tangent Gram matrix, which may be "
                     "about 0");
    const auto dead = std::count(scales.lambda.begin(), scales.lambda.end(), 0.0);
    if (dead > 0)
        context.warn(std::to_string(dead) + " of " + std::to_string(scales.lambda.n_elem) +
                     " nodes have scale 0 and never move");
    nodescaling::draw_weights(network, inputs, outputs, seed);
    return network;
}

data::Json to_options(const nodescaling::ShallowNetwork& network) {
    data::Json options = to_options(Scales{network.lambda, network.law});
    options["activation"] = network.activation.name();
    options["sigma_w"] = network.sigma_w;
    return options;
}

void declare_model(cli::Command& command, std::optional<std::string>& file, const std::string& help) {
    command.input(file, "--model", help).required = true;
}

nodescaling::ShallowNetwork read_model(const std::string& file, cli::Context& context) {
    return nodescaling::read_shallow_network(context.source(file));
}

ModelOutput::ModelOutput(const std::optional<std::string>& file, std::uint64_t weights, bool force,
                         cli::Context& context)
    : file_(file.value_or("")), hdf5_(file && data::format_of_name(*file) == data::Format::h5), context_(context) {
    if (hdf5_)
        data::require_hdf5();
    else if (file)
        check_json_size(weights, force, "--model-out");
}

void ModelOutput::write(const data::Json& head, const nodescaling::ShallowNetwork& network) const {
    if (!wanted()) return;
    if (!hdf5_) {
        nodescaling::write_network_json(context_.file(file_), head, network);
        return;
    }
    context_.at_commit([head, network, file = file_] { nodescaling::write_network_hdf5(file, head, network); });
}

void declare_force(cli::Command& command, bool& force) {
    command.flag(force, "--force", "write JSON models of more than 1000000 weights");
}

void check_json_size(std::uint64_t weights, bool force, const std::string& option) {
    if (weights > nodescaling::most_json_weights && !force)
        throw base::InputError(option, std::to_string(weights) +
                                           " weights are many for JSON; expected a file FILE.h5, or --force");
}

} // namespace limsym::tools
