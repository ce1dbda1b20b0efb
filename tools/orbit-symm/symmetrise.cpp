#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "function_options.hpp"
#include "group_options.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/hash.hpp"
#include "limsym/base/number.hpp"
#include "limsym/data/matrix.hpp"
#include "limsym/equivariance/symmetrised.hpp"
#include "record_stream.hpp"
#include "row_options.hpp"

namespace limsym::tools {

namespace {

struct SymmetriseCommand {
    GroupOption group;
    RepresentationOptions reps;
    FunctionOptions function;
    std::string method = "average";
    std::string quadrature = "auto";
    std::size_t samples = 100;
    std::size_t nodes = 64;
    std::string frame = "auto";
    bool centre = false;
    double frame_gap = 1e-6;
    std::size_t exact_limit = symmetry::default_exact_limit;
    bool emit_g = false;
    bool fail_on_flag = false;
    std::optional<base::Shard> shard;
    RowOptions rows;
};

equivariance::Quadrature quadrature_of(const SymmetriseCommand& options, const symmetry::LinearAction& group) {
    if (options.quadrature == "exact") return equivariance::Quadrature::exact;
    if (options.quadrature == "trapezoid") return equivariance::Quadrature::trapezoid;
    if (options.quadrature == "mc") return equivariance::Quadrature::monte_carlo;
    if (options.quadrature == "qmc") return equivariance::Quadrature::quasi_monte_carlo;
    return equivariance::automatic_quadrature(group, options.exact_limit);
}

equivariance::Symmetrisation symmetrisation_of(const SymmetriseCommand& options,
                                               const equivariance::GroupSetting& setting, std::uint64_t seed) {
    if (options.method == "average") {
        equivariance::AverageMethod method;
        method.quadrature = quadrature_of(options, setting.group);
        method.samples = options.samples;
        method.nodes = options.nodes;
        method.exact_limit = options.exact_limit;
        method.seed = seed;
        return equivariance::average_symmetrisation(setting, method);
    }
    equivariance::FrameMethod method;
    method.frame = options.frame == "pca"            ? equivariance::Frame::principal_axes
                   : options.frame == "sort"         ? equivariance::Frame::sort
                   : options.frame == "gram-schmidt" ? equivariance::Frame::gram_schmidt
                                                     : equivariance::automatic_frame(setting.group);
    method.centre = options.centre;
    method.gap = options.frame_gap;
    return equivariance::frame_symmetrisation(setting, method);
}

data::Json record_of(std::size_t i, const equivariance::SymmetrisedRow& row, const std::string& method, bool emit_g) {
    data::Json record;
    record["i"] = i;
    record["y"] = std::vector<double>(row.y.begin(), row.y.end());
    record["se"] = std::vector<double>(row.error.begin(), row.error.end());
    record["k"] = row.evaluations;
    record["method"] = method;
    record["flag"] = row.row.reason.empty() ? 0 : 1;
    record["reason"] = row.row.reason;
    record["frame_gap"] = row.row.frame_gap ? data::Json(*row.row.frame_gap) : data::Json();
    record["orbit_distance"] = row.row.orbit_distance ? data::Json(*row.row.orbit_distance) : data::Json();
    if (emit_g) {
        data::Json elements = data::Json::array();
        for (const symmetry::Element& g : row.row.elements)
            elements.push_back(element_json(g));
        record["g"] = row.row.elements.size() == 1 ? elements[0] : elements;
    }
    return record;
}

void write_csv(const std::vector<equivariance::SymmetrisedRow>& rows, std::size_t outputs, cli::Context& context) {
    std::string text;
    for (const char* prefix : {"y", "se_y"})
        for (std::size_t j = 0; j < outputs; ++j)
            text += prefix + std::to_string(j) + ",";
    text += "flag\n";
    for (const equivariance::SymmetrisedRow& row : rows) {
        for (const arma::vec* values : {&row.y, &row.error})
            for (const double value : *values) {
                base::append_number(text, value);
                text += ',';
            }
        text += row.row.reason.empty() ? "0\n" : "1\n";
    }
    context.out()(text);
}

std::string job_hash(const SymmetriseCommand& options, const arma::mat& x, cli::Context& context) {
    const auto text_of = [](const std::optional<std::string>& text) { return text.value_or(""); };
    const data::Json job{{"command", "symmetrise"},
                         {"group", text_of(options.group.group)},
                         {"in", text_of(options.reps.in)},
                         {"out", text_of(options.reps.out)},
                         {"model", text_of(options.function.model)},
                         {"exec", text_of(options.function.program)},
                         {"true", text_of(options.function.formula)},
                         {"method", options.method},
                         {"quadrature", options.quadrature},
                         {"samples", options.samples},
                         {"nodes", options.nodes},
                         {"frame", options.frame},
                         {"centre", options.centre},
                         {"gap", options.frame_gap},
                         {"limit", options.exact_limit},
                         {"emit_g", options.emit_g},
                         {"seed", context.seed()},
                         {"data", data::matrix_sha256(x)}};
    return base::sha256_hex(data::to_text(job));
}

int run(const SymmetriseCommand& options, cli::Context& context) {
    const equivariance::GroupSetting setting = read_setting(options.group, options.reps, context);
    const equivariance::Symmetrisation how = symmetrisation_of(options, setting, context.seed());
    const auto function = read_function(options.function, setting.in.size(), setting.out.size(), options.reps, context);
    const Rows rows = read_rows(options.rows, setting.in.size(), "--rep-in " + *options.reps.in, context);
    if (options.shard && context.result_format() != data::Format::ndjson)
        throw base::InputError("--shard", "parts are records; expected --to ndjson");
    const base::Shard shard = options.shard.value_or(base::Shard{});
    const std::size_t total = rows.x.n_cols;
    const std::size_t size = shard.size(total, base::Partition::blocks);
    const std::size_t first = size > 0 ? shard.item(0, total, base::Partition::blocks) : 0;
    const arma::mat mine = size > 0 ? arma::mat(rows.x.cols(first, first + size - 1)) : arma::mat(rows.x.n_rows, 0);
    const std::vector<equivariance::SymmetrisedRow> result =
        equivariance::symmetrised_rows(setting, how, *function, mine, first, options.emit_g, context.monitor());
    if (context.result_format() == data::Format::csv) {
        write_csv(result, setting.out.size(), context);
    } else {
        stream_records(
            {"symmetrise", total, options.shard, options.shard ? job_hash(options, rows.x, context) : "", 16},
            [&](std::size_t i, std::string& text) {
                text += data::to_text(record_of(i, result[i - first], how.method, options.emit_g));
                text += '\n';
            },
            context);
    }
    const auto flagged =
        std::count_if(result.begin(), result.end(), [](const auto& row) { return !row.row.reason.empty(); });
    if (flagged > 0)
        context.warn(std::to_string(flagged) + " of " + std::to_string(result.size()) + " rows are flagged");
    return flagged > 0 && options.fail_on_flag ? 1 : 0;
}

} // namespace

cli::Command symmetrise_command() {
    const auto options = std::make_shared<SymmetriseCommand>();
    cli::Command command("symmetrise", "make a function equivariant: averages over the group, or frames");
    command.describe(
        "y = the mean of rho_out(g) f(rho_in(g)^-1 x) over elements g. average: over the whole group, exactly for "
        "finite groups, by the trapezoid rule for SO(2) and O(2), else by Monte Carlo with standard errors; a "
        "group that is not compact has no mean. frame: over a few elements that move with x: principal axes "
        "(O(n), SO(n)), sorting (S(n)), Gram-Schmidt (groups of a form).");
    command.describe(
        "The function is --model, --exec or --true. Rows whose frame is not unique are flagged and have numbers "
        "all the same.");
    command.example("orbit-symm symmetrise --group 'S(4)' --rep-in V --rep-out V --exec 'python3 model.py' x.csv",
                    "any program, made permutation equivariant");
    command.example(
        "orbit-symm symmetrise --group 'O(3)' --rep-in 5V --rep-out V --method frame --model net.json x.csv",
        "eight evaluations a row");
    declare(command, options->group);
    declare(command, options->reps);
    declare(command, options->function);
    command.choice(options->method, "--method", {"average", "frame"}, "mean over the group, or over a frame");
    command.choice(options->quadrature, "--quadrature", {"auto", "exact", "trapezoid", "mc", "qmc"},
                   "how the mean is taken");
    command.integer(options->samples, "--samples", "N", 2, 1'000'000'000, "mc, qmc: elements for every row");
    command.integer(options->nodes, "--nodes", "N", 2, 1'000'000, "trapezoid: angles, an even number");
    command.integer(options->exact_limit, "--exact-limit", "N", 1, 100'000'000,
                    "largest finite group that is summed exactly");
    command.choice(options->frame, "--frame", {"auto", "pca", "sort", "gram-schmidt"},
                   "auto: pca for O(n) and SO(n), sort for S(n), else gram-schmidt");
    command.flag(options->centre, "--centre", "pca: axes of the deviations from the mean vector");
    command.number(options->frame_gap, "--frame-gap", "EPS", cli::Range::not_negative(),
                   "relative gap below which a frame is flagged");
    command.flag(options->emit_g, "--emit-g", "records hold the elements");
    command.flag(options->fail_on_flag, "--fail-on-flag", "exit 1 when a row is flagged");
    command.shard(options->shard, "the I-th of N blocks of rows, for merge");
    declare(command, options->rows);
    command.random();
    command.results({data::Format::csv, data::Format::ndjson});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
