#include "common/parser.hpp"

#include <algorithm>
#include <map>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "common/parts.hpp"
#include "limsym/base/error.hpp"

namespace limsym::cli {

namespace {

std::string expectation(const OptionSpec& spec) {
    return spec.range_text.empty() ? spec.value_name : spec.range_text;
}

/// CLI11 takes the next word for the value of "--name=": the empty value becomes a word of its own.
std::vector<std::string> split_empty_values(const std::vector<std::string>& words,
                                            const std::map<std::string, const OptionSpec*>& by_name) {
    std::vector<std::string> result;
    bool operands_only = false;
    for (const std::string& word : words) {
        operands_only = operands_only || word == "--";
        const std::string name = word.substr(0, word.size() - (word.empty() ? 0 : 1));
        const bool empty_value = !operands_only && word.ends_with('=') && by_name.contains(name);
        if (empty_value && by_name.at(name)->kind != ValueKind::flag) {
            result.push_back(name);
            result.emplace_back();
        } else {
            result.push_back(word);
        }
    }
    return result;
}

[[noreturn]] void unknown_option(const std::string& word, const std::vector<const OptionSpec*>& specs) {
    const std::string name = word.substr(0, word.find('='));
    std::vector<std::string> names;
    for (const OptionSpec* spec : specs)
        names.push_back(spec->name);
    const std::string printable = base::quoted(name);
    throw base::InputError(printable.substr(1, printable.size() - 2),
                           "unknown option" + base::did_you_mean(name, names));
}

} // namespace

ParsedWords parse_words(const std::vector<const OptionSpec*>& specs, const std::vector<std::string>& words) {
    std::map<std::string, const OptionSpec*> by_name;
    std::map<const CLI::Option*, const OptionSpec*> by_option;
    std::map<const OptionSpec*, std::size_t> taken;
    CLI::App app;
    app.set_help_flag();
    app.allow_extras();
    for (const OptionSpec* spec : specs) {
        const std::vector<std::string> names = spellings(*spec);
        for (const std::string& name : names) {
            if (!by_name.emplace(name, spec).second) throw std::logic_error("option " + name + " is declared twice");
        }
        CLI::Option* option = nullptr;
        if (spec->kind == ValueKind::flag) {
            option = app.add_flag(base::join(names, ","))->disable_flag_override();
        } else {
            option = app.add_option(base::join(names, ","))->expected(1);
        }
        option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
        by_option.emplace(option, spec);
    }

    std::vector<std::string> reversed = split_empty_values(words, by_name);
    std::reverse(reversed.begin(), reversed.end());
    try {
        app.parse(std::move(reversed));
    } catch (const CLI::ArgumentMismatch& error) {
        // Either words ran out before the value, or a flag was given one; the message begins with the option's name,
        // with or without its dashes.
        const std::string said = error.what();
        std::string name = said.substr(0, said.find_first_of(": "));
        if (!by_name.contains(name)) name = "--" + name;
        const auto found = by_name.find(name);
        if (found == by_name.end()) throw base::InputError(said);
        if (found->second->kind == ValueKind::flag) throw base::InputError(name, "takes no value");
        throw base::InputError(name, "no value given; expected " + expectation(*found->second));
    } catch (const CLI::ParseError& error) {
        throw base::InputError(error.what());
    }

    bool operands_only = false;
    ParsedWords parsed;
    for (const std::string& word : app.remaining()) {
        if (!operands_only && word == "--") {
            operands_only = true;
        } else if (!operands_only && word.size() > 1 && word.front() == '-') {
            unknown_option(word, specs);
        } else {
            parsed.operands.push_back(word);
        }
    }
    for (const CLI::Option* option : app.parse_order()) {
        const OptionSpec* spec = by_option.at(option);
        const std::size_t before = taken[spec]++;
        if (before > 0 && !spec->repeats) throw base::InputError(spec->name, "given twice; expected at most once");
        parsed.options.emplace_back(spec, spec->kind == ValueKind::flag ? "true" : option->results().at(before));
    }
    return parsed;
}

} // namespace limsym::cli
