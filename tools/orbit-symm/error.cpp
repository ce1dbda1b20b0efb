#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "function_options.hpp"
#include "group_options.hpp"
#include "limsym/base/error.hpp"
#include "limsym/equivariance/equivariance_error.hpp"
#include "limsym/symmetry/element_file.hpp"
#include "row_options.hpp"

namespace limsym::tools {

namespace {

struct ErrorCommand {
    GroupOption group;
    RepresentationOptions reps;
    FunctionOptions function;
    std::optional<std::string> elements;
    std::size_t samples = 100;
    MeasureOptions measure;
    bool per_generator = false;
    std::optional<std::size_t> angles;
    bool search = false;
    std::optional<double> limit;
    std::string limit_of = "mean";
    RowOptions rows;
};

data::Json or_null(const std::optional<double>& value) {
    return value ? data::Json(*value) : data::Json();
}

data::Json to_json(const equivariance::EquivarianceError& error) {
    data::Json record;
    record["mean_rel"] = error.mean;
    record["se_rel"] = or_null(error.error);
    if (!error.error) record["se_rel_reason"] = "one pair";
    record["ci95"] = {error.low, error.high};
    record["max_rel"] = error.largest;
    record["max_abs"] = error.largest_component;
    record["rms_abs"] = error.root_mean_square;
    record["rms_rel"] = or_null(error.relative_rms);
    if (!error.relative_rms) record["rms_rel_reason"] = "the function is 0 at all rows";
    record["worst"] = {{"x_index", error.worst.row},
                       {"g", element_json(error.worst.element)},
                       {"rel", error.worst.relative},
                       {"searched", error.worst.searched}};
    return record;
}

int run(const ErrorCommand& options, cli::Context& context) {
    const equivariance::GroupSetting setting = read_setting(options.group, options.reps, context);
    if (options.angles && setting.group.lie.size() != 1)
        throw base::InputError("--by-angle", setting.group.name + " has " + std::to_string(setting.group.lie.size()) +
                                                 " Lie generators; expected a group with exactly one");
    const auto function = read_function(options.function, setting.in.size(), setting.out.size(), options.reps, context);
    std::vector<symmetry::Element> elements;
    std::string measure = "given";
    if (options.elements) {
        data::Source source = context.source(*options.elements);
        source.format.reset();
        elements = symmetry::read_elements(source, setting.group);
    } else {
        const symmetry::ElementSampler sampler = make_sampler(options.measure, setting.group);
        measure = symmetry::measure_name(sampler.measure());
        for (std::size_t k = 0; k < options.samples; ++k) {
            base::RandomStream stream(context.seed(), "error", k);
            elements.push_back(sampler.draw(stream));
        }
    }
    const Rows rows = read_rows(options.rows, setting.in.size(), "--rep-in " + *options.reps.in, context);
    equivariance::ErrorOptions how;
    how.per_generator = options.per_generator;
    how.angles = options.angles.value_or(0);
    how.search = options.search;
    how.seed = context.seed();
    const equivariance::EquivarianceError error =
        equivariance::equivariance_error(setting, *function, rows.x, elements, how, context.monitor());
    data::Json record = context.head("limsym/equivariance@1");
    record["options"] = {{"samples", options.elements ? data::Json() : data::Json(options.samples)},
                         {"max_of", options.limit_of},
                         {"search", options.search}};
    record["group"] = setting.group.name;
    record["rep_in"] = *options.reps.in;
    record["rep_out"] = *options.reps.out;
    record["n_x"] = error.rows;
    record["n_g"] = error.elements;
    record["measure"] = measure;
    record.update(to_json(error));
    if (options.per_generator) {
        data::Json lie = data::Json::array();
        for (std::size_t j = 0; j < error.lie.size(); ++j)
            lie.push_back({{"generator", j}, {"abs", error.lie[j].absolute}, {"rel", or_null(error.lie[j].relative)}});
        record["lie"] = lie;
    }
    if (options.angles) {
        data::Json angles = data::Json::array();
        for (const equivariance::AngleError& angle : error.angles)
            angles.push_back({{"angle", angle.angle}, {"mean_rel", angle.mean}, {"se_rel", or_null(angle.error)}});
        record["by_angle"] = angles;
    }
    record["limit"] = or_null(options.limit);
    bool pass = true;
    if (options.limit) {
        const double value = options.limit_of == "mean" ? error.mean : std::max(error.largest, error.worst.relative);
        pass = value <= *options.limit;
    }
    record["pass"] = options.limit ? data::Json(pass) : data::Json();
    context.write(record);
    return pass ? 0 : 1;
}

} // namespace

cli::Command error_command() {
    const auto options = std::make_shared<ErrorCommand>();
    cli::Command command("error", "how far a function is from equivariant");
    command.describe(
        "Compares a = f(rho_in(g) x) with b = rho_out(g) f(x) for every row x and every element g: the mean of "
        "|a-b|/(|a|+|b|) with its standard error and a bootstrap interval over rows, the largest, the worst "
        "pair, root mean squares. With --max-error the exit status says whether the function passes (0) or "
        "not (1); the record is printed all the same.");
    command.example(
        "orbit-symm error --group 'SO(3)' --rep-in 5V --rep-out V --model net.json --max-error 1e-6 x.csv || exit 1",
        "fail a build");
    command.example(
        "orbit-symm error --group 'SO(2)' --rep-in V --rep-out S --exec ./model --by-angle 36 x.csv | jq .by_angle",
        "a table by angle");
    declare(command, options->group);
    declare(command, options->reps);
    declare(command, options->function);
    command.input(options->elements, "--elements", "elements: records of sample, CSV rows, or one matrix");
    command.integer(options->samples, "--samples", "N", 1, 100'000'000, "elements that are drawn without --elements");
    declare(command, options->measure);
    command.flag(options->per_generator, "--per-generator", "infinitesimal error of every Lie generator");
    command.integer(options->angles, "--by-angle", "N", 1, 1'000'000,
                    "errors at exp(2 pi k/N A), for groups of one Lie generator");
    command.flag(options->search, "--search", "climb from the five worst pairs to an honest worst case");
    command.number(options->limit, "--max-error", "E", cli::Range::not_negative(), "exit 1 when the error exceeds E");
    command.choice(options->limit_of, "--max-of", {"mean", "max"}, "what --max-error looks at");
    declare(command, options->rows);
    command.random();
    command.results({data::Format::json});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
