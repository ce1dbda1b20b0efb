#include "limsym/network/width_document.hpp"

#include <cmath>

#include <nlohmann/json.hpp>

#include "limsym/base/error.hpp"

namespace limsym::network {

namespace {

std::uint64_t whole_number(const data::Json& value, const std::string& place) {
    const bool whole = value.is_number_unsigned() || (value.is_number_integer() && value.get<std::int64_t>() >= 0);
    if (!whole) throw base::InputError(place, "expected a whole number >= 0");
    return value.get<std::uint64_t>();
}

} // namespace

data::Json rows_json(const std::vector<WidthRow>& rows) {
    data::Json result = data::Json::array();
    for (const WidthRow& row : rows)
        result.push_back({{"width", row.width},
                          {"repeat", row.repeat},
                          {"max_abs", row.distance.max_abs},
                          {"rel_max", row.distance.rel_max},
                          {"rel_fro", row.distance.rel_fro}});
    return result;
}

data::Json summary_json(const std::vector<WidthSummary>& summaries) {
    data::Json result = data::Json::array();
    for (const WidthSummary& summary : summaries)
        result.push_back({{"width", summary.width},
                          {"repeats", summary.repeats},
                          {"rel_max_mean", summary.rel_max_mean},
                          {"rel_max_lo", summary.rel_max_low},
                          {"rel_max_hi", summary.rel_max_high}});
    return result;
}

std::vector<WidthSummary> summarise_document(const data::Json& document, const std::string& file) {
    constexpr long long most = 1'000'000'000;
    data::ObjectReader reader(document, file, "");
    data::ObjectReader options(reader.at("options"), file, "/options");
    WidthSweep sweep;
    sweep.repeats = static_cast<std::size_t>(options.integer("repeats", std::nullopt, 1, most));
    sweep.seed = whole_number(reader.at("seed"), base::at_pointer(file, "/seed"));
    const data::Json& widths = options.at("width");
    if (!widths.is_array()) throw base::InputError(base::at_pointer(file, "/options/width"), "expected an array");
    for (const data::Json& width : widths)
        sweep.widths.push_back(whole_number(width, base::at_pointer(file, "/options/width")));
    const data::Json& rows = reader.at("rows");
    if (rows.size() != sweep.items())
        throw base::InputError(base::at_pointer(file, "/rows"), std::to_string(rows.size()) + " rows; expected " +
                                                                    std::to_string(sweep.items()) +
                                                                    ", repeats times widths");
    std::vector<WidthRow> result;
    for (std::size_t r = 0; r < rows.size(); ++r) {
        const std::string pointer = "/rows/" + std::to_string(r);
        data::ObjectReader row(rows[r], file, pointer);
        WidthRow read;
        read.width = static_cast<std::size_t>(row.integer("width", std::nullopt, 1, most));
        read.repeat = static_cast<std::size_t>(row.integer("repeat", std::nullopt, 0, most));
        read.distance = {row.number("max_abs", std::nullopt), row.number("rel_max", std::nullopt),
                         row.number("rel_fro", std::nullopt)};
        if (read.width != sweep.widths[r / sweep.repeats] || read.repeat != r % sweep.repeats)
            throw base::InputError(base::at_pointer(file, pointer),
                                   "width " + std::to_string(read.width) + ", repeat " + std::to_string(read.repeat) +
                                       "; expected width " + std::to_string(sweep.widths[r / sweep.repeats]) +
                                       ", repeat " + std::to_string(r % sweep.repeats));
        result.push_back(read);
    }
    return summarise(sweep, result);
}

data::Plot width_plot(const std::vector<WidthSummary>& summaries) {
    data::Plot plot;
    plot.x_label = "width";
    plot.y_label = "max |T - Theta| / max |Theta|";
    plot.log_x = plot.log_y = true;
    data::Series band;
    band.kind = data::Series::Kind::band;
    band.title = "95 % bootstrap interval of the mean";
    data::Series mean;
    mean.kind = data::Series::Kind::points;
    mean.title = "mean over networks";
    data::Series slope;
    slope.title = "width^-1/2";
    for (const WidthSummary& summary : summaries) {
        const auto width = static_cast<double>(summary.width);
        const WidthSummary& first = summaries.front();
        for (data::Series* series : {&band, &mean, &slope})
            series->x.push_back(width);
        band.y.push_back(summary.rel_max_low);
        band.y_upper.push_back(summary.rel_max_high);
        mean.y.push_back(summary.rel_max_mean);
        slope.y.push_back(first.rel_max_mean * std::sqrt(static_cast<double>(first.width) / width));
    }
    plot.series = {std::move(band), std::move(mean), std::move(slope)};
    return plot;
}

} // namespace limsym::network
