#include <algorithm>
#include <cctype>

#include "common/common_options.hpp"
#include "common/generate.hpp"
#include "common/text.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/version.hpp"

namespace limsym::cli {

namespace {

/// Of the release; a date of the build would change the page's bytes.
constexpr const char* page_date = "November 23, 2026";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    for (std::size_t place = text.find(from); place != std::string::npos; place = text.find(from, place + to.size()))
        text.replace(place, from.size(), to);
    return text;
}

/// Text that roff must not take for requests or escapes.
std::string escaped(const std::string& text) {
    std::string result = replaced(text, "\\", "\\e");
    result = replaced(result, "--", "\\-\\-");
    if (!result.empty() && (result.front() == '.' || result.front() == '\'')) result = "\\&" + result;
    return result;
}

/// One argument of a macro. Punctuation alone and names of macros would be taken for more than text.
std::string argument(const std::string& text) {
    std::string result = replaced(escaped(text), "\"", "\\(dq");
    if (result.find(' ') != std::string::npos) return "\"" + result + "\"";
    const bool looks_like_macro = result.size() == 2 && std::isupper(static_cast<unsigned char>(result[0])) != 0;
    const bool punctuation = result.size() == 1 && std::isalnum(static_cast<unsigned char>(result[0])) == 0;
    return looks_like_macro || punctuation ? "\\&" + result : result;
}

/// A sentence begins on a line of its own, as mdoc wants it.
std::string sentences(const std::string& text) {
    std::string result = escaped(text);
    for (const char* end : {". ", "! ", "? "})
        result = replaced(result, end, std::string(1, end[0]) + "\n");
    return replaced(result, "\n.", "\n\\&.");
}

std::string with_point(std::string text) {
    if (!text.empty() && std::string(".!?:").find(text.back()) == std::string::npos) text += ".";
    return text;
}

std::string option_item(const OptionSpec& spec) {
    std::string item = ".It ";
    if (!spec.short_name.empty()) item += "Fl " + spec.short_name.substr(1) + " , ";
    item += "Fl \\-" + bare_name(spec);
    if (!spec.value_name.empty()) item += " Ar " + argument(spec.value_name);
    item += "\n" + sentences(with_point(capitalised(spec.help))) + "\n";
    if (spec.required) item += "Required.\n";
    if (!spec.default_text.empty() && !spec.required)
        item += "The default is " + escaped(with_point(spec.default_text)) + "\n";
    const bool says_more = spec.kind != ValueKind::choice && spec.range_text != "a finite number";
    if (!spec.range_text.empty() && says_more) item += "Range: " + escaped(with_point(spec.range_text)) + "\n";
    return item;
}

std::string option_list(const std::vector<OptionSpec>& options) {
    if (options.empty()) return "";
    std::string list = ".Bl -tag -width Ds\n";
    for (const OptionSpec& spec : options)
        list += option_item(spec);
    return list + ".El\n";
}

std::string synopsis_line(const Command::Parts& parts) {
    std::string line = ".Nm\n.Cm " + parts.name + "\n.Op Ar options\n";
    for (const BoundOption& option : parts.options)
        if (option.spec.required)
            line += ".Fl \\-" + bare_name(option.spec) + " Ar " + argument(option.spec.value_name) + "\n";
    if (!parts.operands.names.empty()) line += ".Ar " + argument(parts.operands.names) + "\n";
    return line;
}

std::string command_section(const Command& command) {
    const Command::Parts& parts = command.parts();
    std::string text = ".Ss " + parts.name + "\n" + sentences(with_point(capitalised(parts.summary))) + "\n";
    for (const std::string& paragraph : parts.description)
        text += ".Pp\n" + sentences(paragraph) + "\n";
    if (!parts.operands.names.empty())
        text += ".Pp\n.Ar " + argument(parts.operands.names) + " :\n" +
                sentences(with_point(capitalised(parts.operands.help))) + "\n";
    std::vector<OptionSpec> own;
    for (const BoundOption& option : parts.options)
        own.push_back(option.spec);
    text += option_list(own);
    if (!parts.forms.empty()) {
        std::vector<std::string> names;
        for (const data::Format form : parts.forms)
            names.emplace_back(data::format_name(form));
        text += ".Pp\nForms of the result:\n" + base::join(names) +
                (names.size() > 1 ? "; the first is the default.\n" : ".\n");
    }
    return text;
}

/// A common option stands here once; --to takes what each subcommand's section lists.
std::string common_section(const Tool& tool) {
    const auto with_forms = std::find_if(tool.commands.begin(), tool.commands.end(),
                                         [](const Command& command) { return !command.parts().forms.empty(); });
    if (tool.commands.empty()) return "";
    std::vector<OptionSpec> options =
        shared_options(with_forms != tool.commands.end() ? *with_forms : tool.commands.front());
    for (OptionSpec& spec : options) {
        if (spec.name != "--to") continue;
        spec.value_name = "FORM";
        spec.help = "Form of the main result, where the subcommand has a choice";
        spec.default_text = "given by the extension of the file of --out, else the first form of the subcommand";
    }
    return ".Sh COMMON OPTIONS\nEvery subcommand has these.\n" + option_list(options);
}

constexpr const char* input_section = ".Sh INPUT\n"
                                      "Operands are data; a file is named by its path, and\n"
                                      ".Ql -\n"
                                      "is standard input, as is a missing last operand.\n"
                                      "At most one input is standard input, and it is not a terminal.\n"
                                      "Files packed by\n"
                                      ".Xr gzip 1\n"
                                      "are unpacked.\n"
                                      "The form (csv, json, ndjson, npy, h5, idx) is that of\n"
                                      ".Fl \\-from ,\n"
                                      "else of the extension, else of the content.\n";

constexpr const char* output_section =
    ".Sh OUTPUT\n"
    "The main result goes to standard output, or to the file of\n"
    ".Fl \\-out .\n"
    "Files appear whole or not at all.\n"
    "Numbers have the fewest digits that read back to the same double.\n"
    "The same input, options and seed give the same bytes for any number of threads.\n"
    "Messages, warnings and progress go to standard error.\n";

constexpr const char* environment_section =
    ".Sh ENVIRONMENT\n"
    ".Bl -tag -width LIMSYM_VMATH\n"
    ".It Ev LIMSYM_VMATH\n"
    "When\n"
    ".Ql generic ,\n"
    "elementary functions are those of the C library rather than its vector ones.\n"
    ".It Ev NO_COLOR\n"
    "When not empty, progress has no colour.\n"
    ".It Ev CI , TERM\n"
    "Progress is not shown when\n"
    ".Ev CI\n"
    "is not empty or\n"
    ".Ev TERM\n"
    "is\n"
    ".Ql dumb ,\n"
    "unless\n"
    ".Fl \\-progress Ar always\n"
    "asks for it.\n"
    ".El\n";

constexpr const char* exit_section = ".Sh EXIT STATUS\n"
                                     ".Bl -tag -width 130x\n"
                                     ".It 0\n"
                                     "Done.\n"
                                     ".It 1\n"
                                     "The work failed, or the answer of a check is no.\n"
                                     ".It 2\n"
                                     "Wrong usage or bad input.\n"
                                     ".It 70\n"
                                     "A bug; please report it.\n"
                                     ".It 130\n"
                                     "Interrupted by SIGINT; 143 by SIGTERM.\n"
                                     ".El\n";

std::string examples_section(const Tool& tool) {
    std::string text;
    for (const Command& command : tool.commands) {
        for (const auto& [line, shows] : command.parts().examples) {
            if (!shows.empty()) {
                text += (text.empty() ? "" : ".Pp\n") + sentences(capitalised(shows)) + ":\n";
            }
            text += ".Bd -literal -offset indent\n";
            for (const std::string& part : command_lines(line, 70))
                text += escaped(part) + "\n";
            text += ".Ed\n";
        }
    }
    return text.empty() ? "" : ".Sh EXAMPLES\n" + text;
}

std::string references_section(const Tool& tool) {
    if (tool.references.empty()) return "";
    std::string text = ".Sh REFERENCES\n";
    for (std::size_t i = 0; i < tool.references.size(); ++i)
        text += (i > 0 ? ".Pp\n" : "") + escaped(tool.references[i]) + "\n";
    return text;
}

/// "jac-ntk(1)" as a cross reference; limsym(7) always stands there.
std::string see_also_section(const Tool& tool) {
    std::vector<std::pair<std::string, std::string>> pages{{"7", "limsym"}};
    for (const std::string& page : tool.see_also) {
        const std::size_t open = page.find('(');
        if (open == std::string::npos) throw std::logic_error(page + " is no NAME(SECTION)");
        pages.emplace_back(page.substr(open + 1, page.size() - open - 2), page.substr(0, open));
    }
    std::sort(pages.begin(), pages.end());
    pages.erase(std::unique(pages.begin(), pages.end()), pages.end());
    std::string text = ".Sh SEE ALSO\n";
    for (std::size_t i = 0; i < pages.size(); ++i)
        text += ".Xr " + pages[i].second + " " + pages[i].first + (i + 1 < pages.size() ? " ,\n" : "\n");
    return text;
}

} // namespace

std::string man_page(const Tool& tool) {
    std::string upper = tool.name;
    std::transform(upper.begin(), upper.end(), upper.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    std::string page = ".Dd " + std::string(page_date) + "\n.Dt " + upper + " 1\n.Os limsym " +
                       std::string(base::version()) + "\n.Sh NAME\n.Nm " + tool.name + "\n.Nd " +
                       escaped(tool.summary) + "\n.Sh SYNOPSIS\n";
    for (const Command& command : tool.commands)
        page += synopsis_line(command.parts());
    page += ".Sh DESCRIPTION\n" + sentences(with_point(tool.description.empty() ? tool.summary : tool.description[0])) +
            "\n";
    for (std::size_t i = 1; i < tool.description.size(); ++i)
        page += ".Pp\n" + sentences(tool.description[i]) + "\n";
    page += ".Sh SUBCOMMANDS\n";
    for (const Command& command : tool.commands)
        page += command_section(command);
    page += common_section(tool);
    page += input_section;
    page += output_section;
    page += ".\\\" prose\n";
    page += environment_section;
    page += exit_section;
    return page + examples_section(tool) + references_section(tool) + see_also_section(tool);
}

} // namespace limsym::cli
