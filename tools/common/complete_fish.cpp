#include "common/completion.hpp"
#include "limsym/base/error.hpp"

namespace limsym::cli {

namespace {

/// In fish a backslash escapes inside single quotes.
std::string fish_quoted(const std::string& text) {
    std::string result = "'";
    for (const char c : text) {
        if (c == '\'' || c == '\\') result += '\\';
        result += c;
    }
    return result + "'";
}

/// True when the words after the tool's name begin with the subcommand.
std::string condition(const std::string& function, const std::string& command) {
    return "-n " + fish_quoted(function + " " + command);
}

std::string option_line(const Tool& tool, const std::string& function, const std::string& command,
                        const OptionSpec& spec) {
    std::string line = "complete -c " + tool.name + " " + condition(function, command);
    if (!spec.short_name.empty()) line += " -s " + spec.short_name.substr(1);
    line += " -l " + spec.name.substr(2);
    if (spec.kind != ValueKind::flag) {
        switch (offer_after(spec)) {
        case Offer::words:
            line += " -x -a " + fish_quoted(base::join(spec.choices, " "));
            break;
        case Offer::files:
            line += " -r -F";
            break;
        case Offer::nothing:
            line += " -x";
            break;
        }
    }
    return line + " -d " + fish_quoted(spec.help) + "\n";
}

} // namespace

std::string fish_completion(const Tool& tool) {
    const std::string begins = "__" + identifier(tool.name) + "_begins";
    const std::string exactly = "__" + identifier(tool.name) + "_exactly";
    std::string text = "# fish completion of " + tool.name + ", made by " + tool.name +
                       " --generate complete-fish\n"
                       "function " +
                       begins +
                       "\n"
                       "    set -l words (commandline -opc)[2..-1]\n"
                       "    test (count $words) -ge (count $argv); or return 1\n"
                       "    test (count $argv) -eq 0; or test \"$words[1..\"(count $argv)\"]\" = \"$argv\"\n"
                       "end\n"
                       "function " +
                       exactly +
                       "\n"
                       "    set -l words (commandline -opc)[2..-1]\n"
                       "    test \"$words\" = \"$argv\"\n"
                       "end\n";
    const std::string complete = "complete -c " + tool.name + " ";
    text += complete + "-n " + fish_quoted(exactly) + " -f -l help -d 'Print the help'\n";
    text += complete + "-n " + fish_quoted(exactly) + " -f -l version -d 'Print the version'\n";
    for (const std::string& first : first_words(tool)) {
        const std::vector<std::string> seconds = second_words(tool, first);
        std::string summary = base::join(seconds);
        for (const Command& command : tool.commands)
            if (command.parts().name == first) summary = command.parts().summary;
        text += complete + "-n " + fish_quoted(exactly) + " -f -a " + first + " -d " + fish_quoted(summary) + "\n";
        for (const std::string& second : seconds)
            text += complete + condition(exactly, first) + " -f -a " + second + "\n";
    }
    for (const Command& command : tool.commands)
        for (const OptionSpec& spec : all_options(command))
            text += option_line(tool, begins, command.parts().name, spec);
    return text;
}

} // namespace limsym::cli
