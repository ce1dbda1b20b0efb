// One declaration of a subcommand yields its parser, help, man page, completions and config keys.
//
// A subcommand file builds a Command: every option is bound to a variable whose present value is its default.
// Only the files of tools/common know CLI11, exit codes, the terminal and signals.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "limsym/base/memory.hpp"
#include "limsym/base/monitor.hpp"
#include "limsym/base/output.hpp"
#include "limsym/base/shard.hpp"
#include "limsym/data/format.hpp"
#include "limsym/data/json.hpp"

namespace limsym::cli {

/// An interval of numbers as help and messages spell it, "0 < x <= 2".
struct Range {
    double low;
    double high;
    bool open_low = false;
    bool open_high = false;

    [[nodiscard]] bool holds(double value) const;
    /// "> 0", ">= 0", "0 < --alpha <= 2"
    [[nodiscard]] std::string text(const std::string& name) const;

    [[nodiscard]] static Range any();
    [[nodiscard]] static Range positive();     ///< > 0
    [[nodiscard]] static Range not_negative(); ///< >= 0
    [[nodiscard]] static Range closed(double low, double high);
    [[nodiscard]] static Range open(double low, double high);
};

/// What a value names, for --help and completions.
enum class ValueKind { flag, number, integer, text, choice, input_file, output_file, list };

/// What was declared of one option; the single source of parser, help, man, completion and config.
struct OptionSpec {
    std::string name;                     ///< "--noise"
    std::string short_name;               ///< "-n" or empty
    std::vector<std::string> other_names; ///< accepted but not documented ("--standardize")
    std::string group;                    ///< heading in help
    std::string value_name;               ///< "FILE", "V", "a|b|c"
    std::string help;                     ///< a sentence without final point
    std::string default_text;             ///< empty: none
    std::string range_text;               ///< empty: any
    ValueKind kind = ValueKind::text;
    std::vector<std::string> choices;
    bool required = false;
    bool repeats = false; ///< may be given more than once
};

class Context;

/// One subcommand.
class Command {
public:
    /// @param summary what it does, a phrase for the tool's list of subcommands
    Command(std::string name, std::string summary);

    /// Paragraphs of --help and the man page.
    Command& describe(std::string paragraph);
    /// A command line that works, and what it shows.
    Command& example(std::string command_line, std::string shows);
    /// Options declared from here on stand under this heading.
    Command& group(std::string heading);

    // Options; each returns the spec for rare additions (short_name, other_names, required).
    OptionSpec& flag(bool& value, std::string name, std::string help);
    OptionSpec& number(double& value, std::string name, std::string value_name, Range range, std::string help);
    OptionSpec& number(std::optional<double>& value, std::string name, std::string value_name, Range range,
                       std::string help);
    /// Whole numbers; 1e5 is accepted for 100000.
    OptionSpec& integer(std::size_t& value, std::string name, std::string value_name, std::size_t least,
                        std::size_t most, std::string help);
    OptionSpec& integer(std::optional<std::size_t>& value, std::string name, std::string value_name, std::size_t least,
                        std::size_t most, std::string help);
    OptionSpec& text(std::string& value, std::string name, std::string value_name, std::string help);
    OptionSpec& text(std::optional<std::string>& value, std::string name, std::string value_name, std::string help);
    /// May be given more than once; each value is added. Those of the command line replace those of --config.
    OptionSpec& texts(std::vector<std::string>& values, std::string name, std::string value_name, std::string help);
    OptionSpec& choice(std::string& value, std::string name, std::vector<std::string> choices, std::string help);
    OptionSpec& choice(std::optional<std::string>& value, std::string name, std::vector<std::string> choices,
                       std::string help);
    /// Comma-separated finite numbers, or ranges a:b and a:b:step with both ends.
    OptionSpec& numbers(std::vector<double>& value, std::string name, std::string value_name, Range range,
                        std::string help);
    /// A file that is read; "-" is standard input.
    OptionSpec& input(std::optional<std::string>& value, std::string name, std::string help);
    /// A file that is written.
    OptionSpec& output(std::optional<std::string>& value, std::string name, std::string help);
    /// --shard I/N
    OptionSpec& shard(std::optional<base::Shard>& value, std::string help);
    /// --plot FILE.svg|png|pdf|gp, checked before the work begins.
    OptionSpec& plot(std::optional<std::string>& value, std::string shows);

    /// The data operands. Too few without a terminal on stdin and least-1 given: "-" is filled in last.
    /// @param least, most operands; @param names "X [X2]"
    Command& operands(std::vector<std::string>& files, std::size_t least, std::size_t most, std::string names,
                      std::string help);
    /// Forms of the main result that --to accepts; the first is the default (forms may be empty: no --to).
    Command& results(std::vector<data::Format> forms);
    /// The result draws random numbers: Context::head carries "seed".
    Command& random();
    /// The body. Returns the exit status 0 or 1 (a checker's no); failures are exceptions.
    Command& run(std::function<int(Context&)> body);

    struct Parts; ///< declared contents, for the parser and the generators
    [[nodiscard]] const Parts& parts() const { return *parts_; }
    [[nodiscard]] Parts& parts() { return *parts_; }

private:
    std::shared_ptr<Parts> parts_;
};

/// What the common options say, and the ways out of a subcommand. Valid while the body runs.
class Context {
public:
    virtual ~Context() = default;

    [[nodiscard]] virtual std::uint64_t seed() const = 0;
    [[nodiscard]] virtual base::MemoryBudget memory() const = 0;
    /// Reports progress on a terminal, warns on stderr, stops on SIGINT and SIGTERM once graceful_stop() was called.
    [[nodiscard]] virtual const base::Monitor& monitor() const = 0;
    /// From here on SIGINT and SIGTERM make Monitor::check throw Interrupted (exit 130/143) instead of ending the
    /// process at once; for commands that save a checkpoint.
    virtual void graceful_stop() = 0;
    /// "TOOL: warning: SENTENCE" on stderr, each once; --quiet silences it, --strict makes the exit status 1.
    virtual void warn(const std::string& sentence) = 0;
    /// "TOOL: SENTENCE" on stderr, a result told in passing; --quiet silences it.
    virtual void note(const std::string& sentence) = 0;

    /// The operand or option value as an input: counts uses of standard input (a second is an InputError), refuses a
    /// terminal on stdin, applies --from and --dataset.
    [[nodiscard]] virtual data::Source source(const std::string& file) = 0;
    /// The form of the main result: --to, else the extension of -o, else the first of Command::results.
    [[nodiscard]] virtual data::Format result_format() const = 0;
    /// --to was given.
    [[nodiscard]] virtual bool result_format_given() const = 0;
    /// -o FILE, or nothing for stdout.
    [[nodiscard]] virtual std::optional<std::string> result_file() const = 0;
    /// Where the main result goes: stdout, or FILE.  Nothing is visible before the body returns when -o was given;
    /// stdout is buffered and flushed at the end, or by flush() for streams of records.
    [[nodiscard]] virtual const base::ByteSink& out() = 0;
    virtual void flush() = 0;
    /// A further file, committed with the others when the body has returned 0 or 1, forgotten when it throws.
    [[nodiscard]] virtual base::ByteSink file(const std::string& name) = 0;
    /// Runs `commit` after the body returned, before files take their names (HDF5 and other writers of their own).
    virtual void at_commit(std::function<void()> commit) = 0;

    /// {"schema","tool","version"("seed")} as every result begins.
    [[nodiscard]] virtual data::Json head(const std::string& schema) const = 0;
    /// One JSON document and a newline to out().
    virtual void write(const data::Json& document) = 0;
};

/// A tool: its subcommands and what its man page says besides them.
struct Tool {
    std::string name;
    std::string summary;
    std::vector<std::string> description;
    std::vector<Command> commands;
    std::vector<std::string> references; ///< papers
    std::vector<std::string> see_also;   ///< "jac-ntk(1)"
    std::vector<std::string> planned;    ///< names of subcommands to come, refused as not supported
};

/// Parses, runs, and turns failures into one stderr line and an exit status. The whole of main().
[[nodiscard]] int run_tool(Tool tool, int argc, char** argv);

} // namespace limsym::cli
