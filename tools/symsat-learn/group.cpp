#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "group_options.hpp"
#include "limsym/base/error.hpp"
#include "limsym/data/json_writer.hpp"
#include "limsym/symmetry/equivariant_matrix.hpp"
#include "limsym/symmetry/partition.hpp"
#include "limsym/symmetry/permutation_file.hpp"

namespace limsym::tools {

namespace {

struct Options {
    GroupOptions group;
    std::vector<std::string> files;
    bool generators = false;
    bool basis = false;
    bool labels = false;
    bool project = false;
    bool check = false;
    bool symmetrise = false;
    double tolerance = 1e-9;
};

void write_labels(data::JsonWriter& writer, const symmetry::PairPartition& pairs,
                  const symmetry::PointPartition& points) {
    writer.key("labels").begin_array();
    for (std::size_t i = 0; i < pairs.degree; ++i) {
        writer.begin_array();
        for (std::size_t j = 0; j < pairs.degree; ++j)
            writer.value(pairs.label(i, j));
        writer.end_array();
    }
    writer.end_array();
    writer.member("orbit_labels", points.labels);
}

void write_basis(data::JsonWriter& writer, const symmetry::PairPartition& pairs) {
    std::vector<std::vector<std::size_t>> members(pairs.count());
    for (std::size_t at = 0; at < pairs.labels.size(); ++at)
        members[pairs.labels[at]].push_back(at);
    writer.key("basis").begin_array();
    for (std::size_t label = 0; label < pairs.count(); ++label) {
        writer.begin_object().member("label", label).member("size", pairs.sizes[label]);
        writer.member("diagonal", static_cast<bool>(pairs.on_diagonal[label])).key("entries").begin_array();
        for (const std::size_t at : members[label])
            writer.value({at / pairs.degree, at % pairs.degree});
        writer.end_array().end_object();
    }
    writer.end_array();
}

/// The group itself.
int tell(const Options& options, const symmetry::Group& group, cli::Context& context) {
    const std::vector<symmetry::Permutation> generators = symmetry::generators(group);
    const symmetry::PointPartition points = symmetry::orbits(group.degree(), generators);
    const symmetry::PairPartition ordered = symmetry::orbitals(group.degree(), generators);
    const symmetry::PairPartition pairs = symmetry::symmetric_orbitals(ordered);
    const std::string order = symmetry::group_order(group);
    data::Json head = context.head("limsym/permutation-group@1");
    head["options"] = {{"group", options.group.expression}};
    head["group"] = symmetry::to_text(group);
    head["degree"] = group.degree();
    head["order"] = order.empty() ? data::Json() : data::Json(order);
    if (order.empty())
        head["order_reason"] = "the generated group acts on too many points; computed up to degree " +
                               std::to_string(symmetry::largest_generated_degree);
    head["orbits"] = points.count();
    head["orbit_sizes"] = points.sizes;
    head["orbitals"] = ordered.count();
    head["orbitals_symmetric"] = pairs.count();
    head["orbital_sizes_symmetric"] = pairs.sizes;
    head["labels_sha256"] = symmetry::labels_sha256(pairs);
    data::JsonWriter writer(context.out());
    writer.begin_object().members(head);
    if (options.labels) write_labels(writer, pairs, points);
    if (options.generators) writer.member("generators", symmetry::to_json(generators));
    if (options.basis) write_basis(writer, pairs);
    writer.end_object().finish();
    return 0;
}

/// The group against a matrix.
int compare(const Options& options, const symmetry::Group& group, cli::Context& context) {
    const std::string file = options.files.empty() ? "-" : options.files[0];
    const arma::mat matrix = read_symmetric(file, options.symmetrise, &group, context);
    const symmetry::PairPartition pairs =
        symmetry::symmetric_orbitals(symmetry::orbitals(group.degree(), symmetry::generators(group)));
    const arma::vec values = symmetry::class_means(matrix, pairs);
    const double residual = symmetry::relative_residual(matrix, values, pairs);
    data::Json head = context.head(options.check ? "limsym/permutation-check@1" : "limsym/permutation-projection@1");
    head["options"] = {{"group", options.group.expression}, {"symmetrise", options.symmetrise}};
    head["group"] = symmetry::to_text(group);
    head["degree"] = group.degree();
    head["labels_sha256"] = symmetry::labels_sha256(pairs);
    if (options.check) {
        const bool equivariant = residual <= options.tolerance;
        head["equivariant"] = equivariant;
        head["residual_rel"] = residual;
        head["tol"] = options.tolerance;
        context.write(head);
        return equivariant ? 0 : 1;
    }
    data::JsonWriter writer(context.out());
    writer.begin_object().members(head).key("values").numbers(values);
    writer.key("projected").matrix(symmetry::expanded(values, pairs)).member("residual_rel", residual);
    writer.end_object().finish();
    return 0;
}

int run(const Options& options, cli::Context& context) {
    if (options.project && options.check) throw base::InputError("--check", "excludes --project; expected one of them");
    const bool against_matrix = options.project || options.check;
    if (against_matrix && (options.labels || options.generators || options.basis))
        throw base::InputError(options.project ? "--project" : "--check",
                               "excludes --labels, --generators and --basis, which tell the group alone");
    if (!against_matrix && !options.files.empty())
        throw base::InputError(options.files[0],
                               "a matrix is read with --project or --check only; expected one of them");
    const symmetry::Group group = read_group(options.group, context);
    return against_matrix ? compare(options, group, context) : tell(options, group, context);
}

} // namespace

cli::Command group_command() {
    const auto options = std::make_shared<Options>();
    cli::Command command("group", "order, orbits and equivariant matrices of a permutation group");
    command.describe(
        "Tells degree, exact order, orbits, and orbitals (orbits on pairs): a matrix does not change under "
        "the group when it is constant on orbitals, a symmetric one on symmetric orbitals, where (i, j) and "
        "(j, i) are one. Labels number the symmetric orbitals by first occurrence, row by row.");
    command.describe("--project replaces a symmetric matrix by its mean over the group, --check asks whether it is "
                     "equivariant already (exit 1 when not).");
    command.example("symsat-learn group --group 'S3 wr S3 x S3 wr S3 x S9'", "the symmetries of Sudoku: 18 orbitals");
    command.example("symsat-learn group --group gens:g.txt --project c.json", "the mean of c.json over the group");
    command.example("symsat-learn group --group cube --labels | jq -c .labels[0]", "the first row of labels");
    declare(command, options->group).required = true;
    command.group("What is told");
    command.flag(options->generators, "--generators", "lists of images that generate the group");
    command.flag(options->basis, "--basis", "the pairs of every symmetric orbital");
    command.flag(options->labels, "--labels", "the label of every pair and of every point");
    command.group("A matrix");
    command.flag(options->project, "--project", "its mean over the group");
    command.flag(options->check, "--check", "whether it is constant on orbitals");
    command.number(options->tolerance, "--tol", "T", cli::Range::not_negative(),
                   "largest relative residual of an equivariant matrix");
    command.flag(options->symmetrise, "--symmetrise", "take the mean of the matrix and its transpose").other_names = {
        "--symmetrize"};
    command.operands(options->files, 0, 1, "[MATRIX]", "symmetric matrix, with --project or --check");
    command.results({data::Format::json});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
