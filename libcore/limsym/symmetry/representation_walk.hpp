// The vectors inside a representation as modes of an array: what every matrix-free action stands on.
#pragma once

#include <armadillo>
#include <cstddef>

#include "limsym/symmetry/representation.hpp"

namespace limsym::symmetry {

/// Entry (l, i, r) of the mode lies at offset + l left_stride + i right + r; i runs over the mode.
struct Mode {
    std::size_t offset;
    std::size_t left;
    std::size_t left_stride;
    std::size_t right;
};

/// Calls leaf(VectorRep, Mode) for every vector mode of `rep`, whose own entries lie as `at` says.
template <typename Leaf>
void walk(const Representation& rep, const Mode& at, const Leaf& leaf) {
    if (const auto* base = std::get_if<VectorRep>(&rep.form())) {
        leaf(*base, at);
    } else if (const auto* sum = std::get_if<SumRep>(&rep.form())) {
        std::size_t begin = 0;
        for (const Representation& term : sum->terms) {
            walk(term, {at.offset + begin * at.right, at.left, at.left_stride, at.right}, leaf);
            begin += term.size();
        }
    } else if (const auto* copies = std::get_if<CopiesRep>(&rep.form())) {
        for (std::size_t k = 0; k < copies->count; ++k)
            walk(*copies->of, {at.offset + k * copies->of->size() * at.right, at.left, at.left_stride, at.right}, leaf);
    } else if (const auto* product = std::get_if<ProductRep>(&rep.form())) {
        std::size_t before = 1;
        for (const Representation& factor : product->factors) {
            const std::size_t after = rep.size() / (before * factor.size()) * at.right;
            const std::size_t stride = factor.size() * after;
            if (before == 1) {
                walk(factor, {at.offset, at.left, at.left_stride, after}, leaf);
            } else if (at.left_stride == before * stride) {
                walk(factor, {at.offset, at.left * before, stride, after}, leaf); // the blocks follow one another
            } else {
                for (std::size_t l = 0; l < at.left; ++l)
                    walk(factor, {at.offset + l * at.left_stride, before, stride, after}, leaf);
            }
            before *= factor.size();
        }
    }
}

/// out += m contracted with the mode of `in`.
inline void add_contraction(const double* in, double* out, const arma::mat& m, const Mode& mode) {
    for (std::size_t l = 0; l < mode.left; ++l) {
        const double* const from = in + mode.offset + l * mode.left_stride;
        double* const to = out + mode.offset + l * mode.left_stride;
        for (std::size_t i = 0; i < m.n_rows; ++i)
            for (std::size_t j = 0; j < m.n_cols; ++j) {
                const double factor = m(i, j);
                if (factor == 0.0) continue;
                double* const target = to + i * mode.right;
                const double* const source = from + j * mode.right;
                for (std::size_t r = 0; r < mode.right; ++r)
                    target[r] += factor * source[r];
            }
    }
}

} // namespace limsym::symmetry
