#include "common/terminal.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <sys/ioctl.h>
#include <unistd.h>

#include "limsym/base/number.hpp"

namespace limsym::cli {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds first_bar{500};
constexpr milliseconds between_bars{100};
constexpr milliseconds between_lines{10'000};

bool set(const char* variable) {
    const char* value = std::getenv(variable);
    return value != nullptr && *value != '\0';
}

bool dumb_terminal() {
    const char* value = std::getenv("TERM");
    return value != nullptr && std::string_view(value) == "dumb";
}

std::size_t columns() {
    winsize size{};
    if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    return 80;
}

void write_all(std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return; // nobody is left to tell
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

/// Three significant digits.
std::string short_number(double value) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), value >= 100.0 ? "%.0f" : "%.3g", value);
    return text.data();
}

} // namespace

bool standard_input_is_terminal() {
    return ::isatty(STDIN_FILENO) == 1;
}

std::string duration_text(double seconds) {
    const auto whole = static_cast<long long>(std::ceil(std::max(0.0, std::min(seconds, 1e9))));
    if (whole < 60) return std::to_string(whole) + " s";
    if (whole < 3600) return std::to_string(whole / 60) + " min " + std::to_string(whole % 60) + " s";
    return std::to_string(whole / 3600) + " h " + std::to_string(whole % 3600 / 60) + " min";
}

Terminal::Terminal(std::string tool) : tool_(std::move(tool)) {}

Terminal::~Terminal() {
    clear_bar();
}

void Terminal::begin_progress(ProgressMode mode) {
    const bool terminal = ::isatty(STDERR_FILENO) == 1 && !dumb_terminal();
    if (mode == ProgressMode::never) return;
    if (mode == ProgressMode::automatic && (!terminal || set("CI"))) return;
    style_ = terminal ? Style::bar : Style::lines;
    coloured_ = terminal && !set("NO_COLOR");
    begun_ = phase_begun_ = Clock::now();
}

void Terminal::progress(double done, double total, std::string_view what) {
    if (style_ == Style::none) return;
    const Clock::time_point now = Clock::now();
    if (what != what_) {
        what_ = what;
        phase_begun_ = any_ || pending_ ? now : begun_;
    }
    done_ = done;
    total_ = total;
    pending_ = true;
    if (style_ == Style::bar) {
        if (now - begun_ >= first_bar && now - shown_ >= between_bars) draw_bar(now);
    } else if (!any_ || now - shown_ >= between_lines) {
        message(progress_text(now));
        shown_ = now;
        any_ = true;
        pending_ = false;
    }
}

void Terminal::end_progress() {
    clear_bar();
    if (style_ == Style::lines && pending_) message(progress_text(Clock::now()));
    style_ = Style::none;
}

std::string Terminal::progress_text(Clock::time_point now) const {
    const double seconds = std::chrono::duration<double>(now - phase_begun_).count();
    const double rate = seconds > 0.0 ? done_ / seconds : 0.0;
    std::string text = what_;
    if (total_ > 0.0) {
        text += "  " + std::to_string(std::lround(100.0 * std::clamp(done_ / total_, 0.0, 1.0))) + " %";
        if (total_ > 1.0) text += "  " + base::number_text(done_) + "/" + base::number_text(total_);
    } else {
        text += "  " + base::number_text(done_);
    }
    if (rate > 0.0 && total_ != 1.0) text += "  " + short_number(rate) + "/s";
    if (rate > 0.0 && done_ < total_) text += "  " + duration_text((total_ - done_) / rate) + " left";
    return text;
}

void Terminal::draw_bar(Clock::time_point now) {
    const std::size_t width = columns();
    std::string text = progress_text(now);
    if (text.size() >= width) text.resize(width - 1);
    std::string line = "\r" + text;
    constexpr std::size_t longest_bar = 30;
    const std::size_t room = width - text.size();
    if (total_ > 0.0 && room > 15) {
        const std::size_t length = std::min(longest_bar, room - 5);
        const auto filled =
            static_cast<std::size_t>(std::clamp(done_ / total_, 0.0, 1.0) * static_cast<double>(length));
        line += "  [";
        if (coloured_) line += "\x1b[32m";
        line.append(filled, '=');
        if (coloured_) line += "\x1b[0m";
        line.append(length - filled, ' ');
        line += "]";
    }
    write_all(line + "\x1b[K");
    drawn_ = any_ = true;
    pending_ = false;
    shown_ = now;
}

void Terminal::clear_bar() {
    if (drawn_) write_all("\r\x1b[K");
    drawn_ = false;
}

void Terminal::message(std::string_view text) {
    std::string line = tool_ + ": ";
    for (const char c : text)
        line += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
    print(line + "\n");
}

void Terminal::print(std::string_view text) {
    clear_bar();
    write_all(text);
}

} // namespace limsym::cli
