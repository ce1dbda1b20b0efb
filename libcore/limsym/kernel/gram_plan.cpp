// What a Gram matrix costs, before it is computed.
#include <algorithm>

#include "limsym/base/memory.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/data/tile_store.hpp"
#include "limsym/kernel/dual_book.hpp"
#include "limsym/kernel/gram.hpp"
#include "limsym/kernel/image_tiles.hpp"
#include "limsym/kernel/program.hpp"
#include "limsym/kernel/tile_engine.hpp"
#include "limsym/network/image_shape.hpp"

namespace limsym::kernel {

namespace {

// Floating-point operations of one activation for one pair: a root, a polynomial and a few more.
constexpr double activation_flops = 60.0;

// What the layers cost one pair, and what series and tables keep of one point.
struct LayerCost {
    double flops = 0.0;
    std::uint64_t kept = 0; ///< numbers
};
LayerCost layer_cost(const Program& program, const GramOptions& options) {
    DualBook book(options.series_tolerance);
    LayerCost cost;
    for (const Op& op : program.ops) {
        if (const auto* action = std::get_if<ActivationOp>(&op.action)) {
            const std::uint64_t terms = book.planned_terms(action->activation, options.ntk);
            cost.flops += activation_flops + 2.0 * static_cast<double>(terms);
            if (needs_range(action->activation)) cost.kept += 5 + terms;
        } else {
            cost.flops += 2.0;
        }
    }
    if (options.ntk) cost.flops *= 1.5;
    return cost;
}

} // namespace

GramPlan plan_gram(const network::Network& network, const GramShape& shape, const GramOptions& options,
                   bool single_precision, GramLayout layout) {
    using base::saturating_product;
    const auto [rows, cols, features, symmetric] = shape;
    const bool images = network::acts_on_images(network);
    const bool diagonal_only = layout == GramLayout::diagonal;
    const std::uint64_t number = single_precision ? sizeof(float) : sizeof(double);
    const std::uint64_t kinds = static_cast<std::uint64_t>(options.nngp) + static_cast<std::uint64_t>(options.ntk);
    const auto add = [](std::uint64_t a, std::uint64_t b) { return a > UINT64_MAX - b ? UINT64_MAX : a + b; };

    GramPlan plan;
    plan.rows = rows;
    plan.cols = diagonal_only ? 1 : cols;
    plan.strategy = diagonal_only ? "diagonal" : layout == GramLayout::tiles ? "tile-store" : "tiles";
    std::uint64_t entries = saturating_product(rows, cols);
    if (diagonal_only)
        entries = rows;
    else if (layout == GramLayout::lower)
        entries = rows % 2 == 0 ? saturating_product(rows / 2, rows + 1) : saturating_product(rows, (rows + 1) / 2);
    else if (layout == GramLayout::tiles)
        entries = data::TileGrid{rows, cols, options.tile, symmetric}.entries();
    plan.bytes = saturating_product(saturating_product(entries, kinds), number);
    plan.bytes_peak = layout == GramLayout::tiles ? 0 : plan.bytes;
    // Half of the pairs of one set of rows are computed; the others are their mirror images.
    const double pairs = diagonal_only ? static_cast<double>(rows)
                         : symmetric   ? 0.5 * static_cast<double>(rows) * (static_cast<double>(rows) + 1.0)
                                       : static_cast<double>(rows) * static_cast<double>(cols);
    if (images) {
        const ImageCost cost = image_cost(network, features, options.ntk ? 2 : 1, number, options.series_tolerance);
        if (layout == GramLayout::full || layout == GramLayout::lower)
            plan.strategy = cost.displacements ? "displacements" : "positions";
        plan.bytes_peak = add(plan.bytes_peak, saturating_product(cost.thread_bytes, base::thread_limit()));
        const std::uint64_t kept = saturating_product(features, sizeof(double)) + cost.image_bytes;
        plan.bytes_peak = add(plan.bytes_peak, saturating_product(diagonal_only ? rows : add(rows, cols), kept));
        plan.flops = pairs * cost.pair_flops;
        return plan;
    }
    const Program program = compile(network, features);
    const LayerCost cost = layer_cost(program, options);
    if (!diagonal_only) {
        const std::uint64_t edge = layout == GramLayout::tiles ? options.tile : tile_edge(options.tile, rows, cols);
        const std::uint64_t slots = program.slots * (options.ntk ? 2 : 1);
        const std::uint64_t tile = saturating_product(saturating_product(edge, edge), slots * number);
        plan.bytes_peak = add(plan.bytes_peak, saturating_product(tile, base::thread_limit()));
        // Lower triangles are written out from a full matrix.
        if (layout == GramLayout::lower) {
            const std::uint64_t full = saturating_product(saturating_product(rows, cols), kinds * number);
            plan.bytes_peak = add(plan.bytes_peak - plan.bytes, full);
        }
        const std::uint64_t inputs = saturating_product(add(rows, cols), features);
        plan.bytes_peak = add(plan.bytes_peak, saturating_product(inputs, sizeof(double) + number));
        const std::uint64_t points = symmetric ? rows : add(rows, cols);
        plan.bytes_peak = add(plan.bytes_peak, saturating_product(points, cost.kept * number));
    }
    plan.flops = pairs * (2.0 * static_cast<double>(features) + cost.flops);
    return plan;
}

} // namespace limsym::kernel
