#include "limsym/satnet/model.hpp"

#include <cmath>

#include "limsym/satnet/group_sums.hpp"

namespace limsym::satnet {

std::shared_ptr<const OrbitalLayout> make_layout(const symmetry::Group& group) {
    const std::vector<symmetry::Permutation> generators = symmetry::generators(group);
    const std::size_t degree = group.degree();
    OrbitalLayout layout{group,
                         symmetry::symmetric_orbitals(symmetry::orbitals(degree, generators)),
                         symmetry::orbits(degree, generators),
                         {},
                         {},
                         {}};
    layout.parameters = symmetry::off_diagonal_classes(layout.classes);
    layout.parameter_of.assign(layout.classes.count(), static_cast<std::uint32_t>(layout.parameters.size()));
    for (std::uint32_t t = 0; t < layout.parameters.size(); ++t)
        layout.parameter_of[layout.parameters[t]] = t;
    if (std::optional<SumTable> sums = compile_sums(group, layout.classes))
        layout.sums = std::make_shared<const SumTable>(std::move(*sums));
    return std::make_shared<const OrbitalLayout>(std::move(layout));
}

std::vector<double> OrbitalParameters::row0() const {
    if (upper_is_free()) return upper;
    std::vector<double> row;
    for (const std::uint32_t orbit : layout->points.labels)
        row.push_back(upper[orbit]);
    return row;
}

namespace {

arma::mat orbital_matrix(const OrbitalParameters& orbital) {
    const OrbitalLayout& layout = *orbital.layout;
    const std::size_t n = layout.classes.degree;
    arma::mat C(n + 1, n + 1, arma::fill::zeros);
    const std::vector<double> row = orbital.row0();
    for (std::size_t j = 0; j < n; ++j) {
        C(0, j + 1) = C(j + 1, 0) = row[j];
        for (std::size_t i = 0; i < n; ++i)
            if (i != j) C(i + 1, j + 1) = orbital.values[layout.parameter_of[layout.classes.label(i, j)]];
    }
    return C;
}

} // namespace

std::string parameter_name(const Model& model) {
    if (std::holds_alternative<FactorParameters>(model.parameters)) return "S";
    return std::holds_alternative<MatrixParameters>(model.parameters) ? "C" : "orbital";
}

arma::mat coupling_matrix(const Model& model) {
    if (const auto* const factors = std::get_if<FactorParameters>(&model.parameters))
        return factors->S * factors->S.t();
    if (const auto* const matrix = std::get_if<MatrixParameters>(&model.parameters)) return matrix->C;
    return orbital_matrix(std::get<OrbitalParameters>(model.parameters));
}

template <typename T>
Couplings<T> couplings_of(const Parameters& parameters) {
    if (const auto* const factors = std::get_if<FactorParameters>(&parameters)) return factor_couplings<T>(factors->S);
    if (const auto* const matrix = std::get_if<MatrixParameters>(&parameters)) return dense_couplings<T>(matrix->C);
    const auto& orbital = std::get<OrbitalParameters>(parameters);
    if (orbital.layout->sums) return sum_couplings<T>(orbital.layout->sums, orbital.values, orbital.row0());
    return dense_couplings<T>(orbital_matrix(orbital));
}
template Couplings<double> couplings_of(const Parameters&);
template Couplings<float> couplings_of(const Parameters&);

std::size_t parameter_count(const Model& model) {
    const std::size_t order = model.order();
    if (const auto* const factors = std::get_if<FactorParameters>(&model.parameters)) return factors->S.n_elem;
    if (std::holds_alternative<MatrixParameters>(model.parameters)) return order * (order - 1) / 2;
    const auto& orbital = std::get<OrbitalParameters>(model.parameters);
    return orbital.values.size() + orbital.upper.size();
}

std::optional<double> violated(const Model& model, const std::vector<double>& x) {
    if (!model.clauses.empty()) {
        double weight = 0.0;
        for (std::size_t c = 0; c < model.clauses.size(); ++c) {
            bool satisfied = false;
            for (const std::int64_t literal : model.clauses[c])
                satisfied = satisfied || (x[static_cast<std::size_t>(std::abs(literal)) - 1] == 1.0) == (literal > 0);
            if (!satisfied) weight += model.weights[c];
        }
        return weight;
    }
    if (!model.problem) return std::nullopt;
    const std::optional<std::size_t> clashes = violations(*model.problem, x);
    if (!clashes) return std::nullopt;
    return static_cast<double>(*clashes);
}

} // namespace limsym::satnet
