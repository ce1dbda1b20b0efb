#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "limsym/base/error.hpp"
#include "limsym/data/json_writer.hpp"
#include "limsym/data/matrix.hpp"
#include "limsym/data/plot.hpp"
#include "network_options.hpp"

namespace limsym::tools {

namespace {

struct ScalingsOptions {
    ScaleOptions scales;
    std::optional<std::string> plot;
};

void write_json(const Scales& scales, cli::Context& context) {
    data::Json head = context.head("limsym/node-scalings@1");
    head["options"] = to_options(scales);
    head["m"] = scales.lambda.n_elem;
    head["gamma"] = scales.law ? data::Json(scales.law->gamma) : data::Json();
    head["alpha"] = scales.law ? data::Json(scales.law->alpha) : data::Json();
    head["variant"] =
        scales.law ? data::Json(std::string(nodescaling::variant_name(scales.law->variant))) : data::Json();
    const double squares = nodescaling::compensated_sum_of_squares(scales.lambda);
    data::JsonWriter writer(context.out());
    writer.begin_object().members(head).key("lambda").numbers(scales.lambda);
    writer.member("sum", nodescaling::compensated_sum(scales.lambda));
    writer.member("sumsq", squares).member("eff_nodes", 1.0 / squares);
    if (scales.law) {
        writer.member("sumsq_limit", nodescaling::limiting_sum_of_squares(*scales.law));
    } else {
        writer.member("sumsq_limit", nullptr);
        writer.member("sumsq_limit_reason", "the scales come from a file");
    }
    writer.end_object().finish();
}

int run(const ScalingsOptions& options, cli::Context& context) {
    const Scales scales = make_scales(options.scales, context);
    const std::size_t m = scales.lambda.n_elem;
    if (context.result_format() == data::Format::json) {
        write_json(scales, context);
    } else {
        arma::mat table(m, 2, arma::fill::none);
        for (std::size_t j = 0; j < m; ++j)
            table(j, 0) = static_cast<double>(j + 1);
        table.col(1) = scales.lambda;
        data::write_csv(context.out(), {"j", "lambda"}, table);
    }
    if (options.plot) {
        data::Plot plot;
        plot.title = "scales of the nodes";
        plot.x_label = "node";
        plot.y_label = "scale";
        plot.log_x = true;
        plot.log_y = true;
        data::Series series;
        series.kind = data::Series::Kind::points;
        for (std::size_t j = 0; j < m; ++j)
            if (scales.lambda(j) > 0.0) {
                series.x.push_back(static_cast<double>(j + 1));
                series.y.push_back(scales.lambda(j));
            }
        plot.series.push_back(std::move(series));
        context.at_commit([plot, file = *options.plot] { data::write_plot(file, plot); });
    }
    return 0;
}

} // namespace

cli::Command scalings_command() {
    const auto options = std::make_shared<ScalingsOptions>();
    cli::Command command("scalings", "the scales of the nodes");
    command.describe("Node j of m has the scale gamma/m + (1-gamma) j^(-1/alpha) / (sum over k <= m of k^(-1/alpha)); "
                     "the scales sum to 1. 1 / (sum of squares) is an effective number of nodes; the limit of the sum "
                     "of squares is 0 only for gamma = 1.");
    command.example("node-scaling scalings --m 2000 --gamma 0.5 --alpha 0.7 | awk -F, 'NR>1{s+=$2} END{print s}'",
                    "their sum");
    declare(command, options->scales);
    command.plot(options->plot, "the scales");
    command.results({data::Format::csv, data::Format::json});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
