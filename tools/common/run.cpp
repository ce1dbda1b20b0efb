#include <algorithm>
#include <csignal>
#include <new>
#include <optional>

#include "common/command.hpp"
#include "common/context.hpp"
#include "common/generate.hpp"
#include "common/interrupt.hpp"
#include "common/invocation.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/base/version.hpp"
#include "limsym/numerics/blas.hpp"
#include "limsym/numerics/vmath.hpp"

namespace limsym::cli {

namespace {

enum ExitStatus { done = 0, failed = 1, wrong_usage = 2, bug = 70, pipe_closed = 128 + SIGPIPE, by_signal = 128 };

using Words = std::vector<std::string>;

void print(const std::string& text) {
    StandardOutput output;
    output.write(text);
    output.flush();
}

bool contains(const Words& words, const std::string& word) {
    for (const std::string& other : words) {
        if (other == "--") return false;
        if (other == word) return true;
    }
    return false;
}

std::string version_text(const Tool& tool, bool verbose) {
    std::string text = tool.name + " (limsym) " + std::string(base::version()) + "\n";
    if (verbose)
        text += numerics::blas_description() + "; elementary functions: " + std::string(numerics::vmath_path()) + "\n";
    return text;
}

std::string generated(const Tool& tool, const std::string& what) {
    if (what == "man") return man_page(tool);
    if (what == "complete-bash") return bash_completion(tool);
    if (what == "complete-zsh") return zsh_completion(tool);
    if (what == "complete-fish") return fish_completion(tool);
    if (what == "options") return option_table(tool);
    const Words known{"man", "complete-bash", "complete-zsh", "complete-fish", "options"};
    throw base::InputError("--generate", base::quoted(what) + " is none of its values; expected " +
                                             base::join(known, "|") + base::did_you_mean(what, known));
}

/// The subcommand that the first words name, and how many words that takes.
struct Choice {
    Command* command = nullptr;
    std::size_t words = 0;
    std::string family; ///< first word of subcommands of two words when the second is missing or unknown
};

Choice choose(Tool& tool, const Words& words) {
    Choice choice;
    for (Command& command : tool.commands) {
        const std::string& name = command.parts().name;
        const std::size_t space = name.find(' ');
        const std::string first = name.substr(0, space);
        if (words.empty() || words[0] != first) continue;
        if (space == std::string::npos) return {&command, 1, ""};
        if (words.size() > 1 && words[1] == name.substr(space + 1)) return {&command, 2, ""};
        choice.family = first;
    }
    return choice;
}

[[noreturn]] void no_subcommand(const Tool& tool, const Words& words, const std::string& family) {
    const std::size_t place = family.empty() ? 0 : 1;
    Words names;
    for (const Command& command : tool.commands) {
        const std::string& name = command.parts().name;
        if (!family.empty() && !name.starts_with(family + " ")) continue;
        const std::string word = family.empty() ? name.substr(0, name.find(' ')) : name.substr(family.size() + 1);
        if (std::find(names.begin(), names.end(), word) == names.end()) names.push_back(word);
    }
    const std::string prefix = family.empty() ? "" : family + " ";
    const std::string form = "expected " + tool.name + " " + prefix + "SUBCOMMAND [options]";
    if (words.size() <= place) throw base::InputError(family, "no subcommand given; " + form);
    const std::string& word = words[place];
    if (word.size() > 1 && word.front() == '-')
        throw base::InputError(word.substr(0, word.find('=')), "an option before the subcommand; " + form);
    if (place == 0 && contains(tool.planned, word)) throw base::InputError(word, "this subcommand is not supported");
    const std::string printable = base::quoted(word);
    throw base::InputError(prefix + printable.substr(1, printable.size() - 2),
                           "unknown subcommand" + base::did_you_mean(word, names) +
                               (names.size() > 8 ? "" : "; expected " + base::join(names, "|")));
}

int run_command(const Tool& tool, Command& command, const Words& words, Terminal& terminal) {
    CommonOptions common;
    set_options(tool, command, common, words);
    std::optional<base::ThreadLimit> limit;
    if (common.threads) limit.emplace(*common.threads);
    RunContext context(tool, command.parts(), std::move(common), terminal);
    numerics::use_serial_blas();
    int status = command.parts().body(context);
    if (status == done && context.failed_by_warning()) status = failed;
    if (status != done && status != failed) throw std::logic_error("a body returned " + std::to_string(status));
    context.commit();
    return status;
}

int run_words(Tool& tool, const Words& words, Terminal& terminal) {
    const Choice choice = choose(tool, words);
    if (contains(words, "--help") || contains(words, "-h")) {
        print(choice.command != nullptr ? command_help(tool, *choice.command) : tool_help(tool, choice.family));
        return done;
    }
    if (contains(words, "--version")) {
        print(version_text(tool, contains(words, "--verbose")));
        return done;
    }
    if (!words.empty() && words[0].starts_with("--generate")) {
        const std::string option = "--generate=";
        const bool joined = words[0].starts_with(option);
        print(generated(tool, joined ? words[0].substr(option.size()) : words.size() > 1 ? words[1] : ""));
        return done;
    }
    if (choice.command == nullptr) no_subcommand(tool, words, choice.family);
    const Words rest(words.begin() + static_cast<std::ptrdiff_t>(choice.words), words.end());
    try {
        return run_command(tool, *choice.command, rest, terminal);
    } catch (const TerminalInput& error) {
        terminal.message(error.what());
        terminal.print("usage: " + synopsis(tool, *choice.command) + "\n");
        return wrong_usage;
    }
}

} // namespace

int run_tool(Tool tool, int argc, char** argv) {
    hold_standard_descriptors();
    std::signal(SIGXFSZ, SIG_IGN); // a file at its size limit is a write error, as a full disk is
    Terminal terminal(tool.name);
    end_on_interrupt(tool.name);
    try {
        return run_words(tool, Words(argv + std::min(argc, 1), argv + argc), terminal);
    } catch (const base::InputError& error) {
        terminal.message(error.what());
        return wrong_usage;
    } catch (const base::WorkError& error) {
        terminal.message(error.what());
        return failed;
    } catch (const base::Interrupted&) {
        terminal.message("interrupted");
        return by_signal + (interrupt_signal() != 0 ? interrupt_signal() : SIGINT);
    } catch (const PipeClosed&) {
        return pipe_closed;
    } catch (const std::bad_alloc&) {
        terminal.message("out of memory");
        return failed;
    } catch (const std::exception& error) {
        terminal.message("internal error: " + std::string(error.what()) + "; please report it");
        return bug;
    } catch (...) {
        terminal.message("internal error: an unknown exception; please report it");
        return bug;
    }
}

} // namespace limsym::cli
