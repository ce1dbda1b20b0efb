// The Context that a body sees.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "common/common_options.hpp"
#include "common/standard_output.hpp"
#include "common/terminal.hpp"

namespace limsym::cli {

/// A terminal stands where data is expected; the message is followed by the usage line.
class TerminalInput : public base::InputError {
public:
    using base::InputError::InputError;
};

class RunContext final : public Context {
public:
    /// @throws base::InputError when --out cannot be written
    RunContext(const Tool& tool, const Command::Parts& command, CommonOptions options, Terminal& terminal);

    [[nodiscard]] std::uint64_t seed() const override { return options_.seed; }
    [[nodiscard]] base::MemoryBudget memory() const override;
    [[nodiscard]] const base::Monitor& monitor() const override { return monitor_; }
    void graceful_stop() override;
    void warn(const std::string& sentence) override;
    void note(const std::string& sentence) override;
    [[nodiscard]] data::Source source(const std::string& file) override;
    [[nodiscard]] data::Format result_format() const override;
    [[nodiscard]] bool result_format_given() const override { return options_.to.has_value(); }
    [[nodiscard]] std::optional<std::string> result_file() const override { return options_.out; }
    [[nodiscard]] const base::ByteSink& out() override;
    void flush() override;
    [[nodiscard]] base::ByteSink file(const std::string& name) override;
    void at_commit(std::function<void()> commit) override { commits_.push_back(std::move(commit)); }
    [[nodiscard]] data::Json head(const std::string& schema) const override;
    void write(const data::Json& document) override;

    /// Something was warned of and --strict was given.
    [[nodiscard]] bool failed_by_warning() const { return options_.strict && !warned_.empty(); }

    /// After the body: late work, standard output, and last the names of all files.
    void commit();

private:
    const Tool& tool_;
    const Command::Parts& command_;
    CommonOptions options_;
    Terminal& terminal_;
    base::Monitor monitor_;
    std::set<std::string> warned_;
    bool standard_input_named_ = false;
    StandardOutput standard_output_;
    base::ByteSink out_; // empty until out() is asked for
    std::deque<base::AtomicFile> files_;
    std::vector<std::function<void()>> commits_;
};

/// The message for a second "-" among the inputs.
[[nodiscard]] base::InputError standard_input_twice();

} // namespace limsym::cli
