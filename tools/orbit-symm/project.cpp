#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "group_options.hpp"
#include "limsym/base/error.hpp"
#include "limsym/data/json_writer.hpp"
#include "limsym/data/matrix.hpp"
#include "limsym/symmetry/equivariant_basis.hpp"

namespace limsym::tools {

namespace {

struct ProjectCommand {
    GroupOption group;
    RepresentationOptions reps;
    std::vector<std::string> files;
};

int run(const ProjectCommand& options, cli::Context& context) {
    const symmetry::LinearAction group = read_group(options.group, context);
    const symmetry::Representation in = read_representation(options.reps.in, group, "--rep-in");
    const symmetry::Representation out = read_representation(options.reps.out, group, "--rep-out");
    const data::Source source = context.source(options.files.front());
    const arma::mat w = data::read_matrix(source);
    if (w.n_rows != out.size() || w.n_cols != in.size())
        throw base::InputError(source.file, "is " + std::to_string(w.n_rows) + " x " + std::to_string(w.n_cols) +
                                                "; expected " + std::to_string(out.size()) + " x " +
                                                std::to_string(in.size()) + ", --rep-out by --rep-in");
    const symmetry::EquivariantBasis basis = symmetry::equivariant_basis(group, in, out, {}, context.memory());
    const arma::mat nearest = symmetry::project(basis, w);
    if (const data::Format format = context.result_format(); format != data::Format::json) {
        data::write_matrix(context.out(), format, nearest);
        return 0;
    }
    const double distance = arma::norm(w - nearest, "fro");
    const double size = arma::norm(w, "fro");
    data::Json head = context.head("limsym/projection@1");
    head["group"] = group.name;
    head["rep_in"] = *options.reps.in;
    head["rep_out"] = *options.reps.out;
    head["shape"] = {out.size(), in.size()};
    head["dim"] = basis.dimension();
    head["distance"] = distance;
    head["relative"] = size > 0.0 ? data::Json(distance / size) : data::Json();
    if (!(size > 0.0)) head["relative_reason"] = "W is 0";
    data::JsonWriter writer(context.out());
    writer.begin_object().members(head).key("matrix").matrix(nearest).end_object().finish();
    return 0;
}

} // namespace

cli::Command project_command() {
    const auto options = std::make_shared<ProjectCommand>();
    cli::Command command("project", "the equivariant linear map nearest to a matrix");
    command.describe("FILE holds W, size(rep-out) x size(rep-in). For the invariant part of a vector take --rep-in S.");
    command.example("orbit-symm project --group 'S(4)' --rep-in V --rep-out V --to csv w.csv",
                    "a x I + b x 1 1' nearest to W");
    declare(command, options->group);
    declare(command, options->reps);
    command.operands(options->files, 1, 1, "FILE", "the matrix W");
    command.results({data::Format::json, data::Format::csv, data::Format::npy});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
