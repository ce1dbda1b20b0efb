#include "limsym/kernel/program.hpp"

#include <optional>
#include <string>

#include "limsym/base/error.hpp"

namespace limsym::kernel {

using network::ActivationKind;

bool absolutely_homogeneous(ActivationKind kind) {
    switch (kind) {
    case ActivationKind::relu:
    case ActivationKind::leaky_relu:
    case ActivationKind::abrelu:
    case ActivationKind::abs:
    case ActivationKind::identity:
        return true;
    default:
        return false;
    }
}

namespace {

class Compiler {
public:
    Compiler(const network::Network& network, std::size_t features) : network_(network), fan_(features) {
        program_.input_factor = network.unit_input ? 1.0 : 1.0 / static_cast<double>(features);
        if (network.input_shape) positions_ = (*network.input_shape)[0] * (*network.input_shape)[1];
    }

    Program run() {
        layers(network_.layers, "/layers", 0, true);
        return std::move(program_);
    }

private:
    void layers(const std::vector<network::Layer>& list, const std::string& pointer, std::size_t slot, bool top) {
        for (std::size_t i = 0; i < list.size(); ++i) {
            place_ = pointer + "/" + std::to_string(i);
            last_ = top && i + 1 == list.size();
            const std::string here = place_;
            std::visit([&](const auto& layer) { add(layer, here, slot); }, list[i].value);
        }
    }

    void push(std::size_t slot, decltype(Op::action) action) {
        program_.ops.push_back({std::move(action), slot, program_.layers});
    }

    void add(const network::Dense& layer, const std::string& pointer, std::size_t slot) {
        ++program_.layers;
        if (positions_ > 1) refuse(pointer + "/dense", "a dense layer on several positions");
        if (layer.node_variances) refuse(pointer + "/dense/node_variances", "node_variances");
        AffineOp op;
        op.weight = layer.sigma_w * layer.sigma_w;
        op.bias = layer.sigma_b * layer.sigma_b;
        op.ntk_kernel = network_.standard ? static_cast<double>(fan_) : op.weight;
        op.ntk_bias = network_.standard ? (layer.has_bias ? 1.0 : 0.0) : op.bias;
        op.readout = last_;
        if (op.bias != 0.0 || op.ntk_bias != 0.0) program_.homogeneous = false;
        push(slot, op);
        if (layer.width) fan_ = *layer.width;
    }
    void add(const network::ActivationLayer& layer, const std::string&, std::size_t slot) {
        ++program_.layers;
        if (!absolutely_homogeneous(layer.activation.kind)) program_.homogeneous = false;
        if (layer.activation.kind != ActivationKind::identity) push(slot, ActivationOp{layer.activation});
    }
    void add(const network::LayerNorm& layer, const std::string&, std::size_t slot) {
        ++program_.layers;
        program_.homogeneous = false;
        push(slot, NormaliseOp{layer.eps});
    }
    void add(const network::Dropout& layer, const std::string&, std::size_t slot) {
        ++program_.layers;
        if (layer.keep != 1.0) push(slot, DropoutOp{layer.keep});
    }
    void add(const network::Residual& layer, const std::string& pointer, std::size_t slot) {
        const std::size_t other = free_slot_++;
        program_.slots = std::max(program_.slots, free_slot_);
        const std::size_t fan_before = fan_;
        push(slot, CopyOp{other});
        layers(layer.branch, pointer + "/residual/branch", slot, false);
        const std::size_t fan_after = fan_;
        fan_ = fan_before;
        layers(layer.shortcut, pointer + "/residual/shortcut", other, false);
        fan_ = fan_after;
        push(slot, AddOp{other});
        --free_slot_;
    }
    void add(const network::Repeat& layer, const std::string& pointer, std::size_t slot) {
        for (std::size_t k = 0; k < layer.times; ++k)
            layers(layer.layers, pointer + "/repeat/layers", slot, false);
    }
    [[noreturn]] void refuse(const std::string& pointer, const std::string& name) const {
        throw base::InputError(base::at_pointer(network_.file, pointer), name + " is not supported");
    }
    void add(const network::Convolution&, const std::string& pointer, std::size_t) { refuse(pointer, "conv"); }
    void add(const network::Pool& layer, const std::string& pointer, std::size_t) {
        refuse(pointer, layer.sum ? "sum_pool" : "avg_pool");
    }
    // The inputs' own flatten is their plain inner product.
    void add(const network::Flatten&, const std::string& pointer, std::size_t) {
        if (positions_ > 1 && !program_.ops.empty()) refuse(pointer, "flatten");
        positions_ = 1;
    }
    void add(const network::GlobalAveragePool&, const std::string& pointer, std::size_t) {
        if (positions_ > 1) refuse(pointer, "global_avg_pool");
    }
    void add(const network::Attention&, const std::string& pointer, std::size_t) { refuse(pointer, "attention"); }

    const network::Network& network_;
    std::size_t positions_ = 1;
    std::size_t fan_; // width of the state's units, for standard parameterisation
    std::size_t free_slot_ = 1;
    std::string place_;
    bool last_ = false;
    Program program_;
};

} // namespace

void check_features(const network::Network& network, std::size_t features) {
    if (network.input_shape) {
        const auto& shape = *network.input_shape;
        const std::size_t product = shape[0] * shape[1] * shape[2];
        if (product != features)
            throw base::InputError(base::at_pointer(network.file, "/input_shape"),
                                   "the data have " + std::to_string(features) + " columns; expected " +
                                       std::to_string(product) + ", the product of input_shape");
    }
}

Program compile(const network::Network& network, std::size_t features) {
    check_features(network, features);
    return Compiler(network, features).run();
}

} // namespace limsym::kernel
