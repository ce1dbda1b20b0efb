// Fully connected networks with heavy-tailed weights (Jung, Lee, Lee, Yang 2023, section 2):
//   Y1 = W1 x + B1,   Yl = (1/a_n) Wl phi(Y(l-1)) + Bl,   B iid S_alpha(sigma_b),
// W iid of a law in the domain of attraction of S_alpha, n the width of layer l-1, a_n its norming constant; alpha may
// differ by layer. sigma_w multiplies the weighted sum, so that the sum's limit is sigma_w times that of unit scale.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "limsym/network/block_activation.hpp"
#include "limsym/network/network.hpp"
#include "limsym/stable/weights.hpp"

namespace limsym::stable {

/// phi(z) ~ right z^power as z -> infinity, left |z|^power as z -> -infinity. With power 0 these are limits of phi; a
/// periodic phi has none.
struct Growth {
    double power = 0.0;
    double left = 0.0;
    double right = 0.0;
    bool periodic = false;
    bool exact = false; ///< phi is the right hand side itself
};
/// @throws InputError at `place` for an activation that heavy-tailed networks do not support
[[nodiscard]] Growth growth_of(const network::Activation& activation, const std::string& place);

struct HeavyLayer {
    double alpha = 2.0;
    double sigma_w = 1.0;
    double sigma_b = 0.0;
    std::optional<std::size_t> width;
    WeightLaw weights = StableWeight{2.0};
    network::BlockActivation activation; ///< acts on the layer before this one; without meaning in layer 1
    Growth growth;                       ///< of it
    std::string pointer;                 ///< "/layers/2/dense"
};

struct HeavyNetwork {
    std::string file;
    bool unit_input = false; ///< layer 1 is as written; else its weighted sum is divided by a_d of its own family
    std::vector<HeavyLayer> layers;
};

/// How sigma_w and sigma_b of layers with alpha 2 are meant.
enum class ScaleMeaning { characteristic_function, standard_deviation };
/// What a given scale of a layer is multiplied by to be that of the characteristic function.
[[nodiscard]] double scale_unit(double alpha, ScaleMeaning meaning);

/// @param alpha of dense layers that say none
/// @throws InputError at FILE:/layers/2/dense/alpha and the like: no alpha, another family's index, layers that are not
/// dense and activation in turn
[[nodiscard]] HeavyNetwork heavy_network(const network::Network& network, std::optional<double> alpha,
                                         ScaleMeaning meaning);

/// values[i] = phi(values[i]), held inside the range of double before.
void apply_activation(const HeavyLayer& layer, double* values, std::size_t count);

/// Layer 1 is exactly stable at every input: stable or Gaussian weights. @throws InputError naming its weights
/// otherwise
void require_stable_input_layer(const HeavyNetwork& network);

/// How the sum of layer l (>= 1, 0-based) behaves, from alpha of layer l-1 and the growth of phi.
enum class Regime {
    input,    ///< layer 1
    regular,  ///< E |phi|^alpha is finite
    critical, ///< power * alpha is the index of the layer before: a_n (log n)^(1/alpha) in place of a_n
    super,    ///< beyond: n^(power/alpha'), nodes depend on one another
};
[[nodiscard]] std::string_view regime_name(Regime regime);
[[nodiscard]] Regime regime_of(const HeavyNetwork& network, std::size_t layer);

/// "layer 2: super-linear ..." and why. The sentence says which limit there is.
[[nodiscard]] std::string explain(const HeavyNetwork& network, std::size_t layer);

} // namespace limsym::stable
