#include "common/completion.hpp"
#include "limsym/base/error.hpp"

namespace limsym::cli {

namespace {

/// Brackets and colons end the parts of an _arguments specification.
std::string escaped(const std::string& text) {
    std::string result;
    for (const char c : text) {
        if (c == '[' || c == ']' || c == ':' || c == '\\') result += '\\';
        result += c;
    }
    return result;
}

std::string value_part(const OptionSpec& spec) {
    if (spec.kind == ValueKind::flag) return "";
    std::string part = ":" + escaped(spec.kind == ValueKind::choice ? "value" : spec.value_name) + ":";
    switch (offer_after(spec)) {
    case Offer::words:
        return part + "(" + base::join(spec.choices, " ") + ")";
    case Offer::files:
        return part + "_files";
    case Offer::nothing:
        break;
    }
    return part;
}

std::string option_lines(const OptionSpec& spec) {
    const std::string rest = "[" + escaped(spec.help) + "]" + value_part(spec);
    const std::string equals = spec.kind == ValueKind::flag ? "" : "=";
    const std::string both = spec.short_name.empty() ? spec.name : spec.name + " " + spec.short_name;
    std::string lines = "        " + single_quoted("(" + both + ")" + spec.name + equals + rest) + " \\\n";
    if (!spec.short_name.empty())
        lines += "        " + single_quoted("(" + both + ")" + spec.short_name + (equals.empty() ? "" : "+") + rest) +
                 " \\\n";
    return lines;
}

std::string command_function(const std::string& prefix, const Command& command) {
    std::string text = prefix + "_" + identifier(command.parts().name) + "() {\n    _arguments -s -S \\\n";
    for (const OptionSpec& spec : all_options(command))
        text += option_lines(spec);
    return text + (command.parts().operands.files != nullptr ? "        '*:file:_files'\n}\n" : "        '*:: :'\n}\n");
}

std::string described(const std::string& word, const std::string& summary) {
    return "            " + single_quoted(escaped(word) + ":" + summary) + "\n";
}

/// Words that a subcommand begins with, each with the summary of the one subcommand that it names.
std::string first_word_list(const Tool& tool) {
    std::string list;
    for (const std::string& word : first_words(tool)) {
        std::string summary = base::join(second_words(tool, word));
        for (const Command& command : tool.commands)
            if (command.parts().name == word) summary = command.parts().summary;
        list += described(word, summary);
    }
    return list;
}

} // namespace

std::string zsh_completion(const Tool& tool) {
    const std::string prefix = "_" + identifier(tool.name);
    std::string text = "#compdef " + tool.name + "\n# made by " + tool.name + " --generate complete-zsh\n\n";
    for (const Command& command : tool.commands)
        text += command_function(prefix, command) + "\n";
    text += prefix +
            "() {\n"
            "    local -a subcommands\n"
            "    if ((CURRENT == 2)); then\n"
            "        subcommands=(\n" +
            first_word_list(tool) +
            "        )\n"
            "        _describe subcommand subcommands\n"
            "        return\n"
            "    fi\n"
            "    shift words\n"
            "    ((CURRENT--))\n"
            "    case $words[1] in\n";
    for (const std::string& first : first_words(tool)) {
        const std::vector<std::string> seconds = second_words(tool, first);
        if (seconds.empty()) {
            text += "    " + first + ") " + prefix + "_" + identifier(first) + " ;;\n";
            continue;
        }
        text += "    " + first + ")\n        if ((CURRENT == 2)); then\n            subcommands=(" +
                base::join(seconds, " ") +
                ")\n            _describe subcommand subcommands\n            return\n        fi\n"
                "        shift words\n        ((CURRENT--))\n        case $words[1] in\n";
        for (const std::string& second : seconds)
            text += "        " + second + ") " + prefix + "_" + identifier(first + " " + second) + " ;;\n";
        text += "        esac\n        ;;\n";
    }
    return text + "    esac\n}\n\n" + prefix + " \"$@\"\n";
}

} // namespace limsym::cli
