#include "limsym/symmetry/permutation.hpp"

#include <numeric>

namespace limsym::symmetry {

Permutation identity_permutation(std::size_t degree) {
    Permutation g(degree);
    std::iota(g.begin(), g.end(), 0U);
    return g;
}

bool is_identity(const Permutation& g) {
    for (std::size_t i = 0; i < g.size(); ++i)
        if (g[i] != i) return false;
    return true;
}

Permutation compose(const Permutation& first, const Permutation& second) {
    Permutation g(first.size());
    for (std::size_t i = 0; i < g.size(); ++i)
        g[i] = second[first[i]];
    return g;
}

Permutation inverse(const Permutation& g) {
    Permutation back(g.size());
    for (std::size_t i = 0; i < g.size(); ++i)
        back[g[i]] = static_cast<std::uint32_t>(i);
    return back;
}

Permutation conjugate(const Permutation& g, const Permutation& relabelling) {
    Permutation result(g.size());
    for (std::size_t i = 0; i < g.size(); ++i)
        result[relabelling[i]] = relabelling[g[i]];
    return result;
}

std::string permutation_fault(const Permutation& images) {
    std::vector<bool> seen(images.size());
    for (const std::uint32_t image : images) {
        if (image >= images.size())
            return "image " + std::to_string(image) + " is outside 0.." + std::to_string(images.size() - 1);
        if (seen[image]) return "image " + std::to_string(image) + " is repeated";
        seen[image] = true;
    }
    return "";
}

} // namespace limsym::symmetry
