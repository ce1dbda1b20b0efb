#include <memory>

#include "commands.hpp"
#include "data_options.hpp"
#include "limsym/base/error.hpp"
#include "limsym/data/matrix.hpp"
#include "limsym/data/table.hpp"

namespace limsym::tools {

namespace {

struct SplitOptions {
    DataOptions data;
    std::optional<std::size_t> n;
};

int run(const SplitOptions& options, cli::Context& context) {
    if (options.n && !options.data.files.empty())
        throw base::InputError("--n", "and a table exclude each other; expected one of the two");
    if (options.data.split.empty()) throw base::InputError("--split", "is missing; expected fractions F1[,F2[,F3]]");
    const nodescaling::SplitRule rule = options.data.split_rule();
    nodescaling::check_fractions(rule.fractions);
    std::size_t n = options.n.value_or(0);
    if (!options.n) {
        data::TableOptions any;
        any.allow_other_cells = true;
        any.allow_empty_cells = true;
        const std::string file = options.data.files.empty() ? "-" : options.data.files.front();
        n = data::read_table(context.source(file), any).values.n_rows;
    }
    const auto parts = nodescaling::split_rows(n, rule);
    std::vector<std::pair<std::size_t, std::size_t>> rows;
    for (std::size_t p = 0; p < parts.size(); ++p)
        for (const std::size_t row : parts[p])
            rows.emplace_back(row, p + 1);
    arma::mat table(rows.size(), 2, arma::fill::none);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        table(i, 0) = static_cast<double>(rows[i].first);
        table(i, 1) = static_cast<double>(rows[i].second);
    }
    data::write_csv(context.out(), {"row", "part"}, table);
    return 0;
}

} // namespace

cli::Command split_command() {
    const auto options = std::make_shared<SplitOptions>();
    cli::Command command("split", "which row goes to which part");
    command.describe("Rows (from 0) in the order in which --permute-seed leaves them, with their part 1, 2 or 3; rows "
                     "of no part are left out. The permutation is numpy.random.RandomState(seed).permutation(n), so "
                     "that the splits of published experiments can be repeated. Part sizes are rounded down; when the "
                     "fractions sum to 1 the last part takes the rest.");
    command.example("node-scaling split --n 1030 --permute-seed 10 --split 0.4,0.4,0.2", "412, 412 and 206 rows");
    command.integer(options->n, "--n", "N", 1, 1'000'000'000, "number of rows, in place of a table");
    declare_split(command, options->data);
    command.operands(options->data.files, 0, 1, "[DATA]", "a table, whose rows are counted");
    command.results({data::Format::csv});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
