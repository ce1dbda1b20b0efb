// Finite heavy-tailed networks, drawn without ever holding a weight matrix.
//
// Aggregated: given the layer before, a node of a layer with stable (or Gaussian) weights is exactly
// S_alpha((sigma_w^alpha sum |phi_j|^alpha u^alpha/a_n^alpha + sigma_b^alpha)^(1/alpha)), u the weights' scale: O(n) a
// layer and no memory, for one input and one output node. Streamed: any family, inputs and nodes; the weights are made
// in tiles, multiplied and forgotten: O(n^2) time, O(n k) memory; layers of Gaussian weights take the k x k square root
// of their covariance instead.
#pragma once

#include <armadillo>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "limsym/stable/heavy_network.hpp"

namespace limsym::stable {

/// (sigma_w^alpha mean |phi_j|^alpha + sigma_b^alpha)^(1/alpha): the exact law of a node of n stable weights, given the
/// n activations before it; n >= 1.
[[nodiscard]] double node_scale(const arma::vec& activations, double alpha, double sigma_w, double sigma_b);

enum class SimulationMode { automatic, aggregate, stream };
/// What weighted sums are divided by: a_n by one of its rules, or n^(1/alpha) whatever the family.
enum class SumNorming { automatic, exact, asymptotic, naive };

struct SimulationOptions {
    std::optional<std::size_t> width; ///< of all hidden layers, in place of their own
    std::size_t nodes = 1;            ///< of the last layer
    SimulationMode mode = SimulationMode::automatic;
    SumNorming norming = SumNorming::automatic;
    std::uint64_t seed = 0;
};

/// Networks of one description, seen at the same inputs. Network i depends on the seed, the widths and i alone.
class Simulation {
public:
    /// @param x inputs, one a row; @throws InputError for widths that are missing, a mode that does not apply, a
    /// norming constant that does not exist; WorkError for a super-linear layer
    Simulation(HeavyNetwork network, arma::mat x, const SimulationOptions& options);

    [[nodiscard]] bool aggregated() const { return aggregated_; }
    /// Bytes that one network holds while it is computed.
    [[nodiscard]] std::uint64_t bytes() const;
    /// Outputs of a network, nodes x inputs. What leaves the range of double is held at its ends.
    /// @param net below 2^32
    [[nodiscard]] arma::mat outputs(std::uint64_t net) const;

private:
    struct Step {
        std::size_t units;  ///< nodes of this layer
        std::size_t fan_in; ///< of the layer before, or features
        double log_factor;  ///< log of sigma_w over what the weighted sum is divided by; -infinity: no weights
    };
    /// Every piece of every layer of every network has a stream of its own; networks of other widths share none.
    [[nodiscard]] StreamName stream_of(const char* what, std::size_t layer, std::uint64_t net,
                                       std::uint64_t tile) const;
    [[nodiscard]] double aggregate(std::uint64_t net) const;
    [[nodiscard]] arma::mat stream(std::uint64_t net) const;
    /// Sum of |phi(z)|^alpha over the nodes of hidden layer `layer`, which are S_alpha(sigma).
    [[nodiscard]] double power_sum(std::uint64_t net, std::size_t layer, double sigma) const;
    [[nodiscard]] arma::mat next_layer(std::uint64_t net, std::size_t layer, const arma::mat& before) const;

    HeavyNetwork network_;
    arma::mat x_;
    std::uint64_t seed_;
    bool aggregated_ = false;
    std::vector<Step> steps_;
};

} // namespace limsym::stable
