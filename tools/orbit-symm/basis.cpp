#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "group_options.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/data/json_writer.hpp"
#include "limsym/data/matrix.hpp"
#include "limsym/symmetry/basis_check.hpp"
#include "limsym/symmetry/equivariant_basis.hpp"

namespace limsym::tools {

namespace {

constexpr std::size_t check_elements = 20;
constexpr double check_bound = 1e-9;

struct BasisCommand {
    GroupOption group;
    RepresentationOptions reps;
    std::string emit = "basis";
    std::string method = "auto";
    double tolerance = 1e-10;
    bool check = false;
    bool exact_integers = false;
};

symmetry::BasisOptions basis_options(const BasisCommand& options) {
    symmetry::BasisOptions result;
    result.cut = options.tolerance;
    if (options.method == "perm") result.method = symmetry::BasisMethod::perm;
    if (options.method == "svd") result.method = symmetry::BasisMethod::svd;
    if (options.method == "cg") result.method = symmetry::BasisMethod::cg;
    return result;
}

data::Json or_null(const std::optional<double>& value) {
    return value ? data::Json(*value) : data::Json();
}

arma::mat columns_of(const BasisCommand& options, const symmetry::EquivariantBasis& basis, cli::Context& context) {
    arma::mat columns = symmetry::dense_basis(basis, context.memory());
    if (options.exact_integers) columns.for_each([](double& entry) { entry = entry != 0.0 ? 1.0 : 0.0; });
    return columns;
}

struct Checks {
    symmetry::IndependentDimension dimension;
    double equivariance;
};

void write_record(const BasisCommand& options, const symmetry::LinearAction& group,
                  const symmetry::EquivariantBasis& basis, const std::optional<Checks>& checks, cli::Context& context) {
    data::Json head = context.head("limsym/basis@1");
    head["options"] = {{"emit", options.emit},
                       {"method", options.method},
                       {"tol", options.tolerance},
                       {"exact_integers", options.exact_integers}};
    head["group"] = group.name;
    head["rep_in"] = *options.reps.in;
    head["rep_out"] = *options.reps.out;
    head["shape"] = {basis.size_out, basis.size_in};
    head["dim"] = basis.dimension();
    head["method"] = std::string(symmetry::method_name(basis.method));
    head["sv_gap"] = data::Json();
    head["iterations"] = data::Json();
    if (basis.method == symmetry::BasisMethod::svd) {
        const bool none_kept = basis.dimension() == 0;
        head["sv_gap"] = {or_null(basis.smallest_out()), none_kept ? data::Json() : or_null(basis.largest_kept())};
    }
    head["residual"] = basis.residual();
    if (basis.method == symmetry::BasisMethod::cg) head["iterations"] = basis.iterations();
    data::JsonWriter writer(context.out());
    writer.begin_object().members(head);
    if (options.emit == "basis") writer.key("basis").matrix(columns_of(options, basis, context));
    if (options.emit == "projector") writer.key("projector").matrix(symmetry::dense_projector(basis, context.memory()));
    if (options.emit == "sparse") {
        const arma::mat columns = columns_of(options, basis, context);
        writer.key("sparse").begin_array();
        for (std::size_t c = 0; c < columns.n_cols; ++c)
            for (std::size_t r = 0; r < columns.n_rows; ++r)
                if (columns(r, c) != 0.0) writer.value({r, c, columns(r, c)});
        writer.end_array();
    }
    if (checks) {
        const auto& dimension = checks->dimension.dimension;
        writer.member("checks", {{"dimension_independent", dimension ? data::Json(*dimension) : data::Json()},
                                 {"dimension_reason", checks->dimension.reason},
                                 {"equivariance_max", checks->equivariance}});
    }
    writer.end_object().finish();
}

int run(const BasisCommand& options, cli::Context& context) {
    const symmetry::LinearAction group = read_group(options.group, context);
    const symmetry::Representation in = read_representation(options.reps.in, group, "--rep-in");
    const symmetry::Representation out = read_representation(options.reps.out, group, "--rep-out");
    symmetry::BasisOptions how = basis_options(options);
    if (options.exact_integers) {
        if (!symmetry::is_permutation(group))
            throw base::InputError("--exact-integers",
                                   "needs generators that permute the axes, which those of " + group.name + " do not");
        if (options.method != "auto" && options.method != "perm")
            throw base::InputError("--exact-integers", "needs --method perm; expected auto or perm");
        how.method = symmetry::BasisMethod::perm;
    }
    const data::Format format = context.result_format();
    if (format != data::Format::json && options.emit != "basis" && options.emit != "projector")
        throw base::InputError("--to", "csv and npy hold a matrix; expected --emit basis or projector");
    const symmetry::EquivariantBasis basis = symmetry::equivariant_basis(group, in, out, how, context.memory());
    std::optional<Checks> checks;
    if (options.check) {
        checks = Checks{symmetry::independent_dimension(group, in, out, symmetry::default_exact_limit),
                        symmetry::equivariance_of(basis, group, in, out, check_elements, 0)};
        const auto& dimension = checks->dimension.dimension;
        if (dimension && *dimension != static_cast<std::int64_t>(basis.dimension()))
            throw base::WorkError("the basis has dimension " + std::to_string(basis.dimension()) + ", characters say " +
                                  std::to_string(*dimension));
        if (!(checks->equivariance <= check_bound))
            throw base::WorkError("the maps are equivariant to " + base::number_text(checks->equivariance) +
                                  " only; expected 1e-9");
    }
    if (format == data::Format::json) {
        write_record(options, group, basis, checks, context);
    } else {
        data::write_matrix(context.out(), format,
                           options.emit == "basis" ? columns_of(options, basis, context)
                                                   : symmetry::dense_projector(basis, context.memory()));
    }
    return 0;
}

} // namespace

cli::Command basis_command() {
    const auto options = std::make_shared<BasisCommand>();
    cli::Command command("basis", "the linear maps between two representations that commute with a group");
    command.describe(
        "A basis of all W with W rho_in(g) = rho_out(g) W. Column k, cut into rows of size(rep-in) numbers, "
        "is the k-th map. The basis is orthonormal and unique up to rotation; the projector is unique.");
    command.describe(
        "Representations: S scalar, V vectors, ' dual, + sum, * tensor product, 5V copies, V^3 powers, T(p,q) "
        "= V^p*V'^q, V1 and V2 the vectors of the factors of a product group.");
    command.example("orbit-symm basis --group 'SO(3)' --rep-in V --rep-out 'T(2)' --emit dim | jq .dim",
                    "the cross product alone");
    command.example("orbit-symm basis --group 'O(1,3)' --rep-in 'T(3)' --rep-out 'T(3)' --to npy -o q.npy",
                    "a basis in 4096 dimensions");
    declare(command, options->group);
    declare(command, options->reps);
    command.choice(options->emit, "--emit", {"basis", "projector", "dim", "sparse"}, "what the record holds");
    command.choice(options->method, "--method", {"auto", "perm", "svd", "cg"},
                   "auto: perm for permutation groups, svd up to 300 entries of W, else cg");
    command.number(options->tolerance, "--tol", "EPS", cli::Range::open(0.0, 1.0),
                   "svd: cut, relative to max(1, largest singular value)");
    command.flag(options->check, "--check",
                 "compare the dimension with a mean of characters, and the maps with 20 random elements");
    command.flag(options->exact_integers, "--exact-integers", "permutation groups: columns of 0 and 1, one an orbit");
    command.results({data::Format::json, data::Format::csv, data::Format::npy});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
