#include "limsym/symmetry/equivariant_basis.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/base/random.hpp"
#include "limsym/numerics/variates.hpp"
#include "limsym/symmetry/constraint_operator.hpp"

namespace limsym::symmetry {

namespace {

constexpr std::size_t largest_dense = 300; // entries of W up to which the SVD is taken
constexpr double smallest_gap = 1e3;       // of singular values around the cut
constexpr double cg_tolerance = 1e-13;     // relative residual of a column
constexpr std::size_t cg_steps = 500;
constexpr double rank_cut = 1e-8;        // singular values of projected Gaussian columns, relative to sqrt(N)
constexpr double residual_bound = 1e-11; // |CQ| <= bound |C| sqrt(r)

std::uint64_t bytes_of(std::uint64_t rows, std::uint64_t columns) {
    return base::saturating_product(base::saturating_product(rows, columns), sizeof(double));
}

InvariantBasis by_orbits(const LinearAction& action, const Representation& rep, const base::MemoryBudget& budget) {
    if (!is_permutation(action))
        throw base::InputError("--method", "perm needs generators that permute the axes, which those of " +
                                               action.name + " do not; expected svd or cg");
    const std::size_t n = rep.size();
    budget.require(bytes_of(n, 4), "the orbits of " + std::to_string(n) + " index tuples");
    std::vector<std::size_t> parent(n);
    std::iota(parent.begin(), parent.end(), std::size_t{0});
    const auto root = [&](std::size_t i) {
        while (parent[i] != i) {
            parent[i] = parent[parent[i]];
            i = parent[i];
        }
        return i;
    };
    for (const Element& h : generators_by_factor(action).discrete) {
        arma::mat moved(n, 1, arma::fill::none);
        for (std::size_t i = 0; i < n; ++i)
            moved(i, 0) = static_cast<double>(i);
        apply(rep, RepElement(h), moved);
        for (std::size_t i = 0; i < n; ++i) {
            const std::size_t a = root(i);
            const std::size_t b = root(static_cast<std::size_t>(std::llround(moved(i, 0))));
            parent[std::max(a, b)] = std::min(a, b); // the root is the smallest of its orbit
        }
    }
    std::vector<std::size_t> orbit(n);
    std::vector<std::size_t> sizes;
    for (std::size_t i = 0; i < n; ++i) {
        const std::size_t r = root(i);
        if (r == i) {
            orbit[i] = sizes.size();
            sizes.push_back(0);
        } else {
            orbit[i] = orbit[r];
        }
        ++sizes[orbit[i]];
    }
    budget.require(bytes_of(n, sizes.size()), "the basis of " + std::to_string(sizes.size()) + " orbits");
    InvariantBasis basis;
    basis.q.zeros(n, sizes.size());
    for (std::size_t i = 0; i < n; ++i)
        basis.q(i, orbit[i]) = 1.0 / std::sqrt(static_cast<double>(sizes[orbit[i]]));
    return basis;
}

InvariantBasis by_singular_values(const ConstraintOperator& constraints, double cut, const base::MemoryBudget& budget) {
    const std::size_t n = constraints.size();
    InvariantBasis basis;
    if (constraints.generators() == 0) {
        basis.q.eye(n, n);
        basis.largest_kept = 0.0;
        return basis;
    }
    budget.require(bytes_of(3 * constraints.generators() * n, n),
                   "the constraint matrix for N = " + std::to_string(n) + " (--method cg needs less)");
    arma::mat left;
    arma::mat right;
    arma::vec values;
    if (!arma::svd_econ(left, values, right, constraints.dense(), "right"))
        throw base::WorkError("the singular values of the constraint matrix were not found (--method cg may do)");
    const double limit = cut * std::max(1.0, values.max());
    const std::size_t rank = arma::accu(values > limit);
    if (rank > 0) basis.smallest_out = values(rank - 1);
    if (rank < n) basis.largest_kept = values(rank);
    if (rank > 0 && rank<n&& * basis.largest_kept * smallest_gap> * basis.smallest_out)
        throw base::WorkError(
            "no gap in the singular values of the constraints: " + base::number_text(*basis.largest_kept) +
            " is kept, " + base::number_text(*basis.smallest_out) +
            " is not; the generators may be only nearly a group (--tol moves the cut)");
    basis.q = rank < n ? arma::mat(right.cols(rank, n - 1)) : arma::mat(n, 0);
    if (basis.q.n_cols > 0) basis.residual = std::sqrt(constraints.squared_norm(basis.q.t()));
    return basis;
}

/// X with C'C X = B, column by column (rows of the k x N blocks here), from X = 0.
arma::mat conjugate_gradients(const ConstraintOperator& constraints, const arma::mat& b, std::size_t& steps) {
    const std::size_t k = b.n_rows;
    arma::mat x(k, b.n_cols, arma::fill::zeros);
    arma::mat residual = b;
    arma::mat direction = b;
    arma::vec rho = arma::sum(arma::square(residual), 1);
    const arma::vec first = rho;
    for (std::size_t step = 0; step < cg_steps; ++step) {
        bool done = true;
        for (std::size_t j = 0; j < k; ++j)
            done = done && rho(j) <= cg_tolerance * cg_tolerance * first(j);
        if (done) break;
        const arma::mat image = constraints.normal_product(direction);
        const arma::vec curvature = arma::sum(direction % image, 1);
        arma::vec length(k, arma::fill::zeros);
        for (std::size_t j = 0; j < k; ++j)
            if (rho(j) > cg_tolerance * cg_tolerance * first(j) && curvature(j) > 0.0)
                length(j) = rho(j) / curvature(j);
        const arma::vec before = rho;
        rho.zeros();
        double* const squares = rho.memptr();
        for (std::size_t i = 0; i < x.n_cols; ++i) {
            double* const xi = x.colptr(i);
            double* const ri = residual.colptr(i);
            const double* const pi = direction.colptr(i);
            const double* const zi = image.colptr(i);
            for (std::size_t j = 0; j < k; ++j) {
                xi[j] += length(j) * pi[j];
                ri[j] -= length(j) * zi[j];
                squares[j] += ri[j] * ri[j];
            }
        }
        arma::vec ratio(k, arma::fill::zeros);
        for (std::size_t j = 0; j < k; ++j)
            if (before(j) > 0.0) ratio(j) = rho(j) / before(j);
        for (std::size_t i = 0; i < x.n_cols; ++i) {
            double* const pi = direction.colptr(i);
            const double* const ri = residual.colptr(i);
            for (std::size_t j = 0; j < k; ++j)
                pi[j] = ri[j] + ratio(j) * pi[j];
        }
        ++steps;
    }
    return x;
}

InvariantBasis by_conjugate_gradients(const ConstraintOperator& constraints, const base::MemoryBudget& budget) {
    const std::size_t n = constraints.size();
    InvariantBasis basis;
    if (constraints.generators() == 0) {
        basis.q.eye(n, n);
        return basis;
    }
    double norm_estimate = 0.0;
    for (std::size_t k = 8;; k *= 2) {
        budget.require(bytes_of(n, 8 * k), "the basis by conjugate gradients for N = " + std::to_string(n));
        base::RandomStream stream(0, "null space", k);
        arma::mat w(k, n, arma::fill::none);
        numerics::fill_normal(stream, w.memptr(), w.n_elem);
        const arma::mat image = constraints.normal_product(w);
        norm_estimate = std::sqrt(arma::norm(image, "fro") / arma::norm(w, "fro"));
        std::size_t steps = 0;
        const arma::mat projected = (w - conjugate_gradients(constraints, image, steps)).t();
        basis.iterations = std::max(basis.iterations, steps);
        arma::mat u;
        arma::mat v;
        arma::vec values;
        if (!arma::svd_econ(u, values, v, projected, "left"))
            throw base::WorkError("the singular values of the projected vectors were not found");
        const std::size_t rank = arma::accu(values > rank_cut * std::sqrt(static_cast<double>(n)));
        if (rank == std::min(k, n) && rank < n) continue;
        basis.q = rank > 0 ? arma::mat(u.cols(0, rank - 1)) : arma::mat(n, 0);
        break;
    }
    if (basis.q.n_cols > 0) {
        std::size_t ignored = 0;
        const arma::mat rows = basis.q.t();
        const arma::mat cleaned =
            (rows - conjugate_gradients(constraints, constraints.normal_product(rows), ignored)).t();
        arma::mat r;
        arma::qr_econ(basis.q, r, cleaned);
        basis.residual = std::sqrt(constraints.squared_norm(basis.q.t()));
    }
    const double bound = residual_bound * std::max(1.0, norm_estimate) * std::sqrt(static_cast<double>(basis.q.n_cols));
    if (!(basis.residual <= bound))
        throw base::WorkError("conjugate gradients left the residual " + base::number_text(basis.residual) + " > " +
                              base::number_text(bound) + " (--method svd may do)");
    return basis;
}

/// The same representation of an orthogonal group, whose vectors are their own duals.
Representation self_dual(const Representation& rep) {
    if (const auto* base = std::get_if<VectorRep>(&rep.form())) return {VectorRep{base->factor, false}, rep.size()};
    if (const auto* sum = std::get_if<SumRep>(&rep.form())) {
        SumRep result;
        for (const Representation& term : sum->terms)
            result.terms.push_back(self_dual(term));
        return {std::move(result), rep.size()};
    }
    if (const auto* copies = std::get_if<CopiesRep>(&rep.form()))
        return {CopiesRep{copies->count, std::make_shared<const Representation>(self_dual(*copies->of))}, rep.size()};
    if (const auto* product = std::get_if<ProductRep>(&rep.form())) {
        ProductRep result;
        for (const Representation& factor : product->factors)
            result.factors.push_back(self_dual(factor));
        return {std::move(result), rep.size()};
    }
    return rep;
}

BasisMethod automatic_method(const LinearAction& action, std::size_t entries) {
    if (is_permutation(action) && !action.discrete.empty()) return BasisMethod::perm;
    return entries <= largest_dense ? BasisMethod::svd : BasisMethod::cg;
}

template <typename Value>
std::optional<double> over_solutions(const std::vector<InvariantBasis>& solutions,
                                     std::optional<double> InvariantBasis::*member, const Value& better) {
    std::optional<double> result;
    for (const InvariantBasis& solution : solutions)
        if (solution.*member && (!result || better(*(solution.*member), *result))) result = solution.*member;
    return result;
}

} // namespace

std::string_view method_name(BasisMethod method) {
    return method == BasisMethod::perm ? "perm" : method == BasisMethod::svd ? "svd" : "cg";
}

InvariantBasis invariant_basis(const LinearAction& action, const Representation& rep, BasisMethod method, double cut,
                               const base::MemoryBudget& budget) {
    if (method == BasisMethod::perm) return by_orbits(action, rep, budget);
    const ConstraintOperator constraints(action, rep);
    return method == BasisMethod::svd ? by_singular_values(constraints, cut, budget)
                                      : by_conjugate_gradients(constraints, budget);
}

EquivariantBasis equivariant_basis(const LinearAction& action, const Representation& in, const Representation& out,
                                   const BasisOptions& options, const base::MemoryBudget& budget) {
    EquivariantBasis basis;
    basis.size_out = out.size();
    basis.size_in = in.size();
    const std::uint64_t entries = base::saturating_product(out.size(), in.size());
    basis.method = options.method ? *options.method : automatic_method(action, entries);
    const bool orthogonal = is_orthogonal(action);
    std::map<std::string, std::size_t> known;
    const std::vector<RepTerm> from = terms_of(in);
    for (const RepTerm& to : terms_of(out))
        for (const RepTerm& term : from) {
            const std::uint64_t block = base::saturating_product(to.rep.size(), term.rep.size());
            budget.require(bytes_of(block, 8), "a block of N = " + std::to_string(block) + " entries");
            Representation hom = tensor_product(to.rep, dual(term.rep));
            if (orthogonal) hom = self_dual(hom);
            const auto [at, fresh] = known.try_emplace(to_text(hom), basis.solutions.size());
            if (fresh) basis.solutions.push_back(invariant_basis(action, hom, basis.method, options.cut, budget));
            basis.places.push_back({at->second, to.begin, term.begin, to.rep.size(), term.rep.size()});
        }
    return basis;
}

std::size_t EquivariantBasis::dimension() const {
    return std::accumulate(places.begin(), places.end(), std::size_t{0}, [&](std::size_t sum, const Place& place) {
        return sum + solutions[place.solution].q.n_cols;
    });
}

double EquivariantBasis::residual() const {
    double sum = 0.0;
    for (const Place& place : places)
        sum += solutions[place.solution].residual * solutions[place.solution].residual;
    return std::sqrt(sum);
}

std::optional<double> EquivariantBasis::smallest_out() const {
    return over_solutions(solutions, &InvariantBasis::smallest_out, std::less<>());
}
std::optional<double> EquivariantBasis::largest_kept() const {
    return over_solutions(solutions, &InvariantBasis::largest_kept, std::greater<>());
}
std::size_t EquivariantBasis::iterations() const {
    std::size_t most = 0;
    for (const InvariantBasis& solution : solutions)
        most = std::max(most, solution.iterations);
    return most;
}

arma::mat dense_basis(const EquivariantBasis& basis, const base::MemoryBudget& budget) {
    const std::size_t n = basis.size_out * basis.size_in;
    budget.require(bytes_of(n, 2 * basis.dimension()),
                   "the basis, " + std::to_string(n) + " x " + std::to_string(basis.dimension()));
    arma::mat whole(n, basis.dimension(), arma::fill::zeros);
    std::vector<std::size_t> first(basis.dimension());
    std::size_t column = 0;
    for (const EquivariantBasis::Place& place : basis.places) {
        const arma::mat& q = basis.solutions[place.solution].q;
        for (std::size_t c = 0; c < q.n_cols; ++c, ++column) {
            first[column] = n;
            for (std::size_t i = 0; i < place.rows; ++i)
                for (std::size_t j = 0; j < place.columns; ++j) {
                    const std::size_t row = (place.row + i) * basis.size_in + place.column + j;
                    whole(row, column) = q(i * place.columns + j, c);
                    if (q(i * place.columns + j, c) != 0.0) first[column] = std::min(first[column], row);
                }
        }
    }
    std::vector<std::size_t> order(first.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return first[a] < first[b]; });
    if (order.empty()) return whole;
    return whole.cols(arma::conv_to<arma::uvec>::from(order));
}

arma::mat dense_projector(const EquivariantBasis& basis, const base::MemoryBudget& budget) {
    const std::size_t n = basis.size_out * basis.size_in;
    budget.require(bytes_of(n, n), "the projector, " + std::to_string(n) + " x " + std::to_string(n));
    const arma::mat q = dense_basis(basis, budget);
    if (q.n_cols == 0) return arma::mat(n, n, arma::fill::zeros);
    return q * q.t();
}

arma::mat project(const EquivariantBasis& basis, const arma::mat& w) {
    arma::mat result(w.n_rows, w.n_cols, arma::fill::zeros);
    for (const EquivariantBasis::Place& place : basis.places) {
        const arma::mat& q = basis.solutions[place.solution].q;
        if (q.n_cols == 0) continue;
        const arma::mat block =
            w.submat(place.row, place.column, place.row + place.rows - 1, place.column + place.columns - 1);
        const arma::vec projected = q * (q.t() * arma::vectorise(block.t()));
        result.submat(place.row, place.column, place.row + place.rows - 1, place.column + place.columns - 1) =
            arma::reshape(projected, place.columns, place.rows).t();
    }
    return result;
}

} // namespace limsym::symmetry
