#include "kernel_choice.hpp"

#include <sstream>

#include "limsym/base/error.hpp"

namespace limsym::tools {

KernelChoice parse_kernel_choice(const std::string& list) {
    const std::vector<std::string> names{"nngp", "ntk", "nngp-jac", "jntk"};
    KernelChoice choice;
    bool plain = false;
    std::istringstream words(list);
    for (std::string word; std::getline(words, word, ',');) {
        const bool nngp = word == "nngp" || word == "nngp-jac";
        if (!nngp && word != "ntk" && word != "jntk")
            throw base::InputError("--which", base::quoted(word) + " is no kernel" + base::did_you_mean(word, names) +
                                                  "; expected some of " + base::join(names));
        bool& wanted = nngp ? choice.nngp : choice.ntk;
        if (wanted)
            throw base::InputError("--which", std::string(nngp ? "two NNGP" : "two NTK") +
                                                  " kernels; expected at most one of each");
        wanted = true;
        (word == "nngp" || word == "ntk" ? plain : choice.jacobian) = true;
    }
    if (!choice.nngp && !choice.ntk)
        throw base::InputError("--which", "is empty; expected some of " + base::join(names));
    if (plain && choice.jacobian)
        throw base::InputError("--which", "a plain kernel beside one with Jacobian blocks; expected nngp,ntk or "
                                          "nngp-jac,jntk");
    return choice;
}

kernel::JacobianNetwork network_for(const KernelChoice& choice, const network::Network& network, std::size_t features) {
    kernel::JacobianNetwork result = kernel::make_jacobian_network(network, features);
    if (choice.ntk && choice.jacobian) kernel::require_jacobian_ntk(result);
    return result;
}

} // namespace limsym::tools
