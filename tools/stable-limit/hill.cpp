#include <algorithm>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/data/json_writer.hpp"
#include "limsym/data/matrix.hpp"
#include "limsym/data/plot.hpp"
#include "limsym/stable/tail_index.hpp"
#include "sample_options.hpp"

namespace limsym::tools {

namespace {

struct HillOptions {
    SampleInput input;
    std::vector<double> counts;
    std::optional<std::string> plot;
};

/// The given k, or the default grid. @throws InputError when one is no k of this sample
std::vector<std::size_t> counts_of(const HillOptions& options, const data::Column& sample) {
    const std::size_t n = sample.values.n_elem;
    if (options.counts.empty()) {
        if (n < 40)
            throw base::InputError(sample.table.file,
                                   std::to_string(n) + " values; expected at least 40 for the default grid, or --k");
        return stable::default_hill_counts(n);
    }
    std::vector<std::size_t> counts;
    for (const double k : options.counts) {
        if (k != std::floor(k))
            throw base::InputError("--k", base::number_text(k) +
                                              " is no whole number; expected 1 <= k <= " + std::to_string(n - 1));
        if (k < 1.0 || k >= static_cast<double>(n))
            throw base::InputError("--k", base::number_text(k) +
                                              " is out of range; expected 1 <= k <= " + std::to_string(n - 1));
        counts.push_back(static_cast<std::size_t>(k));
    }
    return counts;
}

data::Plot hill_plot(const std::vector<stable::HillEstimate>& estimates) {
    std::vector<stable::HillEstimate> ordered = estimates;
    std::sort(ordered.begin(), ordered.end(), [](const auto& a, const auto& b) { return a.k < b.k; });
    data::Plot plot;
    plot.title = "Hill plot";
    plot.x_label = "k, largest values used";
    plot.y_label = "tail index";
    plot.log_x = true;
    data::Series band;
    band.kind = data::Series::Kind::band;
    band.title = "2 standard errors";
    data::Series line;
    line.title = "Hill";
    for (const stable::HillEstimate& e : ordered) {
        band.x.push_back(static_cast<double>(e.k));
        band.y.push_back(e.alpha_hat - 2.0 * e.se);
        band.y_upper.push_back(e.alpha_hat + 2.0 * e.se);
        line.x.push_back(static_cast<double>(e.k));
        line.y.push_back(e.alpha_hat);
    }
    plot.series = {std::move(band), std::move(line)};
    return plot;
}

void write(const std::vector<stable::HillEstimate>& estimates, std::size_t n, cli::Context& context) {
    arma::mat table(estimates.size(), 3);
    for (std::size_t i = 0; i < estimates.size(); ++i) {
        table(i, 0) = static_cast<double>(estimates[i].k);
        table(i, 1) = estimates[i].alpha_hat;
        table(i, 2) = estimates[i].se;
    }
    if (context.result_format() == data::Format::csv) {
        data::write_csv(context.out(), {"k", "alpha_hat", "se"}, table);
        return;
    }
    data::JsonWriter writer(context.out());
    writer.begin_object().members(context.head("limsym/stable-hill@1")).member("options", data::Json::object());
    writer.member("n", n);
    writer.key("k").numbers(table.col(0));
    writer.key("alpha_hat").numbers(table.col(1));
    writer.key("se").numbers(table.col(2));
    writer.end_object().finish();
}

int run(const HillOptions& options, cli::Context& context) {
    const data::Column sample = read_sample(options.input, context);
    const std::vector<stable::HillEstimate> estimates =
        stable::hill_estimates(sample.values, counts_of(options, sample));
    write(estimates, sample.values.n_elem, context);
    const auto heavy = [](const stable::HillEstimate& e) { return e.alpha_hat >= 1.5; };
    if (std::any_of(estimates.begin(), estimates.end(), heavy))
        context.warn(
            "alpha_hat is 1.5 or more: on stable data Hill's estimator is biased upwards there, past 2, unless "
            "k is a tiny part of the sample; see fit");
    if (options.plot)
        context.at_commit([plot = hill_plot(estimates), file = *options.plot] { data::write_plot(file, plot); });
    return 0;
}

} // namespace

cli::Command hill_command() {
    const auto options = std::make_shared<HillOptions>();
    cli::Command command("hill", "the index of the tail by Hill's estimator, over a grid of thresholds");
    command.describe("alpha_hat is k divided by the sum of log(|X|_(i)/|X|_(k+1)) over the k largest values, se is "
                     "alpha_hat/sqrt(k). Without --k: twenty values of k from 10 to n/2. A tail index is "
                     "where the plot over k is flat.");
    command.example("stable-limit sample --alpha 1.2 --count 1e5 | stable-limit hill", "a Hill plot as a table");
    command.example("nngp-kernel sample --activation relu --depth 2 --scale-prior inverse_gamma:alpha=1,beta=1 --count "
                    "5000 x.csv | stable-limit hill -",
                    "the tail of a Student-t process");
    command.numbers(options->counts, "--k", "LIST", cli::Range{1.0, 1e15}, "numbers of largest values");
    declare(command, options->input);
    command.plot(options->plot, "the estimates over k with two standard errors");
    command.results({data::Format::csv, data::Format::json});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
