#include <limits>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "limsym/base/error.hpp"
#include "limsym/data/records.hpp"
#include "row_output.hpp"

namespace limsym::tools {

namespace {

std::vector<std::string> columns_of(const data::MergedRecords& merged, const std::string& file) {
    const data::Json summary = data::parse_json(merged.summary.empty() ? "{}" : merged.summary, file);
    std::vector<std::string> columns;
    if (const auto found = summary.find("columns"); found != summary.end() && found->is_array())
        for (const data::Json& name : *found)
            if (name.is_string()) columns.push_back(name.get<std::string>());
    if (columns.empty() && merged.command == "sample") columns.emplace_back("value");
    if (columns.empty()) throw base::InputError(file, "its last line names no columns; expected a shard of this tool");
    return columns;
}

arma::rowvec values_of(const std::string& line, const std::vector<std::string>& columns, const std::string& file) {
    const data::Json record = data::parse_json(line, file);
    arma::rowvec values(columns.size(), arma::fill::none);
    for (std::size_t j = 0; j < columns.size(); ++j) {
        const auto found = record.is_object() ? record.find(columns[j]) : record.end();
        if (found == record.end() || !(found->is_number() || found->is_null()))
            throw base::InputError(file, "a record without the number " + base::quoted(columns[j]));
        values(j) = found->is_null() ? std::numeric_limits<double>::quiet_NaN() : found->get<double>();
    }
    return values;
}

int run(const std::vector<std::string>& files, cli::Context& context) {
    for (const std::string& file : files)
        if (context.source(file).file == "-")
            throw base::InputError("-", "shards cannot come from standard input; expected files");
    const data::MergedRecords merged = data::merge_records(files, base::Partition::blocks);
    if (merged.command != "sample" && merged.command != "simulate" && merged.command != "converge")
        throw base::InputError(files[0], "is a shard of " + base::quoted(merged.command) +
                                             "; expected one of sample, simulate or converge");
    if (context.result_format() == data::Format::ndjson) {
        for (const std::string& line : merged.lines)
            context.out()(line + "\n");
        return 0;
    }
    const std::vector<std::string> columns = columns_of(merged, files[0]);
    RowOutput output(columns, std::nullopt, context);
    constexpr std::size_t batch = 4096;
    for (std::size_t first = 0; first < merged.lines.size(); first += batch) {
        const std::size_t size = std::min(batch, merged.lines.size() - first);
        arma::mat rows(size, columns.size(), arma::fill::none);
        for (std::size_t i = 0; i < size; ++i)
            rows.row(i) = values_of(merged.lines[first + i], columns, files[0]);
        output.rows(rows);
    }
    output.finish();
    return 0;
}

} // namespace

cli::Command merge_command() {
    const auto files = std::make_shared<std::vector<std::string>>();
    cli::Command command("merge", "put shards together: the bytes of the run that was not sharded");
    command.describe("Takes all shards of one sample, simulate or converge in any order. A shard that is missing, "
                     "damaged, cut off, given twice or of another job is refused by name.");
    command.example("stable-limit merge s?.ndjson | stable-limit hill", "the whole table of ten shards, and its tail");
    command.operands(*files, 1, 1'000'000, "FILE...", "shards");
    command.results({data::Format::csv, data::Format::ndjson, data::Format::npy});
    command.run([files](cli::Context& context) { return run(*files, context); });
    return command;
}

} // namespace limsym::tools
