#include <limits>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "draws.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/memory.hpp"
#include "limsym/base/number.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/data/table.hpp"
#include "limsym/mixture/node_law.hpp"
#include "limsym/mixture/node_variances.hpp"
#include "prior_options.hpp"

namespace limsym::tools {

namespace {

struct VariancesOptions {
    std::string prior;
    std::size_t width = 0;
    CountOptions count;
    bool sum = false;
    std::optional<std::string> uniforms;
};

double mapped(const mixture::Family& family, double width, const data::Table& table, std::size_t row) {
    const auto number = [&](std::size_t column, const char* name, const cli::Range& range) {
        const double value = table.values(row, column);
        if (!range.holds(value))
            throw base::InputError(table.place(row), "column " + std::to_string(column + 1) + " is '" +
                                                         base::number_text(value) + "'; expected " + range.text(name));
        return value;
    };
    const double u = number(0, "u", cli::Range::closed(0.0, 1.0));
    const double gamma = number(1, "gamma", cli::Range::positive());
    if (const auto* ggp = std::get_if<mixture::Ggp>(&family)) return mixture::variance_from(*ggp, width, u, gamma);
    const double pareto = number(2, "pareto", {0.0, 1.0, false, true});
    return mixture::variance_from(std::get<mixture::Gbfry>(family), width, u, gamma, pareto);
}

/// The map of random numbers that the user gives.
int map_uniforms(const VariancesOptions& options, const mixture::Prior& prior, cli::Context& context) {
    if (options.count.count || options.count.shard || options.sum)
        throw base::InputError("--uniforms", "gives the random numbers; expected no --count, --shard or --sum");
    const mixture::Family& family = prior.terms.front();
    const bool ggp = std::holds_alternative<mixture::Ggp>(family);
    if (prior.terms.size() != 1 || (!ggp && !std::holds_alternative<mixture::Gbfry>(family)))
        throw base::InputError("--uniforms",
                               "the map is that of ggp and gbfry; expected one of these alone as --prior");
    const data::Table table = data::read_table(context.source(*options.uniforms));
    if (table.values.n_cols != 3 && !(ggp && table.values.n_cols == 2))
        throw base::InputError(table.file, std::to_string(table.values.n_cols) + " columns; expected u,gamma,pareto");
    std::vector<double> values;
    for (std::size_t i = 0; i < table.values.n_rows; ++i)
        values.push_back(mapped(family, static_cast<double>(options.width), table, i));
    write_function({"value"}, {values}, context);
    return 0;
}

int run(const VariancesOptions& options, cli::Context& context) {
    const mixture::Prior prior = mixture::parse_prior(options.prior);
    mixture::check_width(prior, static_cast<double>(options.width));
    if (options.uniforms) return map_uniforms(options, prior, context);
    DrawJob job;
    job.command = "variances";
    job.count = required_count(options.count);
    job.shard = options.count.shard;
    job.identity = {{"prior", mixture::to_text(prior)}, {"width", options.width}};
    job.form.csv = wants_table(options.count, data::Format::csv, context);
    job.form.header = options.sum ? "draw,sum,max" : "draw,node,lambda";
    job.form.numbered = !options.sum;
    job.form.key = options.sum ? "sum" : "lambda";
    job.piece = piece_for(static_cast<double>(options.width));
    // each number takes 8 bytes and, as text, up to 40; sums keep nothing but themselves
    const std::uint64_t bytes = base::saturating_product(options.width, options.sum ? 8 : 48);
    context.memory().require(base::saturating_product(bytes, options.sum ? base::thread_limit() : 64),
                             "the node variances of a layer");
    const std::uint64_t seed = context.seed();
    job.draw = [&](std::size_t draw) {
        arma::vec lambda(options.width, arma::fill::none);
        mixture::draw_node_variances(prior, options.width, options.width, seed, 1, draw, lambda.memptr());
        DrawRecord record;
        record.draw = draw;
        record.before["draw"] = draw;
        if (options.sum)
            record.values = arma::mat{{arma::accu(lambda), lambda.max()}};
        else
            record.values = std::move(lambda);
        if (!record.values.is_finite())
            throw base::WorkError("a node variance leaves the range of double in draw " + std::to_string(draw) +
                                  "; try a prior with a lighter tail");
        return record;
    };
    write_draws(job, context);
    return 0;
}

} // namespace

cli::Command variances_command() {
    const auto options = std::make_shared<VariancesOptions>();
    cli::Command command("variances", "draw the node variances of layers of finite width");
    command.describe("A row for each node, or with --sum one for each draw: the sum and the largest of its node "
                     "variances. Draw i depends on the seed and i alone.");
    command.example("mogp-sample variances --prior gbfry:alpha=0.5,tau=2 --width 2000 --count 1 -o v.csv",
                    "the variances of one layer");
    declare_prior(command, options->prior);
    command.integer(options->width, "--width", "P", 1, std::numeric_limits<std::int64_t>::max(), "width of the layer")
        .required = true;
    declare(command, options->count);
    command.flag(options->sum, "--sum", "the sum and the largest variance of each draw only");
    command.input(options->uniforms, "--uniforms",
                  "in place of draws: columns u, gamma, pareto of random numbers that ggp or gbfry maps to variances");
    command.results({data::Format::csv, data::Format::ndjson});
    command.random();
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
