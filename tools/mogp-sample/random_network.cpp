#include "random_network.hpp"

#include <limits>
#include <nlohmann/json.hpp>

#include "limsym/base/error.hpp"
#include "limsym/base/memory.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/data/matrix.hpp"

namespace limsym::tools {

void declare(cli::Command& command, RandomNetworkOptions& options) {
    declare(command, options.architecture);
    command.group("Draws");
    command.integer(options.width, "--width", "P", 1, std::numeric_limits<std::int64_t>::max(),
                    "finite networks of this width, exactly; else the limit");
    declare(command, options.truncation);
    command.choice(options.residual, "--residual", {"mean", "drop"},
                   "what becomes of the points left out: their mean is added to a, or they are dropped (mean)");
    declare_features(command, options.inputs);
}

RandomNetwork read_random_network(const RandomNetworkOptions& options, cli::Context& context) {
    const network::Network network = read_network(options.architecture, context);
    const mixture::Architecture architecture = make_architecture(options.architecture, network);
    mixture::DrawOptions how;
    how.width = options.width;
    how.tail = checked_tail(options.truncation);
    how.tolerance = options.truncation.tolerance;
    const std::string residual = options.residual.value_or("mean");
    how.residual_mean = residual == "mean";
    if (options.width && (options.truncation.tail || options.truncation.tolerance || options.residual))
        throw base::InputError(options.truncation.tail        ? "--tail"
                               : options.truncation.tolerance ? "--tol"
                                                              : "--residual",
                               "finite networks are not truncated; expected no --width with it");
    arma::mat x = read_inputs(options.inputs, context);
    const std::uint64_t n = x.n_rows;
    const double nodes = options.width ? static_cast<double>(*options.width) : how.tail;
    context.memory().require(base::saturating_product(base::saturating_product(n, n), 40 * base::thread_limit()),
                             "the kernels of the draws under way");
    if (options.width)
        context.memory().require(base::saturating_product(*options.width, 8 * base::thread_limit()),
                                 "the node variances of the draws under way");
    data::Json identity = to_json(options.architecture, network);
    identity["inputs_sha256"] = data::matrix_sha256(x);
    if (options.width) {
        identity["width"] = *options.width;
    } else {
        if (how.tolerance)
            identity["tol"] = *how.tolerance;
        else
            identity["tail"] = how.tail;
        identity["residual"] = residual;
    }
    mixture::RandomKernel kernel(architecture, x, how, context.seed());
    return {std::move(kernel), std::move(x), static_cast<std::size_t>(n), nodes, std::move(identity)};
}

} // namespace limsym::tools
