#include <limits>
#include <memory>

#include "commands.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/memory.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/data/plot.hpp"
#include "limsym/mixture/pruning.hpp"
#include "prior_options.hpp"

namespace limsym::tools {

namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

struct PruneErrorOptions {
    std::string prior;
    std::vector<double> eps;
    std::vector<double> kappa;
    std::size_t layers = 1;
    std::optional<std::size_t> width;
    std::optional<std::size_t> count;
    std::optional<std::string> plot;
};

data::Series line(std::string title, const std::vector<double>& x, const std::vector<double>& y) {
    data::Series series;
    series.title = std::move(title);
    for (std::size_t i = 0; i < x.size(); ++i) {
        if (!(y[i] >= 0.0)) continue;
        series.x.push_back(x[i]);
        series.y.push_back(y[i]);
    }
    return series;
}

int by_share(const PruneErrorOptions& options, const mixture::Prior& prior, cli::Context& context) {
    if (options.width || options.count)
        throw base::InputError(options.width ? "--width" : "--count", "finite nets are pruned by --eps only");
    require_range(options.kappa, "--kappa", {0.0, 1.0, false, true}, "0 <= kappa < 1");
    std::vector<double> lost;
    for (const double kappa : options.kappa)
        lost.push_back(mixture::lost_share(prior, kappa).value_or(none));
    write_function({"kappa", "lost_share"}, {options.kappa, lost}, context);
    if (options.plot) {
        data::Plot plot;
        plot.x_label = "share of nodes pruned";
        plot.y_label = "share of the variance lost";
        plot.series.push_back(line("", options.kappa, lost));
        context.at_commit([plot, file = *options.plot] { data::write_plot(file, plot); });
    }
    return 0;
}

int by_threshold(const PruneErrorOptions& options, const mixture::Prior& prior, cli::Context& context) {
    require_range(options.eps, "--eps", cli::Range::not_negative(), "eps >= 0");
    if (options.width.has_value() != options.count.has_value())
        throw base::InputError(options.width ? "--count" : "--width",
                               "missing; finite nets need --width P and --count R");
    const mixture::LimitLaw law = mixture::limit_law(prior);
    std::vector<double> kept;
    std::vector<double> delta;
    std::vector<double> bound;
    for (const double eps : options.eps) {
        const mixture::ThresholdError error = mixture::threshold_error(law, eps, options.layers);
        kept.push_back(error.kept);
        delta.push_back(error.delta.value_or(none));
        bound.push_back(error.bound.value_or(none));
    }
    std::vector<std::string> names{"eps", "kept", "delta", "bound"};
    std::vector<std::vector<double>> columns{options.eps, kept, delta, bound};
    data::Plot plot;
    plot.x_label = "eps";
    plot.y_label = "relative error";
    plot.log_x = plot.log_y = true;
    plot.series.push_back(line("bound, infinite width", options.eps, bound));
    if (options.width) {
        mixture::check_width(prior, static_cast<double>(*options.width));
        const std::uint64_t net =
            base::saturating_product(base::saturating_product(*options.width, options.layers), 24);
        const std::uint64_t results = base::saturating_product(*options.count, 8 * (options.eps.size() + 1));
        context.memory().require(base::saturating_product(net, base::thread_limit()), "a network");
        context.memory().require(results, "the errors of all networks");
        const auto simulated = mixture::simulate_pruning(
            prior, {options.eps, options.layers, *options.width, *options.count, context.seed()}, context.monitor());
        std::vector<double> relative;
        std::vector<double> se;
        for (const mixture::SimulatedError& error : simulated) {
            relative.push_back(error.relative);
            se.push_back(error.standard_error);
        }
        names.insert(names.end(), {"relative", "se"});
        columns.push_back(relative);
        columns.push_back(se);
        data::Series points = line("width " + std::to_string(*options.width), options.eps, relative);
        points.kind = data::Series::Kind::points;
        plot.series.push_back(points);
    }
    write_function(names, columns, context);
    if (options.plot) context.at_commit([plot, file = *options.plot] { data::write_plot(file, plot); });
    return 0;
}

int run(const PruneErrorOptions& options, cli::Context& context) {
    if (options.eps.empty() == options.kappa.empty())
        throw base::InputError("--eps", options.eps.empty() ? "missing; expected one of --eps and --kappa"
                                                            : "--kappa is given, too; expected one of the two");
    const mixture::Prior prior = mixture::parse_prior(options.prior);
    return options.eps.empty() ? by_share(options, prior, context) : by_threshold(options, prior, context);
}

} // namespace

cli::Command prune_error_command() {
    const auto options = std::make_shared<PruneErrorOptions>();
    cli::Command command("prune-error", "what pruning costs before training: exact errors, bounds, finite nets");
    command.describe("--eps removes the nodes of variance <= eps: kept is their mean number, delta the relative error "
                     "of the output when one layer is pruned, bound what it is at most for --layers ReLU layers. "
                     "--kappa removes the share kappa of the nodes with the smallest variances: lost_share is the "
                     "limit of the error. Where second moments do not exist the cells are empty.");
    command.describe("With --width and --count the table has the error of finite nets of that width, and its standard "
                     "error: both nets of a pair share all draws.");
    command.example("mogp-sample prune-error --prior gbfry:alpha=0.3,tau=5 --layers 2 --eps 1e-4,1e-3,1e-2",
                    "bounds for three thresholds");
    declare_prior(command, options->prior);
    command.numbers(options->eps, "--eps", "LIST", cli::Range::any(), "thresholds of the variance");
    command.numbers(options->kappa, "--kappa", "LIST", cli::Range::any(), "shares of the nodes, 0 <= kappa < 1");
    command.integer(options->layers, "--layers", "L", 1, 100'000, "pruned hidden layers");
    command.group("Finite nets");
    constexpr std::size_t most = std::numeric_limits<std::int64_t>::max();
    command.integer(options->width, "--width", "P", 1, most, "width of the hidden layers");
    command.integer(options->count, "--count", "R", 1, most, "number of nets").short_name = "-n";
    command.plot(options->plot, "errors against thresholds or shares");
    command.results({data::Format::csv});
    command.random();
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
