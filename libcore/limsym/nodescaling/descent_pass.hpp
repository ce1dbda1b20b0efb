// One training step of a shallow network, fused: the change of the weights by a residual and the outputs afterwards in
// a single sweep over the nodes, while a group of nodes is in the cache.
//
//     W := W - rate (phi'(Z) o (R C'))' X / sqrt(d),      Z = X W' / sqrt(d),   f = phi(Z) C,   C_jk = sqrt(lambda_j)
//     a_jk
//
// Pre-activations are never stored: of relu one bit a (row, node) stays, of smooth activations phi'. Nodes are cut into
// pieces by their number alone, whose outputs are added in order: the bits do not depend on the number of threads.
#pragma once

#include <armadillo>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "limsym/nodescaling/shallow_network.hpp"

namespace limsym::nodescaling {

/// T = double or float: of the weights, outputs and products.
template <typename T>
class DescentPass {
public:
    /// @param network gives scales, signs, activation and the weights to start from
    /// @param x n x d, in the network's units
    DescentPass(const ShallowNetwork& network, const arma::mat& x);
    DescentPass(DescentPass&&) noexcept;
    DescentPass& operator=(DescentPass&&) noexcept;
    ~DescentPass();

    /// The outputs at the present weights, n x K; refers to the last sweep's.
    [[nodiscard]] const arma::Mat<T>& outputs() const;
    /// Changes the weights by a residual (n x K) and computes the outputs there.
    void descend(const arma::Mat<T>& residual, double rate);
    /// d x m: (phi'(Z) o (R C'))' X / sqrt(d) at the present weights, which stay.
    void gradient(const arma::Mat<T>& residual, arma::Mat<T>& result) const;

    /// d x m, one column a node.
    [[nodiscard]] arma::Mat<T> weights() const;
    /// Takes other weights (d x m) and computes the outputs there.
    void set_weights(const arma::Mat<T>& w);

    [[nodiscard]] static std::uint64_t bytes(std::size_t n, std::size_t d, std::size_t m, std::size_t outputs,
                                             bool relu);

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace limsym::nodescaling
