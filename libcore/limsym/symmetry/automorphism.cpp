#include "limsym/symmetry/automorphism.hpp"

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <nauty/nauty.h>
#include <numeric>

#include "limsym/base/error.hpp"

namespace limsym::symmetry {

namespace {

/// What nauty tells on its way. Its callbacks carry no argument of the caller's, so that they find it here.
struct Findings {
    std::size_t degree = 0;
    std::vector<Permutation> generators;
    boost::multiprecision::cpp_int order = 1;
};
thread_local Findings* findings = nullptr;

void keep_automorphism(int /*count*/, int* images, int* /*orbits*/, int /*orbit_count*/, int /*stabilised*/,
                       int /*n*/) {
    findings->generators.emplace_back(images, images + findings->degree);
}

void keep_index(int* /*lab*/, int* /*ptn*/, int /*level*/, int* /*orbits*/, statsblk* /*statistics*/, int /*cell*/,
                int index, int /*cell_size*/, int /*cells*/, int /*children*/, int /*n*/) {
    findings->order *= index;
}

std::size_t bits_of(std::size_t colours) {
    std::size_t bits = 1;
    while ((std::size_t{1} << bits) < colours)
        ++bits;
    return bits;
}

/// Codes of the off-diagonal classes, the commonest 0, so that the graph has few edges.
std::vector<std::size_t> codes_of(const PairPartition& colours) {
    std::vector<std::uint32_t> classes = off_diagonal_classes(colours);
    std::stable_sort(classes.begin(), classes.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return colours.sizes[a] > colours.sizes[b]; });
    std::vector<std::size_t> codes(colours.count());
    for (std::size_t code = 0; code < classes.size(); ++code)
        codes[classes[code]] = code;
    return codes;
}

class LayeredGraph {
public:
    explicit LayeredGraph(const PairPartition& colours)
        : degree_(colours.degree), vertices_(automorphism_vertices(colours)),
          words_(static_cast<std::size_t>(SETWORDSNEEDED(static_cast<int>(vertices_)))), sets_(vertices_ * words_) {
        const std::vector<std::size_t> codes = codes_of(colours);
        const std::size_t layers = vertices_ / degree_;
        for (std::size_t i = 0; i < degree_; ++i) {
            for (std::size_t j = i + 1; j < degree_; ++j)
                for (std::size_t layer = 0; layer < layers; ++layer)
                    if (((codes[colours.label(i, j)] >> layer) & 1U) != 0)
                        join(layer * degree_ + i, layer * degree_ + j);
            for (std::size_t layer = 1; layer < layers; ++layer)
                join((layer - 1) * degree_ + i, layer * degree_ + i);
        }
        colour(colours);
    }

    void search() {
        static DEFAULTOPTIONS_GRAPH(defaults);
        optionblk options = defaults;
        options.defaultptn = FALSE;
        options.userautomproc = keep_automorphism;
        options.userlevelproc = keep_index;
        statsblk statistics;
        std::vector<int> orbits(vertices_);
        densenauty(sets_.data(), cells_.data(), continues_.data(), orbits.data(), &options, &statistics,
                   static_cast<int>(words_), static_cast<int>(vertices_), nullptr);
    }

private:
    void join(std::size_t v, std::size_t w) { ADDONEEDGE(sets_.data(), v, w, words_); }

    /// A cell of vertices for every layer and class of points.
    void colour(const PairPartition& colours) {
        cells_.resize(vertices_);
        std::iota(cells_.begin(), cells_.end(), 0);
        const auto key = [&](int vertex) {
            const auto v = static_cast<std::size_t>(vertex);
            return std::pair(v / degree_, colours.label(v % degree_, v % degree_));
        };
        std::stable_sort(cells_.begin(), cells_.end(), [&](int v, int w) { return key(v) < key(w); });
        continues_.assign(vertices_, 0);
        for (std::size_t k = 0; k + 1 < vertices_; ++k)
            continues_[k] = key(cells_[k]) == key(cells_[k + 1]) ? 1 : 0;
    }

    std::size_t degree_;
    std::size_t vertices_;
    std::size_t words_;
    std::vector<graph> sets_;
    std::vector<int> cells_;
    std::vector<int> continues_;
};

} // namespace

std::size_t automorphism_vertices(const PairPartition& colours) {
    return colours.degree * bits_of(off_diagonal_classes(colours).size());
}

AutomorphismGroup automorphisms(const PairPartition& colours) {
    const std::size_t vertices = automorphism_vertices(colours);
    if (vertices > most_automorphism_vertices)
        throw base::WorkError("a graph of " + std::to_string(vertices) +
                              " vertices stands for the matrix; automorphisms are searched up to " +
                              std::to_string(most_automorphism_vertices));
    Findings found;
    found.degree = colours.degree;
    LayeredGraph graph(colours);
    findings = &found;
    graph.search();
    findings = nullptr;
    return {std::move(found.generators), found.order.str()};
}

} // namespace limsym::symmetry
