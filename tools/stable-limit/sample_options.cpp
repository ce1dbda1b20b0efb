#include "sample_options.hpp"

#include <algorithm>

#include "limsym/base/error.hpp"

namespace limsym::tools {

void declare(cli::Command& command, SampleInput& input) {
    command.text(input.column, "--column", "NAME|N",
                 "the column that is the sample (value, else the first that is no "
                 "draw, net, node, row, index or i)");
    command.operands(input.files, 1, 1, "FILE", "a table with the sample in one column; the others may hold text");
}

data::Column read_sample(const SampleInput& input, cli::Context& context) {
    const data::ColumnRule rule{{"value"}, {"draw", "net", "node", "row", "index", "i"}};
    return data::read_column(context.source(input.files.front()), input.column, rule);
}

void require_values(const data::Column& sample, std::size_t least) {
    const std::size_t n = sample.values.n_elem;
    if (n < least)
        throw base::InputError(sample.table.file, std::to_string(n) + (n == 1 ? " value" : " values") +
                                                      "; expected at least " + std::to_string(least));
}

void warn_of_ties(const data::Column& sample, cli::Context& context) {
    arma::vec ascending = arma::sort(sample.values);
    arma::uword tied = 0;
    const arma::uword n = ascending.n_elem;
    for (arma::uword i = 0; i < n; ++i)
        tied +=
            (i > 0 && ascending(i) == ascending(i - 1)) || (i + 1 < n && ascending(i) == ascending(i + 1)) ? 1U : 0U;
    if (2 * tied > n)
        context.warn(std::to_string(tied) + " of " + std::to_string(n) +
                     " values have an equal among them; the laws here are continuous");
}

stable::FitMethod fit_method(const std::string& name) {
    if (name == "mcculloch") return stable::FitMethod::quantiles;
    if (name == "ecf") return stable::FitMethod::characteristic_function;
    if (name == "mle") return stable::FitMethod::likelihood;
    throw base::InputError("--fitted", base::quoted(name) + " is unknown; expected one of mcculloch, ecf, mle" +
                                           base::did_you_mean(name, {"mcculloch", "ecf", "mle"}));
}

} // namespace limsym::tools
