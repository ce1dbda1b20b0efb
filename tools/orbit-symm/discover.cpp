#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "function_options.hpp"
#include "group_options.hpp"
#include "limsym/base/error.hpp"
#include "limsym/equivariance/equivariance_error.hpp"
#include "limsym/equivariance/lie_discovery.hpp"
#include "limsym/symmetry/linear_action_expression.hpp"
#include "row_options.hpp"

namespace limsym::tools {

namespace {

struct DiscoverCommand {
    RepresentationOptions reps;
    FunctionOptions function;
    std::optional<std::size_t> d;
    double zero = 1e-8;
    double step = 1e-5;
    bool discrete = false;
    std::size_t max_permuted = 0;
    RowOptions rows;
};

/// The representations for vectors of R^d, without any group.
equivariance::GroupSetting setting_for(const DiscoverCommand& options, std::size_t d) {
    symmetry::LinearAction space = symmetry::matrix_family(symmetry::MatrixFamily::trivial, d);
    symmetry::Representation in = read_representation(options.reps.in, space, "--rep-in");
    symmetry::Representation out = read_representation(options.reps.out, space, "--rep-out");
    return {std::move(space), std::move(in), std::move(out)};
}

/// The d for which --rep-in has as many dimensions as there are features.
std::size_t deduced_dimension(const DiscoverCommand& options, std::size_t features, const std::string& place) {
    std::optional<std::size_t> found;
    for (std::size_t d = 1; d <= std::min<std::size_t>(features, symmetry::largest_dimension); ++d)
        if (setting_for(options, d).in.size() == features) {
            if (found)
                throw base::InputError("--d",
                                       "is missing: more than one fits " + std::to_string(features) + " features");
            found = d;
        }
    if (!found)
        throw base::InputError(place, std::to_string(features) + " features, --rep-in " + *options.reps.in +
                                          " fits none; expected --d, or other --features");
    return *found;
}

data::Json candidates_json(const DiscoverCommand& options, const equivariance::GroupSetting& setting,
                           equivariance::RowFunction& function, const arma::mat& x, cli::Context& context) {
    std::vector<std::pair<double, std::string>> errors;
    for (const equivariance::DiscreteCandidate& candidate :
         equivariance::discrete_candidates(setting.group.d, options.max_permuted))
        errors.emplace_back(
            equivariance::equivariance_error(setting, function, x, {{candidate.element}}, {}, context.monitor()).mean,
            candidate.name);
    std::sort(errors.begin(), errors.end());
    data::Json list = data::Json::array();
    for (const auto& [error, name] : errors)
        list.push_back({{"name", name}, {"mean_rel", error}});
    return list;
}

int run(const DiscoverCommand& options, cli::Context& context) {
    if (!options.reps.in) throw base::InputError("--rep-in", "is missing; expected a representation such as 2V");
    const Rows rows = read_rows(options.rows, std::nullopt, "", context);
    const std::size_t d = options.d ? *options.d : deduced_dimension(options, rows.features.size(), rows.place);
    const equivariance::GroupSetting setting = setting_for(options, d);
    if (setting.in.size() != rows.features.size())
        throw base::InputError(rows.place, std::to_string(rows.features.size()) + " features, --rep-in " +
                                               *options.reps.in + " needs " + std::to_string(setting.in.size()));
    const auto function = read_function(options.function, setting.in.size(), setting.out.size(), options.reps, context);
    const equivariance::LieDiscovery found =
        equivariance::discover_algebra(setting, *function, rows.x, options.zero, options.step, context.monitor());
    data::Json record = context.head("limsym/lie-symmetry@1");
    record["options"] = {{"step", options.step}, {"max_perm", options.max_permuted}};
    record["rep_in"] = *options.reps.in;
    record["rep_out"] = *options.reps.out;
    record["d"] = d;
    record["n_x"] = rows.x.n_cols;
    record["zero"] = options.zero;
    record["eigenvalues"] = std::vector<double>(found.eigenvalues.begin(), found.eigenvalues.end());
    record["dimension"] = found.dimension;
    record["gap"] = found.gap ? data::Json(*found.gap) : data::Json();
    if (!found.gap) record["gap_reason"] = "every direction is a symmetry";
    data::Json generators = data::Json::array();
    for (const arma::mat& a : found.generators)
        generators.push_back(symmetry::rows_json(a));
    record["generators"] = generators;
    record["bracket_defect"] = found.bracket_defect;
    record["killing_signature"] = found.killing;
    record["preserved_form"] = found.preserved_form ? symmetry::rows_json(*found.preserved_form) : data::Json();
    if (!found.preserved_form) record["preserved_form_reason"] = "none, or more than one";
    data::Json matches = data::Json::array();
    for (const equivariance::GroupMatch& match : found.matches)
        matches.push_back({{"group", match.group}, {"distance", match.distance}});
    record["matches"] = matches;
    record["discrete"] =
        options.discrete ? candidates_json(options, setting, *function, rows.x, context) : data::Json();
    context.write(record);
    return 0;
}

} // namespace

cli::Command discover_command() {
    const auto options = std::make_shared<DiscoverCommand>();
    cli::Command command("discover", "which symmetries a function has");
    command.describe(
        "Finds the Lie algebra of all matrices A under which the function is infinitesimally equivariant, by the "
        "eigenvalues of a moment matrix over the rows: those near 0 span it, small ones are approximate "
        "symmetries (sqrt of an eigenvalue is the relative error for |A| = 1). The algebra is described "
        "(brackets, Killing form, preserved form) and matched to named groups. Derivatives are exact for "
        "networks, differences of fourth order for programs.");
    command.example("orbit-symm discover --exec ./simulator --rep-in 2V --rep-out S x.csv | jq '.matches[0]'",
                    "the group of a black box");
    declare(command, options->reps);
    declare(command, options->function);
    command.integer(options->d, "--d", "D", 1, 64, "dimension of V (found from --rep-in and the number of features)");
    command.number(options->zero, "--zero", "EPS", cli::Range::open(0.0, 1.0),
                   "eigenvalues below EPS times the largest are zero");
    command.number(options->step, "--step", "H", cli::Range::positive(), "step of differences");
    command.flag(options->discrete, "--discrete", "also test sign changes and exchanges of axes");
    command.integer(options->max_permuted, "--max-perm", "N", 0, 6, "test all permutations of at most N axes");
    declare(command, options->rows);
    command.results({data::Format::json});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
