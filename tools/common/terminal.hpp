// Standard error as the user sees it: messages, warnings and progress. Nobody else writes there.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "common/common_options.hpp"

namespace limsym::cli {

/// Knows whether standard error is a terminal, and owns the line on which progress is drawn.
class Terminal {
public:
    explicit Terminal(std::string tool);
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;
    ~Terminal();

    /// Progress from here on; before, none is shown.
    void begin_progress(ProgressMode mode);
    void progress(double done, double total, std::string_view what);
    /// Clears the bar, or prints the last line that was held back.
    void end_progress();

    /// "TOOL: TEXT" on one line; control characters become spaces.
    void message(std::string_view text);
    /// The text as it is.
    void print(std::string_view text);

private:
    using Clock = std::chrono::steady_clock;
    enum class Style { none, bar, lines };

    [[nodiscard]] std::string progress_text(Clock::time_point now) const;
    void draw_bar(Clock::time_point now);
    void clear_bar();

    std::string tool_;
    Style style_ = Style::none;
    bool coloured_ = false;
    bool drawn_ = false;   // a bar is on the line now
    bool pending_ = false; // a report has not been shown yet
    bool any_ = false;     // something was shown
    Clock::time_point begun_{};
    Clock::time_point phase_begun_{};
    Clock::time_point shown_{};
    double done_ = 0.0;
    double total_ = 0.0;
    std::string what_;
};

/// True for a terminal on standard input.
[[nodiscard]] bool standard_input_is_terminal();

/// "12 s", "3 min 20 s", "2 h 5 min"
[[nodiscard]] std::string duration_text(double seconds);

} // namespace limsym::cli
