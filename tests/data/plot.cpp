#include "limsym/data/plot.hpp"

#include <cmath>
#include <thread>

#include "limsym/base/error.hpp"
#include "support.hpp"

using namespace limsym::data;
using limsym::base::InputError;
using limsym::base::WorkError;
using limsym::tests::file_text;
using limsym::tests::message_of;
using limsym::tests::TemporaryFolder;

namespace {

Plot example() {
    Plot plot;
    plot.title = "It's a_title with 'quotes' and a_{sub}";
    plot.x_label = "x";
    plot.y_label = "f(x)";
    Series band{Series::Kind::band, "90 %", {}, {}, {}, {}};
    Series mean{Series::Kind::line, "mean", {}, {}, {}, {}};
    for (int i = 0; i <= 50; ++i) {
        const double x = -3.0 + 0.12 * i;
        band.x.push_back(x);
        band.y.push_back(std::sin(x) - 0.3);
        band.y_upper.push_back(std::sin(x) + 0.3);
        mean.x.push_back(x);
        mean.y.push_back(i == 25 ? std::nan("") : std::sin(x));
    }
    const Series points{Series::Kind::points, "data", {-2, 0, 2}, {-0.9, 0.1, 1.0}, {}, {0.1, 0.2, 0.1}};
    plot.series = {band, mean, points};
    return plot;
}

} // namespace

TEST_CASE("plot: every form, the same bytes each time") {
    const TemporaryFolder folder;
    for (const char* name : {"p.svg", "p.png", "p.pdf", "p.gp"}) {
        CAPTURE(name);
        const std::string file = folder.file(name);
        check_plot(file);
        write_plot(file, example());
        const std::string first = file_text(file);
        CHECK(first.size() > 500);
        std::this_thread::sleep_for(std::chrono::milliseconds(1100));
        write_plot(file, example());
        CHECK(file_text(file) == first);
    }
    CHECK(file_text(folder.file("p.svg")).find("It's a_title with 'quotes' and a_{sub}") != std::string::npos);
    CHECK(file_text(folder.file("p.png")).starts_with("\x89PNG"));
    CHECK(file_text(folder.file("p.pdf")).starts_with("%PDF"));
    CHECK(file_text(folder.file("p.gp")).find("$s2 << EOD\n-2 -0.9 0.1\n") != std::string::npos);
}

TEST_CASE("plot: bars with names, logarithmic axes") {
    const TemporaryFolder folder;
    Plot plot;
    plot.x_ticks = {"yacht", "boston", "energy"};
    plot.series = {{Series::Kind::bars, "nngp", {0, 1, 2}, {1.2, 2.5, 1.1}, {}, {0.1, 0.2, 0.1}},
                   {Series::Kind::bars, "t", {0, 1, 2}, {0.6, 2.4, 0.9}, {}, {0.1, 0.2, 0.1}}};
    write_plot(folder.file("bars.svg"), plot);
    CHECK(file_text(folder.file("bars.svg")).find("boston") != std::string::npos);
    Plot logarithmic;
    logarithmic.log_x = logarithmic.log_y = true;
    logarithmic.series = {{Series::Kind::line, "", {1, 10, 100}, {1e-3, 1e-2, 1}, {}, {}}};
    write_plot(folder.file("log.svg"), logarithmic);
    CHECK(!file_text(folder.file("log.svg")).empty());
}

TEST_CASE("plot: refusals") {
    const TemporaryFolder folder;
    CHECK(message_of<InputError>([&] {
              check_plot("x.jpg");
              return 0;
          }) == "x.jpg: cannot be plotted to; expected a name that ends in .svg, .png, .pdf or .gp");
    Plot empty;
    empty.series = {{Series::Kind::line, "", {1, 2}, {std::nan(""), std::nan("")}, {}, {}}};
    const std::string file = folder.file("x.svg");
    const std::string message = message_of<WorkError>([&] {
        write_plot(file, empty);
        return 0;
    });
    CHECK_MESSAGE(message.starts_with(file + ": gnuplot could not draw it: "), message);
    CHECK(!std::filesystem::exists(file));
    const std::string path = std::getenv("PATH");
    ::setenv("PATH", folder.path().c_str(), 1);
    CHECK(message_of<WorkError>([&] {
              check_plot(file);
              return 0;
          }) == file + ": plots need gnuplot, which is not installed; a name that ends in .gp keeps the script");
    check_plot("x.gp");
    ::setenv("PATH", path.c_str(), 1);
}
