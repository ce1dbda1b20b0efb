#include "draws.hpp"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "limsym/base/error.hpp"
#include "limsym/base/hash.hpp"
#include "limsym/base/number.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/data/json_writer.hpp"
#include "limsym/data/matrix.hpp"
#include "limsym/data/records.hpp"

namespace limsym::tools {

namespace {

constexpr std::size_t pieces_at_a_time = 64;

void append_cell(std::string& text, double value) {
    base::append_number(text, value);
}

/// The rows of a draw in a table.
void append_rows(std::string& text, const DrawForm& form, const DrawRecord& record) {
    const std::string lead = std::to_string(record.draw) + ",";
    for (std::size_t r = 0; r < record.values.n_rows; ++r) {
        if (form.only) {
            append_cell(text, record.values(r, *form.only));
            text += '\n';
            continue;
        }
        text += lead;
        if (form.numbered) text += std::to_string(r) + ",";
        for (std::size_t c = 0; c < record.values.n_cols; ++c) {
            if (c > 0) text += ',';
            append_cell(text, record.values(r, c));
        }
        text += '\n';
    }
}

/// One line: {before..., key: values, after...}; values of one column are a plain list, kernels a matrix.
void append_line(std::string& text, const DrawForm& form, const DrawRecord& record) {
    data::JsonWriter writer([&](std::string_view part) { text += part; });
    writer.begin_object().members(record.before);
    if (form.key == "sum") {
        writer.member("sum", record.values(0, 0)).member("max", record.values(0, 1));
    } else {
        writer.key(form.key);
        if (form.key == "nngp")
            writer.matrix(record.values);
        else if (form.key == "z")
            writer.rows(record.values);
        else
            writer.numbers(record.values.n_elem > 0 ? arma::vec(record.values.col(0)) : arma::vec());
    }
    writer.members(record.after).end_object().finish();
}

arma::mat rows_of(const data::Json& list) {
    arma::mat values(list.size(), list.empty() ? 0 : list.front().size(), arma::fill::none);
    for (std::size_t i = 0; i < values.n_rows; ++i)
        for (std::size_t j = 0; j < values.n_cols; ++j)
            values(i, j) = list.at(i).at(j).get<double>();
    return values;
}

/// The values of a record line again.
DrawRecord read_line(const DrawForm& form, const std::string& line, const std::string& file) {
    const data::Json record = data::parse_json(line, file);
    DrawRecord result;
    try {
        result.draw = record.at("draw").get<std::size_t>();
        if (form.key == "sum")
            result.values = arma::mat{{record.at("sum").get<double>(), record.at("max").get<double>()}};
        else if (form.key == "nngp")
            result.values = rows_of(record.at("nngp").at("data"));
        else if (form.key == "z")
            result.values = rows_of(record.at("z"));
        else
            result.values = arma::vec(record.at(form.key).get<std::vector<double>>());
    } catch (const data::Json::exception&) {
        throw base::InputError(file, "holds a record that is no draw");
    }
    return result;
}

data::Json to_json(const DrawForm& form) {
    data::Json result{{"csv", form.csv}, {"header", form.header}, {"numbered", form.numbered}, {"key", form.key}};
    if (form.only) result["only"] = *form.only;
    return result;
}

DrawForm form_of(const data::Json& value, const std::string& file) {
    data::ObjectReader reader(value, file, "/summary/form");
    DrawForm form;
    form.csv = reader.boolean("csv", false);
    form.header = reader.string("header", "");
    form.numbered = reader.boolean("numbered", true);
    form.key = reader.string("key", std::nullopt);
    if (reader.has("only")) form.only = static_cast<std::size_t>(reader.integer("only", std::nullopt, 0, 1LL << 40));
    return form;
}

std::string job_hash(const DrawJob& job, const cli::Context& context) {
    const data::Json identity{{"command", job.command},
                              {"count", job.count},
                              {"seed", context.seed()},
                              {"form", to_json(job.form)},
                              {"identity", job.identity}};
    return base::sha256_hex(data::to_text(identity));
}

/// Calls use(record's text) for the texts of all draws of the job (or shard), in order.
void for_each_text(const DrawJob& job, const std::function<void(std::string&, const DrawRecord&)>& append,
                   const std::function<void(const std::string&)>& use, cli::Context& context) {
    const base::Shard shard = job.shard.value_or(base::Shard{});
    const std::size_t size = shard.size(job.count, base::Partition::blocks);
    const std::size_t at_a_time = job.piece * pieces_at_a_time;
    for (std::size_t first = 0; first < size; first += at_a_time) {
        const std::size_t here = std::min(at_a_time, size - first);
        std::vector<std::string> texts((here + job.piece - 1) / job.piece);
        base::parallel_for(texts.size(), [&](std::size_t p) {
            const std::size_t end = std::min(here, (p + 1) * job.piece);
            for (std::size_t k = p * job.piece; k < end; ++k)
                append(texts[p], job.draw(shard.item(first + k, job.count, base::Partition::blocks)));
        });
        for (const std::string& text : texts)
            use(text);
        context.monitor().advance(static_cast<double>(first + here), static_cast<double>(size), "draws");
    }
}

/// The records of a shard and its closing line.
void write_shard(const DrawJob& job, const data::Json& summary, cli::Context& context) {
    base::Sha256 hash;
    for_each_text(
        job, [&](std::string& text, const DrawRecord& record) { append_line(text, job.form, record); },
        [&](const std::string& text) {
            hash.update(text);
            context.out()(text);
        },
        context);
    data::ShardLine end;
    end.command = job.command;
    end.shard = *job.shard;
    end.total = job.count;
    end.job = job_hash(job, context);
    end.summary = data::to_text(summary);
    end.records_sha256 = hash.hex();
    context.out()(data::to_text(end) + "\n");
}

void write_mean_kernel(const arma::mat& mean, const data::Json& head, data::Format format, cli::Context& context) {
    if (format != data::Format::json && format != data::Format::ndjson) {
        data::write_matrix(context.out(), format, mean);
        return;
    }
    data::JsonWriter writer(context.out());
    writer.begin_object().members(head).key("nngp").matrix(mean).end_object().finish();
}

} // namespace

void declare(cli::Command& command, CountOptions& options) {
    command.integer(options.count, "--count", "R", 0, std::numeric_limits<std::int64_t>::max(), "number of draws")
        .short_name = "-n";
    command.shard(options.shard, "only draws floor(I R/N) to floor((I+1) R/N) - 1, as records for merge");
}

std::size_t required_count(const CountOptions& options) {
    if (!options.count) throw base::InputError("--count", "missing; expected --count R");
    return *options.count;
}

bool wants_table(const CountOptions& options, data::Format first_form, const cli::Context& context) {
    const data::Format format = context.result_format();
    return format == data::Format::csv || (options.shard && first_form == data::Format::csv);
}

void write_draws(const DrawJob& job, cli::Context& context) {
    if (job.shard) {
        write_shard(job, {{"form", to_json(job.form)}}, context);
        return;
    }
    if (job.form.csv) context.out()(job.form.header + "\n");
    for_each_text(
        job,
        [&](std::string& text, const DrawRecord& record) {
            if (job.form.csv)
                append_rows(text, job.form, record);
            else
                append_line(text, job.form, record);
        },
        [&](const std::string& text) { context.out()(text); }, context);
}

void write_mean(const DrawJob& job, const MeanForm& form, cli::Context& context) {
    if (job.shard) {
        write_shard(job,
                    {{"form", to_json(job.form)},
                     {"mean", {{"head", form.head}, {"to", std::string(data::format_name(form.format))}}}},
                    context);
        return;
    }
    arma::mat sum;
    const std::size_t at_a_time = job.piece * pieces_at_a_time;
    for (std::size_t first = 0; first < job.count; first += at_a_time) {
        std::vector<arma::mat> draws(std::min(at_a_time, job.count - first));
        base::parallel_for(draws.size(), [&](std::size_t k) { draws[k] = job.draw(first + k).values; });
        for (const arma::mat& draw : draws) {
            if (sum.empty()) sum.zeros(draw.n_rows, draw.n_cols);
            sum += draw;
        }
        context.monitor().advance(static_cast<double>(first + draws.size()), static_cast<double>(job.count), "draws");
    }
    write_mean_kernel(sum / static_cast<double>(job.count), form.head, form.format, context);
}

void merge_draws(const std::vector<std::string>& files, cli::Context& context) {
    for (const std::string& file : files)
        if (context.source(file).file == "-")
            throw base::InputError("-", "shards cannot come from standard input; expected files");
    const data::MergedRecords merged = data::merge_records(files, base::Partition::blocks);
    const data::Json summary = data::parse_json(merged.summary.empty() ? "{}" : merged.summary, files[0]);
    if (!summary.contains("form"))
        throw base::InputError(files[0], "is a shard of " + base::quoted(merged.command) + "; expected draws");
    DrawForm form = form_of(summary.at("form"), files[0]);
    const data::Format format = context.result_format();
    if (format == data::Format::csv && !form.header.empty()) form.csv = true;
    if (format == data::Format::ndjson) form.csv = false;
    if (const auto mean = summary.find("mean"); mean != summary.end()) {
        arma::mat sum;
        for (const std::string& line : merged.lines) {
            const arma::mat draw = read_line(form, line, files[0]).values;
            if (sum.empty()) sum.zeros(draw.n_rows, draw.n_cols);
            if (draw.n_rows != sum.n_rows || draw.n_cols != sum.n_cols)
                throw base::InputError(files[0], "holds kernels of different shapes");
            sum += draw;
        }
        const data::Format stored = data::parse_format(mean->at("to").get<std::string>(), files[0]);
        write_mean_kernel(sum / static_cast<double>(merged.lines.size()), mean->at("head"),
                          format == data::Format::json ? stored : format, context);
        return;
    }
    if (form.csv) context.out()(form.header + "\n");
    std::string text;
    for (const std::string& line : merged.lines) {
        text.clear();
        if (form.csv)
            append_rows(text, form, read_line(form, line, files[0]));
        else
            text = line + "\n";
        context.out()(text);
    }
}

std::size_t piece_for(double numbers) {
    return static_cast<std::size_t>(std::clamp(1e5 / std::max(numbers, 1.0), 1.0, 64.0));
}

} // namespace limsym::tools
