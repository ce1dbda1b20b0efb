#include "common/completion.hpp"
#include "limsym/base/error.hpp"

namespace limsym::cli {

namespace {

std::string value_cases(const std::vector<OptionSpec>& options) {
    std::string text;
    for (const OptionSpec& spec : options) {
        if (spec.kind == ValueKind::flag) continue;
        const std::string pattern = spec.short_name.empty() ? spec.name : spec.name + "|" + spec.short_name;
        text += "            " + pattern + ")";
        switch (offer_after(spec)) {
        case Offer::words:
            text += " offer=words; words=" + single_quoted(base::join(spec.choices, " ")) + " ;;\n";
            break;
        case Offer::files:
            text += " offer=files ;;\n";
            break;
        case Offer::nothing:
            text += " offer=nothing ;;\n";
            break;
        }
    }
    return text;
}

std::string command_case(const Command& command) {
    const std::vector<OptionSpec> options = all_options(command);
    std::string names;
    for (const OptionSpec& spec : options)
        names += (names.empty() ? "" : " ") + spec.name;
    return "    " + single_quoted(command.parts().name) + ")\n        options=" + single_quoted(names) +
           "\n        case $previous in\n" + value_cases(options) + "        esac\n        ;;\n";
}

} // namespace

// Needs nothing of the bash-completion package. Bash cuts words at '=', so that "--which=n" is three of them.
std::string bash_completion(const Tool& tool) {
    const std::string function = "_" + identifier(tool.name);
    std::string text = "# bash completion of " + tool.name + ", made by " + tool.name + " --generate complete-bash\n" +
                       function +
                       "() {\n"
                       "    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
                       "    local command=${COMP_WORDS[1]} options='' offer=default words='' place=1\n"
                       "    if [[ $previous == '=' ]]; then\n"
                       "        previous=${COMP_WORDS[COMP_CWORD-2]}\n"
                       "    elif [[ $current == '=' ]]; then\n"
                       "        current=''\n"
                       "    fi\n"
                       "    COMPREPLY=()\n";
    std::string families;
    for (const std::string& first : first_words(tool)) {
        const std::vector<std::string> seconds = second_words(tool, first);
        if (seconds.empty()) continue;
        families += "    " + first + ")\n        place=2\n        if ((COMP_CWORD == 2)); then\n            words=" +
                    single_quoted(base::join(seconds, " ")) +
                    "\n        else\n            command+=\" ${COMP_WORDS[2]}\"\n" + "        fi\n        ;;\n";
    }
    if (!families.empty()) text += "    case $command in\n" + families + "    esac\n";
    text += "    if ((COMP_CWORD == 1)); then\n"
            "        mapfile -t COMPREPLY < <(compgen -W " +
            single_quoted(base::join(first_words(tool), " ") + " --help --version") +
            " -- \"$current\")\n"
            "        return\n"
            "    elif ((COMP_CWORD == place)); then\n"
            "        mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
            "        return\n"
            "    fi\n"
            "    case $command in\n";
    for (const Command& command : tool.commands)
        text += command_case(command);
    text += "    esac\n"
            "    if [[ $offer == default && $current == -* ]]; then\n"
            "        offer=words\n"
            "        words=$options\n"
            "    fi\n"
            "    case $offer in\n"
            "    words) mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\") ;;\n"
            "    default | files)\n"
            "        mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
            "        compopt -o filenames 2>/dev/null\n"
            "        ;;\n"
            "    esac\n"
            "}\n"
            "complete -F " +
            function + " " + tool.name + "\n";
    return text;
}

} // namespace limsym::cli
