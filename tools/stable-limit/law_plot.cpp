#include "law_plot.hpp"

#include <algorithm>
#include <cmath>

#include "limsym/stable/law_evaluator.hpp"

namespace limsym::tools {

data::Plot law_plot(const stable::Law& law) {
    const arma::vec ends = stable::quantiles(law, arma::vec{0.01, 0.99});
    const arma::vec x = arma::linspace(ends(0), ends(1), 401);
    const arma::vec density = stable::LawEvaluator(law, stable::LawFunction::density)(x);
    data::Plot plot;
    plot.x_label = "x";
    plot.y_label = "density";
    data::Series series;
    series.title = "density";
    series.x = arma::conv_to<std::vector<double>>::from(x);
    series.y = arma::conv_to<std::vector<double>>::from(density);
    plot.series.push_back(std::move(series));
    return plot;
}

void add_histogram(data::Plot& plot, const arma::vec& values) {
    const double low = plot.series.front().x.front();
    const double high = plot.series.front().x.back();
    constexpr std::size_t bins = 60;
    const double width = (high - low) / bins;
    std::vector<double> counts(bins, 0.0);
    for (const double value : values)
        if (value >= low && value < high)
            counts[std::min(bins - 1, static_cast<std::size_t>((value - low) / width))] += 1.0;
    data::Series series;
    series.kind = data::Series::Kind::bars;
    series.title = "sample";
    for (std::size_t i = 0; i < bins; ++i) {
        series.x.push_back(low + (static_cast<double>(i) + 0.5) * width);
        series.y.push_back(counts[i] / (width * static_cast<double>(values.n_elem)));
    }
    plot.series.insert(plot.series.begin(), std::move(series));
}

} // namespace limsym::tools
