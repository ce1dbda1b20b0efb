#include "common/context.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/interrupt.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/version.hpp"

namespace limsym::cli {

base::InputError standard_input_twice() {
    return base::InputError("standard input (stdin) is named twice; expected at most one input from \"-\"");
}

namespace {

// Text in a file that calls itself npy or h5 would mislead whoever reads it next.
void check_name_of_result(const CommonOptions& options, const std::vector<data::Format>& forms) {
    if (options.to || !options.out || forms.empty()) return;
    const auto named = data::format_of_name(*options.out);
    if (named != data::Format::npy && named != data::Format::h5) return;
    if (std::find(forms.begin(), forms.end(), *named) != forms.end()) return;
    std::vector<std::string> names;
    for (const data::Format form : forms)
        names.emplace_back(data::format_name(form));
    throw base::InputError("--out", base::quoted(*options.out) + " is named as " +
                                        std::string(data::format_name(*named)) +
                                        ", which this command does not write; " + "expected a name of " +
                                        base::join(names, " or ") + ", or --to");
}

} // namespace

RunContext::RunContext(const Tool& tool, const Command::Parts& command, CommonOptions options, Terminal& terminal)
    : tool_(tool), command_(command), options_(std::move(options)), terminal_(terminal) {
    check_name_of_result(options_, command.forms);
    monitor_.report = [this](double done, double total, std::string_view what) {
        terminal_.progress(done, total, what);
    };
    monitor_.warn = [this](std::string_view sentence) { warn(std::string(sentence)); };
    monitor_.stop_requested = [] { return interrupt_signal() != 0; };
    if (!options_.quiet) terminal_.begin_progress(options_.progress);
}

base::MemoryBudget RunContext::memory() const {
    return options_.memory ? *options_.memory : base::MemoryBudget::of_machine();
}

void RunContext::graceful_stop() {
    catch_interrupts();
}

void RunContext::warn(const std::string& sentence) {
    if (!warned_.insert(sentence).second || options_.quiet) return;
    terminal_.message("warning: " + sentence);
}

void RunContext::note(const std::string& sentence) {
    if (!options_.quiet) terminal_.message(sentence);
}

data::Source RunContext::source(const std::string& file) {
    if (file == "-") {
        if (standard_input_named_) throw standard_input_twice();
        standard_input_named_ = true;
        if (standard_input_is_terminal())
            throw TerminalInput("standard input (stdin) is a terminal; expected a FILE, or data from a pipe");
    }
    return {file, options_.from, options_.dataset};
}

data::Format RunContext::result_format() const {
    if (command_.forms.empty()) throw std::logic_error("result_format() of a command without forms");
    if (options_.to) return *options_.to;
    if (options_.out) {
        const auto named = data::format_of_name(*options_.out);
        if (named && std::find(command_.forms.begin(), command_.forms.end(), *named) != command_.forms.end())
            return *named;
    }
    return command_.forms.front();
}

const base::ByteSink& RunContext::out() {
    if (!out_) {
        if (options_.out) {
            out_ = file(*options_.out);
        } else {
            out_ = [this](std::string_view bytes) { standard_output_.write(bytes); };
        }
    }
    return out_;
}

void RunContext::flush() {
    standard_output_.flush();
}

base::ByteSink RunContext::file(const std::string& name) {
    return files_.emplace_back(name).sink();
}

data::Json RunContext::head(const std::string& schema) const {
    data::Json head;
    head["schema"] = schema;
    head["tool"] = tool_.name;
    head["version"] = std::string(base::version());
    if (command_.random) head["seed"] = options_.seed;
    return head;
}

void RunContext::write(const data::Json& document) {
    const base::ByteSink& sink = out();
    sink(data::to_text(document) + "\n");
}

void RunContext::commit() {
    for (const auto& work : commits_)
        work();
    standard_output_.flush();
    terminal_.end_progress();
    for (base::AtomicFile& file : files_)
        file.commit();
}

} // namespace limsym::cli
