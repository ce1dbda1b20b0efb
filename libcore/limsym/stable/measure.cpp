#include "limsym/stable/measure.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include <cblas.h>

#include "limsym/base/error.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/numerics/blas.hpp"
#include "limsym/numerics/square_root.hpp"
#include "limsym/stable/powers.hpp"

namespace limsym::stable {

namespace {

constexpr std::size_t tile_atoms = 1024;
/// Atoms whose directions differ by less than this are parallel.
constexpr double same_direction = 1e-14;

double largest_magnitude(const arma::mat& atoms, arma::uword column) {
    double most = 0.0;
    for (arma::uword i = 0; i < atoms.n_rows; ++i)
        most = std::max(most, std::abs(atoms(i, column)));
    return most;
}

/// u and v, each divided by its largest magnitude, are equal up to sign.
bool parallel(const arma::mat& atoms, arma::uword u, arma::uword v) {
    const double size_u = largest_magnitude(atoms, u);
    const double size_v = largest_magnitude(atoms, v);
    double plus = 0.0;
    double minus = 0.0;
    for (arma::uword i = 0; i < atoms.n_rows; ++i) {
        const double a = atoms(i, u) / size_u;
        const double b = atoms(i, v) / size_v;
        plus = std::max(plus, std::abs(a - b));
        minus = std::max(minus, std::abs(a + b));
    }
    return std::min(plus, minus) <= same_direction;
}

/// Nothing is merged: two of many particles are hardly ever parallel.
arma::mat without_zeros(const arma::mat& atoms) {
    std::vector<arma::uword> kept;
    for (arma::uword m = 0; m < atoms.n_cols; ++m)
        if (largest_magnitude(atoms, m) > 0) kept.push_back(m);
    if (kept.size() == atoms.n_cols) return atoms;
    return atoms.cols(arma::uvec(kept));
}

/// Drops zero atoms and merges parallel ones: v -> (|c1|^alpha + |c2|^alpha)^(1/alpha) u. Quadratic in their number,
/// so that very many are left as they are: the law is the same.
arma::mat merged(const arma::mat& atoms, double alpha) {
    constexpr arma::uword most = 5000;
    if (atoms.n_cols > most) return without_zeros(atoms);
    std::vector<arma::uword> kept;
    std::vector<double> growth; // of every kept atom
    for (arma::uword m = 0; m < atoms.n_cols; ++m) {
        const double size = largest_magnitude(atoms, m);
        if (!(size > 0)) continue;
        const auto same = std::find_if(kept.begin(), kept.end(), [&](arma::uword u) { return parallel(atoms, u, m); });
        if (same == kept.end()) {
            kept.push_back(m);
            growth.push_back(1.0);
        } else {
            double& factor = growth[static_cast<std::size_t>(same - kept.begin())];
            const double before = largest_magnitude(atoms, *same);
            if (size < 1e100 * before) {
                factor = combined_scale(alpha, factor, 1.0, size / before);
            } else { // whose quotient may leave double
                factor = combined_scale(alpha, factor, 1.0, 0.0) * (before / size);
                factor = combined_scale(alpha, 1.0, 1.0, factor);
                *same = m;
            }
        }
    }
    arma::mat result(atoms.n_rows, kept.size(), arma::fill::none);
    for (std::size_t j = 0; j < kept.size(); ++j)
        result.col(j) = growth[j] * atoms.col(kept[j]);
    return result;
}

} // namespace

arma::vec exponent(const SpectralMeasure& measure, const arma::mat& t) {
    arma::vec psi(t.n_cols, arma::fill::zeros);
    if (measure.atoms.n_cols == 0) return psi;
    base::parallel_for(t.n_cols, [&](std::size_t j) {
        arma::vec products = measure.atoms.t() * t.col(j);
        psi(j) = power_sum_in_place(products.memptr(), products.n_elem, measure.alpha);
    });
    return psi;
}

SpectralMeasure input_measure(const HeavyNetwork& network, const arma::mat& x) {
    require_stable_input_layer(network);
    const HeavyLayer& layer = network.layers.front();
    const auto* stable = std::get_if<StableWeight>(&layer.weights);
    double factor = layer.sigma_w;
    if (network.unit_input)
        factor *= stable != nullptr ? stable->scale : std::get<GaussianWeight>(layer.weights).scale / std::sqrt(2.0);
    else
        factor *= std::pow(static_cast<double>(x.n_cols), -1 / layer.alpha);
    arma::mat atoms(x.n_rows, x.n_cols + 1, arma::fill::none);
    atoms.head_cols(x.n_cols) = factor * x;
    atoms.tail_cols(1).fill(layer.sigma_b);
    if (!atoms.is_finite())
        throw base::WorkError("layer 1: an input times its weights' scale leaves the range of double");
    return {layer.alpha, merged(atoms, layer.alpha)};
}

SpectralMeasure next_measure(const HeavyNetwork& network, std::size_t layer, arma::mat particles) {
    const HeavyLayer& here = network.layers[layer];
    const std::size_t count = particles.n_cols;
    apply_activation(here, particles.memptr(), particles.n_elem);
    particles *= here.sigma_w * std::pow(static_cast<double>(count), -1 / here.alpha);
    particles.resize(particles.n_rows, count + 1);
    particles.tail_cols(1).fill(here.sigma_b);
    return {here.alpha, without_zeros(particles)};
}

arma::mat draw(const SpectralMeasure& measure, const StreamName& stream, std::size_t count,
               const base::Monitor& monitor) {
    numerics::use_serial_blas();
    const std::size_t k = measure.atoms.n_rows;
    const std::size_t atoms = measure.atoms.n_cols;
    arma::mat values(k, count, arma::fill::zeros);
    if (atoms == 0) return values;
    // at alpha 2 the covariance says it all
    const bool gaussian = measure.alpha == 2 && k < atoms;
    arma::mat root = measure.atoms;
    if (gaussian) {
        const arma::mat covariance = 2 * measure.atoms * measure.atoms.t();
        root = numerics::square_root(covariance);
    }
    const std::size_t sources = root.n_cols;
    const WeightLaw law = gaussian ? WeightLaw(GaussianWeight{}) : WeightLaw(StableWeight{measure.alpha});
    const auto block = [&](std::size_t b) {
        const std::size_t first = b * vectors_of_stream;
        // All vectors of a stream are made, also where fewer are wanted: the bits of one do not depend on `count`.
        arma::mat variates(sources, vectors_of_stream, arma::fill::none);
        fill_weights(law, {stream.seed, stream.purpose, stream.index + b}, variates.memptr(), variates.n_elem);
        arma::mat sum(k, vectors_of_stream, arma::fill::zeros);
        arma::mat rest(k, vectors_of_stream, arma::fill::zeros);
        arma::mat part(k, vectors_of_stream, arma::fill::none);
        for (std::size_t begin = 0; begin < sources; begin += tile_atoms) {
            const std::size_t length = std::min(tile_atoms, sources - begin);
            cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, static_cast<int>(k),
                        static_cast<int>(vectors_of_stream), static_cast<int>(length), 1.0, root.colptr(begin),
                        static_cast<int>(k), variates.memptr() + begin, static_cast<int>(sources), 0.0, part.memptr(),
                        static_cast<int>(k));
            add_compensated(sum.memptr(), rest.memptr(), part.memptr(), part.n_elem);
        }
        const std::size_t wanted = std::min(vectors_of_stream, count - first);
        for (std::size_t i = 0; i < k * wanted; ++i)
            values.colptr(first)[i] = std::isfinite(rest[i]) ? sum[i] + rest[i] : sum[i];
    };
    base::parallel_for((count + vectors_of_stream - 1) / vectors_of_stream, block, monitor, "draws");
    return values;
}

void require_regular(const HeavyNetwork& network) {
    for (std::size_t l = 1; l < network.layers.size(); ++l) {
        const Regime regime = regime_of(network, l);
        if (regime == Regime::critical || regime == Regime::super) throw base::WorkError(explain(network, l));
    }
}

SpectralMeasure population_measure(const HeavyNetwork& network, const arma::mat& x, const PopulationOptions& options,
                                   const base::Monitor& monitor) {
    require_regular(network);
    SpectralMeasure measure = input_measure(network, x);
    for (std::size_t l = 1; l < network.layers.size(); ++l) {
        const StreamName stream{options.seed, "population " + std::to_string(l), options.replicate << 32U};
        measure = next_measure(network, l, draw(measure, stream, options.particles, monitor));
    }
    return measure;
}

double population_cost(const HeavyNetwork& network, const arma::mat& x, std::size_t particles) {
    const auto m = static_cast<double>(particles);
    double cost = 0.0;
    for (std::size_t l = 1; l < network.layers.size(); ++l)
        cost += m * (l == 1 ? static_cast<double>(x.n_cols + 1) : m);
    return cost;
}

} // namespace limsym::stable
