#include "limsym/kernel/jacobian_jets.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "limsym/base/error.hpp"
#include "limsym/base/memory.hpp"
#include "limsym/base/parallel.hpp"

namespace limsym::kernel {

namespace {

constexpr std::size_t block_size = MomentBlock::most;
using Numbers = MomentBlock::Numbers;
using JetBlock = InnerProductJet<Numbers>;

/// Inputs with what of the recursion depends on one of them alone: the variances a(S) of all layers' inputs and da/dS.
struct Side {
    const arma::mat& x;
    arma::mat variance; ///< n x layers
    arma::mat slope;
};

void check_variances(const arma::vec& variances, std::size_t layer) {
    constexpr double largest = 1e150;
    for (const double variance : variances)
        if (!(variance <= largest))
            throw base::InputError("layer " + std::to_string(layer) +
                                   " overflows: its variance is above 1e150; expected smaller inputs or sigma_w");
}

Side make_side(const JacobianNetwork& network, const arma::mat& x) {
    const std::size_t n = x.n_rows;
    Side side{x, arma::mat(n, network.layers.size(), arma::fill::none),
              arma::mat(n, network.layers.size(), arma::fill::none)};
    arma::vec squares(n, arma::fill::zeros);
    for (std::size_t k = 0; k < x.n_cols; ++k)
        for (std::size_t i = 0; i < n; ++i)
            squares(i) += x(i, k) * x(i, k);
    arma::vec variance(n, arma::fill::none);
    arma::vec slope(n);
    for (std::size_t i = 0; i < n; ++i)
        variance(i) = network.input_bias + network.input_weight * squares(i);
    slope.fill(network.input_weight);
    for (std::size_t l = 0; l < network.layers.size(); ++l) {
        check_variances(variance, l + 1);
        side.variance.col(l) = variance;
        side.slope.col(l) = slope;
        const JacobianLayer& layer = network.layers[l];
        base::parallel_for((n + block_size - 1) / block_size, [&](std::size_t piece) {
            MomentBlock block{};
            const std::size_t first = piece * block_size;
            const std::size_t count = std::min(block_size, n - first);
            for (std::size_t i = 0; i < count; ++i)
                block.a[i] = block.b[i] = block.c[i] = variance(first + i);
            evaluate_moments(layer.form, count, block);
            const auto& m = block.moments;
            for (std::size_t i = 0; i < count; ++i) {
                variance(first + i) = layer.bias + layer.weight * m.f[i];
                slope(first + i) *= layer.weight * (m.fc[i] + m.fa[i] + m.fb[i]);
            }
        });
    }
    check_variances(variance, network.layers.size() + 1);
    return side;
}

/// Some pairs under way through the layers.
struct Pairs {
    MomentBlock moments{};
    JetBlock nngp{};
    JetBlock ntk{};
    Numbers row_slope{};    ///< da/dS
    Numbers column_slope{}; ///< db/dT
};

void start(const JacobianNetwork& network, std::size_t count, const Numbers& products, Pairs& pairs) {
    pairs.nngp = {};
    for (std::size_t i = 0; i < count; ++i) {
        pairs.nngp.value[i] = network.input_bias + network.input_weight * products[i];
        pairs.nngp.r[i] = network.input_weight;
    }
    pairs.ntk = pairs.nngp;
}

/// One layer: moments at (a, b, c = K) are there; K and Theta become those after the next dense layer.
void advance(const JacobianLayer& layer, std::size_t count, bool ntk, Pairs& pairs) {
    const Moments<Numbers>& m = pairs.moments.moments;
    JetBlock& k = pairs.nngp;
    JetBlock& q = pairs.ntk;
    const double w = layer.weight;
    const double bias = layer.bias;
    for (std::size_t i = 0; i < count; ++i) {
        const double da = pairs.row_slope[i];
        const double db = pairs.column_slope[i];
        const double cs = k.s[i];
        const double ct = k.t[i];
        const double cr = k.r[i];
        const double cst = k.st[i];
        const double csr = k.sr[i];
        const double ctr = k.tr[i];
        const double crr = k.rr[i];
        const double fc = m.fc[i];
        const double fcc = m.fcc[i];
        const double fca = m.fca[i];
        const double fcb = m.fcb[i];
        // the chain rule for G(a(S), b(T), c(S, T, R)) with G = F
        k.value[i] = bias + w * m.f[i];
        k.s[i] = w * (fc * cs + m.fa[i] * da);
        k.t[i] = w * (fc * ct + m.fb[i] * db);
        k.r[i] = w * (fc * cr);
        k.st[i] = w * (fc * cst + fcc * cs * ct + fcb * cs * db + fca * da * ct + 0.25 * fcc * da * db);
        k.sr[i] = w * (fc * csr + (fcc * cs + fca * da) * cr);
        k.tr[i] = w * (fc * ctr + (fcc * ct + fcb * db) * cr);
        k.rr[i] = w * (fc * crr + fcc * cr * cr);
        if (!ntk) continue;
        // the same with G = Fc: the kernel of derivatives
        const double fccc = m.fccc[i];
        const double fcca = m.fcca[i];
        const double fccb = m.fccb[i];
        const double es = fcc * cs + fca * da;
        const double et = fcc * ct + fcb * db;
        const double er = fcc * cr;
        const double est = fcc * cst + fccc * cs * ct + fccb * cs * db + fcca * da * ct + 0.25 * fccc * da * db;
        const double esr = fcc * csr + (fccc * cs + fcca * da) * cr;
        const double etr = fcc * ctr + (fccc * ct + fccb * db) * cr;
        const double err = fcc * crr + fccc * cr * cr;
        // Theta' = K' + sigma_w^2 E Theta by the product rule
        const double p = q.value[i];
        const double ps = q.s[i];
        const double pt = q.t[i];
        const double pr = q.r[i];
        q.value[i] = k.value[i] + w * (fc * p);
        q.s[i] = k.s[i] + w * (es * p + fc * ps);
        q.t[i] = k.t[i] + w * (et * p + fc * pt);
        q.r[i] = k.r[i] + w * (er * p + fc * pr);
        q.st[i] = k.st[i] + w * (est * p + es * pt + et * ps + fc * q.st[i]);
        q.sr[i] = k.sr[i] + w * (esr * p + es * pr + er * ps + fc * q.sr[i]);
        q.tr[i] = k.tr[i] + w * (etr * p + et * pr + er * pt + fc * q.tr[i]);
        q.rr[i] = k.rr[i] + w * (err * p + 2 * er * pr + fc * q.rr[i]);
    }
}

/// The pairs (first + i, column), or (first + i, first + i).
struct PairRange {
    std::size_t first;
    std::size_t count;
    std::size_t column;
    bool diagonal = false;
};

void run(const JacobianNetwork& network, const Side& rows, const Side& columns, const PairRange& range, bool ntk,
         Pairs& pairs) {
    const std::size_t count = range.count;
    const auto column_of = [&](std::size_t i) { return range.diagonal ? range.first + i : range.column; };
    // every product is summed in the order of the squares: equal inputs give equal bits
    Numbers products{};
    for (std::size_t k = 0; k < rows.x.n_cols; ++k) {
        const double* const x = rows.x.colptr(k) + range.first;
        const double* const x2 = columns.x.colptr(k);
        for (std::size_t i = 0; i < count; ++i)
            products[i] += x[i] * x2[column_of(i)];
    }
    start(network, count, products, pairs);
    for (std::size_t l = 0; l < network.layers.size(); ++l) {
        const double* const a = rows.variance.colptr(l) + range.first;
        const double* const b = columns.variance.colptr(l);
        const double* const da = rows.slope.colptr(l) + range.first;
        const double* const db = columns.slope.colptr(l);
        for (std::size_t i = 0; i < count; ++i) {
            pairs.moments.a[i] = a[i];
            pairs.moments.b[i] = b[column_of(i)];
            pairs.moments.c[i] = pairs.nngp.value[i];
            pairs.row_slope[i] = da[i];
            pairs.column_slope[i] = db[column_of(i)];
        }
        evaluate_moments(network.layers[l].form, count, pairs.moments);
        advance(network.layers[l], count, ntk, pairs);
    }
}

template <typename Visit>
void for_each_part(bool values_only, JetMatrix& jets, JetBlock& block, const Visit& visit) {
    visit(jets.value, block.value);
    if (values_only) return;
    visit(jets.s, block.s);
    visit(jets.t, block.t);
    visit(jets.r, block.r);
    visit(jets.st, block.st);
    visit(jets.sr, block.sr);
    visit(jets.tr, block.tr);
    visit(jets.rr, block.rr);
}

void allocate(JetMatrix& jets, std::size_t rows, std::size_t columns, bool values_only) {
    JetBlock unused{};
    for_each_part(values_only, jets, unused, [&](arma::mat& matrix, Numbers&) { matrix.set_size(rows, columns); });
}

void store(const PairRange& range, bool values_only, JetBlock& block, JetMatrix& jets) {
    for_each_part(values_only, jets, block, [&](arma::mat& matrix, Numbers& numbers) {
        double zero = 0.0; // NaN if a number is not finite
        for (std::size_t i = 0; i < range.count; ++i)
            zero += 0.0 * numbers[i];
        if (zero != 0.0) throw base::WorkError("the kernel leaves the range of double; try smaller inputs or sigma_w");
        std::copy_n(numbers.begin(), range.count, matrix.colptr(range.column) + range.first);
    });
}

void mirror(const arma::mat& from, arma::mat& to, std::size_t j) {
    for (std::size_t i = 0; i < j; ++i)
        to(i, j) = from(j, i);
}

/// Fills the upper triangle from the lower one, S and T change places; on the diagonal they are equal.
void mirror(JetMatrix& jets, bool values_only) {
    const std::size_t n = jets.value.n_rows;
    base::parallel_for(n, [&](std::size_t j) {
        mirror(jets.value, jets.value, j);
        if (values_only) return;
        mirror(jets.r, jets.r, j);
        mirror(jets.st, jets.st, j);
        mirror(jets.rr, jets.rr, j);
        mirror(jets.t, jets.s, j);
        mirror(jets.s, jets.t, j);
        mirror(jets.tr, jets.sr, j);
        mirror(jets.sr, jets.tr, j);
        jets.t(j, j) = jets.s(j, j);
        jets.tr(j, j) = jets.sr(j, j);
    });
}

void finish(JetMatrix& jets, bool wanted, bool symmetric, bool values_only) {
    if (!wanted)
        jets = {};
    else if (symmetric)
        mirror(jets, values_only);
}

} // namespace

JacobianKernels jacobian_kernels(const JacobianNetwork& network, const arma::mat& x, const arma::mat* x2,
                                 const JetOptions& options, const base::Monitor& monitor) {
    const bool symmetric = x2 == nullptr;
    const Side rows = make_side(network, x);
    const std::unique_ptr<const Side> other =
        symmetric ? nullptr : std::make_unique<const Side>(make_side(network, *x2));
    const Side& columns = symmetric ? rows : *other;
    const std::size_t n = x.n_rows;
    const std::size_t m = columns.x.n_rows;
    JacobianKernels result;
    if (options.nngp) allocate(result.nngp, n, m, options.values_only);
    if (options.ntk) allocate(result.ntk, n, m, options.values_only);

    // pieces of a block of rows and a few columns; of a symmetric matrix those on and below the diagonal
    constexpr std::size_t strip = 16;
    const std::size_t row_blocks = (n + block_size - 1) / block_size;
    const std::size_t strips = (m + strip - 1) / strip;
    base::parallel_for(
        row_blocks * strips,
        [&](std::size_t piece) {
            PairRange range{(piece % row_blocks) * block_size, 0, 0};
            const std::size_t end = std::min(n, range.first + block_size);
            const std::size_t first_column = (piece / row_blocks) * strip;
            const std::size_t last_column = std::min(m, first_column + strip);
            if (symmetric && first_column >= end) return;
            const auto pairs = std::make_unique<Pairs>();
            for (range.column = first_column; range.column < last_column; ++range.column) {
                PairRange below = range;
                if (symmetric) below.first = std::max(range.first, range.column);
                if (below.first >= end) break;
                below.count = end - below.first;
                run(network, rows, columns, below, options.ntk, *pairs);
                if (options.nngp) store(below, options.values_only, pairs->nngp, result.nngp);
                if (options.ntk) store(below, options.values_only, pairs->ntk, result.ntk);
            }
        },
        monitor, "kernel");
    finish(result.nngp, options.nngp, symmetric, options.values_only);
    finish(result.ntk, options.ntk, symmetric, options.values_only);
    return result;
}

JacobianKernels jacobian_diagonal(const JacobianNetwork& network, const arma::mat& x, const JetOptions& options) {
    const Side side = make_side(network, x);
    const std::size_t n = x.n_rows;
    JacobianKernels result;
    if (options.nngp) allocate(result.nngp, n, 1, options.values_only);
    if (options.ntk) allocate(result.ntk, n, 1, options.values_only);
    base::parallel_for((n + block_size - 1) / block_size, [&](std::size_t piece) {
        const std::size_t first = piece * block_size;
        const PairRange range{first, std::min(block_size, n - first), 0, true};
        const auto pairs = std::make_unique<Pairs>();
        run(network, side, side, range, options.ntk, *pairs);
        for (JetBlock* block : {&pairs->nngp, &pairs->ntk}) {
            block->t = block->s;
            block->tr = block->sr;
        }
        if (options.nngp) store(range, options.values_only, pairs->nngp, result.nngp);
        if (options.ntk) store(range, options.values_only, pairs->ntk, result.ntk);
    });
    return result;
}

std::uint64_t jet_bytes(bool values_only) {
    return (values_only ? 1 : 8) * sizeof(double);
}

std::uint64_t dense_bytes(std::uint64_t features) {
    return base::saturating_product(base::saturating_product(features + 1, features + 1), sizeof(double));
}

std::uint64_t matrix_bytes(std::uint64_t n1, std::uint64_t n2, std::uint64_t pair_bytes) {
    return base::saturating_product(base::saturating_product(n1, n2), pair_bytes);
}

} // namespace limsym::kernel
