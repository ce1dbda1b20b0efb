#include "limsym/symmetry/representation.hpp"

#include <algorithm>
#include <stdexcept>

#include "limsym/symmetry/representation_walk.hpp"

namespace limsym::symmetry {

namespace {

bool is_scalar(const Representation& rep) {
    return std::holds_alternative<ScalarRep>(rep.form());
}

/// Contracts mode (left, d, right) with m, in place.
void contract(double* data, const arma::mat& m, const Mode& mode, std::vector<double>& buffer) {
    const std::size_t d = m.n_rows;
    buffer.resize(d * mode.right);
    for (std::size_t l = 0; l < mode.left; ++l) {
        double* const block = data + mode.offset + l * mode.left_stride;
        std::fill(buffer.begin(), buffer.end(), 0.0);
        for (std::size_t i = 0; i < d; ++i)
            for (std::size_t j = 0; j < d; ++j) {
                const double factor = m(i, j);
                if (factor == 0.0) continue;
                double* const to = buffer.data() + i * mode.right;
                const double* const from = block + j * mode.right;
                for (std::size_t r = 0; r < mode.right; ++r)
                    to[r] += factor * from[r];
            }
        std::copy(buffer.begin(), buffer.end(), block);
    }
}

} // namespace

Representation dual(const Representation& rep) {
    if (const auto* base = std::get_if<VectorRep>(&rep.form()))
        return {VectorRep{base->factor, !base->dual}, rep.size()};
    if (const auto* sum = std::get_if<SumRep>(&rep.form())) {
        SumRep result;
        for (const Representation& term : sum->terms)
            result.terms.push_back(dual(term));
        return {std::move(result), rep.size()};
    }
    if (const auto* copies = std::get_if<CopiesRep>(&rep.form()))
        return {CopiesRep{copies->count, std::make_shared<const Representation>(dual(*copies->of))}, rep.size()};
    if (const auto* product = std::get_if<ProductRep>(&rep.form())) {
        ProductRep result;
        for (const Representation& factor : product->factors)
            result.factors.push_back(dual(factor));
        return {std::move(result), rep.size()};
    }
    return rep;
}

Representation tensor_product(const Representation& left, const Representation& right) {
    if (is_scalar(left)) return right;
    if (is_scalar(right)) return left;
    ProductRep result;
    for (const Representation* side : {&left, &right}) {
        if (const auto* product = std::get_if<ProductRep>(&side->form())) {
            result.factors.insert(result.factors.end(), product->factors.begin(), product->factors.end());
        } else {
            result.factors.push_back(*side);
        }
    }
    return {std::move(result), left.size() * right.size()};
}

std::string to_text(const Representation& rep) {
    const auto list = [](const std::vector<Representation>& parts, const char* sign) {
        std::string text = "(";
        for (const Representation& part : parts)
            text += (text.size() > 1 ? sign : "") + to_text(part);
        return text + ")";
    };
    if (const auto* base = std::get_if<VectorRep>(&rep.form()))
        return "V" + std::to_string(base->factor + 1) + (base->dual ? "'" : "");
    if (const auto* sum = std::get_if<SumRep>(&rep.form())) return list(sum->terms, "+");
    if (const auto* product = std::get_if<ProductRep>(&rep.form())) return list(product->factors, "*");
    if (const auto* copies = std::get_if<CopiesRep>(&rep.form()))
        return std::to_string(copies->count) + "(" + to_text(*copies->of) + ")";
    return "S";
}

namespace {

void collect_terms(const Representation& rep, std::size_t begin, std::vector<RepTerm>& terms) {
    if (const auto* sum = std::get_if<SumRep>(&rep.form())) {
        for (const Representation& term : sum->terms) {
            collect_terms(term, begin, terms);
            begin += term.size();
        }
    } else if (const auto* copies = std::get_if<CopiesRep>(&rep.form())) {
        for (std::size_t k = 0; k < copies->count; ++k)
            collect_terms(*copies->of, begin + k * copies->of->size(), terms);
    } else {
        terms.push_back({rep, begin});
    }
}

} // namespace

std::vector<RepTerm> terms_of(const Representation& rep) {
    std::vector<RepTerm> terms;
    collect_terms(rep, 0, terms);
    return terms;
}

Element identity_element(const LinearAction& group) {
    Element g;
    if (!group.is_product()) return {arma::mat(group.d, group.d, arma::fill::eye)};
    for (const LinearAction& part : group.parts)
        g.emplace_back(part.d, part.d, arma::fill::eye);
    return g;
}

Element inverse_element(const Element& g) {
    Element result;
    for (const arma::mat& m : g)
        result.emplace_back(arma::inv(m));
    return result;
}

Element compose_elements(const Element& a, const Element& b) {
    Element result;
    for (std::size_t k = 0; k < a.size(); ++k)
        result.emplace_back(a[k] * b[k]);
    return result;
}

arma::mat matrix_of(const Element& g) {
    arma::mat whole = g.front();
    for (std::size_t k = 1; k < g.size(); ++k)
        whole = arma::kron(whole, g[k]).eval();
    return whole;
}

RepElement::RepElement(Element element) : g(std::move(element)) {
    for (const arma::mat& m : g)
        dual.emplace_back(arma::inv(m).t());
}

void apply(const Representation& rep, const RepElement& g, arma::mat& x) {
    if (x.is_empty()) return;
    if (x.n_rows != rep.size()) throw std::invalid_argument("apply: rows are not the representation's size");
    std::vector<double> buffer;
    walk(rep, {0, x.n_cols, rep.size(), 1}, [&](const VectorRep& base, const Mode& mode) {
        contract(x.memptr(), base.dual ? g.dual[base.factor] : g.g[base.factor], mode, buffer);
    });
}

arma::mat apply_derivative(const Representation& rep, const std::vector<arma::mat>& a, const arma::mat& x) {
    arma::mat out(x.n_rows, x.n_cols, arma::fill::zeros);
    if (x.is_empty()) return out;
    if (x.n_rows != rep.size()) throw std::invalid_argument("apply_derivative: rows are not the representation's size");
    walk(rep, {0, x.n_cols, rep.size(), 1}, [&](const VectorRep& base, const Mode& mode) {
        const arma::mat& m = a[base.factor];
        if (m.is_empty()) return;
        if (base.dual) {
            add_contraction(x.memptr(), out.memptr(), arma::mat(-m.t()), mode);
        } else {
            add_contraction(x.memptr(), out.memptr(), m, mode);
        }
    });
    return out;
}

double character(const Representation& rep, const RepElement& g) {
    if (const auto* base = std::get_if<VectorRep>(&rep.form()))
        return arma::trace(base->dual ? g.dual[base->factor] : g.g[base->factor]);
    if (const auto* copies = std::get_if<CopiesRep>(&rep.form()))
        return static_cast<double>(copies->count) * character(*copies->of, g);
    double result = 1.0;
    if (const auto* sum = std::get_if<SumRep>(&rep.form())) {
        result = 0.0;
        for (const Representation& term : sum->terms)
            result += character(term, g);
    } else if (const auto* product = std::get_if<ProductRep>(&rep.form())) {
        for (const Representation& factor : product->factors)
            result *= character(factor, g);
    }
    return result;
}

arma::mat matrix_of(const Representation& rep, const RepElement& g) {
    arma::mat whole(rep.size(), rep.size(), arma::fill::eye);
    apply(rep, g, whole);
    return whole;
}

GeneratorList generators_by_factor(const LinearAction& action) {
    GeneratorList list;
    if (!action.is_product()) {
        for (const arma::mat& a : action.lie)
            list.lie.push_back({a});
        for (const arma::mat& h : action.discrete)
            list.discrete.push_back({h});
        return list;
    }
    for (std::size_t k = 0; k < action.parts.size(); ++k) {
        for (const arma::mat& a : action.parts[k].lie) {
            std::vector<arma::mat>& factors = list.lie.emplace_back(action.parts.size());
            factors[k] = a;
        }
        for (const arma::mat& h : action.parts[k].discrete) {
            Element g = identity_element(action);
            g[k] = h;
            list.discrete.push_back(std::move(g));
        }
    }
    return list;
}

} // namespace limsym::symmetry
