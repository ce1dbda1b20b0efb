#include "limsym/symmetry/permutation_file.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "limsym/base/error.hpp"
#include "limsym/base/input.hpp"
#include "limsym/base/number.hpp"
#include "limsym/symmetry/group.hpp"

namespace limsym::symmetry {

namespace {

using Cycles = std::vector<std::vector<std::uint32_t>>;

/// A line of the file: images, or cycles, whose degree is settled when all lines are read.
struct Line {
    std::size_t number;
    std::optional<Cycles> cycles;
    Permutation images;
};

[[noreturn]] void fail(const std::string& file, std::size_t line, const std::string& message) {
    throw base::InputError(base::at_line(file, line), message);
}

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t first = text.find_first_not_of(" \t\r,", at);
        if (first == std::string_view::npos) break;
        const std::size_t last = std::min(text.find_first_of(" \t\r,", first), text.size());
        words.emplace_back(text.substr(first, last - first));
        at = last;
    }
    return words;
}

std::uint32_t point_of(const std::string& word, std::int64_t least, const std::string& file, std::size_t line) {
    const std::optional<std::int64_t> value = base::parse_integer(word);
    if (!value || *value < least || *value >= static_cast<std::int64_t>(largest_degree))
        fail(file, line, base::quoted(word) + " is no point; expected a whole number >= " + std::to_string(least));
    return static_cast<std::uint32_t>(*value);
}

Cycles cycles_of(std::string_view text, const std::string& file, std::size_t line) {
    Cycles cycles;
    std::vector<std::uint32_t> used;
    while (true) {
        const std::size_t open = text.find_first_not_of(" \t\r,");
        if (open == std::string_view::npos) break;
        const std::size_t close = text.find(')', open);
        if (text[open] != '(' || close == std::string_view::npos)
            fail(file, line, base::quoted(text.substr(open)) + " is no cycle; expected (1,2)(3,4,5)");
        std::vector<std::uint32_t>& cycle = cycles.emplace_back();
        for (const std::string& word : words_of(text.substr(open + 1, close - open - 1))) {
            cycle.push_back(point_of(word, 1, file, line) - 1);
            used.push_back(cycle.back());
        }
        text.remove_prefix(close + 1);
    }
    std::sort(used.begin(), used.end());
    const auto repeated = std::adjacent_find(used.begin(), used.end());
    if (repeated != used.end()) fail(file, line, "point " + std::to_string(*repeated + 1) + " is repeated");
    return cycles;
}

std::size_t degree_of(const std::vector<Line>& lines, std::optional<std::size_t> given) {
    for (const Line& line : lines)
        if (!line.cycles) return line.images.size();
    if (given) return *given;
    std::size_t degree = 0;
    for (const Line& line : lines)
        for (const std::vector<std::uint32_t>& cycle : *line.cycles)
            for (const std::uint32_t point : cycle)
                degree = std::max<std::size_t>(degree, point + std::size_t{1});
    return degree;
}

Permutation permutation_of(const Cycles& cycles, std::size_t degree, const std::string& file, std::size_t line) {
    Permutation g = identity_permutation(degree);
    for (const std::vector<std::uint32_t>& cycle : cycles)
        for (std::size_t k = 0; k < cycle.size(); ++k) {
            if (cycle[k] >= degree)
                fail(file, line,
                     "point " + std::to_string(cycle[k] + 1) + " is beyond the degree " + std::to_string(degree));
            g[cycle[k]] = cycle[(k + 1) % cycle.size()];
        }
    return g;
}

PermutationList list_of(std::vector<Line> lines, const std::string& file, std::optional<std::size_t> given) {
    PermutationList list{degree_of(lines, given), {}};
    for (Line& line : lines) {
        if (line.cycles)
            line.images = permutation_of(*line.cycles, list.degree, file, line.number);
        else if (line.images.size() != list.degree)
            fail(file, line.number,
                 std::to_string(line.images.size()) + " images; expected " + std::to_string(list.degree));
        const std::string fault = permutation_fault(line.images);
        if (!fault.empty()) fail(file, line.number, fault);
        list.permutations.push_back(std::move(line.images));
    }
    return list;
}

PermutationList read_text(const std::string& text, const std::string& file, std::optional<std::size_t> degree) {
    std::vector<Line> lines;
    std::size_t number = 0;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        std::string_view content = std::string_view(text).substr(at, end - at);
        content = content.substr(0, content.find('#'));
        at = end + 1;
        ++number;
        if (content.find_first_not_of(" \t\r,") == std::string_view::npos) continue;
        Line& line = lines.emplace_back(Line{number, std::nullopt, {}});
        if (content.find('(') != std::string_view::npos)
            line.cycles = cycles_of(content, file, number);
        else
            for (const std::string& word : words_of(content))
                line.images.push_back(point_of(word, 0, file, number));
    }
    return list_of(std::move(lines), file, degree);
}

std::optional<std::size_t> whole_number(const data::Json& value) {
    if (!value.is_number()) return std::nullopt;
    const auto number = value.get<double>();
    if (!(number >= 0 && number < static_cast<double>(largest_degree)) || number != std::floor(number))
        return std::nullopt;
    return static_cast<std::size_t>(number);
}

PermutationList read_document(const data::Json& tree, const std::string& file, std::optional<std::size_t> degree) {
    if (tree.is_array()) return permutations_of_json(tree, file, "", degree);
    const auto schema = tree.find("schema");
    const auto list = tree.find("generators");
    if (schema == tree.end() ||
        (*schema != "limsym/permutation-symmetry@1" && *schema != "limsym/permutation-group@1") || list == tree.end())
        throw base::InputError(file,
                               "holds no generators; expected lines of permutations, a JSON array of image lists, "
                               "limsym/permutation-symmetry@1, or limsym/permutation-group@1 with generators");
    if (!list->is_array())
        throw base::InputError(base::at_pointer(file, "/generators"), "is null: the symmetry that was found has none");
    const auto known = tree.find(*schema == "limsym/permutation-group@1" ? "degree" : "n");
    if (known != tree.end()) degree = whole_number(*known);
    return permutations_of_json(*list, file, "/generators", degree);
}

} // namespace

PermutationList permutations_of_json(const data::Json& array, const std::string& file, const std::string& pointer,
                                     std::optional<std::size_t> degree) {
    const auto fail_at = [&](const std::string& place, const std::string& message) {
        throw base::InputError(base::at_pointer(file, pointer + place), message);
    };
    if (!array.is_array()) fail_at("", "is no array of permutations");
    PermutationList list{degree.value_or(0), {}};
    for (std::size_t k = 0; k < array.size(); ++k) {
        const std::string place = "/" + std::to_string(k);
        if (!array[k].is_array()) fail_at(place, "is no list of images");
        Permutation images;
        for (std::size_t i = 0; i < array[k].size(); ++i) {
            const std::optional<std::size_t> image = whole_number(array[k][i]);
            if (!image || *image >= array[k].size())
                fail_at(place + "/" + std::to_string(i),
                        "is no image; expected a whole number of 0.." + std::to_string(array[k].size() - 1));
            images.push_back(static_cast<std::uint32_t>(*image));
        }
        if (k == 0 && !degree) list.degree = images.size();
        if (images.size() != list.degree)
            fail_at(place, std::to_string(images.size()) + " images; expected " + std::to_string(list.degree));
        const std::string fault = permutation_fault(images);
        if (!fault.empty()) fail_at(place, fault);
        list.permutations.push_back(std::move(images));
    }
    return list;
}

PermutationList read_permutations(const std::string& file, std::optional<std::size_t> degree) {
    base::InputFile input(file);
    const std::string text = input.read_all(std::size_t{1} << 30U);
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    const bool json = first != std::string::npos && (text[first] == '[' || text[first] == '{');
    PermutationList list =
        json ? read_document(data::parse_json(text, file), file, degree) : read_text(text, file, degree);
    if (list.permutations.empty() && list.degree == 0 && degree) list.degree = *degree;
    if (list.degree == 0)
        throw base::InputError(file, "holds no permutation of a point; expected at least one, or --degree");
    return list;
}

data::Json to_json(const std::vector<Permutation>& permutations) {
    data::Json array = data::Json::array();
    for (const Permutation& g : permutations)
        array.push_back(g);
    return array;
}

} // namespace limsym::symmetry
