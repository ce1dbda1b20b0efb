#include "limsym/data/json.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <unordered_set>

#include "limsym/base/error.hpp"
#include "limsym/base/input.hpp"
#include "limsym/base/number.hpp"
#include "limsym/data/json_tree.hpp"
#include "limsym/data/utf8.hpp"

namespace limsym::data {

namespace {

class TreeReader {
public:
    TreeReader(JsonScanner& scanner, std::map<std::string, NumberRows>* rows) : scanner_(scanner), rows_(rows) {}

    Json value() {
        switch (scanner_.peek()) {
        case '{':
            return object();
        case '[':
            return array();
        case '"':
            return scanner_.string();
        case 't':
        case 'f':
        case 'n': {
            const char literal = scanner_.literal();
            return literal == 'n' ? Json(nullptr) : Json(literal == 't');
        }
        case '-':
        case '0':
        case '1':
        case '2':
        case '3':
        case '4':
        case '5':
        case '6':
        case '7':
        case '8':
        case '9':
            return std::visit([](auto number) { return Json(number); }, scanner_.number());
        default:
            scanner_.fail("a value");
        }
    }

private:
    Json object() {
        Json result = Json::object();
        auto& members = result.get_ref<Json::object_t&>();
        std::unordered_set<std::string> names;
        scanner_.open('{');
        for (bool first = true; !scanner_.closes('}', first); first = false) {
            static_cast<void>(scanner_.peek());
            const std::string place = scanner_.place();
            std::string name = scanner_.key();
            if (!names.insert(name).second)
                throw base::InputError(place, "the key " + base::quoted(name) + " stands twice in one object");
            Json member = below(pointer_step(name));
            // Json's own insertion would look for the key once more, from the start.
            members.emplace_back(std::move(name), std::move(member));
        }
        return result;
    }

    Json array() {
        scanner_.open('[');
        return scanner_.closes(']', true) ? Json::array() : items();
    }

    /// The items of an array that has some, and its end.
    Json items() {
        Json result = Json::array();
        if (rows_ != nullptr && scanner_.peek() == '[') {
            NumberRows streamed;
            if (number_rows(streamed, result)) {
                rows_->insert_or_assign(pointer_, std::move(streamed));
                return nullptr;
            }
        } else {
            result.push_back(below("0"));
        }
        for (std::size_t i = result.size(); !scanner_.closes(']', false); ++i)
            result.push_back(below(std::to_string(i)));
        return result;
    }

    /// Inside an array in front of its first row. False when an item is no row of numbers: `tree` then holds what was
    /// read, that item included.
    bool number_rows(NumberRows& rows, Json& tree) {
        for (bool first = true; first || !scanner_.closes(']', false); first = false) {
            const std::size_t begin = rows.numbers.size();
            if (scanner_.peek() == '[') {
                scanner_.open('[');
                if (scanner_.numbers(rows.numbers)) {
                    rows.ends.push_back(rows.numbers.size());
                    continue;
                }
                move_to_tree(rows, tree);
                const std::size_t outer = pointer_.size();
                pointer_ += '/' + std::to_string(tree.size());
                Json row = begin == rows.numbers.size() ? items() : Json::array();
                if (begin < rows.numbers.size()) {
                    for (std::size_t i = begin; i < rows.numbers.size(); ++i)
                        row.push_back(rows.numbers[i]);
                    do {
                        row.push_back(below(std::to_string(row.size())));
                    } while (!scanner_.closes(']', false));
                }
                pointer_.resize(outer);
                tree.push_back(std::move(row));
                return false;
            }
            move_to_tree(rows, tree);
            tree.push_back(below(std::to_string(tree.size())));
            return false;
        }
        return true;
    }

    static void move_to_tree(const NumberRows& rows, Json& tree) {
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const std::span<const double> row = rows.row(i);
            tree.push_back(std::vector<double>(row.begin(), row.end()));
        }
    }

    Json below(const std::string& step) {
        const std::size_t outer = pointer_.size();
        if (rows_ != nullptr) pointer_ += '/' + step;
        Json result = value();
        pointer_.resize(outer);
        return result;
    }

    JsonScanner& scanner_;
    std::map<std::string, NumberRows>* rows_;
    std::string pointer_;
};

template <typename Integer>
void append_integer(std::string& text, Integer value) {
    std::array<char, 24> digits{};
    text.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
}

} // namespace

Json read_value(JsonScanner& scanner, std::map<std::string, NumberRows>* rows) {
    return TreeReader(scanner, rows).value();
}

std::string pointer_step(std::string_view key) {
    std::string step;
    for (const char c : key) {
        if (c == '~') {
            step += "~0";
        } else if (c == '/') {
            step += "~1";
        } else {
            step += c;
        }
    }
    return step;
}

std::string kind_of(const Json& value) {
    switch (value.type()) {
    case Json::value_t::null:
        return "null";
    case Json::value_t::boolean:
        return value.get<bool>() ? "true" : "false";
    case Json::value_t::string:
        return "a string";
    case Json::value_t::array:
        return "an array";
    case Json::value_t::object:
        return "an object";
    default:
        return "a number";
    }
}

Json parse_json(std::string_view text, const std::string& name, std::size_t first_line) {
    TextBuffer buffer(text, name);
    JsonScanner scanner(buffer, first_line);
    Json document = read_value(scanner);
    scanner.expect_end();
    return document;
}

Json read_json(const std::string& file, std::size_t most) {
    return parse_json(base::InputFile(file).read_all(most), file);
}

void read_records(const std::string& file, const std::function<void(Json&&, std::size_t)>& use) {
    LineReader lines{base::InputFile(file)};
    std::string_view line;
    while (lines.next(line))
        if (line.find_first_not_of(" \t\r") != std::string_view::npos)
            use(parse_json(line, file, lines.line()), lines.line());
}

void append_quoted(std::string& text, std::string_view value) {
    if (!is_utf8(value)) {
        append_quoted(text, valid_utf8(value));
        return;
    }
    static constexpr char hex[] = "0123456789abcdef";
    constexpr std::string_view letters = "\"\\\b\f\n\r\t";
    constexpr std::string_view escapes = "\"\\bfnrt";
    text += '"';
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        if (const std::size_t which = letters.find(c); which != std::string_view::npos) {
            text += '\\';
            text += escapes[which];
        } else if (byte < 0x20) {
            text += "\\u00";
            text += hex[byte >> 4U];
            text += hex[byte & 15U];
        } else {
            text += c;
        }
    }
    text += '"';
}

void append_text(std::string& text, const Json& value) {
    switch (value.type()) {
    case Json::value_t::object: {
        char separator = '{';
        for (const auto& [name, member] : value.get_ref<const Json::object_t&>()) {
            text += separator;
            append_quoted(text, name);
            text += ':';
            append_text(text, member);
            separator = ',';
        }
        text += separator == '{' ? "{}" : "}";
        return;
    }
    case Json::value_t::array: {
        char separator = '[';
        for (const Json& item : value) {
            text += separator;
            append_text(text, item);
            separator = ',';
        }
        text += separator == '[' ? "[]" : "]";
        return;
    }
    case Json::value_t::string:
        append_quoted(text, value.get_ref<const std::string&>());
        return;
    case Json::value_t::boolean:
        text += value.get<bool>() ? "true" : "false";
        return;
    case Json::value_t::number_integer:
        append_integer(text, value.get<std::int64_t>());
        return;
    case Json::value_t::number_unsigned:
        append_integer(text, value.get<std::uint64_t>());
        return;
    case Json::value_t::number_float: {
        const auto number = value.get<double>();
        if (!std::isfinite(number)) throw std::logic_error("a number in a JSON document is not finite");
        base::append_number(text, number);
        return;
    }
    default:
        text += "null";
        return;
    }
}

std::string to_text(const Json& document) {
    std::string text;
    append_text(text, document);
    return text;
}

} // namespace limsym::data
