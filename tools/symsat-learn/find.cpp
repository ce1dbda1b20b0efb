#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "limsym/base/memory.hpp"
#include "limsym/data/json_writer.hpp"
#include "limsym/satnet/symmetry_discovery.hpp"
#include "limsym/symmetry/permutation_file.hpp"
#include "matrix_stream.hpp"

namespace limsym::tools {

namespace {

struct Options {
    std::vector<std::string> files;
    std::string method = "auto";
    satnet::DiscoveryOptions discovery;
    bool labels = false;
    bool symmetrise = false;
};

satnet::DiscoveryMethod method_of(const std::string& name) {
    return name == "grammar" ? satnet::DiscoveryMethod::grammar
           : name == "wl"    ? satnet::DiscoveryMethod::refinement
           : name == "aut"   ? satnet::DiscoveryMethod::automorphism
                             : satnet::DiscoveryMethod::automatic;
}

data::Json text_or_null(const std::string& text) {
    return text.empty() ? data::Json() : data::Json(text);
}

data::Json candidates_of(const satnet::DiscoveredSymmetry& found) {
    data::Json list = data::Json::array();
    for (const satnet::DiscoveryCandidate& candidate : found.candidates) {
        data::Json& told = list.emplace_back();
        told["method"] = candidate.method;
        told["group"] = candidate.group ? data::Json(*candidate.group) : data::Json();
        told["orbitals_symmetric"] = candidate.orbitals ? data::Json(*candidate.orbitals) : data::Json();
        told["residual_rel"] = candidate.residual ? data::Json(*candidate.residual) : data::Json();
        told["accepted"] = candidate.accepted;
        told["reason"] = text_or_null(candidate.reason);
    }
    return list;
}

void write(const satnet::DiscoveredSymmetry& found, const MatrixRecord& record, const Options& options,
           cli::Context& context) {
    data::Json told;
    if (record.in_stream) {
        told["schema"] = "limsym/permutation-symmetry@1";
        if (!record.id.is_null()) told["id"] = record.id;
    } else {
        told = context.head("limsym/permutation-symmetry@1");
        told["options"] = {
            {"method", options.method},
            {"rtol", options.discovery.rtol},
            {"max_err", options.discovery.max_err},
            {"tol", options.discovery.tolerance ? data::Json(*options.discovery.tolerance) : data::Json()},
            {"symmetrise", options.symmetrise}};
    }
    const std::string hash = symmetry::labels_sha256(found.pairs);
    told["method"] = found.method;
    told["n"] = found.pairs.degree;
    told["group"] = text_or_null(found.expression);
    told["relabelling"] = found.point_of.empty() ? data::Json() : data::Json(found.point_of);
    told["order"] = text_or_null(found.order);
    told["generators"] = found.group ? symmetry::to_json(symmetry::generators(*found.group)) : data::Json();
    told["orbits"] = found.points.count();
    told["orbitals_symmetric"] = found.pairs.count();
    told["labels_sha256"] = hash;
    if (record.labels_sha256) told["match"] = *record.labels_sha256 == hash;
    told["residual_rel"] = found.residual;
    told["tol"] = found.tolerance ? data::Json(*found.tolerance) : data::Json();
    told["constant"] = found.constant;
    told["candidates"] = candidates_of(found);
    told["reason"] = text_or_null(found.reason);
    data::JsonWriter writer(context.out());
    writer.begin_object().members(told);
    if (options.labels) {
        writer.key("labels").begin_array();
        for (std::size_t i = 0; i < found.pairs.degree; ++i) {
            writer.begin_array();
            for (std::size_t j = 0; j < found.pairs.degree; ++j)
                writer.value(found.pairs.label(i, j));
            writer.end_array();
        }
        writer.end_array().member("orbit_labels", found.points.labels);
    }
    writer.end_object().finish();
    context.flush();
}

int run(const Options& options, cli::Context& context) {
    for_each_matrix(
        options.files[0], options.symmetrise,
        [&](const MatrixRecord& record) {
            const std::uint64_t n = record.matrix.n_rows;
            context.memory().require(base::saturating_product(n * n, 48), "the search among pairs of variables");
            write(satnet::discover_symmetry(record.matrix, options.discovery, context.monitor()), record, options,
                  context);
        },
        context);
    return 0;
}

} // namespace

cli::Command find_command() {
    const auto options = std::make_shared<Options>();
    cli::Command command("find", "the permutations of variables that leave a matrix nearly unchanged");
    command.describe(
        "grammar looks for expressions of I, Z, S with +, x and wr: exchangeable rows, and Kronecker factors of "
        "the matrix as it is ordered. aut takes entries closer than --tol as equal and asks nauty for the "
        "automorphisms; wl refines the classes of equal entries until counting splits them no further, which "
        "gives a partition of the pairs but no group. auto takes the best: the fewest orbitals among those whose "
        "residual is not above the noise.");
    command.describe(
        "A symmetric matrix cannot tell Z3 from S3, nor Z5 from its reflections: groups are compared by their "
        "symmetric orbitals (labels_sha256), and the largest is reported. A model is searched without its truth "
        "variable.");
    command.example("symsat-learn find c.json | jq .generators > g.json; symsat-learn group --group gens:g.json",
                    "what was found is a group for all tools");
    command.example("symsat-learn find --method aut --tol 0.01 graph.csv | jq -r .order",
                    "automorphisms of a weighted graph");
    command.choice(options->method, "--method", {"auto", "grammar", "wl", "aut"}, "where to look");
    command.number(options->discovery.rtol, "--rtol", "R", cli::Range::open(0, 1),
                   "relative residual below which a factor counts as constant");
    command.number(options->discovery.max_err, "--max-err", "E", cli::Range::closed(0, 1),
                   "largest relative residual of a symmetry that is accepted");
    command.number(options->discovery.tolerance, "--tol", "GAP", cli::Range::not_negative(),
                   "entries closer than this are one value (else the gaps are scanned)");
    command.flag(options->labels, "--labels", "the label of every pair and of every variable");
    command.flag(options->symmetrise, "--symmetrise", "take the mean of the matrix and its transpose").other_names = {
        "--symmetrize"};
    command.operands(options->files, 1, 1, "[MATRIX|MODEL]", "symmetric matrix, model, or NDJSON with a matrix a line");
    command.results({data::Format::json});
    command.run([options](cli::Context& context) {
        options->discovery.method = method_of(options->method);
        return run(*options, context);
    });
    return command;
}

} // namespace limsym::tools
