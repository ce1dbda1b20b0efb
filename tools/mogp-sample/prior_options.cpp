#include "prior_options.hpp"

#include <cmath>
#include <limits>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/data/column.hpp"
#include "limsym/data/matrix.hpp"

namespace limsym::tools {

void declare_prior(cli::Command& command, std::string& prior) {
    command.text(prior, "--prior", "EXPR", "law of the node variances: family[:key=value,...], terms joined by +")
        .required = true;
}

void declare(cli::Command& command, Arguments& arguments, const std::string& name) {
    command.numbers(arguments.at, "--at", "LIST", cli::Range::any(), "values of " + name + ", in place of the operand");
    command.operands(arguments.files, 0, 1, "[FILE]", "a column of values of " + name + " (standard input)");
}

void require_range(const std::vector<double>& values, const std::string& option, const cli::Range& range,
                   const std::string& expected) {
    for (const double value : values)
        if (!range.holds(value))
            throw base::InputError(option, base::number_text(value) + " is out of range; expected " + expected);
}

std::vector<double> read(const Arguments& arguments, const std::string& name, Least least, cli::Context& context) {
    const cli::Range range = least == Least::zero ? cli::Range::not_negative() : cli::Range::positive();
    const std::string expected = name + (least == Least::zero ? " >= 0" : " > 0");
    if (!arguments.at.empty()) {
        if (!arguments.files.empty())
            throw base::InputError("--at", "the values are given by " + base::quoted(arguments.files.front()) +
                                               " already; expected one of the two");
        require_range(arguments.at, "--at", range, expected);
        return arguments.at;
    }
    const std::string file = arguments.files.empty() ? "-" : arguments.files.front();
    const data::Column column = data::read_column(context.source(file), std::nullopt, {{name}, {}});
    for (std::size_t i = 0; i < column.values.n_elem; ++i)
        if (!range.holds(column.values(i))) column.fail(i, expected);
    return arma::conv_to<std::vector<double>>::from(column.values);
}

void write_function(const std::vector<std::string>& columns, std::vector<std::vector<double>> values,
                    cli::Context& context) {
    arma::mat table(values.front().size(), values.size(), arma::fill::none);
    for (std::size_t c = 0; c < values.size(); ++c)
        for (std::size_t i = 0; i < values[c].size(); ++i)
            table(i, c) = std::isfinite(values[c][i]) ? values[c][i] : std::numeric_limits<double>::quiet_NaN();
    data::write_csv(context.out(), columns, table);
}

} // namespace limsym::tools
