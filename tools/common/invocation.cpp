#include "common/invocation.hpp"

#include <algorithm>
#include <filesystem>
#include <map>

#include "common/config.hpp"
#include "common/context.hpp"
#include "common/generate.hpp"
#include "common/parser.hpp"
#include "limsym/base/error.hpp"

namespace limsym::cli {

namespace {

/// What was given, with its text.
using Given = std::map<const BoundOption*, std::string>;

/// Not to be set by a file.
bool only_on_command_line(const OptionSpec& spec) {
    return spec.name == "--config" || spec.name == "--help" || spec.name == "--version";
}

std::vector<std::string> config_keys(const std::vector<OptionSpec>& specs) {
    std::vector<std::string> keys;
    for (const OptionSpec& spec : specs) {
        if (only_on_command_line(spec)) continue;
        for (const std::string& name : spellings(spec))
            if (name.starts_with("--")) keys.push_back(name.substr(2));
    }
    return keys;
}

bool contains(const std::vector<std::string>& words, const std::string& word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

/// Every key must be an option of its table's subcommand; at the top, of any.
void check_key(const Tool& tool, const ConfigEntry& entry, const std::string& place) {
    std::vector<std::string> known;
    std::vector<std::string> tables;
    for (const Command& command : tool.commands) {
        tables.push_back(command.parts().name);
        if (!entry.table.empty() && entry.table != command.parts().name) continue;
        for (std::string& key : config_keys(all_options(command)))
            known.push_back(std::move(key));
    }
    if (!entry.table.empty() && !contains(tables, entry.table))
        throw base::InputError(place,
                               "[" + entry.table + "] is no subcommand" + base::did_you_mean(entry.table, tables));
    if (!contains(known, entry.key))
        throw base::InputError(place, entry.key + ": unknown key" + base::did_you_mean(entry.key, known));
}

void apply_config(const Tool& tool, const Command& command, const std::string& file,
                  const std::vector<BoundOption*>& options, Given& given) {
    std::vector<ConfigEntry> entries = read_config(file);
    // The subcommand's table wins over the top.
    std::stable_sort(entries.begin(), entries.end(),
                     [](const ConfigEntry& a, const ConfigEntry& b) { return a.table.empty() && !b.table.empty(); });
    for (const ConfigEntry& entry : entries) {
        const std::string place = base::at_line(file, entry.line);
        check_key(tool, entry, place);
        if (!entry.table.empty() && entry.table != command.parts().name) continue;
        for (BoundOption* option : options) {
            if (!contains(config_keys({option->spec}), entry.key)) continue;
            if (option->spec.kind == ValueKind::flag && entry.value != "true" && entry.value != "false")
                throw base::InputError(place, entry.key + ": " + base::quoted(entry.value) +
                                                  " is no switch; expected true or false");
            const bool one_by_one = option->spec.repeats && !entry.elements.empty();
            for (const std::string& value : one_by_one ? entry.elements : std::vector<std::string>{entry.value})
                option->set(value, place + ": " + entry.key);
            given[option] = entry.value;
        }
    }
}

void set_operands(const Operands& operands, std::vector<std::string> files) {
    if (operands.files == nullptr) {
        if (!files.empty()) throw base::InputError(base::quoted(files.front()), "one operand too many; expected none");
        return;
    }
    if (files.size() > operands.most)
        throw base::InputError(base::quoted(files[operands.most]), "one operand too many; expected " + operands.names);
    if (files.size() < operands.least) {
        if (files.size() + 1 < operands.least)
            throw base::InputError(operands.names, std::to_string(files.size()) + " given; expected at least " +
                                                       std::to_string(operands.least - 1) +
                                                       ", and the last from standard input");
        if (standard_input_is_terminal())
            throw TerminalInput(operands.names + " is missing and standard input (stdin) is a terminal");
        files.emplace_back("-");
    }
    *operands.files = std::move(files);
}

/// Fails now if a result could not be written to the file in the end. What is there is left alone.
void check_writable(const std::string& file) {
    std::error_code ignored;
    const std::filesystem::file_status status = std::filesystem::status(file, ignored);
    const bool device = std::filesystem::exists(status) && std::filesystem::is_other(status);
    if (!device) const base::AtomicFile probe(file);
}

/// Two inputs from "-" are refused before any of them is read, two results in one file before any is made.
void check_files(const std::vector<BoundOption*>& options, const Given& given, const Operands& operands) {
    std::size_t from_standard_input = 0;
    std::map<std::string, std::string> writers;
    for (const BoundOption* option : options) {
        const auto found = given.find(option);
        if (found == given.end()) continue;
        const std::string& text = found->second;
        const OptionSpec& spec = option->spec;
        if (spec.kind == ValueKind::input_file && text == "-") ++from_standard_input;
        if (spec.kind != ValueKind::output_file) continue;
        if (text == "-" && spec.name != "--out")
            throw base::InputError(spec.name, "standard output (-) has the main result; expected a file");
        if (text == "-") continue;
        const auto [other, first] = writers.emplace(text, spec.name);
        if (!first && !text.starts_with("/dev/"))
            throw base::InputError(spec.name, base::quoted(text) + " is the file of " + other->second +
                                                  ", too; expected two files");
        check_writable(text);
    }
    if (operands.files != nullptr)
        from_standard_input +=
            static_cast<std::size_t>(std::count(operands.files->begin(), operands.files->end(), std::string("-")));
    if (from_standard_input > 1) throw standard_input_twice();
}

} // namespace

void set_options(const Tool& tool, Command& command, CommonOptions& common, const std::vector<std::string>& words) {
    std::deque<BoundOption> shared = common_options(common, command.parts());
    std::vector<BoundOption*> options;
    for (BoundOption& option : command.parts().options)
        options.push_back(&option);
    for (BoundOption& option : shared)
        options.push_back(&option);

    std::vector<const OptionSpec*> specs;
    std::map<const OptionSpec*, BoundOption*> by_spec;
    for (BoundOption* option : options) {
        specs.push_back(&option->spec);
        by_spec.emplace(&option->spec, option);
    }
    ParsedWords parsed = parse_words(specs, words);

    Given given;
    for (const auto& [spec, text] : parsed.options)
        if (spec->name == "--config") apply_config(tool, command, text, options, given);
    for (const auto& [spec, text] : parsed.options) {
        by_spec.at(spec)->set(text, spec->name);
        given[by_spec.at(spec)] = text;
    }
    for (const BoundOption* option : options)
        if (option->spec.required && !given.contains(option))
            throw base::InputError(option->spec.name,
                                   "missing; expected " + option->spec.name + " " + option->spec.value_name);
    set_operands(command.parts().operands, std::move(parsed.operands));
    check_files(options, given, command.parts().operands);
}

} // namespace limsym::cli
