#include "limsym/symmetry/graph_file.hpp"

#include <algorithm>
#include <optional>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/data/text_buffer.hpp"

namespace limsym::symmetry {

namespace {

constexpr std::int64_t most_nodes = 1'000'000;

std::vector<std::string> words_of(std::string_view line) {
    std::vector<std::string> words;
    for (std::size_t at = 0; at < line.size();) {
        const std::size_t first = line.find_first_not_of(" \t\r", at);
        if (first == std::string_view::npos) break;
        at = std::min(line.find_first_of(" \t\r", first), line.size());
        words.emplace_back(line.substr(first, at - first));
    }
    return words;
}

} // namespace

Graph read_graph(const std::string& file) {
    data::LineReader lines{base::InputFile(file)};
    std::optional<Graph> graph;
    std::string_view line;
    const auto fail = [&](const std::string& message) {
        throw base::InputError(base::at_line(file, lines.line()), message);
    };
    const auto whole = [&](const std::string& word, std::int64_t most) {
        const std::optional<std::int64_t> value = base::parse_integer(word);
        if (!value || *value < 1 || *value > most)
            fail(base::quoted(word) + " is out of range; expected 1.." + std::to_string(most));
        return static_cast<std::uint32_t>(*value);
    };
    while (lines.next(line)) {
        const std::vector<std::string> words = words_of(line);
        if (words.empty() || words[0] == "c") continue;
        if (words[0] == "p") {
            if (graph) fail("a second problem line");
            if (words.size() != 4 || (words[1] != "edge" && words[1] != "col"))
                fail("is no problem line; expected 'p edge NODES EDGES'");
            graph.emplace();
            graph->nodes = whole(words[2], most_nodes);
            graph->neighbours.resize(graph->nodes);
        } else if (words[0] == "e") {
            if (!graph) fail("an edge before the problem line; expected 'p edge NODES EDGES' first");
            if (words.size() != 3) fail("is no edge; expected 'e I J'");
            const std::uint32_t i = whole(words[1], static_cast<std::int64_t>(graph->nodes)) - 1;
            const std::uint32_t j = whole(words[2], static_cast<std::int64_t>(graph->nodes)) - 1;
            if (i == j) fail("node " + words[1] + " is joined to itself");
            graph->neighbours[i].push_back(j);
            graph->neighbours[j].push_back(i);
        } else {
            fail(base::quoted(words[0]) + " begins no line of a graph; expected p, e or c");
        }
    }
    if (!graph) throw base::InputError(file, "holds no graph; expected 'p edge NODES EDGES'");
    for (std::vector<std::uint32_t>& list : graph->neighbours) {
        std::sort(list.begin(), list.end());
        list.erase(std::unique(list.begin(), list.end()), list.end());
    }
    return std::move(*graph);
}

PairPartition graph_colours(const Graph& graph) {
    const std::size_t n = graph.nodes;
    std::vector<std::uint32_t> labels(n * n, 2);
    for (std::size_t i = 0; i < n; ++i) {
        labels[i * n + i] = 0;
        for (const std::uint32_t j : graph.neighbours[i])
            labels[i * n + j] = 1;
    }
    return partition_of_labels(n, std::move(labels));
}

} // namespace limsym::symmetry
