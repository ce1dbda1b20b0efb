#include "limsym/satnet/learning_curves.hpp"

#include <nlohmann/json.hpp>

#include "limsym/base/error.hpp"
#include "limsym/data/json.hpp"

namespace limsym::satnet {

data::Plot learning_curves(const std::string& file, const std::string& metric) {
    data::Plot plot;
    plot.x_label = "epoch";
    plot.y_label = metric == "loss" ? "loss" : metric + " accuracy";
    plot.log_y = metric == "loss";
    for (const char* part : {"train", "valid", "test"})
        plot.series.push_back({data::Series::Kind::line, part, {}, {}, {}, {}});
    data::read_records(file, [&](const data::Json& line, std::size_t number) {
        if (!line.is_object() || line.value("schema", data::Json()) != "limsym/progress@1") return;
        const auto epoch = line.find("epoch");
        if (epoch == line.end() || !epoch->is_number())
            throw base::InputError(base::at_line(file, number), "the key epoch is missing; expected a log of train");
        for (data::Series& series : plot.series) {
            const auto value = line.find(series.title + "_" + metric);
            if (value == line.end() || !value->is_number()) continue;
            series.x.push_back(epoch->get<double>());
            series.y.push_back(value->get<double>());
            if (!(series.y.back() > 0)) plot.log_y = false;
        }
    });
    std::erase_if(plot.series, [](const data::Series& series) { return series.x.empty(); });
    if (plot.series.empty())
        throw base::InputError(file, "holds no limsym/progress@1 line with " + metric + "; expected a log of train");
    return plot;
}

} // namespace limsym::satnet
