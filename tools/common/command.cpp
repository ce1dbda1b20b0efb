#include "common/command.hpp"

#include <stdexcept>

#include "common/parts.hpp"
#include "common/spelling.hpp"
#include "common/value.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/data/plot.hpp"

namespace limsym::cli {

std::string bare_name(const OptionSpec& spec) {
    return spec.name.substr(spec.name.find_first_not_of('-'));
}

std::vector<std::string> spellings(const OptionSpec& spec) {
    std::vector<std::string> names{spec.name};
    if (!spec.short_name.empty()) names.push_back(spec.short_name);
    names.insert(names.end(), spec.other_names.begin(), spec.other_names.end());
    const std::size_t declared = names.size();
    for (std::size_t i = 0; i < declared; ++i) {
        const auto other = other_spelling(names[i]);
        if (!other) continue;
        bool known = false;
        for (const std::string& name : names)
            known = known || name == *other;
        if (!known) names.push_back(*other);
    }
    return names;
}

Command::Command(std::string name, std::string summary) : parts_(std::make_shared<Parts>()) {
    parts_->name = std::move(name);
    parts_->summary = std::move(summary);
}

Command& Command::describe(std::string paragraph) {
    parts_->description.push_back(std::move(paragraph));
    return *this;
}

Command& Command::example(std::string command_line, std::string shows) {
    parts_->examples.emplace_back(std::move(command_line), std::move(shows));
    return *this;
}

Command& Command::group(std::string heading) {
    parts_->group = std::move(heading);
    return *this;
}

namespace {

OptionSpec make_spec(std::string name, std::string value_name, std::string help, ValueKind kind) {
    OptionSpec spec;
    spec.name = std::move(name);
    spec.value_name = std::move(value_name);
    spec.help = std::move(help);
    spec.kind = kind;
    return spec;
}

using Setter = std::function<void(const std::string&, const std::string&)>;

OptionSpec& add(Command::Parts& parts, OptionSpec spec, Setter set) {
    if (!spec.name.starts_with("--")) throw std::logic_error("option name " + spec.name + " does not begin with --");
    spec.group = parts.group;
    parts.options.push_back({std::move(spec), std::move(set)});
    return parts.options.back().spec;
}

void reject_empty(const std::string& text, const std::string& place, const std::string& value_name) {
    if (text.empty()) throw base::InputError(place, "no value given; expected " + value_name);
}

std::string list_text(const std::vector<double>& values) {
    std::string text;
    for (const double value : values) {
        if (!text.empty()) text += ',';
        base::append_number(text, value);
    }
    return text;
}

template <typename Value>
OptionSpec& add_number(Command::Parts& parts, Value& value, std::string name, std::string value_name,
                       const Range& range, std::string help, std::string default_text) {
    OptionSpec spec = make_spec(std::move(name), std::move(value_name), std::move(help), ValueKind::number);
    const std::string bare = bare_name(spec);
    spec.default_text = std::move(default_text);
    spec.range_text = range.text(bare);
    return add(parts, std::move(spec), [&value, range, bare](const std::string& text, const std::string& place) {
        value = number_value(text, place, range, bare);
    });
}

template <typename Value>
OptionSpec& add_integer(Command::Parts& parts, Value& value, std::string name, std::string value_name,
                        std::size_t least, std::size_t most, std::string help, std::string default_text) {
    OptionSpec spec = make_spec(std::move(name), std::move(value_name), std::move(help), ValueKind::integer);
    const std::string bare = bare_name(spec);
    spec.default_text = std::move(default_text);
    spec.range_text = whole_range_text(least, most, bare);
    return add(parts, std::move(spec), [&value, least, most, bare](const std::string& text, const std::string& place) {
        value = static_cast<std::size_t>(whole_value(text, place, least, most, bare));
    });
}

template <typename Value>
OptionSpec& add_text(Command::Parts& parts, Value& value, std::string name, std::string value_name, std::string help,
                     std::string default_text, ValueKind kind) {
    OptionSpec spec = make_spec(std::move(name), value_name, std::move(help), kind);
    spec.default_text = std::move(default_text);
    return add(parts, std::move(spec), [&value, value_name](const std::string& text, const std::string& place) {
        reject_empty(text, place, value_name);
        value = text;
    });
}

template <typename Value>
OptionSpec& add_choice(Command::Parts& parts, Value& value, std::string name, std::vector<std::string> choices,
                       std::string help, std::string default_text) {
    OptionSpec spec = make_spec(std::move(name), base::join(choices, "|"), std::move(help), ValueKind::choice);
    spec.default_text = std::move(default_text);
    spec.choices = choices;
    return add(parts, std::move(spec),
               [&value, choices = std::move(choices)](const std::string& text, const std::string& place) {
                   value = choice_value(text, place, choices);
               });
}

} // namespace

OptionSpec& Command::flag(bool& value, std::string name, std::string help) {
    return add(*parts_, make_spec(std::move(name), "", std::move(help), ValueKind::flag),
               [&value](const std::string& text, const std::string&) { value = text != "false"; });
}

OptionSpec& Command::number(double& value, std::string name, std::string value_name, Range range, std::string help) {
    return add_number(*parts_, value, std::move(name), std::move(value_name), range, std::move(help),
                      base::number_text(value));
}

OptionSpec& Command::number(std::optional<double>& value, std::string name, std::string value_name, Range range,
                            std::string help) {
    return add_number(*parts_, value, std::move(name), std::move(value_name), range, std::move(help),
                      value ? base::number_text(*value) : "");
}

OptionSpec& Command::integer(std::size_t& value, std::string name, std::string value_name, std::size_t least,
                             std::size_t most, std::string help) {
    return add_integer(*parts_, value, std::move(name), std::move(value_name), least, most, std::move(help),
                       std::to_string(value));
}

OptionSpec& Command::integer(std::optional<std::size_t>& value, std::string name, std::string value_name,
                             std::size_t least, std::size_t most, std::string help) {
    return add_integer(*parts_, value, std::move(name), std::move(value_name), least, most, std::move(help),
                       value ? std::to_string(*value) : "");
}

OptionSpec& Command::text(std::string& value, std::string name, std::string value_name, std::string help) {
    return add_text(*parts_, value, std::move(name), std::move(value_name), std::move(help), value, ValueKind::text);
}

OptionSpec& Command::text(std::optional<std::string>& value, std::string name, std::string value_name,
                          std::string help) {
    return add_text(*parts_, value, std::move(name), std::move(value_name), std::move(help), value.value_or(""),
                    ValueKind::text);
}

OptionSpec& Command::texts(std::vector<std::string>& values, std::string name, std::string value_name,
                           std::string help) {
    OptionSpec spec = make_spec(name, value_name, std::move(help), ValueKind::text);
    spec.default_text = base::join(values, " ");
    spec.repeats = true;
    // Defaults give way to the first value, those of a configuration file to the first of the command line.
    enum class Source { defaults, config, words };
    return add(*parts_, std::move(spec),
               [&values, name, value_name, source = Source::defaults](const std::string& text,
                                                                      const std::string& place) mutable {
                   reject_empty(text, place, value_name);
                   const Source from = place == name ? Source::words : Source::config;
                   if (from != source) values.clear();
                   source = from;
                   values.push_back(text);
               });
}

OptionSpec& Command::choice(std::string& value, std::string name, std::vector<std::string> choices, std::string help) {
    return add_choice(*parts_, value, std::move(name), std::move(choices), std::move(help), value);
}

OptionSpec& Command::choice(std::optional<std::string>& value, std::string name, std::vector<std::string> choices,
                            std::string help) {
    return add_choice(*parts_, value, std::move(name), std::move(choices), std::move(help), value.value_or(""));
}

OptionSpec& Command::numbers(std::vector<double>& value, std::string name, std::string value_name, Range range,
                             std::string help) {
    OptionSpec spec = make_spec(std::move(name), std::move(value_name), std::move(help), ValueKind::list);
    const std::string bare = bare_name(spec);
    spec.default_text = list_text(value);
    spec.range_text = range.text(bare);
    return add(*parts_, std::move(spec), [&value, range, bare](const std::string& text, const std::string& place) {
        value = number_list(text, place, range, bare);
    });
}

OptionSpec& Command::input(std::optional<std::string>& value, std::string name, std::string help) {
    return add_text(*parts_, value, std::move(name), "FILE", std::move(help), value.value_or(""),
                    ValueKind::input_file);
}

OptionSpec& Command::output(std::optional<std::string>& value, std::string name, std::string help) {
    return add_text(*parts_, value, std::move(name), "FILE", std::move(help), value.value_or(""),
                    ValueKind::output_file);
}

OptionSpec& Command::shard(std::optional<base::Shard>& value, std::string help) {
    return add(
        *parts_, make_spec("--shard", "I/N", std::move(help), ValueKind::text),
        [&value](const std::string& text, const std::string& place) { value = base::Shard::parse(text, place); });
}

OptionSpec& Command::plot(std::optional<std::string>& value, std::string shows) {
    OptionSpec spec = make_spec("--plot", "FILE.svg|png|pdf|gp", "Draw " + std::move(shows), ValueKind::output_file);
    return add(*parts_, std::move(spec), [&value](const std::string& text, const std::string& place) {
        reject_empty(text, place, "FILE.svg, FILE.png, FILE.pdf or FILE.gp");
        data::check_plot(text);
        value = text;
    });
}

Command& Command::operands(std::vector<std::string>& files, std::size_t least, std::size_t most, std::string names,
                           std::string help) {
    parts_->operands = {&files, least, most, std::move(names), std::move(help)};
    return *this;
}

Command& Command::results(std::vector<data::Format> forms) {
    parts_->forms = std::move(forms);
    return *this;
}

Command& Command::random() {
    parts_->random = true;
    return *this;
}

Command& Command::run(std::function<int(Context&)> body) {
    parts_->body = std::move(body);
    return *this;
}

} // namespace limsym::cli
