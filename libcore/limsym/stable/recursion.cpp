#include "limsym/stable/recursion.hpp"

#include <cmath>

#include "limsym/base/error.hpp"
#include "limsym/stable/law.hpp"
#include "limsym/stable/measure.hpp"
#include "limsym/stable/moment.hpp"
#include "limsym/stable/powers.hpp"

namespace limsym::stable {

namespace {

/// (|right|^r + |left|^r)/2
double mean_side(const Growth& growth, double r) {
    return 0.5 * (std::pow(std::abs(growth.right), r) + std::pow(std::abs(growth.left), r));
}

// Sum of phi^alpha has tail k_a' sigma^a' mean_side / t at its critical index: its growth per unit of log n.
LayerScale critical(const HeavyLayer& layer, const LayerScale& before) {
    const double slope = tail_constant(before.alpha) * std::pow(before.sigma, before.alpha) *
                         mean_side(layer.growth, before.alpha / layer.growth.power);
    return {layer.alpha, combined_scale(layer.alpha, layer.sigma_w, slope, layer.sigma_b), {}, Regime::critical};
}

// n^(-power alpha/alpha') sum phi^alpha tends to a positive stable variable of index g = alpha'/(power alpha).
LayerScale super(const HeavyLayer& layer, const LayerScale& before) {
    const double index = before.alpha / layer.growth.power;
    const double g = index / layer.alpha;
    const double power = std::tgamma(1 - g) * tail_constant(before.alpha) * std::pow(before.sigma, before.alpha) *
                         mean_side(layer.growth, index);
    return {index, combined_scale(index, layer.sigma_w, power, 0.0), {}, Regime::super};
}

LayerScale next_scale(const HeavyNetwork& network, std::size_t l, const LayerScale& before, bool allow_super) {
    const HeavyLayer& layer = network.layers[l];
    // a point mass has every moment
    const Regime regime = before.sigma > 0 ? regime_of(network, l) : Regime::regular;
    if (regime == Regime::critical) return critical(layer, before);
    if (regime == Regime::super) {
        if (!allow_super) throw base::WorkError(explain(network, l) + "; --allow-super gives the dependent one");
        const std::string place = base::at_pointer(network.file, layer.pointer);
        if (l + 1 != network.layers.size())
            throw base::InputError(place, explain(network, l) + "; expected it to be the last layer");
        if (layer.sigma_b > 0)
            throw base::InputError(place + "/sigma_b", explain(network, l) + "; expected no bias there");
        return super(layer, before);
    }
    const double moment =
        activation_moment(layer.activation.activation(), layer.growth, layer.alpha, before.alpha, before.sigma);
    return {layer.alpha, combined_scale(layer.alpha, layer.sigma_w, moment, layer.sigma_b), moment, Regime::regular};
}

} // namespace

std::vector<LayerScale> scale_recursion(const HeavyNetwork& network, const arma::rowvec& x, bool allow_super) {
    SpectralMeasure first = input_measure(network, x);
    std::vector<LayerScale> scales{
        {first.alpha, power_norm(first.atoms.memptr(), first.atoms.n_elem, first.alpha), {}, Regime::input}};
    for (std::size_t l = 1; l < network.layers.size(); ++l) {
        scales.push_back(next_scale(network, l, scales.back(), allow_super));
        if (!std::isfinite(scales.back().sigma) || !std::isfinite(scales.back().moment.value_or(0.0)))
            throw base::WorkError("layer " + std::to_string(l + 1) + ": its scale leaves the range of double");
    }
    if (!std::isfinite(scales.front().sigma)) throw base::WorkError("layer 1: its scale leaves the range of double");
    return scales;
}

} // namespace limsym::stable
