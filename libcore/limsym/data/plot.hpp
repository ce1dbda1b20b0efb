// Plots through gnuplot: PATH.svg, .png or .pdf, or PATH.gp for the script with its data.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace limsym::data {

struct Series {
    enum class Kind { line, points, band, bars };
    Kind kind = Kind::line;
    std::string title; ///< in the key; empty: not in the key
    std::vector<double> x;
    std::vector<double> y;       ///< band: the lower edge
    std::vector<double> y_upper; ///< band only
    std::vector<double> error;   ///< points or bars: half length of the error bar, or empty
};

struct Plot {
    std::string title;
    std::string x_label;
    std::string y_label;
    bool log_x = false;
    bool log_y = false;
    std::vector<std::string> x_ticks; ///< names for x = 0, 1, 2, ... in place of numbers
    std::vector<Series> series;
};

/// Checks the extension and that gnuplot is there (not needed for .gp), before any work is done.
/// @throws InputError on another extension, WorkError when gnuplot is missing
void check_plot(const std::string& file);
/// Draws atomically. @throws WorkError with gnuplot's own words when it fails
void write_plot(const std::string& file, const Plot& plot);

} // namespace limsym::data
