// A network of images compiled to operations on position pairs, and these to stages.
//
// A state of two images x, x' holds K(p, q) (and Theta, ...) for positions p of x and q of x'. Affine layers, also
// those with windows and strides, and activations keep pairs of one displacement q - p together: the state falls apart
// into one small image for each displacement, and each runs through all layers alone (nngp-kernel page, 7). Pools and
// circular windows that follow others couple displacements; there the program is cut into stages, between which states
// are stored whole. Only displacements that the result depends on are computed: after flatten, displacement 0 alone.
#pragma once

#include <array>
#include <cstddef>
#include <set>
#include <variant>
#include <vector>

#include "limsym/kernel/program.hpp"
#include "limsym/network/image_shape.hpp"
#include "limsym/network/network.hpp"

namespace limsym::kernel {

using Pair2 = std::array<std::size_t, 2>; ///< along height, along width

/// Windows over positions; see network::axis_windows.
struct Windows {
    Pair2 size{1, 1};
    Pair2 stride{1, 1};
    Pair2 low{0, 0};
    bool circular = false;

    [[nodiscard]] bool trivial() const { return size == Pair2{1, 1} && stride == Pair2{1, 1}; }
};
/// Dense and convolution: the affine map of AffineOp applied to sums over windows, `affine.weight` and
/// `affine.ntk_kernel` divided by the number of taps.
struct WindowedAffineOp {
    Windows windows;
    AffineOp affine;
};
/// The activation, and layer_norm, note the variances that they meet.
struct ImageActivationOp {
    network::Activation activation;
};
struct ImageNormaliseOp {
    double eps;
    bool all_positions; ///< variance averaged over positions
};
/// Sums over windows on both sides, times factor.
struct PoolOp {
    Windows windows;
    double factor;
};
/// One position: the mean of K(p, p).
struct FlattenOp {};
/// One position: the mean over all pairs, K.
struct GlobalPoolOp {};

struct ImageOp {
    std::variant<WindowedAffineOp, ImageActivationOp, ImageNormaliseOp, DropoutOp, CopyOp, AddOp, PoolOp, FlattenOp,
                 GlobalPoolOp, RescaleOp>
        action;
    std::size_t slot = 0;
    std::size_t layer = 0; ///< which layer of the description, from 1, repeats written out
    network::Extent in;
    network::Extent out;

    [[nodiscard]] bool reduces() const {
        return std::holds_alternative<PoolOp>(action) || std::holds_alternative<FlattenOp>(action) ||
               std::holds_alternative<GlobalPoolOp>(action);
    }
};

/// Displacements along both axes, a product set, each sorted.
struct Displacements {
    std::set<long> rows;
    std::set<long> columns;

    [[nodiscard]] bool only_zero() const { return rows == std::set<long>{0} && columns == std::set<long>{0}; }
};

/// A state that is stored between stages.
struct StoredSlot {
    std::size_t slot = 0;
    network::Extent extent;
    Displacements needed;
};

/// Operations [first, last) run displacement by displacement; a reducing operation can only be the last one.
/// Units are displacements of the stage's stored input; a torus stage's units are classes of displacements modulo the
/// extent (all its windows are circular).
struct Stage {
    std::size_t first = 0;
    std::size_t last = 0;
    bool torus = false;
    std::vector<StoredSlot> inputs;
    std::vector<StoredSlot> outputs;
    std::vector<std::array<long, 2>> units; ///< (0, 0) first, then each unit next to its opposite
};

struct ImageProgram {
    std::vector<ImageOp> ops;
    std::vector<Stage> stages;
    std::size_t slots = 1;
    network::Extent input;
    std::size_t channels = 1;
    double input_factor = 1.0; ///< K0(p, q) = input_factor x(p).x'(q)
    bool homogeneous = true;   ///< K scales with every sigma_w^2; see Program
    long log2_scale = 0;       ///< sum of all RescaleOp: true value = value 2^log2_scale
};

/// @param features columns of the data; must equal the product of input_shape
/// @throws InputError (shape; layers that are not supported)
[[nodiscard]] ImageProgram compile_images(const network::Network& network, std::size_t features);

/// Divides the state of slot 0 by 2^log2 before operation k, which must not stand within a residual block.
void insert_rescale(ImageProgram& program, std::size_t k, int log2);

} // namespace limsym::kernel
