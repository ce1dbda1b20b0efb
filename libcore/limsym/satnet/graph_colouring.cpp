#include "limsym/satnet/graph_colouring.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "limsym/base/error.hpp"

namespace limsym::satnet {

namespace {

constexpr std::size_t most_steps = 1'000'000;
constexpr std::uint8_t no_colour = 255;

/// Colours tried at one node of the search, and those left to try.
struct Choice {
    std::uint32_t node;
    std::vector<std::uint8_t> left;
};

class Search {
public:
    Search(const symmetry::Graph& graph, std::size_t colours, base::RandomStream& stream)
        : graph_(graph), colours_(colours), stream_(stream), colour_(graph.nodes, no_colour),
          clashes_(graph.nodes, std::vector<std::uint32_t>(colours, 0)), free_(graph.nodes, colours) {}

    std::vector<std::uint8_t> run() {
        std::vector<Choice> path;
        path.push_back(choose());
        for (std::size_t step = 0; step < most_steps; ++step) {
            Choice& choice = path.back();
            if (colour_[choice.node] != no_colour) paint(choice.node, no_colour);
            if (choice.left.empty()) {
                path.pop_back();
                if (path.empty())
                    throw base::WorkError("the graph has no colouring with " + std::to_string(colours_) + " colours");
                continue;
            }
            paint(choice.node, choice.left.back());
            choice.left.pop_back();
            if (path.size() == graph_.nodes) return colour_;
            path.push_back(choose());
        }
        throw base::WorkError("no colouring with " + std::to_string(colours_) + " colours was found in " +
                              std::to_string(most_steps) + " steps; more colours are easier");
    }

private:
    /// Gives a node a colour, or takes it away.
    void paint(std::uint32_t node, std::uint8_t colour) {
        const std::uint8_t before = std::exchange(colour_[node], colour);
        for (const std::uint32_t other : graph_.neighbours[node]) {
            if (before != no_colour && --clashes_[other][before] == 0) ++free_[other];
            if (colour != no_colour && clashes_[other][colour]++ == 0) --free_[other];
        }
    }

    Choice choose() {
        std::uint32_t best = 0;
        std::size_t fewest = colours_ + 1;
        std::uint64_t equals = 0;
        for (std::uint32_t node = 0; node < graph_.nodes; ++node) {
            if (colour_[node] != no_colour || free_[node] > fewest) continue;
            if (free_[node] < fewest) equals = 0;
            fewest = free_[node];
            if (++equals == 1 || stream_.below(equals) == 0) best = node;
        }
        Choice choice{best, {}};
        for (std::size_t colour = 0; colour < colours_; ++colour)
            if (clashes_[best][colour] == 0) choice.left.push_back(static_cast<std::uint8_t>(colour));
        for (std::size_t i = choice.left.size(); i > 1; --i)
            std::swap(choice.left[i - 1], choice.left[stream_.below(i)]);
        return choice;
    }

    const symmetry::Graph& graph_;
    std::size_t colours_;
    base::RandomStream& stream_;
    std::vector<std::uint8_t> colour_;
    std::vector<std::vector<std::uint32_t>> clashes_; // [node][colour]: neighbours that have it
    std::vector<std::size_t> free_;                   // colours without a clash
};

} // namespace

std::vector<std::uint8_t> random_colouring(const symmetry::Graph& graph, std::size_t colours,
                                           base::RandomStream& stream) {
    return Search(graph, colours, stream).run();
}

} // namespace limsym::satnet
