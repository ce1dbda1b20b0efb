// Activations of shallow networks on blocks of numbers, with the convention relu'(0) = 0.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "limsym/network/block_activation.hpp"

namespace limsym::nodescaling {

/// relu, gelu, tanh, erf, swish or softplus.
class NodeActivation {
public:
    /// relu
    NodeActivation() : NodeActivation("relu") {}
    /// @throws InputError without a place for another name
    explicit NodeActivation(const std::string& name);
    [[nodiscard]] static const std::vector<std::string>& names();

    /// value[i] = phi(z[i]), slope[i] = phi'(z[i]); a null pointer is left out; value may be z.
    template <typename T>
    void evaluate(const T* z, T* value, T* slope, std::size_t count) const;

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] bool is_relu() const { return relu_; }
    [[nodiscard]] const network::Activation& activation() const { return block_.activation(); }
    /// sup |phi'|, to four digits after the point where it has no closed form.
    [[nodiscard]] double largest_slope() const;

private:
    std::string name_;
    network::BlockActivation block_;
    bool relu_ = true;
};

} // namespace limsym::nodescaling
