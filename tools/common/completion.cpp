#include "common/completion.hpp"

#include <algorithm>

namespace limsym::cli {

Offer offer_after(const OptionSpec& spec) {
    switch (spec.kind) {
    case ValueKind::choice:
        return Offer::words;
    case ValueKind::input_file:
    case ValueKind::output_file:
        return Offer::files;
    case ValueKind::flag:
    case ValueKind::number:
    case ValueKind::integer:
    case ValueKind::text:
    case ValueKind::list:
        break;
    }
    return Offer::nothing;
}

std::vector<std::string> first_words(const Tool& tool) {
    std::vector<std::string> words;
    for (const Command& command : tool.commands) {
        const std::string& name = command.parts().name;
        const std::string word = name.substr(0, name.find(' '));
        if (std::find(words.begin(), words.end(), word) == words.end()) words.push_back(word);
    }
    return words;
}

std::vector<std::string> second_words(const Tool& tool, const std::string& first) {
    std::vector<std::string> words;
    for (const Command& command : tool.commands)
        if (command.parts().name.starts_with(first + " "))
            words.push_back(command.parts().name.substr(first.size() + 1));
    return words;
}

std::string identifier(const std::string& name) {
    std::string result = name;
    std::replace(result.begin(), result.end(), '-', '_');
    std::replace(result.begin(), result.end(), ' ', '_');
    return result;
}

std::string single_quoted(const std::string& text) {
    std::string result = "'";
    for (const char c : text) {
        if (c == '\'') {
            result += "'\\''";
        } else {
            result += c;
        }
    }
    return result + "'";
}

} // namespace limsym::cli
