// Bases of equivariant maps by conjugate gradients.
#include "limsym/base/parallel.hpp"
#include "limsym/symmetry/constraint_operator.hpp"
#include "limsym/symmetry/equivariant_basis.hpp"
#include "limsym/symmetry/linear_action_expression.hpp"
#include "measure.hpp"

namespace limsym::bench {

void invariant_vectors(const std::string& group, const std::string& representation, std::size_t runs,
                       const std::string& constraints_file, const std::string& basis_file) {
    const symmetry::LinearAction action = symmetry::parse_linear_action(group, "group");
    const symmetry::Representation rep = symmetry::parse_representation(representation, action, "representation");
    const base::MemoryBudget budget = base::MemoryBudget::of_machine();
    symmetry::InvariantBasis basis;
    const auto run = [&] { basis = symmetry::invariant_basis(action, rep, symmetry::BasisMethod::cg, 1e-10, budget); };
    run();
    std::vector<double> times;
    for (std::size_t r = 0; r < runs; ++r)
        times.push_back(seconds(run));
    if (constraints_file != "-") write_doubles(constraints_file, symmetry::ConstraintOperator(action, rep).dense());
    if (basis.q.n_cols > 0) write_doubles(basis_file, basis.q);
    Record record;
    record.add("size", static_cast<double>(rep.size()));
    record.add("dimension", static_cast<double>(basis.q.n_cols));
    record.add("ours", times);
    record.print();
}

} // namespace limsym::bench
