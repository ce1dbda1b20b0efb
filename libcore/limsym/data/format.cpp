#include "limsym/data/format.hpp"

#include <array>
#include <utility>
#include <vector>

#include "limsym/base/error.hpp"

namespace limsym::data {

namespace {

constexpr std::array<std::pair<std::string_view, Format>, 6> names{{{"csv", Format::csv},
                                                                    {"json", Format::json},
                                                                    {"ndjson", Format::ndjson},
                                                                    {"npy", Format::npy},
                                                                    {"h5", Format::h5},
                                                                    {"idx", Format::idx}}};

/// The end of the JSON value that starts `text`, npos when it does not end there.
std::size_t end_of_value(std::string_view text) {
    std::size_t depth = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (in_string) {
            if (c == '\\') {
                ++i;
            } else if (c == '"') {
                in_string = false;
            }
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            ++depth;
        } else if ((c == '}' || c == ']') && --depth == 0) {
            return i + 1;
        }
    }
    return std::string_view::npos;
}

bool is_idx(std::string_view bytes) {
    if (bytes.size() < 4 || bytes[0] != '\0' || bytes[1] != '\0' || bytes[3] == '\0') return false;
    const char kind = bytes[2];
    return kind == 0x08 || kind == 0x09 || (kind >= 0x0b && kind <= 0x0e);
}

} // namespace

std::string_view format_name(Format format) {
    for (const auto& [name, value] : names)
        if (value == format) return name;
    return "";
}

Format parse_format(std::string_view text, std::string_view option) {
    std::vector<std::string> words;
    for (const auto& [name, value] : names) {
        if (text == name) return value;
        words.emplace_back(name);
    }
    throw base::InputError(option, base::quoted(text) + " is not a format; expected one of " + base::join(words));
}

std::optional<Format> format_of_name(std::string_view file) {
    if (file.ends_with(".gz")) file.remove_suffix(3);
    const std::size_t slash = file.rfind('/');
    if (slash != std::string_view::npos) file.remove_prefix(slash + 1);
    const std::size_t point = file.rfind('.');
    if (point == std::string_view::npos) {
        // train-images-idx3-ubyte, as such files are usually called
        if (file.find("-idx") != std::string_view::npos) return Format::idx;
        return std::nullopt;
    }
    const std::string_view extension = file.substr(point + 1);
    if (extension == "jsonl") return Format::ndjson;
    if (extension == "hdf5") return Format::h5;
    for (const auto& [name, value] : names)
        if (extension == name) return value;
    return std::nullopt;
}

Format format_of_content(std::string_view bytes) {
    if (bytes.starts_with("\x93NUMPY")) return Format::npy;
    if (bytes.starts_with("\x89HDF\r\n\x1a\n")) return Format::h5;
    if (is_idx(bytes)) return Format::idx;
    if (bytes.starts_with("\xef\xbb\xbf")) bytes.remove_prefix(3);
    constexpr std::string_view blanks = " \t\r\n";
    const std::size_t first = bytes.find_first_not_of(blanks);
    if (first == std::string_view::npos || (bytes[first] != '{' && bytes[first] != '[')) return Format::csv;
    bytes.remove_prefix(first);
    const std::size_t end = end_of_value(bytes);
    if (end != std::string_view::npos && bytes.find_first_not_of(blanks, end) != std::string_view::npos)
        return Format::ndjson;
    return Format::json;
}

} // namespace limsym::data
