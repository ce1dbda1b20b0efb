#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "common/network_options.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/memory.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/data/hdf5.hpp"
#include "limsym/data/matrix.hpp"
#include "limsym/data/plot.hpp"
#include "limsym/data/table.hpp"
#include "limsym/kernel/gram.hpp"
#include "limsym/network/finite.hpp"
#include "limsym/process/sampling.hpp"
#include "regression_options.hpp"

namespace limsym::tools {

namespace {

struct SampleCommandOptions {
    NetworkOptions network;
    std::size_t count = 1000;
    std::optional<std::size_t> outputs;
    std::optional<std::string> prior;
    std::optional<std::string> model;
    std::optional<std::string> kind;
    std::optional<std::size_t> finite;
    bool with_scale = false;
    std::optional<std::string> plot;
    std::vector<std::string> files;
};

struct Drawn {
    process::Sample sample;
    arma::mat x; ///< the points, for the plot
};

/// The draws and the table that is written. @throws WorkError above --max-memory
void require_draws(const process::SampleOptions& how, std::size_t points, const cli::Context& context) {
    const std::uint64_t numbers = base::saturating_product(base::saturating_product(how.count, how.outputs), points);
    context.memory().require(base::saturating_product(numbers, 2 * sizeof(double)), "the table of draws");
}

Drawn draw_posterior(const SampleCommandOptions& options, const process::SampleOptions& how, cli::Context& context) {
    if (options.network.net) throw base::InputError("--model", "holds its own network; expected no --net");
    refuse_shorthand(options.network, "--model");
    if (options.prior) throw base::InputError("--scale-prior", "the model has its own; expected no --scale-prior");
    if (options.outputs) throw base::InputError("--outputs", "the model has its own; expected no --outputs");
    if (options.finite) throw base::InputError("--finite", "draws are of the prior; expected no --model");
    const process::Model model =
        process::read_model(context.source(*options.model).file, context.memory(), context.monitor());
    const data::Table table = data::read_table(context.source(options.files[0]));
    Drawn drawn;
    drawn.x = process::test_data(table, model.training).x;
    require_draws(how, drawn.x.n_rows, context);
    drawn.sample = process::sample_posterior(model, drawn.x,
                                             options.kind == "observed" ? process::PredictionKind::observed
                                                                        : process::PredictionKind::latent,
                                             how, context.monitor());
    return drawn;
}

Drawn draw_prior(const SampleCommandOptions& options, const process::SampleOptions& how, cli::Context& context) {
    if (options.kind) throw base::InputError("--kind", "is of draws from a posterior; expected --model FILE as well");
    const network::Network net = read_network(options.network, context);
    const process::ScalePrior prior = read_scale_prior(options.prior.value_or("point:1"), context);
    if (prior.kind == process::PriorKind::ml2)
        throw base::InputError("--scale-prior", "ml2 is no distribution of s; expected another prior");
    Drawn drawn;
    drawn.x = data::read_matrix(context.source(options.files[0]));
    require_draws(how, drawn.x.n_rows, context);
    if (options.finite) {
        const std::uint64_t bytes = network::random_forward_bytes(net, drawn.x.n_rows, drawn.x.n_cols, *options.finite);
        context.memory().require(base::saturating_product(bytes, base::thread_limit()), "a finite network");
        drawn.sample = process::sample_finite(net, drawn.x, *options.finite, prior, how, context.monitor());
        return drawn;
    }
    context.memory().require(base::saturating_product(base::saturating_product(drawn.x.n_rows, drawn.x.n_rows), 16),
                             "the covariance of the points");
    drawn.sample = process::sample_prior(kernel::gram<double>(net, drawn.x, {}, context.monitor()).nngp, prior, how,
                                         context.monitor());
    return drawn;
}

/// One feature: the first draws as functions of it; else the first two coordinates against each other.
data::Plot draw_plot(const Drawn& drawn) {
    data::Plot plot;
    plot.title = "draws";
    const arma::mat& values = drawn.sample.values;
    const std::size_t points = drawn.x.n_rows;
    if (drawn.x.n_cols == 1 && points > 1) {
        plot.x_label = "x";
        plot.y_label = "f(x)";
        const arma::uvec order = arma::sort_index(drawn.x.col(0));
        for (std::size_t i = 0; i < std::min<std::size_t>(20, values.n_rows); ++i) {
            data::Series series;
            for (const arma::uword j : order) {
                series.x.push_back(drawn.x(j, 0));
                series.y.push_back(values(i, j));
            }
            plot.series.push_back(std::move(series));
        }
        return plot;
    }
    plot.x_label = values.n_cols > 1 ? "first value" : "draw";
    plot.y_label = values.n_cols > 1 ? "second value" : "value";
    data::Series series;
    series.kind = data::Series::Kind::points;
    for (std::size_t i = 0; i < std::min<std::size_t>(2000, values.n_rows); ++i) {
        series.x.push_back(values.n_cols > 1 ? values(i, 0) : static_cast<double>(i));
        series.y.push_back(values(i, values.n_cols > 1 ? 1 : 0));
    }
    plot.series.push_back(std::move(series));
    return plot;
}

int run(const SampleCommandOptions& options, cli::Context& context) {
    process::SampleOptions how;
    how.count = options.count;
    how.outputs = options.outputs.value_or(1);
    how.seed = context.seed();
    const Drawn drawn = options.model ? draw_posterior(options, how, context) : draw_prior(options, how, context);
    if (!drawn.sample.values.is_finite() || !drawn.sample.scale.is_finite())
        throw base::WorkError("a draw leaves the range of double; try a --scale-prior with lighter tails");
    const arma::mat values =
        options.with_scale ? arma::mat(arma::join_rows(drawn.sample.scale, drawn.sample.values)) : drawn.sample.values;
    if (context.result_format() == data::Format::h5) {
        if (!context.result_file()) throw base::InputError("--to", "h5 needs a file; expected -o FILE.h5");
        context.at_commit([values, file = *context.result_file()] {
            data::Hdf5Content content;
            content.matrices["/draws"] = values;
            data::write_hdf5(file, content);
        });
    } else {
        data::write_matrix(context.out(), context.result_format(), values);
    }
    if (options.plot)
        context.at_commit([plot = draw_plot(drawn), file = *options.plot] { data::write_plot(file, plot); });
    return 0;
}

} // namespace

cli::Command sample_command() {
    const auto options = std::make_shared<SampleCommandOptions>();
    cli::Command command("sample", "draw functions from the prior, from finite networks, or from a model's posterior");
    command.describe("Every row is a draw at the points X: all points of output 1, then of output 2, and so on. A draw "
                     "has one s, shared by all points and outputs. Draw i depends on the seed and i alone, so a "
                     "smaller --count gives the first rows of a larger one.");
    command.example("nngp-kernel sample --net net.json --scale-prior inverse_gamma:alpha=2,beta=2 --count "
                    "5000 grid.csv",
                    "5000 draws of a Student-t process");
    declare(command, options->network);
    command.group("Draws");
    command.integer(options->count, "--count", "N", 1, 1'000'000'000, "number of draws").short_name = "-n";
    command.integer(options->outputs, "--outputs", "C", 1, 1'000'000, "outputs of the network; they share s")
        .default_text = "1";
    command.text(options->prior, "--scale-prior", "SPEC", "prior of s, spelled as in fit").default_text = "point:1";
    command.integer(options->finite, "--finite", "WIDTH", 1, 1'000'000,
                    "draw finite networks with hidden layers of this width");
    command.input(options->model, "--model", "model that fit wrote: draw from its posterior, without --net");
    command
        .choice(options->kind, "--kind", {"latent", "observed"},
                "with --model, what is drawn: the function, or y with its noise")
        .default_text = "latent";
    command.flag(options->with_scale, "--with-scale", "put s first in every row");
    command.plot(options->plot, "the first draws: as functions of the one feature, or their first two values");
    command.operands(options->files, 1, 1, "X", "points, one a row");
    command.results({data::Format::csv, data::Format::npy, data::Format::h5, data::Format::ndjson, data::Format::json});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
