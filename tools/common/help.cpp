#include <algorithm>

#include "common/common_options.hpp"
#include "common/generate.hpp"
#include "common/text.hpp"
#include "limsym/base/error.hpp"

namespace limsym::cli {

namespace {

constexpr std::size_t page_width = 92;
constexpr std::size_t help_column = 27;

std::string option_head(const OptionSpec& spec) {
    std::string head = spec.short_name.empty() ? "  " : "  " + spec.short_name + ", ";
    head += spec.name;
    if (!spec.value_name.empty()) head += " " + spec.value_name;
    return head;
}

std::string option_text(const OptionSpec& spec) {
    const std::string notes = attributes(spec);
    const std::string text = capitalised(spec.help) + (notes.empty() ? "" : " (" + notes + ")");
    const std::string head = option_head(spec);
    if (width_of(head) + 2 > help_column) return head + "\n" + wrapped(text, help_column, page_width);
    return wrapped(text, help_column, page_width, head);
}

std::string paragraphs(const std::vector<std::string>& texts) {
    std::string result;
    for (const std::string& text : texts)
        result += "\n" + wrapped(text, 0, page_width);
    return result;
}

std::string example_text(const std::vector<std::pair<std::string, std::string>>& examples) {
    std::string text;
    for (const auto& [line, shows] : examples) {
        for (const std::string& part : command_lines(line, page_width - 2))
            text += "  " + part + "\n";
        if (!shows.empty()) text += wrapped(shows, 4, page_width);
    }
    return text;
}

std::string exit_status_text() {
    return "\nExit status:\n"
           "  0    done\n"
           "  1    the work failed, or a check's answer is no\n"
           "  2    wrong usage or bad input\n"
           "  70   a bug; please report it\n"
           "  130  interrupted by SIGINT; 143 by SIGTERM\n";
}

std::string forms_text(const std::vector<data::Format>& forms) {
    if (forms.empty()) return "";
    std::vector<std::string> names;
    for (const data::Format form : forms)
        names.emplace_back(data::format_name(form));
    return "\nForms of the result (--to): " + base::join(names) +
           (names.size() > 1 ? "; the first is the default.\n" : ".\n");
}

} // namespace

std::vector<OptionSpec> shared_options(const Command& command) {
    CommonOptions unused;
    std::vector<OptionSpec> specs;
    for (BoundOption& option : common_options(unused, command.parts()))
        specs.push_back(std::move(option.spec));
    return specs;
}

std::vector<OptionSpec> all_options(const Command& command) {
    std::vector<OptionSpec> specs;
    for (const BoundOption& option : command.parts().options)
        specs.push_back(option.spec);
    for (OptionSpec& spec : shared_options(command))
        specs.push_back(std::move(spec));
    return specs;
}

std::string attributes(const OptionSpec& spec) {
    std::vector<std::string> notes;
    if (spec.required)
        notes.emplace_back("required");
    else if (!spec.default_text.empty())
        notes.push_back("default " + spec.default_text);
    const bool says_more = spec.kind != ValueKind::choice && spec.range_text != "a finite number";
    if (!spec.range_text.empty() && says_more) notes.push_back(spec.range_text);
    return base::join(notes, "; ");
}

std::string synopsis(const Tool& tool, const Command& command) {
    const Command::Parts& parts = command.parts();
    std::string line = tool.name + " " + parts.name + " [options]";
    for (const BoundOption& option : parts.options)
        if (option.spec.required) line += " " + option.spec.name + " " + option.spec.value_name;
    if (!parts.operands.names.empty()) line += " " + parts.operands.names;
    return line;
}

std::string tool_help(const Tool& tool, const std::string& family) {
    const std::string prefix = family.empty() ? "" : family + " ";
    std::string text = wrapped(tool.summary, 0, page_width, tool.name + " - ");
    text += "\nUsage: " + tool.name + " " + prefix + "SUBCOMMAND [options] [FILE...]\n";
    if (family.empty()) text += paragraphs(tool.description);
    text += "\nSubcommands:\n";
    std::size_t column = 0;
    for (const Command& command : tool.commands)
        column = std::max(column, command.parts().name.size() + 4);
    std::vector<std::pair<std::string, std::string>> examples;
    for (const Command& command : tool.commands) {
        const Command::Parts& parts = command.parts();
        if (!parts.name.starts_with(prefix)) continue;
        text += wrapped(parts.summary, column, page_width, "  " + parts.name + "  ");
        if (!parts.examples.empty() && examples.size() < 4) examples.push_back(parts.examples.front());
    }
    if (!examples.empty()) text += "\nExamples:\n" + example_text(examples);
    text += "\nOptions:\n"
            "  --help, -h               This text; " +
            tool.name +
            " SUBCOMMAND --help tells of its options\n"
            "  --version                The version; with --verbose the libraries at work, too\n"
            "  --generate man|complete-bash|complete-zsh|complete-fish|options\n"
            "                           Print the man page, a shell's completions, or all options\n";
    return text + exit_status_text();
}

std::string command_help(const Tool& tool, const Command& command) {
    const Command::Parts& parts = command.parts();
    std::string text = wrapped(parts.summary, 0, page_width, tool.name + " " + parts.name + " - ");
    text += "\n" + wrapped(synopsis(tool, command), 7, page_width, "Usage: ");
    text += paragraphs(parts.description);
    if (!parts.examples.empty()) text += "\nExamples:\n" + example_text(parts.examples);
    if (!parts.operands.names.empty()) {
        const std::string head = "  " + parts.operands.names;
        text += "\nOperands:\n";
        text += width_of(head) + 2 > help_column
                    ? head + "\n" + wrapped(capitalised(parts.operands.help), help_column, page_width)
                    : wrapped(capitalised(parts.operands.help), help_column, page_width, head);
    }
    // Options stand under their headings in order of first use, also when a heading comes twice.
    const std::vector<OptionSpec> options = all_options(command);
    std::vector<std::string> headings;
    for (const OptionSpec& spec : options)
        if (std::find(headings.begin(), headings.end(), spec.group) == headings.end()) headings.push_back(spec.group);
    for (const std::string& heading : headings) {
        text += "\n" + heading + ":\n";
        for (const OptionSpec& spec : options)
            if (spec.group == heading) text += option_text(spec);
    }
    return text + forms_text(parts.forms) + exit_status_text();
}

std::string option_table(const Tool& tool) {
    std::vector<std::string> lines;
    for (const Command& command : tool.commands)
        for (const OptionSpec& spec : all_options(command))
            lines.push_back(command.parts().name + " " + spec.name + "\n");
    std::sort(lines.begin(), lines.end());
    return base::join(lines, "");
}

} // namespace limsym::cli
