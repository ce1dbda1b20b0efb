// Dense matrices of jets.
#include <algorithm>

#include "limsym/base/parallel.hpp"
#include "limsym/kernel/jacobian_jets.hpp"

namespace limsym::kernel {

namespace {

InnerProductJet<double> pair_of(const JetMatrix& jets, std::size_t i, std::size_t j) {
    return {jets.value(i, j), jets.s(i, j),  jets.t(i, j),  jets.r(i, j),
            jets.st(i, j),    jets.sr(i, j), jets.tr(i, j), jets.rr(i, j)};
}

/// The block of a pair of inputs x, y of d numbers, column by column: element (a, b) at out[a + b stride].
void write_block(const InnerProductJet<double>& jet, const double* x, const double* y, std::size_t d, double* out,
                 std::size_t stride) {
    out[0] = jet.value;
    for (std::size_t a = 0; a < d; ++a)
        out[a + 1] = 2 * jet.s * x[a] + jet.r * y[a];
    for (std::size_t b = 0; b < d; ++b) {
        double* const column = out + (b + 1) * stride;
        column[0] = 2 * jet.t * y[b] + jet.r * x[b];
        const double along_x = 4 * jet.st * y[b] + 2 * jet.sr * x[b];
        const double along_y = 2 * jet.tr * y[b] + jet.rr * x[b];
        for (std::size_t a = 0; a < d; ++a)
            column[a + 1] = along_x * x[a] + along_y * y[a];
        column[b + 1] += jet.r;
    }
}

void mirror_upper(arma::mat& matrix) {
    const std::size_t n = matrix.n_rows;
    constexpr std::size_t edge = 64;
    const std::size_t blocks = (n + edge - 1) / edge;
    base::parallel_for(blocks, [&](std::size_t block) {
        const std::size_t first = block * edge;
        const std::size_t last = std::min(n, first + edge);
        for (std::size_t other = 0; other <= block; ++other)
            for (std::size_t j = first; j < last; ++j)
                for (std::size_t i = other * edge; i < std::min(j, (other + 1) * edge); ++i)
                    matrix(i, j) = matrix(j, i);
    });
}

} // namespace

arma::mat expand(const JetMatrix& jets, const arma::mat& x, const arma::mat& x2, bool symmetric,
                 JacobianLayout layout) {
    const arma::mat rows = x.t(); // the coordinates of a point side by side
    const arma::mat columns = x2.t();
    const std::size_t n = x.n_rows;
    const std::size_t m = x2.n_rows;
    const std::size_t d = x.n_cols;
    const std::size_t size = d + 1;
    arma::mat result(n * size, m * size, arma::fill::none);
    base::parallel_for(m, [&](std::size_t j) {
        arma::mat block(size, size, arma::fill::none);
        for (std::size_t i = symmetric ? j : 0; i < n; ++i) {
            const InnerProductJet<double> jet = pair_of(jets, i, j);
            if (layout == JacobianLayout::point) {
                write_block(jet, rows.colptr(i), columns.colptr(j), d, result.colptr(j * size) + i * size,
                            result.n_rows);
                continue;
            }
            write_block(jet, rows.colptr(i), columns.colptr(j), d, block.memptr(), size);
            const bool on_diagonal = symmetric && i == j;
            for (std::size_t b = 0; b < size; ++b)
                for (std::size_t a = on_diagonal ? b : 0; a < size; ++a) {
                    result(a * n + i, b * m + j) = block(a, b);
                    if (symmetric) result(b * n + j, a * m + i) = block(a, b);
                }
        }
    });
    if (symmetric && layout == JacobianLayout::point) mirror_upper(result);
    return result;
}

void expand_block(const JetMatrix& jets, std::size_t jet_i, std::size_t jet_j, const arma::rowvec& x,
                  const arma::rowvec& x2, arma::mat& block) {
    const std::size_t size = x.n_elem + 1;
    block.set_size(size, size);
    write_block(pair_of(jets, jet_i, jet_j), x.memptr(), x2.memptr(), x.n_elem, block.memptr(), size);
}

} // namespace limsym::kernel
