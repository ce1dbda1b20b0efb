#include "limsym/kernel/image_program.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "limsym/base/error.hpp"

namespace limsym::kernel {

namespace {

using network::Extent;

class Compiler {
public:
    Compiler(const network::Network& network, std::size_t features) : network_(network), fan_(features) {
        if (network.input_shape) {
            const auto& shape = *network.input_shape;
            program_.input = {shape[0], shape[1]};
            fan_ = shape[2];
        }
        program_.channels = fan_;
        program_.input_factor = network.unit_input ? 1.0 : 1.0 / static_cast<double>(fan_);
    }

    ImageProgram run() {
        Extent extent = program_.input;
        layers(network_.layers, "/layers", 0, extent, true);
        return std::move(program_);
    }

private:
    void layers(const std::vector<network::Layer>& list, const std::string& pointer, std::size_t slot, Extent& extent,
                bool top) {
        for (std::size_t i = 0; i < list.size(); ++i) {
            const std::string here = pointer + "/" + std::to_string(i);
            readout_ = top && i + 1 == list.size();
            std::visit([&](const auto& layer) { add(layer, here, slot, extent); }, list[i].value);
        }
    }

    void push(std::size_t slot, decltype(ImageOp::action) action, const Extent& in, const Extent& out) {
        program_.ops.push_back({std::move(action), slot, layer_, in, out});
    }

    template <typename Affine>
    void add_affine(const Affine& layer, const Windows& windows, std::size_t slot, const Extent& in,
                    const Extent& out) {
        ++layer_;
        const auto taps = static_cast<double>(windows.size[0] * windows.size[1]);
        AffineOp affine;
        affine.weight = layer.sigma_w * layer.sigma_w / taps;
        affine.bias = layer.sigma_b * layer.sigma_b;
        affine.ntk_kernel = network_.standard ? static_cast<double>(fan_) : affine.weight;
        affine.ntk_bias = network_.standard ? (layer.has_bias ? 1.0 : 0.0) : affine.bias;
        affine.readout = readout_;
        if (affine.bias != 0.0 || affine.ntk_bias != 0.0) program_.homogeneous = false;
        push(slot, WindowedAffineOp{windows, affine}, in, out);
        if (layer.width) fan_ = *layer.width;
    }
    static Extent slide(Windows& windows, network::Padding padding, const Extent& in) {
        const auto rows = network::axis_windows(in.height, windows.size[0], windows.stride[0], padding);
        const auto columns = network::axis_windows(in.width, windows.size[1], windows.stride[1], padding);
        windows.low = {rows.value().low, columns.value().low};
        windows.circular = padding == network::Padding::circular;
        return {rows->count, columns->count};
    }

    void add(const network::Dense& layer, const std::string& pointer, std::size_t slot, Extent& extent) {
        if (layer.node_variances)
            throw base::InputError(base::at_pointer(network_.file, pointer + "/dense/node_variances"),
                                   "node_variances is not supported");
        add_affine(layer, {}, slot, extent, extent);
    }
    void add(const network::Convolution& layer, const std::string&, std::size_t slot, Extent& extent) {
        Windows windows{layer.kernel, layer.stride, {0, 0}, false};
        const Extent in = extent;
        extent = slide(windows, layer.padding, in);
        add_affine(layer, windows, slot, in, extent);
    }
    void add(const network::ActivationLayer& layer, const std::string&, std::size_t slot, Extent& extent) {
        ++layer_;
        if (!absolutely_homogeneous(layer.activation.kind)) program_.homogeneous = false;
        if (layer.activation.kind != network::ActivationKind::identity)
            push(slot, ImageActivationOp{layer.activation}, extent, extent);
    }
    void add(const network::LayerNorm& layer, const std::string&, std::size_t slot, Extent& extent) {
        ++layer_;
        program_.homogeneous = false;
        push(slot, ImageNormaliseOp{layer.eps, layer.all_axes}, extent, extent);
    }
    void add(const network::Dropout& layer, const std::string&, std::size_t slot, Extent& extent) {
        ++layer_;
        if (layer.keep != 1.0) push(slot, DropoutOp{layer.keep}, extent, extent);
    }
    void add(const network::Residual& layer, const std::string& pointer, std::size_t slot, Extent& extent) {
        const std::size_t other = free_slot_++;
        program_.slots = std::max(program_.slots, free_slot_);
        const std::size_t fan_before = fan_;
        Extent shortcut = extent;
        push(slot, CopyOp{other}, extent, extent);
        layers(layer.branch, pointer + "/residual/branch", slot, extent, false);
        const std::size_t fan_after = fan_;
        fan_ = fan_before;
        layers(layer.shortcut, pointer + "/residual/shortcut", other, shortcut, false);
        fan_ = fan_after;
        push(slot, AddOp{other}, extent, extent);
        --free_slot_;
    }
    void add(const network::Repeat& layer, const std::string& pointer, std::size_t slot, Extent& extent) {
        for (std::size_t k = 0; k < layer.times; ++k)
            layers(layer.layers, pointer + "/repeat/layers", slot, extent, false);
    }
    void add(const network::Pool& layer, const std::string&, std::size_t slot, Extent& extent) {
        ++layer_;
        Windows windows{layer.window, layer.stride, {0, 0}, false};
        const Extent in = extent;
        extent = slide(windows, layer.padding, in);
        const auto area = static_cast<double>(layer.window[0] * layer.window[1]);
        push(slot, PoolOp{windows, layer.sum ? 1.0 : 1.0 / (area * area)}, in, extent);
    }
    void add(const network::Flatten&, const std::string&, std::size_t slot, Extent& extent) {
        ++layer_;
        fan_ *= extent.positions();
        if (extent.positions() > 1) push(slot, FlattenOp{}, extent, {});
        extent = {};
    }
    void add(const network::GlobalAveragePool&, const std::string&, std::size_t slot, Extent& extent) {
        ++layer_;
        if (extent.positions() > 1) push(slot, GlobalPoolOp{}, extent, {});
        extent = {};
    }
    void add(const network::Attention&, const std::string& pointer, std::size_t, Extent&) {
        throw base::InputError(base::at_pointer(network_.file, pointer), "attention is not supported here");
    }

    const network::Network& network_;
    std::size_t fan_; // width of the state's units, for standard parameterisation
    std::size_t free_slot_ = 1;
    std::size_t layer_ = 0;
    bool readout_ = false;
    ImageProgram program_;
};

// All displacements that are `wanted` modulo the size.
std::set<long> with_wrapped(const std::set<long>& wanted, std::size_t size) {
    const auto period = static_cast<long>(size);
    std::set<long> result;
    for (const long d : wanted) {
        const long residue = ((d % period) + period) % period;
        result.insert(residue);
        if (residue != 0) result.insert(residue - period);
    }
    return result;
}

std::set<long> before_windows(const std::set<long>& after, const Windows& windows, std::size_t axis, std::size_t size,
                              bool both_sides_slide) {
    const auto stride = static_cast<long>(windows.stride[axis]);
    const long reach = both_sides_slide ? static_cast<long>(windows.size[axis]) - 1 : 0;
    std::set<long> result;
    for (const long d : after) {
        for (long e = -reach; e <= reach; ++e)
            result.insert(stride * d + e);
    }
    if (windows.circular && (windows.size[axis] > 1 || both_sides_slide)) return with_wrapped(result, size);
    const auto bound = static_cast<long>(size);
    std::erase_if(result, [&](long d) { return d <= -bound || d >= bound; });
    return result;
}

std::set<long> all_displacements(std::size_t size) {
    std::set<long> result;
    for (long d = 1 - static_cast<long>(size); d < static_cast<long>(size); ++d)
        result.insert(d);
    return result;
}

using SlotNeeds = std::map<std::size_t, Displacements>;

// What each slot's state is needed for, before every operation and at the end.
std::vector<SlotNeeds> backward_needs(const ImageProgram& program) {
    std::vector<SlotNeeds> needs(program.ops.size() + 1);
    needs.back()[0] = {{0}, {0}};
    for (std::size_t k = program.ops.size(); k-- > 0;) {
        const ImageOp& op = program.ops[k];
        SlotNeeds now = needs[k + 1];
        Displacements& own = now[op.slot];
        if (const auto* affine = std::get_if<WindowedAffineOp>(&op.action)) {
            own = {before_windows(own.rows, affine->windows, 0, op.in.height, false),
                   before_windows(own.columns, affine->windows, 1, op.in.width, false)};
        } else if (const auto* pool = std::get_if<PoolOp>(&op.action)) {
            own = {before_windows(own.rows, pool->windows, 0, op.in.height, true),
                   before_windows(own.columns, pool->windows, 1, op.in.width, true)};
        } else if (std::holds_alternative<GlobalPoolOp>(op.action)) {
            own = {all_displacements(op.in.height), all_displacements(op.in.width)};
        } else if (const auto* copy = std::get_if<CopyOp>(&op.action)) {
            const Displacements& other = now[copy->to];
            own.rows.insert(other.rows.begin(), other.rows.end());
            own.columns.insert(other.columns.begin(), other.columns.end());
            now.erase(copy->to);
        } else if (const auto* add = std::get_if<AddOp>(&op.action)) {
            const Displacements same = own;
            now[add->from] = same;
        }
        needs[k] = std::move(now);
    }
    return needs;
}

// Grows one stage operation by operation; says when the next one has to start another.
class StageBuilder {
public:
    StageBuilder(const ImageProgram& program, const std::vector<SlotNeeds>& needs) : program_(program), needs_(needs) {}

    std::vector<Stage> run() {
        std::vector<Stage> stages;
        std::size_t k = 0;
        const std::size_t end = program_.ops.size();
        do {
            begin(k);
            while (k < end && accepts(k)) {
                take(k);
                ++k;
                if (program_.ops[k - 1].reduces()) break;
            }
            stage_.last = k;
            stage_.torus = kind_ == Kind::torus;
            finish();
            stages.push_back(std::move(stage_));
        } while (k < end);
        return stages;
    }

private:
    // Where a slot stands relative to the units of the stage.
    struct Standing {
        Pair2 scale{1, 1};      // displacement = unit / scale
        network::Extent extent; // of its state
        bool fresh = true;      // no operation of the stage acted on it yet
    };

    void begin(std::size_t k) {
        stage_ = {};
        stage_.first = k;
        kind_ = Kind::any;
        standing_.clear();
        for (const auto& [slot, needed] : needs_[k])
            standing_[slot] = {{1, 1}, extents_[slot], true};
        if (k == 0) standing_[0].extent = program_.input;
    }

    enum class Kind { any, torus, rectangles };

    // What a stage has to be for an operation to join it; nothing when it cannot.
    std::optional<Kind> kind_with(std::size_t k) const {
        const ImageOp& op = program_.ops[k];
        const auto* affine = std::get_if<WindowedAffineOp>(&op.action);
        if (affine == nullptr || affine->windows.trivial() || needs_[k].at(op.slot).only_zero()) return kind_;
        const Windows& windows = affine->windows;
        const bool wide = windows.size != Pair2{1, 1};
        const bool even = op.in.height % windows.stride[0] == 0 && op.in.width % windows.stride[1] == 0;
        if (!windows.circular || !wide) {
            if (kind_ != Kind::torus) return Kind::rectangles;
            return !wide && even ? std::optional(Kind::torus) : std::nullopt;
        }
        if (kind_ == Kind::torus) return even ? std::optional(Kind::torus) : std::nullopt;
        if (kind_ == Kind::any && even && extents_agree(op.in)) return Kind::torus;
        // A circular window reads a whole class of displacements; only a stored state has it.
        return standing_.at(op.slot).fresh ? std::optional(Kind::rectangles) : std::nullopt;
    }

    bool accepts(std::size_t k) const {
        const ImageOp& op = program_.ops[k];
        if (const auto* add = std::get_if<AddOp>(&op.action)) {
            const bool same = standing_.at(op.slot).scale == standing_.at(add->from).scale;
            return same || needs_[k].at(op.slot).only_zero();
        }
        return kind_with(k).has_value();
    }

    void take(std::size_t k) {
        const ImageOp& op = program_.ops[k];
        kind_ = kind_with(k).value();
        Standing& own = standing_[op.slot];
        if (const auto* affine = std::get_if<WindowedAffineOp>(&op.action)) {
            const Pair2& stride = affine->windows.stride;
            own.scale = {own.scale[0] * stride[0], own.scale[1] * stride[1]};
        }
        own.extent = op.out;
        own.fresh = false;
        if (const auto* copy = std::get_if<CopyOp>(&op.action)) {
            const Standing same = own;
            standing_[copy->to] = same;
        } else if (const auto* add = std::get_if<AddOp>(&op.action)) {
            standing_.erase(add->from);
        }
    }

    bool extents_agree(const network::Extent& extent) const {
        return std::all_of(standing_.begin(), standing_.end(),
                           [&](const auto& entry) { return entry.second.extent == extent; });
    }

    void finish() {
        for (const auto& [slot, needed] : needs_[stage_.first]) {
            const network::Extent extent = stage_.first == 0 ? program_.input : extents_[slot];
            stage_.inputs.push_back({slot, extent, needed});
        }
        for (const auto& [slot, standing] : standing_)
            extents_[slot] = standing.extent;
        for (const auto& [slot, needed] : needs_[stage_.last])
            stage_.outputs.push_back({slot, extents_[slot], needed});
        choose_units();
    }

    void choose_units() {
        std::set<std::array<long, 2>> wanted;
        for (const StoredSlot& input : stage_.inputs) {
            for (const long y : input.needed.rows) {
                for (const long x : input.needed.columns)
                    wanted.insert(stage_.torus ? residue({y, x}, input.extent) : std::array<long, 2>{y, x});
            }
        }
        const network::Extent extent = stage_.inputs.front().extent;
        wanted.insert({0, 0});
        std::set<std::array<long, 2>> done;
        stage_.units.push_back({0, 0});
        done.insert({0, 0});
        for (const auto& unit : wanted) {
            if (done.contains(unit)) continue;
            std::array<long, 2> opposite{-unit[0], -unit[1]};
            if (stage_.torus) opposite = residue(opposite, extent);
            for (const auto& each : {unit, opposite}) {
                if (!done.insert(each).second) continue;
                stage_.units.push_back(each);
            }
        }
    }

    static std::array<long, 2> residue(std::array<long, 2> unit, const network::Extent& extent) {
        const std::array<long, 2> period{static_cast<long>(extent.height), static_cast<long>(extent.width)};
        for (std::size_t axis = 0; axis < 2; ++axis)
            unit[axis] = ((unit[axis] % period[axis]) + period[axis]) % period[axis];
        return unit;
    }

    const ImageProgram& program_;
    const std::vector<SlotNeeds>& needs_;
    Stage stage_;
    Kind kind_ = Kind::any;
    std::map<std::size_t, Standing> standing_;
    std::map<std::size_t, network::Extent> extents_;
};

} // namespace

ImageProgram compile_images(const network::Network& network, std::size_t features) {
    check_features(network, features);
    ImageProgram program = Compiler(network, features).run();
    program.stages = StageBuilder(program, backward_needs(program)).run();
    return program;
}

void insert_rescale(ImageProgram& program, std::size_t k, int log2) {
    const bool last = k == program.ops.size();
    const ImageOp& neighbour = program.ops[last ? k - 1 : k];
    const network::Extent extent = last ? neighbour.out : neighbour.in;
    program.ops.insert(program.ops.begin() + static_cast<std::ptrdiff_t>(k),
                       {RescaleOp{log2}, 0, neighbour.layer, extent, extent});
    program.log2_scale += log2;
    program.stages = StageBuilder(program, backward_needs(program)).run();
}

} // namespace limsym::kernel
