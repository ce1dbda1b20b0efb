#include "limsym/data/plot.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <spawn.h>
#include <string_view>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/base/output.hpp"

namespace limsym::data {

namespace {

// Okabe and Ito's colours: told apart by colour-blind readers too.
constexpr std::array<std::string_view, 7> colours{"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                                  "#e69f00", "#56b4e9", "#000000"};
constexpr double bar_room = 0.8; // of the distance between two x

std::string extension_of(const std::string& file) {
    const std::string extension = std::filesystem::path(file).extension().string();
    for (const char* known : {".svg", ".png", ".pdf", ".gp"})
        if (extension == known) return extension.substr(1);
    throw base::InputError(file, "cannot be plotted to; expected a name that ends in .svg, .png, .pdf or .gp");
}

bool gnuplot_is_there() {
    const char* path = std::getenv("PATH");
    std::string_view folders = path != nullptr ? path : "/usr/bin:/bin";
    for (;;) {
        const std::size_t colon = std::min(folders.find(':'), folders.size());
        const std::string program = std::string(folders.substr(0, colon)) + "/gnuplot";
        if (::access(program.c_str(), X_OK) == 0) return true;
        if (colon == folders.size()) return false;
        folders.remove_prefix(colon + 1);
    }
}

/// A gnuplot string: nothing in it is special but the quote, and it has no line feeds.
std::string literal(std::string_view text) {
    std::string quoted = "'";
    for (const char c : text) {
        if (c == '\'') quoted += '\'';
        quoted += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
    return quoted + "'";
}

void append_value(std::string& text, double value) {
    if (std::isfinite(value)) {
        base::append_number(text, value);
    } else {
        text += "NaN"; // a gap
    }
}

double at_or_gap(const std::vector<double>& values, std::size_t i) {
    return i < values.size() ? values[i] : std::nan("");
}

/// The data of series s as the block $s.
void append_block(std::string& text, std::size_t s, const Series& series, double shift) {
    text += "$s" + std::to_string(s) + " << EOD\n";
    for (std::size_t i = 0; i < series.x.size(); ++i) {
        append_value(text, series.x[i] + shift);
        text += ' ';
        append_value(text, at_or_gap(series.y, i));
        if (series.kind == Series::Kind::band) {
            text += ' ';
            append_value(text, at_or_gap(series.y_upper, i));
        } else if (!series.error.empty()) {
            text += ' ';
            append_value(text, at_or_gap(series.error, i));
        }
        text += '\n';
    }
    text += "EOD\n";
}

/// What follows "plot" for series s.
std::string plot_element(std::size_t s, const Series& series, std::string_view colour) {
    const std::string block = "$s" + std::to_string(s);
    const std::string title = series.title.empty() ? " notitle" : " title " + literal(series.title);
    const std::string paint = " lc rgb '" + std::string(colour) + "'";
    // gnuplot's own error bars leave a white ring around the point.
    const std::string error_bars = " using 1:($2-$3):(0):(2*$3) with vectors heads size graph 0.006,90 lw 1.2";
    std::string element = block;
    switch (series.kind) {
    case Series::Kind::line:
        element += " using 1:2 with lines lw 2" + paint + title;
        break;
    case Series::Kind::band:
        element += " using 1:2:3 with filledcurves fs transparent solid 0.2 noborder" + paint + title;
        break;
    case Series::Kind::points:
        if (!series.error.empty()) element += error_bars + paint + " notitle, " + block;
        element += " using 1:2 with points pt 7 ps 0.6" + paint + title;
        break;
    case Series::Kind::bars:
        element += " using 1:2 with boxes fs solid 0.75 noborder" + paint + title;
        if (!series.error.empty()) element += ", " + block + error_bars + " lc rgb '#333333' notitle";
        break;
    }
    return element;
}

/// The script without terminal and output.
std::string script_of(const Plot& plot) {
    std::string text;
    const auto bars = static_cast<std::size_t>(std::count_if(
        plot.series.begin(), plot.series.end(), [](const Series& s) { return s.kind == Series::Kind::bars; }));
    const double bar_width = bar_room / static_cast<double>(std::max<std::size_t>(bars, 1));
    std::size_t bar = 0;
    for (std::size_t s = 0; s < plot.series.size(); ++s) {
        double shift = 0.0;
        if (plot.series[s].kind == Series::Kind::bars)
            shift = bar_width * (static_cast<double>(bar++) - 0.5 * static_cast<double>(bars - 1));
        append_block(text, s, plot.series[s], shift);
    }
    text += "set encoding utf8\n"
            "set border 3 lc rgb '#555555'\n"
            "set tics nomirror out scale 0.6 textcolor rgb '#333333'\n"
            "set grid back lt 1 lc rgb '#e2e2e2' lw 0.6 dt solid\n";
    const bool has_key =
        std::any_of(plot.series.begin(), plot.series.end(), [](const Series& s) { return !s.title.empty(); });
    text += has_key ? "set key outside bottom center horizontal reverse Left noenhanced samplen 2 width 2 height 0.8\n"
                    : "unset key\n";
    if (!plot.title.empty()) text += "set title " + literal(plot.title) + " noenhanced\n";
    if (!plot.x_label.empty()) text += "set xlabel " + literal(plot.x_label) + " noenhanced\n";
    if (!plot.y_label.empty()) text += "set ylabel " + literal(plot.y_label) + " noenhanced\n";
    if (plot.log_x) text += "set logscale x\nset format x '%g'\n";
    if (plot.log_y) text += "set logscale y\nset format y '%g'\n";
    if (bars > 0) {
        text += "set boxwidth ";
        append_value(text, 0.95 * bar_width);
        text += plot.log_y ? "\n" : "\nset yrange [*<0:0<*]\n";
    }
    if (!plot.x_ticks.empty()) {
        std::size_t longest = 0;
        text += "set xtics (";
        for (std::size_t i = 0; i < plot.x_ticks.size(); ++i) {
            text += (i > 0 ? ", " : "") + literal(plot.x_ticks[i]) + " " + std::to_string(i);
            longest = std::max(longest, plot.x_ticks[i].size());
        }
        text += ") noenhanced";
        constexpr std::size_t fits_in_one_line = 90;
        if (plot.x_ticks.size() * (longest + 2) > fits_in_one_line) text += " rotate by -35";
        text += "\nset xrange [-0.6:" + std::to_string(plot.x_ticks.size() - 1) + ".6]\n";
    }
    text += "plot ";
    std::size_t colour = 0;
    for (std::size_t s = 0; s < plot.series.size(); ++s) {
        // A band has the colour of the series that follows it.
        if (s > 0) text += ", \\\n     ";
        text += plot_element(s, plot.series[s], colours[colour % colours.size()]);
        if (plot.series[s].kind != Series::Kind::band) ++colour;
    }
    text += '\n';
    return text;
}

std::string terminal_of(const std::string& extension) {
    if (extension == "svg")
        return "set terminal svg size 840,560 font 'Helvetica,Arial,sans-serif,15' background 'white'\n";
    if (extension == "png") return "set terminal pngcairo size 1680,1120 font 'sans,15' fontscale 1.9 lw 2 ps 2\n";
    return "set terminal pdfcairo size 15cm,10cm font 'sans,11'\n";
}

/// Bytes in memory that a child process reads or writes as a file.
class MemoryFile {
public:
    explicit MemoryFile(const char* name) : descriptor_(::memfd_create(name, MFD_CLOEXEC)) {
        if (descriptor_ < 0) throw base::WorkError("no memory for a plot: " + std::string(std::strerror(errno)));
    }
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;
    ~MemoryFile() { ::close(descriptor_); }
    [[nodiscard]] int descriptor() const { return descriptor_; }
    void fill(std::string_view bytes) const {
        while (!bytes.empty()) {
            const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
            if (written < 0) throw base::WorkError("no memory for a plot: " + std::string(std::strerror(errno)));
            bytes.remove_prefix(static_cast<std::size_t>(written));
        }
        ::lseek(descriptor_, 0, SEEK_SET);
    }
    [[nodiscard]] std::string content() const {
        std::string bytes(static_cast<std::size_t>(::lseek(descriptor_, 0, SEEK_END)), '\0');
        ::lseek(descriptor_, 0, SEEK_SET);
        std::size_t at = 0;
        while (at < bytes.size()) {
            const ssize_t got = ::read(descriptor_, bytes.data() + at, bytes.size() - at);
            if (got <= 0) break;
            at += static_cast<std::size_t>(got);
        }
        bytes.resize(at);
        return bytes;
    }

private:
    int descriptor_;
};

std::string last_line(const std::string& text) {
    const std::size_t end = text.find_last_not_of(" \n");
    if (end == std::string::npos) return "";
    const std::size_t begin = text.find_last_of('\n', end);
    return base::printable(text.substr(begin + 1, end - begin));
}

/// Older cairo libraries write the time of day into PDF files whatever SOURCE_DATE_EPOCH says.
void forget_date(std::string& picture) {
    constexpr std::string_view key = "/CreationDate (D:";
    std::size_t at = picture.find(key);
    if (!picture.starts_with("%PDF") || at == std::string::npos) return;
    at += key.size();
    for (const char digit : std::string_view("19700101000000"))
        if (at < picture.size() && picture[at] >= '0' && picture[at] <= '9') picture[at++] = digit;
}

/// What gnuplot writes for a script.
std::string drawn(const std::string& script, const std::string& file) {
    const MemoryFile input("script");
    const MemoryFile output("plot");
    const MemoryFile messages("messages");
    input.fill(script);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input.descriptor(), STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output.descriptor(), STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, messages.descriptor(), STDERR_FILENO);
    // Neither the user's start-up file nor the time of day shapes the picture.
    std::vector<char*> environment;
    std::string date = "SOURCE_DATE_EPOCH=0";
    for (char** variable = environ; *variable != nullptr; ++variable)
        if (!std::string_view(*variable).starts_with("SOURCE_DATE_EPOCH=")) environment.push_back(*variable);
    environment.push_back(date.data());
    environment.push_back(nullptr);
    std::string program = "gnuplot";
    std::string option = "--default-settings";
    std::array<char*, 3> arguments{program.data(), option.data(), nullptr};
    pid_t child = 0;
    const int failure = ::posix_spawnp(&child, "gnuplot", &actions, nullptr, arguments.data(), environment.data());
    posix_spawn_file_actions_destroy(&actions);
    if (failure != 0) throw base::WorkError(file, "gnuplot cannot be started: " + std::string(std::strerror(failure)));
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    std::string picture = output.content();
    if (status != 0 || picture.empty()) {
        const std::string said = last_line(messages.content());
        throw base::WorkError(file, "gnuplot could not draw it" + (said.empty() ? said : ": " + said));
    }
    forget_date(picture);
    return picture;
}

} // namespace

void check_plot(const std::string& file) {
    if (extension_of(file) == "gp" || gnuplot_is_there()) return;
    throw base::WorkError(file, "plots need gnuplot, which is not installed; a name that ends in .gp keeps the script");
}

void write_plot(const std::string& file, const Plot& plot) {
    const std::string extension = extension_of(file);
    const std::string script = script_of(plot);
    if (extension == "gp") {
        base::write_file(file, "# gnuplot -p FILE shows this plot.\n" + script);
        return;
    }
    check_plot(file);
    base::write_file(file, drawn(terminal_of(extension) + script, file));
}

} // namespace limsym::data
