#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstring>
#include <deque>
#include <limits>
#include <map>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "limsym/base/error.hpp"
#include "limsym/base/file_descriptor.hpp"
#include "limsym/base/number.hpp"
#include "limsym/equivariance/row_function.hpp"

extern char** environ;

namespace limsym::equivariance {

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t chunk = 65536;            // bytes of a read
constexpr std::size_t enough_to_write = 262144; // bytes that wait for the pipe before more rows are formatted

/// SIGPIPE is held back from this thread: a write to a program that has gone is an error code.
class NoPipeSignal {
public:
    NoPipeSignal() {
        sigemptyset(&pipe_);
        sigaddset(&pipe_, SIGPIPE);
        pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
    }
    NoPipeSignal(const NoPipeSignal&) = delete;
    NoPipeSignal& operator=(const NoPipeSignal&) = delete;
    ~NoPipeSignal() {
        const timespec at_once{};
        while (sigtimedwait(&pipe_, nullptr, &at_once) == SIGPIPE) {
        }
        pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }

private:
    sigset_t pipe_{};
    sigset_t before_{};
};

/// One running copy; killed with its group when it is not waited for.
class Child {
public:
    explicit Child(const ProgramOptions& options) {
        std::vector<std::string> words = options.through_shell
                                             ? std::vector<std::string>{"/bin/sh", "-c", options.command}
                                             : split_words(options.command);
        int to[2];
        int from[2];
        if (::pipe2(to, O_CLOEXEC) != 0) throw base::WorkError("exec", std::string("no pipe: ") + std::strerror(errno));
        base::FileDescriptor child_in(to[0]);
        in = base::FileDescriptor(to[1]);
        if (::pipe2(from, O_CLOEXEC) != 0)
            throw base::WorkError("exec", std::string("no pipe: ") + std::strerror(errno));
        out = base::FileDescriptor(from[0]);
        base::FileDescriptor child_out(from[1]);
        ::fcntl(in.number(), F_SETFL, O_NONBLOCK);
        ::fcntl(out.number(), F_SETFL, O_NONBLOCK);
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, child_in.number(), 0);
        posix_spawn_file_actions_adddup2(&actions, child_out.number(), 1);
        posix_spawnattr_t attributes;
        posix_spawnattr_init(&attributes);
        sigset_t none;
        sigemptyset(&none);
        sigset_t defaults;
        sigemptyset(&defaults);
        for (const int signal : {SIGPIPE, SIGINT, SIGTERM})
            sigaddset(&defaults, signal);
        posix_spawnattr_setsigmask(&attributes, &none);
        posix_spawnattr_setsigdefault(&attributes, &defaults);
        posix_spawnattr_setpgroup(&attributes, 0);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
        std::vector<char*> arguments;
        for (std::string& word : words)
            arguments.push_back(word.data());
        arguments.push_back(nullptr);
        const int failure = ::posix_spawnp(&pid_, arguments[0], &actions, &attributes, arguments.data(), environ);
        posix_spawn_file_actions_destroy(&actions);
        posix_spawnattr_destroy(&attributes);
        if (failure != 0) {
            pid_ = -1;
            throw base::InputError("--exec", base::quoted(words[0]) + " cannot be started: " + std::strerror(failure));
        }
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child() {
        if (pid_ <= 0) return;
        ::kill(-pid_, SIGKILL);
        int status = 0;
        while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
        }
    }

    /// "status 4" or "signal 9" once it has ended, "" for status 0.
    std::string wait() {
        int status = 0;
        while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
        }
        pid_ = -1;
        if (WIFSIGNALED(status)) return "signal " + std::to_string(WTERMSIG(status));
        return WEXITSTATUS(status) == 0 ? "" : "status " + std::to_string(WEXITSTATUS(status));
    }

    base::FileDescriptor in;
    base::FileDescriptor out;
    std::string to_write;
    std::size_t written = 0;     ///< bytes of to_write
    std::string read;            ///< bytes after the last whole line
    std::deque<std::size_t> due; ///< numbers of the rows that wait for an answer, in order
    bool ended = false;          ///< nothing more comes

private:
    pid_t pid_ = -1;
};

/// One evaluation: rows out, lines back.
class Exchange {
public:
    Exchange(const ProgramOptions& options, std::size_t outputs, const RowQueries& queries,
             const base::Monitor& monitor)
        : options_(options), outputs_(outputs), queries_(queries), monitor_(monitor), window_(options.window) {
        for (std::size_t k = 0; k < std::max<std::size_t>(1, options.copies); ++k)
            children_.push_back(std::make_unique<Child>(options));
    }

    void run() {
        last_event_ = last_answer_ = Clock::now();
        while (answered_ < rows_made_ || !all_made_ || any_open()) {
            monitor_.check();
            make_rows();
            if (!wait()) break;
        }
        for (const auto& child : children_)
            if (const std::string how = child->wait(); !how.empty()) fail_ended(how);
    }

private:
    [[nodiscard]] bool any_open() const {
        return std::any_of(children_.begin(), children_.end(), [](const auto& child) { return !child->ended; });
    }
    [[noreturn]] void fail_ended(const std::string& how) {
        throw base::WorkError("exec", "ended with " + how + " after " + std::to_string(answered_) + " of " +
                                          std::to_string(total()) + " answers");
    }
    /// Rows that there are to be: those that were not made yet are counted by asking for their arguments.
    [[nodiscard]] std::size_t total() {
        std::size_t count = rows_made_;
        if (current_ && current_at_ < current_->n_cols) count += current_->n_cols - current_at_;
        for (std::size_t i = next_query_ + (current_ ? 1 : 0); i < queries_.rows; ++i)
            count += queries_.arguments(i).n_cols;
        return count;
    }

    void append_row(std::string& text, const double* numbers, std::size_t count) const {
        if (options_.json) text += '[';
        for (std::size_t j = 0; j < count; ++j) {
            if (j > 0) text += ',';
            base::append_number(text, numbers[j]);
        }
        text += options_.json ? "]\n" : "\n";
    }

    /// Formats rows while the window and the pipes take them.
    void make_rows() {
        while (!all_made_ && (options_.batch || rows_made_ - answered_ < window_)) {
            if (!current_ || current_at_ == current_->n_cols) {
                if (current_) {
                    current_.reset();
                    ++next_query_;
                }
                if (next_query_ == queries_.rows) {
                    all_made_ = true;
                    break;
                }
                current_ = queries_.arguments(next_query_);
                current_at_ = 0;
                Pending& pending = pending_[next_query_];
                pending.values.set_size(outputs_, current_->n_cols);
                if (current_->n_cols == 0) deliver();
                continue;
            }
            Child& child = *children_[rows_made_ % children_.size()];
            if (child.to_write.size() - child.written > enough_to_write) break;
            append_row(child.to_write, current_->colptr(current_at_), current_->n_rows);
            child.due.push_back(rows_made_);
            places_[rows_made_] = {next_query_, current_at_};
            ++current_at_;
            ++rows_made_;
        }
    }

    /// Moves bytes. False when everything is over.
    bool wait() {
        std::vector<pollfd> polled;
        std::vector<Child*> readers;
        std::vector<Child*> writers;
        for (const auto& child : children_) {
            if (all_made_ && child->in.open() && child->written == child->to_write.size())
                child->in = base::FileDescriptor();
            if (!child->ended) {
                polled.push_back({child->out.number(), POLLIN, 0});
                readers.push_back(child.get());
            }
        }
        const std::size_t reading = polled.size();
        for (const auto& child : children_)
            if (child->in.open() && child->written < child->to_write.size()) {
                polled.push_back({child->in.number(), POLLOUT, 0});
                writers.push_back(child.get());
            }
        if (polled.empty()) return false;
        constexpr int milliseconds = 50;
        const int ready = ::poll(polled.data(), polled.size(), milliseconds);
        const Clock::time_point now = Clock::now();
        if (ready > 0) {
            for (std::size_t k = 0; k < reading; ++k)
                if (polled[k].revents != 0) receive(*readers[k]);
            for (std::size_t k = reading; k < polled.size(); ++k)
                if (polled[k].revents != 0) send(*writers[k - reading]);
        }
        const auto seconds = [](Clock::duration time) { return std::chrono::duration<double>(time).count(); };
        if (seconds(now - last_answer_) > 0.1 && rows_made_ - answered_ >= window_ &&
            window_ < std::numeric_limits<std::size_t>::max() / 2) {
            window_ *= 2;
            last_answer_ = now; // the next doubling in another tenth of a second
        }
        if (seconds(now - last_event_) > options_.timeout) {
            if (answered_ == rows_made_ && all_made_)
                throw base::WorkError("exec", "did not end in " + base::number_text(options_.timeout) +
                                                  " s after its last answer");
            throw base::WorkError("exec", "row " + std::to_string(oldest() + 1) + ": no answer in " +
                                              base::number_text(options_.timeout) + " s");
        }
        return true;
    }
    [[nodiscard]] std::size_t oldest() const {
        std::size_t row = rows_made_;
        for (const auto& child : children_)
            if (!child->due.empty()) row = std::min(row, child->due.front());
        return row;
    }

    void send(Child& child) {
        const ssize_t count =
            ::write(child.in.number(), child.to_write.data() + child.written, child.to_write.size() - child.written);
        if (count > 0) {
            child.written += static_cast<std::size_t>(count);
            last_event_ = Clock::now();
            if (child.written == child.to_write.size() || child.written > (std::size_t{1} << 20U)) {
                child.to_write.erase(0, child.written);
                child.written = 0;
            }
        } else if (count < 0 && errno != EAGAIN && errno != EINTR) {
            child.in = base::FileDescriptor(); // it reads no more; its answers, or its end, say why
            child.to_write.clear();
            child.written = 0;
        }
    }

    void receive(Child& child) {
        char bytes[chunk];
        const ssize_t count = ::read(child.out.number(), bytes, chunk);
        if (count < 0) {
            if (errno == EAGAIN || errno == EINTR) return;
            throw base::WorkError("exec", std::string("its output cannot be read: ") + std::strerror(errno));
        }
        if (count == 0) {
            child.ended = true;
            if (!child.read.empty()) take_line(child, child.read);
            child.read.clear();
            if (!child.due.empty() || !all_made_) {
                const std::string how = child.wait();
                fail_ended(how.empty() ? "status 0" : how);
            }
            return;
        }
        last_event_ = last_answer_ = Clock::now();
        child.read.append(bytes, static_cast<std::size_t>(count));
        std::size_t begin = 0;
        for (std::size_t end = child.read.find('\n'); end != std::string::npos; end = child.read.find('\n', begin)) {
            take_line(child, std::string_view(child.read).substr(begin, end - begin));
            begin = end + 1;
        }
        child.read.erase(0, begin);
    }

    void take_line(Child& child, std::string_view line) {
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (child.due.empty())
            throw base::WorkError("exec",
                                  "extra output after row " + std::to_string(rows_made_) + ": " + base::quoted(line));
        const std::size_t row = child.due.front();
        const auto [query, column] = places_.at(row);
        Pending& pending = pending_.at(query);
        read_numbers(line, row, pending.values.colptr(column));
        ++pending.filled;
        places_.erase(row);
        child.due.pop_front();
        ++answered_;
        deliver();
    }
    /// Hands over the values of rows that are complete, in order.
    void deliver() {
        while (!pending_.empty() && pending_.begin()->second.filled == pending_.begin()->second.values.n_cols) {
            queries_.use(pending_.begin()->first, pending_.begin()->second.values);
            pending_.erase(pending_.begin());
        }
    }

    void read_numbers(std::string_view line, std::size_t row, double* out) const {
        const std::string place = "exec: row " + std::to_string(row + 1);
        const auto blank = [](char c) { return c == ' ' || c == '\t'; };
        const auto trim = [&](std::string_view text) {
            while (!text.empty() && blank(text.front()))
                text.remove_prefix(1);
            while (!text.empty() && blank(text.back()))
                text.remove_suffix(1);
            return text;
        };
        std::string_view text = trim(line);
        if (options_.json) {
            if (text.size() < 2 || text.front() != '[' || text.back() != ']')
                throw base::WorkError(place, base::quoted(line) + " is no JSON array; expected " +
                                                 std::to_string(outputs_) + " numbers");
            text = text.substr(1, text.size() - 2);
        }
        const std::size_t fields =
            trim(text).empty() ? 0 : 1 + static_cast<std::size_t>(std::count(text.begin(), text.end(), ','));
        if (fields != outputs_)
            throw base::WorkError(place, std::to_string(fields) + (fields == 1 ? " field" : " fields") + ", expected " +
                                             std::to_string(outputs_));
        for (std::size_t j = 0; j < fields; ++j) {
            const std::size_t comma = std::min(text.find(','), text.size());
            const std::string_view field = trim(text.substr(0, comma));
            const std::optional<double> value = base::parse_number(field);
            if (!value)
                throw base::WorkError(place, "column " + std::to_string(j + 1) + " is " + base::quoted(field) +
                                                 "; expected a finite number");
            out[j] = *value;
            text.remove_prefix(std::min(text.size(), comma + 1));
        }
    }

    struct Place {
        std::size_t query;
        std::size_t column;
    };
    struct Pending {
        arma::mat values;
        std::size_t filled = 0;
    };

    const ProgramOptions& options_;
    std::size_t outputs_;
    const RowQueries& queries_;
    const base::Monitor& monitor_;
    NoPipeSignal no_pipe_signal_;
    std::vector<std::unique_ptr<Child>> children_;
    std::map<std::size_t, Place> places_;
    std::map<std::size_t, Pending> pending_;
    std::optional<arma::mat> current_;
    std::size_t current_at_ = 0;
    std::size_t next_query_ = 0;
    std::size_t rows_made_ = 0;
    std::size_t answered_ = 0;
    bool all_made_ = false;
    std::size_t window_;
    Clock::time_point last_event_;
    Clock::time_point last_answer_;
};

class ProgramFunction final : public RowFunction {
public:
    ProgramFunction(std::size_t inputs, std::size_t outputs, ProgramOptions options)
        : inputs_(inputs), outputs_(outputs), options_(std::move(options)) {
        if (!options_.through_shell) static_cast<void>(split_words(options_.command));
    }
    [[nodiscard]] std::size_t inputs() const override { return inputs_; }
    [[nodiscard]] std::size_t outputs() const override { return outputs_; }
    void evaluate(const RowQueries& queries, const base::Monitor& monitor) override {
        Exchange(options_, outputs_, queries, monitor).run();
    }

private:
    std::size_t inputs_;
    std::size_t outputs_;
    ProgramOptions options_;
};

} // namespace

std::vector<std::string> split_words(const std::string& command) {
    std::vector<std::string> words;
    std::string word;
    bool in_word = false;
    char quote = '\0';
    for (std::size_t i = 0; i < command.size(); ++i) {
        const char c = command[i];
        if (quote == '\'') {
            if (c == '\'') {
                quote = '\0';
            } else {
                word += c;
            }
        } else if (c == '\\' && i + 1 < command.size() &&
                   (quote == '\0' || std::strchr("\\\"$`", command[i + 1]) != nullptr)) {
            word += command[++i];
            in_word = true;
        } else if (c == '"') {
            quote = quote == '"' ? '\0' : '"';
            in_word = true;
        } else if (quote == '"') {
            word += c;
        } else if (c == '\'') {
            quote = '\'';
            in_word = true;
        } else if (c == ' ' || c == '\t' || c == '\n') {
            if (in_word) words.push_back(std::move(word));
            word.clear();
            in_word = false;
        } else {
            word += c;
            in_word = true;
        }
    }
    if (quote != '\0') throw base::InputError("--exec", base::quoted(command) + " has an open quote");
    if (in_word) words.push_back(std::move(word));
    if (words.empty()) throw base::InputError("--exec", "is empty; expected a command");
    return words;
}

std::unique_ptr<RowFunction> program_function(std::size_t inputs, std::size_t outputs, ProgramOptions options) {
    return std::make_unique<ProgramFunction>(inputs, outputs, std::move(options));
}

} // namespace limsym::equivariance
