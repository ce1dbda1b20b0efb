#include <memory>
#include <nlohmann/json.hpp>

#include "architecture_options.hpp"
#include "commands.hpp"
#include "draws.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/memory.hpp"
#include "limsym/mixture/points.hpp"
#include "prior_options.hpp"

namespace limsym::tools {

namespace {

struct PointsOptions {
    std::string prior;
    CountOptions count;
    TruncationOptions truncation;
    std::string method = "inverse";
};

int run(const PointsOptions& options, cli::Context& context) {
    if (options.method == "size-biased")
        throw base::InputError("--method", "size-biased is not supported; expected inverse");
    const mixture::Prior prior = mixture::parse_prior(options.prior);
    const std::size_t count = required_count(options.count);
    const double given = checked_tail(options.truncation);
    const double tail =
        options.truncation.tolerance ? mixture::tail_for_tolerance(prior, *options.truncation.tolerance) : given;
    const mixture::PointSampler sampler(prior, tail);
    context.memory().require(static_cast<std::uint64_t>(sampler.size() * 64.0 * 48.0), "the points of a draw");
    DrawJob job;
    job.command = "points";
    job.count = count;
    job.shard = options.count.shard;
    job.identity = {{"prior", mixture::to_text(prior)}, {"tail", tail}};
    job.form.csv = wants_table(options.count, data::Format::ndjson, context);
    job.form.header = "draw,index,x";
    job.form.key = "points";
    job.piece = piece_for(sampler.size() * 4.0);
    const std::uint64_t seed = context.seed();
    job.draw = [&](std::size_t draw) {
        DrawRecord record;
        record.draw = draw;
        record.before = {{"schema", "limsym/mogp-points@1"}, {"draw", draw}, {"a", sampler.drift()}};
        record.after = {
            {"cut", sampler.cut()}, {"residual_mean", sampler.residual_mean()}, {"residual_sd", sampler.residual_sd()}};
        record.values = arma::vec(sampler.draw(seed, 1, draw));
        return record;
    };
    write_draws(job, context);
    return 0;
}

} // namespace

cli::Command points_command() {
    const auto options = std::make_shared<PointsOptions>();
    cli::Command command("points", "draw the points of the Lévy measure: node variances of an infinitely wide layer");
    command.describe("The points of a draw in decreasing order, all those above the cut: none is left out there. The "
                     "sum of the others has mean residual_mean and standard deviation residual_sd. Terms of a sum are "
                     "truncated each at its own cut, and cut is the largest. A finite measure is drawn whole.");
    command.example("mogp-sample points --prior gamma:eta=1,beta=2 --count 2 --tail 20", "two records");
    declare_prior(command, options->prior);
    declare(command, options->count);
    declare(command, options->truncation);
    command.choice(options->method, "--method", {"inverse", "size-biased"}, "how points are found");
    command.results({data::Format::ndjson, data::Format::csv});
    command.random();
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
