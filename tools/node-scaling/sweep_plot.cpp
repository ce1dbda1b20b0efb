#include "sweep_plot.hpp"

#include <nlohmann/json.hpp>

#include "limsym/base/number.hpp"
#include "limsym/data/plot.hpp"

namespace limsym::tools {

void write_sweep_plot(const data::Json& document, const std::string& file, cli::Context& context) {
    data::Plot plot;
    plot.title = "training loss by scales";
    plot.x_label = "gamma, alpha";
    plot.y_label = "mean training loss";
    data::Series series;
    series.kind = data::Series::Kind::points;
    for (const data::Json& setting : document.at("summary")) {
        if (!setting.at("train_loss_mean").is_number()) continue;
        series.x.push_back(static_cast<double>(series.x.size()));
        series.y.push_back(setting.at("train_loss_mean").get<double>());
        series.error.push_back(setting.at("train_loss_sd").is_number() ? setting.at("train_loss_sd").get<double>()
                                                                       : 0.0);
        plot.x_ticks.push_back(base::number_text(setting.at("gamma").get<double>()) + ", " +
                               base::number_text(setting.at("alpha").get<double>()));
    }
    plot.series.push_back(std::move(series));
    context.at_commit([plot, file] { data::write_plot(file, plot); });
}

} // namespace limsym::tools
