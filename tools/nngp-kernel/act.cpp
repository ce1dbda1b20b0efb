// nngp-kernel act: dual activations of single triples.
#include <memory>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/input.hpp"
#include "limsym/base/number.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/data/table.hpp"
#include "limsym/data/table_readers.hpp"
#include "limsym/kernel/dual.hpp"

namespace limsym::tools {

namespace {

struct Options {
    std::vector<std::string> files;
    std::optional<std::string> activation;
    std::optional<double> q1;
    std::optional<double> q2;
    std::optional<double> c;
    std::optional<double> tolerance;
    std::string method = "auto";
    std::optional<std::size_t> samples;
};

// One triple and where it came from.
struct Item {
    network::Activation activation;
    double q1 = 0.0;
    double q2 = 0.0;
    double c = 0.0;
    std::string place; ///< begins a message: "FILE:LINE: ", "--"
};

std::vector<Item> read_records(base::InputFile file, const std::optional<network::Activation>& activation) {
    std::vector<Item> items;
    const std::string name = file.name();
    data::LineReader lines(std::move(file));
    std::string_view line;
    while (lines.next(line)) {
        if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
        const std::string place = base::at_line(name, lines.line());
        const data::Json record = data::parse_json(line, name, lines.line());
        data::ObjectReader reader(record, place, "");
        Item item;
        item.place = place + ": ";
        item.q1 = reader.number("q1", std::nullopt);
        item.q2 = reader.number("q2", std::nullopt);
        item.c = reader.number("c", std::nullopt);
        if (const data::Json* own = reader.find("activation"))
            item.activation = network::read_activation(*own, place, "/activation");
        else if (activation)
            item.activation = *activation;
        else
            throw base::InputError(place, "no activation; expected the key activation, or --activation");
        items.push_back(std::move(item));
    }
    if (items.empty()) throw base::InputError(name, "holds no records; expected at least one");
    return items;
}

std::vector<Item> read_items(const data::Source& source, const std::optional<network::Activation>& activation) {
    base::InputFile file(source.file);
    std::optional<data::Format> format = source.format ? source.format : data::format_of_name(source.file);
    if (!format) format = data::format_of_content(file.peek());
    const std::string_view first = file.peek();
    const std::size_t start = first.find_first_not_of(" \t\r\n");
    const bool objects = start != std::string_view::npos && first[start] == '{';
    if ((*format == data::Format::json || *format == data::Format::ndjson) && objects)
        return read_records(std::move(file), activation);
    const data::Table table = data::read_table_as(std::move(file), *format, {}, source.dataset);
    if (!activation) throw base::InputError("--activation", "is missing; expected the name of an activation");
    if (!table.has_header && table.values.n_cols != 3)
        throw base::InputError(table.file, std::to_string(table.values.n_cols) + " columns; expected q1,q2,c");
    const auto column = [&](const char* name, std::size_t number) {
        return table.has_header ? table.column(name, table.file) : number;
    };
    const std::size_t q1 = column("q1", 0);
    const std::size_t q2 = column("q2", 1);
    const std::size_t c = column("c", 2);
    std::vector<Item> items;
    for (std::size_t i = 0; i < table.values.n_rows; ++i)
        items.push_back(
            {*activation, table.values(i, q1), table.values(i, q2), table.values(i, c), table.place(i) + ": "});
    return items;
}

kernel::DualMethod method_of(const std::string& name) {
    using kernel::DualMethod;
    for (const DualMethod method : {DualMethod::automatic, DualMethod::closed, DualMethod::hermite, DualMethod::polar})
        if (kernel::method_name(method) == name) return method;
    return DualMethod::monte_carlo;
}

kernel::DualValue evaluate(const Item& item, const kernel::DualOptions& options) {
    try {
        return kernel::dual_activation(item.activation, item.q1, item.q2, item.c, options);
    } catch (const base::InputError& error) {
        const std::string message = error.what();
        throw base::InputError(message.starts_with("--") ? message : item.place + message);
    } catch (const base::WorkError& error) {
        throw base::WorkError((item.place == "--" ? "" : item.place) + error.what());
    }
}

int run(const Options& options, cli::Context& context) {
    if (options.samples && options.method != "mc")
        throw base::InputError("--samples", "are drawn by --method mc; expected it as well");
    if (options.tolerance && (options.method == "mc" || options.method == "closed"))
        throw base::InputError("--tol",
                               "has no effect on --method " + options.method + "; expected auto, hermite or polar");
    std::optional<network::Activation> activation;
    if (options.activation) activation = network::parse_activation(*options.activation, "--activation");
    const bool by_options = options.q1 || options.q2 || options.c;
    std::vector<Item> items;
    if (by_options) {
        if (!options.files.empty())
            throw base::InputError(options.files.front(), "a file beside --q1, --q2, --c; expected one of the two");
        for (const auto& [value, name] : {std::pair{options.q1, "--q1"}, {options.q2, "--q2"}, {options.c, "--c"}})
            if (!value) throw base::InputError(name, "is missing; expected --q1, --q2 and --c together");
        if (!activation) throw base::InputError("--activation", "is missing; expected the name of an activation");
        items.push_back({*activation, *options.q1, *options.q2, *options.c, "--"});
    } else {
        const std::string file = options.files.empty() ? "-" : options.files.front();
        items = read_items(context.source(file), activation);
    }

    kernel::DualOptions how;
    how.method = method_of(options.method);
    how.tolerance = options.tolerance.value_or(how.tolerance);
    how.samples = options.samples.value_or(how.samples);
    how.seed = context.seed();
    std::vector<kernel::DualValue> values(items.size());
    base::parallel_for(
        items.size(), [&](std::size_t i) { values[i] = evaluate(items[i], how); }, context.monitor(), "triples");

    std::string text;
    const bool csv = context.result_format() == data::Format::csv;
    if (csv) text = "q1,q2,c,value,derivative,method,error_bound\n";
    for (std::size_t i = 0; i < items.size(); ++i) {
        const Item& item = items[i];
        const kernel::DualValue& value = values[i];
        if (csv) {
            for (const double number : {item.q1, item.q2, item.c, value.value, value.derivative}) {
                base::append_number(text, number);
                text += ',';
            }
            text += kernel::method_name(value.method);
            text += ',';
            base::append_number(text, value.error_bound);
        } else {
            data::Json record;
            record["schema"] = "limsym/activation@1";
            record["activation"] = network::to_json(item.activation);
            record["q1"] = item.q1;
            record["q2"] = item.q2;
            record["c"] = item.c;
            record["value"] = value.value;
            record["derivative"] = value.derivative;
            record["method"] = kernel::method_name(value.method);
            record["error_bound"] = value.error_bound;
            text += data::to_text(record);
        }
        text += '\n';
    }
    context.out()(text);
    return 0;
}

} // namespace

cli::Command act_command() {
    const auto options = std::make_shared<Options>();
    cli::Command command("act", "dual activations: E phi(u) phi(v) and its derivative for one pair or many");
    command.describe("For (u, v) centred normal with variances q1, q2 and covariance c: value = E phi(u) phi(v) and "
                     "derivative = E phi'(u) phi'(v). One record for --q1 --q2 --c, or one for every row of FILE with "
                     "columns q1,q2,c, or for every JSON record {\"activation\"?,\"q1\",\"q2\",\"c\"}.");
    command.describe("error_bound holds for value: 0 for closed forms, the tail of the Hermite series, the change from "
                     "half as many quadrature nodes, or two standard errors of sampling.");
    command.example("nngp-kernel act --activation relu --q1 1 --q2 1 --c 0.3", "one record");
    command.example("nngp-kernel act --activation '{\"expr\":\"x*tanh(x)\"}' --method polar triples.csv",
                    "an activation of one's own, by quadrature");
    command.text(options->activation, "--activation", "A",
                 "a name, or JSON such as {\"leaky_relu\":{\"alpha\":0.1}}; records may name their own");
    command.number(options->q1, "--q1", "V", cli::Range::any(), "variance of u");
    command.number(options->q2, "--q2", "V", cli::Range::any(), "variance of v");
    command.number(options->c, "--c", "V", cli::Range::any(), "covariance of u and v");
    command
        .number(options->tolerance, "--tol", "V", cli::Range::positive(), "wanted error bound of series and quadrature")
        .default_text = "1e-12";
    command.choice(options->method, "--method", {"auto", "closed", "hermite", "polar", "mc"},
                   "how the expectation is computed");
    command.integer(options->samples, "--samples", "N", 2, 1'000'000'000, "draws of --method mc").default_text =
        "1000000";
    command.operands(options->files, 0, 1, "[FILE]",
                     "table or records of triples; without FILE and --q1, standard input");
    command.results({data::Format::ndjson, data::Format::csv});
    command.random();
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
