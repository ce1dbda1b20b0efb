// --which: the kernels of f alone, or those of f and its Jacobian.
#pragma once

#include <string>

#include "limsym/kernel/jacobian_jets.hpp"

namespace limsym::tools {

/// At least one of nngp and ntk; both plain or both with Jacobian blocks.
struct KernelChoice {
    bool nngp = false;
    bool ntk = false;
    bool jacobian = false;

    [[nodiscard]] bool both() const { return nngp && ntk; }
    [[nodiscard]] std::string kind() const { return both() ? "both" : nngp ? "nngp" : "ntk"; }
    [[nodiscard]] std::uint64_t count() const { return both() ? 2 : 1; }
    [[nodiscard]] kernel::JetOptions jets(bool values_only) const { return {nngp, ntk, values_only}; }
};

/// A list of nngp, ntk, nngp-jac, jntk. @throws InputError naming --which
[[nodiscard]] KernelChoice parse_kernel_choice(const std::string& list);

/// The network for these kernels and data of so many columns. @throws InputError for a Jacobian NTK that is infinite
[[nodiscard]] kernel::JacobianNetwork network_for(const KernelChoice& choice, const network::Network& network,
                                                  std::size_t features);

} // namespace limsym::tools
