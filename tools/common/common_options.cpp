#include "common/common_options.hpp"

#include <limits>

#include "common/value.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"

namespace limsym::cli {

namespace {

constexpr std::uint64_t most_threads = 1024;

std::vector<std::string> names_of(const std::vector<data::Format>& forms) {
    std::vector<std::string> names;
    for (const data::Format form : forms)
        names.emplace_back(data::format_name(form));
    return names;
}

data::Format format_among(const std::string& text, const std::string& place, const std::vector<data::Format>& forms) {
    const std::string name = choice_value(text, place, names_of(forms));
    for (const data::Format form : forms)
        if (data::format_name(form) == name) return form;
    throw std::logic_error("a form without a name");
}

OptionSpec spec(std::string name, std::string short_name, std::string value_name, std::string help, ValueKind kind) {
    OptionSpec made;
    made.name = std::move(name);
    made.short_name = std::move(short_name);
    made.group = common_group;
    made.value_name = std::move(value_name);
    made.help = std::move(help);
    made.kind = kind;
    return made;
}

OptionSpec choices(OptionSpec made, std::vector<std::string> names) {
    made.value_name = base::join(names, "|");
    made.choices = std::move(names);
    return made;
}

OptionSpec with_default(OptionSpec made, std::string text) {
    made.default_text = std::move(text);
    return made;
}

} // namespace

std::deque<BoundOption> common_options(CommonOptions& values, const Command::Parts& command) {
    using Text = const std::string&;
    std::deque<BoundOption> options;
    const auto add = [&options](OptionSpec made, std::function<void(Text, Text)> set) {
        options.push_back({std::move(made), std::move(set)});
    };

    add(spec("--out", "-o", "FILE", "Write the main result to FILE, whole or not at all, in place of standard output",
             ValueKind::output_file),
        [&values](Text text, Text place) {
            if (text.empty()) throw base::InputError(place, "no value given; expected FILE");
            if (text != "-") values.out = text;
        });
    if (!command.forms.empty()) {
        const std::vector<data::Format> forms = command.forms;
        add(with_default(choices(spec("--to", "", "", "Form of the main result", ValueKind::choice), names_of(forms)),
                         "by the extension of --out, else " + std::string(data::format_name(forms.front()))),
            [&values, forms](Text text, Text place) { values.to = format_among(text, place, forms); });
    }
    const std::vector<data::Format> readable{data::Format::csv, data::Format::json, data::Format::ndjson,
                                             data::Format::npy, data::Format::h5,   data::Format::idx};
    add(with_default(choices(spec("--from", "", "", "Form of the inputs", ValueKind::choice), names_of(readable)),
                     "by extension, else by content"),
        [&values, readable](Text text, Text place) { values.from = format_among(text, place, readable); });
    add(with_default(spec("--dataset", "", "NAME", "Dataset to read from an HDF5 input", ValueKind::text),
                     "the only one"),
        [&values](Text text, Text place) {
            if (text.empty()) throw base::InputError(place, "no value given; expected NAME");
            values.dataset = text;
        });
    {
        OptionSpec made =
            with_default(spec("--seed", "", "N", "Seed of all random numbers; the same seed gives the same bytes",
                              ValueKind::integer),
                         "0");
        made.range_text = whole_range_text(0, std::numeric_limits<std::uint64_t>::max(), "seed");
        add(std::move(made), [&values](Text text, Text place) {
            values.seed = whole_value(text, place, 0, std::numeric_limits<std::uint64_t>::max(), "seed");
        });
    }
    {
        OptionSpec made = with_default(
            spec("--threads", "", "N", "Threads to work with; the result does not depend on it", ValueKind::integer),
            "all cores");
        made.range_text = whole_range_text(1, most_threads, "threads");
        add(std::move(made), [&values](Text text, Text place) {
            values.threads = static_cast<unsigned>(whole_value(text, place, 1, most_threads, "threads"));
        });
    }
    {
        OptionSpec made =
            with_default(spec("--max-memory", "", "SIZE",
                              "Refuse work that needs more memory; K, M, G, T are powers of 1024", ValueKind::text),
                         "75 % of the machine's");
        add(std::move(made), [&values](Text text, Text place) {
            const auto bytes = base::parse_size(text);
            if (!bytes || *bytes == 0)
                throw base::InputError(place,
                                       base::quoted(text) + " is not a size; expected SIZE such as 500M or 2.5G");
            values.memory = base::MemoryBudget{*bytes};
        });
    }
    {
        const std::vector<std::string> modes{"auto", "always", "never"};
        add(with_default(choices(spec("--progress", "", "", "Progress on standard error; auto: on a terminal only",
                                      ValueKind::choice),
                                 modes),
                         "auto"),
            [&values, modes](Text text, Text place) {
                const std::string mode = choice_value(text, place, modes);
                values.progress = mode == "auto"     ? ProgressMode::automatic
                                  : mode == "always" ? ProgressMode::always
                                                     : ProgressMode::never;
            });
    }
    add(spec("--quiet", "-q", "", "No warnings and no progress", ValueKind::flag),
        [&values](Text text, Text) { values.quiet = text != "false"; });
    add(spec("--strict", "", "", "A warning is a failure: the result is printed, the exit status is 1",
             ValueKind::flag),
        [&values](Text text, Text) { values.strict = text != "false"; });
    add(spec("--config", "", "FILE.toml",
             "Take options from FILE: long names without dashes, at the top or in a [subcommand] table; the command "
             "line wins",
             ValueKind::input_file),
        [&values](Text text, Text place) {
            if (text.empty()) throw base::InputError(place, "no value given; expected FILE.toml");
            values.config = text;
        });
    add(spec("--help", "-h", "", "Print this text", ValueKind::flag), [](Text, Text) {});
    add(spec("--version", "", "", "Print the version; with --verbose the libraries at work, too", ValueKind::flag),
        [](Text, Text) {});
    return options;
}

} // namespace limsym::cli
