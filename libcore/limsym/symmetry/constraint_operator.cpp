#include "limsym/symmetry/constraint_operator.hpp"

#include "limsym/symmetry/representation_walk.hpp"

namespace limsym::symmetry {

ConstraintOperator::ConstraintOperator(const LinearAction& action, const Representation& rep) : rep_(rep) {
    const GeneratorList list = generators_by_factor(action);
    for (const std::vector<arma::mat>& a : list.lie) {
        Generator generator;
        for (const arma::mat& m : a) {
            generator.vectors.push_back(m);
            generator.duals.emplace_back(-m.t());
        }
        lie_transposed_.push_back(transposed(generator));
        lie_.push_back(std::move(generator));
    }
    for (const Element& h : list.discrete) {
        const RepElement element(h);
        Generator generator{element.g, element.dual};
        discrete_transposed_.push_back(transposed(generator));
        discrete_.push_back(std::move(generator));
    }
}

ConstraintOperator::Generator ConstraintOperator::transposed(const Generator& g) {
    Generator result;
    for (const arma::mat& m : g.vectors)
        result.vectors.emplace_back(m.t());
    for (const arma::mat& m : g.duals)
        result.duals.emplace_back(m.t());
    return result;
}

arma::mat ConstraintOperator::times_lie(const Generator& a, const arma::mat& x) const {
    arma::mat out(x.n_rows, x.n_cols, arma::fill::zeros);
    walk(rep_, {0, 1, x.n_elem, x.n_rows}, [&](const VectorRep& base, const Mode& mode) {
        const arma::mat& m = base.dual ? a.duals[base.factor] : a.vectors[base.factor];
        if (!m.is_empty()) add_contraction(x.memptr(), out.memptr(), m, mode);
    });
    return out;
}

arma::mat ConstraintOperator::times_discrete(const Generator& h, const arma::mat& x) const {
    arma::mat now = x;
    arma::mat next(x.n_rows, x.n_cols, arma::fill::none);
    walk(rep_, {0, 1, x.n_elem, x.n_rows}, [&](const VectorRep& base, const Mode& mode) {
        // Only the entries of this mode change: the others are copied.
        next = now;
        for (std::size_t l = 0; l < mode.left; ++l)
            std::fill_n(next.memptr() + mode.offset + l * mode.left_stride, h.vectors[base.factor].n_rows * mode.right,
                        0.0);
        add_contraction(now.memptr(), next.memptr(), base.dual ? h.duals[base.factor] : h.vectors[base.factor], mode);
        now.swap(next);
    });
    now -= x;
    return now;
}

arma::mat ConstraintOperator::normal_product(const arma::mat& x) const {
    arma::mat sum(x.n_rows, x.n_cols, arma::fill::zeros);
    for (std::size_t j = 0; j < lie_.size(); ++j)
        sum += times_lie(lie_transposed_[j], times_lie(lie_[j], x));
    for (std::size_t j = 0; j < discrete_.size(); ++j)
        sum += times_discrete(discrete_transposed_[j], times_discrete(discrete_[j], x));
    return sum;
}

double ConstraintOperator::squared_norm(const arma::mat& x) const {
    double sum = 0.0;
    for (const Generator& a : lie_)
        sum += arma::accu(arma::square(times_lie(a, x)));
    for (const Generator& h : discrete_)
        sum += arma::accu(arma::square(times_discrete(h, x)));
    return sum;
}

arma::mat ConstraintOperator::dense() const {
    const std::size_t n = size();
    const arma::mat identity(n, n, arma::fill::eye);
    arma::mat c(generators() * n, n, arma::fill::none);
    std::size_t row = 0;
    const auto place = [&](const arma::mat& transposed_rows) {
        c.rows(row, row + n - 1) = transposed_rows.t();
        row += n;
    };
    for (const Generator& a : lie_)
        place(times_lie(a, identity));
    for (const Generator& h : discrete_)
        place(times_discrete(h, identity));
    return c;
}

} // namespace limsym::symmetry
