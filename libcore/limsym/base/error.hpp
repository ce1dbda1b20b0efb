// The two ways in which work asked for can fail. Everything else that is thrown is a bug.
//
// Only tools/common turns these into exit codes and a stderr line; the library never prints or exits.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace limsym::base {

/// What was given is wrong: a file, an option, a document (exit 2).
/// The message reads "PLACE: what is wrong; what was expected"; PLACE is an option name, at_line() or at_pointer().
class InputError : public std::runtime_error {
public:
    explicit InputError(const std::string& message) : std::runtime_error(message) {}
    InputError(std::string_view place, std::string_view message);
};

/// The input is fine but the work cannot be done: singular matrix, memory plan too large, divergence, full disk
/// (exit 1). The message says what could not be done and what to try.
class WorkError : public std::runtime_error {
public:
    explicit WorkError(const std::string& message) : std::runtime_error(message) {}
    WorkError(std::string_view place, std::string_view message);
};

/// A stop was requested (SIGINT, SIGTERM); thrown by Monitor::check at safe points.
class Interrupted : public std::runtime_error {
public:
    Interrupted() : std::runtime_error("interrupted") {}
};

/// "FILE:LINE"; lines count from 1, standard input is called "-".
[[nodiscard]] std::string at_line(std::string_view file, std::size_t line);

/// "FILE:/json/pointer"; the empty pointer gives "FILE:/".
[[nodiscard]] std::string at_pointer(std::string_view file, std::string_view pointer);

/// "; did you mean X?" for the candidate nearest to `word` within edit distance 2 (a third of its length for long
/// words), else "".
[[nodiscard]] std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

/// "a, b, c" for "expected one of ..." sentences.
[[nodiscard]] std::string join(const std::vector<std::string>& words, std::string_view separator = ", ");

/// Control characters escaped as \xNN, so that the text stays on one line.
[[nodiscard]] std::string printable(std::string_view text);

/// A word of the user's as it may stand in an error line: printable, cut after 60 bytes.
[[nodiscard]] std::string quoted(std::string_view word);

} // namespace limsym::base
