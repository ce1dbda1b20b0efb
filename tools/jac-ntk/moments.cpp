// jac-ntk moments: Gaussian moments of an activation.
#include <cmath>
#include <memory>

#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/data/matrix.hpp"
#include "limsym/data/table.hpp"
#include "limsym/kernel/gaussian_moments.hpp"
#include "points.hpp"

namespace limsym::tools {

namespace {

struct Options {
    std::vector<std::string> files;
    std::string activation;
};

const std::vector<std::string> argument_names{"a", "b", "c"};

/// Columns a, b, c of the table, checked.
arma::mat read_triples(const data::Table& table) {
    const std::size_t columns = table.values.n_cols;
    if (columns != argument_names.size())
        throw base::InputError(table.place(0), std::to_string(columns) + " columns; expected 3: a, b, c");
    check_columns(table, base::join(argument_names, ","));
    arma::mat triples(table.values.n_rows, columns, arma::fill::none);
    for (std::size_t k = 0; k < columns; ++k)
        triples.col(k) = table.values.col(table.has_header ? table.column(argument_names[k], table.file) : k);
    for (std::size_t i = 0; i < triples.n_rows; ++i) {
        const double a = triples(i, 0);
        const double b = triples(i, 1);
        const double c = triples(i, 2);
        constexpr double largest = 1e150;
        for (std::size_t k = 0; k < 2; ++k) {
            const double variance = triples(i, k);
            if (!(variance >= 0) || variance > largest)
                throw base::InputError(table.place(i), argument_names[k] + " = " + base::number_text(variance) +
                                                           " is out of range; expected 0 <= " + argument_names[k] +
                                                           " <= 1e150");
        }
        constexpr double rounding = 1 + 1e-12;
        if (std::abs(c) > std::sqrt(a) * std::sqrt(b) * std::sqrt(rounding))
            throw base::InputError(table.place(i), "c = " + base::number_text(c) + " is no covariance of variances " +
                                                       base::number_text(a) + " and " + base::number_text(b) +
                                                       "; expected c^2 <= a b");
    }
    return triples;
}

int run(const Options& options, cli::Context& context) {
    const kernel::MomentForm form =
        kernel::moment_form(network::parse_activation(options.activation, "--activation"), "--activation");
    const data::Table table = data::read_table(context.source(options.files[0]));
    const arma::mat triples = read_triples(table);
    arma::mat rows(triples.n_rows, triples.n_cols + kernel::moment_names.size(), arma::fill::none);
    rows.head_cols(triples.n_cols) = triples;
    base::parallel_for(
        triples.n_rows,
        [&](std::size_t i) {
            const auto moments =
                kernel::moments_in_order(kernel::evaluate_moments(form, triples(i, 0), triples(i, 1), triples(i, 2)));
            for (std::size_t k = 0; k < moments.size(); ++k)
                rows(i, triples.n_cols + k) = moments[k];
        },
        context.monitor(), "moments");
    for (std::size_t i = 0; i < rows.n_rows; ++i)
        for (std::size_t k = 0; k < rows.n_cols; ++k)
            if (std::isinf(rows(i, k)))
                throw base::WorkError(table.place(i),
                                      "a moment leaves the range of double; expected smaller variances");

    std::vector<std::string> names = argument_names;
    names.insert(names.end(), kernel::moment_names.begin(), kernel::moment_names.end());
    if (context.result_format() == data::Format::csv) {
        data::write_csv(context.out(), names, rows);
        return 0;
    }
    data::Json result = context.head("limsym/jac-moments@1");
    result["options"] = {{"activation", network::to_json(network::parse_activation(options.activation, ""))}};
    data::Json& list = result["rows"] = data::Json::array();
    for (std::size_t i = 0; i < rows.n_rows; ++i) {
        data::Json row;
        for (std::size_t k = 0; k < rows.n_cols; ++k)
            row[names[k]] = std::isnan(rows(i, k)) ? data::Json(nullptr) : data::Json(rows(i, k));
        if (!form.smooth) row["reason"] = "the derivative jumps, so its own derivative is no function";
        list.push_back(std::move(row));
    }
    context.write(result);
    return 0;
}

} // namespace

cli::Command moments_command() {
    const auto options = std::make_shared<Options>();
    cli::Command command("moments", "ten Gaussian moments of an activation and its derivatives");
    command.describe(
        "For (u, v) centred normal with variances a, b and covariance c: F = E phi(u) phi(v) and its partial "
        "derivatives Fc = E phi'phi', Fcc, Fccc, Fa = E phi''(u) phi(v)/2, Fb, Fca, Fcb, Fcca, Fccb. What is "
        "infinite is an empty cell or null.");
    command.describe(
        "FILE has three columns a, b, c with a, b >= 0 and c^2 <= a b; a header must name just these, in any "
        "order.");
    command.example("echo 1,1,0.5 | jac-ntk moments --activation gelu", "one row");
    command
        .text(options->activation, "--activation", "A",
              "a name, or JSON such as {\"leaky_relu\":{\"alpha\":0.1}} or {\"expr\":\"x*tanh(x)\"}")
        .required = true;
    command.operands(options->files, 1, 1, "[FILE]", "table of a, b, c");
    command.results({data::Format::csv, data::Format::json});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
