#include "limsym/symmetry/group_expression.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/symmetry/permutation_file.hpp"

namespace limsym::symmetry {

namespace {

constexpr std::size_t most_atoms = 1000;
constexpr std::size_t deepest = 200;

struct Word {
    std::string text;
    std::size_t at; // 1-based character
};

std::vector<Word> words_of(const std::string& text) {
    std::vector<Word> words;
    for (std::size_t at = 0; at < text.size();) {
        if (text[at] == ' ' || text[at] == '\t') {
            ++at;
            continue;
        }
        std::size_t end = at + 1;
        if (text[at] != '(' && text[at] != ')') end = std::min(text.find_first_of(" \t()", at), text.size());
        words.push_back({text.substr(at, end - at), at + 1});
        at = end;
    }
    return words;
}

/// The degree behind I, Z or S, or nothing when the word is no such atom.
std::optional<std::size_t> simple_degree(const std::string& word) {
    if (word.size() < 2 || (word[0] != 'I' && word[0] != 'Z' && word[0] != 'S')) return std::nullopt;
    if (!std::all_of(word.begin() + 1, word.end(), [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
    const std::optional<std::int64_t> degree = base::parse_integer(word.substr(1));
    if (!degree || *degree > static_cast<std::int64_t>(largest_degree))
        throw GroupFault{base::quoted(word) + " is too large; expected a degree <= " + std::to_string(largest_degree)};
    if (*degree < 1) throw GroupFault{base::quoted(word) + " has no point; expected a degree >= 1"};
    return static_cast<std::size_t>(*degree);
}

class Parser {
public:
    Parser(const std::string& text, const std::string& place, std::optional<std::size_t> degree)
        : text_(text), place_(place), degree_(degree), words_(words_of(text)) {}

    Group parse() {
        if (words_.empty()) fail(1, "a group is missing; expected S9, Z5, I3, gens:FILE, sudoku, ...");
        Group group = sum();
        if (next_ < words_.size())
            fail(words_[next_].at, base::quoted(words_[next_].text) + " is unexpected; expected wr, x, + or the end");
        return group;
    }

private:
    [[noreturn]] void fail(std::size_t at, const std::string& message) const {
        throw base::InputError(place_, base::quoted(text_) + ": character " + std::to_string(at) + ": " + message);
    }
    [[nodiscard]] bool sees(std::string_view word) const { return next_ < words_.size() && words_[next_].text == word; }
    [[nodiscard]] std::size_t character() const { return next_ < words_.size() ? words_[next_].at : text_.size() + 1; }

    Group sum() {
        Group left = product();
        while (sees("+")) {
            const std::size_t at = words_[next_++].at;
            Group right = product();
            check_degree(std::uint64_t{left.degree()} + right.degree(), at);
            left = direct_sum(std::move(left), std::move(right));
        }
        return left;
    }
    Group product() {
        Group left = wreath();
        while (sees("x")) {
            const std::size_t at = words_[next_++].at;
            Group right = wreath();
            check_degree(product_degree(left, right), at);
            left = group_product(std::move(left), std::move(right));
        }
        return left;
    }
    Group wreath() {
        Group left = atom();
        while (sees("wr")) {
            const std::size_t at = words_[next_++].at;
            Group right = atom();
            check_degree(product_degree(left, right), at);
            left = wreath_product(std::move(left), std::move(right));
        }
        return left;
    }
    void check_degree(std::uint64_t degree, std::size_t at) const {
        if (degree > largest_degree)
            fail(at, "the group acts on " + std::to_string(degree) + " points; expected at most " +
                         std::to_string(largest_degree));
    }

    Group atom() {
        const std::size_t at = character();
        if (next_ == words_.size()) fail(at, "a group is missing; expected S9, Z5, I3, gens:FILE, sudoku, ...");
        const std::string word = words_[next_++].text;
        if (word == "(") {
            if (++depth_ > deepest)
                fail(at, "is nested too deeply; expected at most " + std::to_string(deepest) + " levels");
            Group group = sum();
            if (!sees(")")) fail(character(), "')' is missing for '(' at character " + std::to_string(at));
            ++next_;
            --depth_;
            return group;
        }
        if (++atoms_ > most_atoms) fail(at, "more than " + std::to_string(most_atoms) + " groups; expected fewer");
        try {
            return atom_of(word);
        } catch (const GroupFault& fault) {
            fail(at, fault.message);
        }
    }

    [[nodiscard]] Group atom_of(const std::string& word) const {
        if (const auto degree = simple_degree(word))
            return word[0] == 'I'   ? trivial_group(*degree)
                   : word[0] == 'Z' ? cyclic_group(*degree)
                                    : symmetric_group(*degree);
        const std::size_t colon = std::min(word.find(':'), word.size());
        const std::string name = word.substr(0, colon);
        const std::string arguments = colon < word.size() ? word.substr(colon + 1) : "";
        if (name == "gens") {
            if (arguments.empty()) throw GroupFault{"a file is missing; expected gens:FILE"};
            PermutationList list = read_permutations(arguments, degree_);
            return generated_group(list.degree, std::move(list.permutations), word);
        }
        std::vector<std::string> names{"gens"};
        for (const GroupFamily& family : group_families()) {
            if (family.name == name) return named_group(word, family.make(word, arguments));
            names.emplace_back(family.name);
        }
        throw GroupFault{base::quoted(word) + " is no group" + base::did_you_mean(name, names) +
                         "; expected S9, Z5, I3, gens:FILE or one of " + base::join(names)};
    }

    const std::string& text_;
    const std::string& place_;
    std::optional<std::size_t> degree_;
    std::vector<Word> words_;
    std::size_t next_ = 0;
    std::size_t depth_ = 0;
    std::size_t atoms_ = 0;
};

} // namespace

Group parse_group(const std::string& text, const std::string& place, std::optional<std::size_t> degree) {
    return Parser(text, place, degree).parse();
}

data::Json group_json(const Group& group) {
    if (is_expression(group)) return to_text(group);
    data::Json json;
    json["degree"] = group.degree();
    json["generators"] = to_json(generators(group));
    return json;
}

Group read_group(const data::Json& value, const std::string& file, const std::string& pointer) {
    if (value.is_string()) return parse_group(value.get<std::string>(), base::at_pointer(file, pointer));
    data::ObjectReader reader(value, file, pointer);
    const auto degree =
        static_cast<std::size_t>(reader.integer("degree", std::nullopt, 1, static_cast<long long>(largest_degree)));
    PermutationList list = permutations_of_json(reader.at("generators"), file, reader.pointer_to("generators"), degree);
    reader.finish();
    return generated_group(degree, std::move(list.permutations));
}

} // namespace limsym::symmetry
