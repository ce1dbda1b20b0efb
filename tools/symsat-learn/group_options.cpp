#include "group_options.hpp"

#include "limsym/base/error.hpp"
#include "limsym/data/matrix.hpp"
#include "limsym/symmetry/group_expression.hpp"
#include "limsym/symmetry/partition.hpp"
#include "limsym/symmetry/symmetric_matrix.hpp"

namespace limsym::tools {

cli::OptionSpec& declare(cli::Command& command, GroupOptions& options) {
    command.group("Group");
    command.integer(options.degree, "--degree", "N", 1, symmetry::largest_degree,
                    "points of a gens: file of cycles (its largest point)");
    return command.text(options.expression, "--group", "EXPR",
                        "permutations of the variables: S9, Z5, I3, A wr B, A x B, A + B, gens:FILE, sudoku, ...");
}

symmetry::Group read_group(const GroupOptions& options, const cli::Context& context) {
    symmetry::Group group = symmetry::parse_group(options.expression, "--group", options.degree);
    context.memory().require(symmetry::orbital_bytes(group.degree()),
                             "the orbitals of " + std::to_string(group.degree()) + " points");
    return group;
}

arma::mat read_symmetric(const std::string& file, bool symmetrise, const symmetry::Group* group,
                         cli::Context& context) {
    const arma::mat matrix = data::read_matrix(context.source(file));
    if (group != nullptr && matrix.is_square() && matrix.n_rows != group->degree())
        throw base::InputError(file, "the matrix is of order " + std::to_string(matrix.n_rows) + "; the group " +
                                         symmetry::to_text(*group) + " acts on " + std::to_string(group->degree()) +
                                         " points");
    return symmetry::checked_symmetric(matrix, symmetrise, file);
}

} // namespace limsym::tools
