#include <algorithm>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "law_options.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/hash.hpp"
#include "limsym/base/memory.hpp"
#include "limsym/base/number.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/base/random.hpp"
#include "limsym/data/json_writer.hpp"
#include "limsym/data/npy.hpp"
#include "limsym/data/records.hpp"
#include "limsym/data/table.hpp"
#include "limsym/stable/sampler.hpp"
#include "row_output.hpp"

namespace limsym::tools {

namespace {

struct SampleOptions {
    stable::Law law;
    std::optional<std::size_t> count;
    std::string kind = "sas";
    bool log_abs = false;
    std::optional<std::string> uniforms;
    std::optional<base::Shard> shard;
};

stable::VariateKind kind_of(const SampleOptions& options) {
    using stable::VariateKind;
    if (options.kind == "sas") return options.log_abs ? VariateKind::log_symmetric : VariateKind::symmetric;
    return options.log_abs ? VariateKind::log_positive : VariateKind::positive;
}

/// From unit scale to the law's.
void place(const SampleOptions& options, double* values, std::size_t count) {
    const double log_sigma = std::log(options.law.sigma);
    for (std::size_t i = 0; i < count; ++i)
        values[i] = options.log_abs            ? values[i] + log_sigma
                    : options.law.sigma == 0.0 ? options.law.loc
                                               : options.law.loc + options.law.sigma * values[i];
}

/// Variates [first, first + count) of the sample, in parallel pieces.
arma::vec draw(const SampleOptions& options, std::uint64_t seed, std::uint64_t first, std::size_t count) {
    constexpr std::size_t piece = 8192;
    const base::StreamKey key{seed, base::purpose_hash("sample"), 0};
    arma::vec values(count, arma::fill::none);
    base::parallel_for((count + piece - 1) / piece, [&](std::size_t k) {
        const std::size_t size = std::min(piece, count - k * piece);
        double* const at = values.memptr() + k * piece;
        stable::fill_variates(kind_of(options), options.law.alpha, key, first + k * piece, at, size);
        place(options, at, size);
    });
    return values;
}

/// The map at the rows of FILE.
arma::vec map_file(const SampleOptions& options, cli::Context& context) {
    const data::Table table = data::read_table(context.source(*options.uniforms));
    const std::size_t u = table.has_header ? table.column("u", "--uniforms") : 0;
    const std::size_t e = table.has_header ? table.column("e", "--uniforms") : 1;
    if (!table.has_header && table.values.n_cols != 2)
        throw base::InputError(table.file, std::to_string(table.values.n_cols) + " columns; expected 2, u and e");
    const auto refuse = [&](arma::uword row, std::size_t column, const char* expected) {
        throw base::InputError(table.place(row), "column " + std::to_string(column + 1) + " is " +
                                                     base::quoted(base::number_text(table.values(row, column))) +
                                                     "; expected " + expected);
    };
    for (arma::uword i = 0; i < table.values.n_rows; ++i) {
        const double ui = table.values(i, u);
        if (!(ui > 0.0 && ui < 1.0)) refuse(i, u, "0 < u < 1");
        if (options.log_abs && options.kind == "sas" && ui == 0.5) refuse(i, u, "u other than 0.5, where X is loc");
        if (!(table.values(i, e) > 0.0)) refuse(i, e, "e > 0");
    }
    arma::vec values(table.values.n_rows, arma::fill::none);
    stable::map_variates(kind_of(options), options.law.alpha, table.values.colptr(u), table.values.colptr(e),
                         values.memptr(), values.n_elem);
    place(options, values.memptr(), values.n_elem);
    return values;
}

data::Json options_of(const SampleOptions& options) {
    data::Json shaped{{"log_abs", options.log_abs}};
    if (options.count) shaped["count"] = *options.count;
    return shaped;
}

void append_head(data::Json& record, const SampleOptions& options) {
    record["options"] = options_of(options);
    record["kind"] = options.kind;
    append_law(record, options.law);
}

/// What the sample is, for shards.
std::string job_of(const SampleOptions& options, std::uint64_t seed) {
    data::Json record{{"command", "sample"}, {"seed", seed}};
    append_head(record, options);
    return base::sha256_hex(data::to_text(record));
}

/// The lines of values, formatted in parallel.
class LineWriter {
public:
    LineWriter(std::string before, std::string after) : before_(std::move(before)), after_(std::move(after)) {}
    /// Calls use(text) in order.
    template <typename Use>
    void write(const arma::vec& values, const Use& use) const {
        constexpr std::size_t piece = 8192;
        std::vector<std::string> texts((values.n_elem + piece - 1) / piece);
        base::parallel_for(texts.size(), [&](std::size_t k) {
            for (std::size_t i = k * piece; i < std::min<std::size_t>(values.n_elem, (k + 1) * piece); ++i) {
                texts[k] += before_;
                base::append_number(texts[k], values(i));
                texts[k] += after_;
            }
        });
        for (const std::string& text : texts)
            use(text);
    }

private:
    std::string before_;
    std::string after_;
};

/// Values come in batches so that any count fits in memory.
template <typename Batch>
void each_batch(std::size_t first, std::size_t end, cli::Context& context, const Batch& batch) {
    constexpr std::size_t size = std::size_t{1} << 20U;
    for (std::size_t from = first; from < end; from += size) {
        context.monitor().advance(static_cast<double>(from - first), static_cast<double>(end - first), "sample");
        batch(from, std::min(size, end - from));
    }
}

void write_shard(const SampleOptions& options, cli::Context& context) {
    const base::Shard shard = *options.shard;
    const std::size_t total = *options.count;
    const std::size_t size = shard.size(total, base::Partition::blocks);
    const std::size_t first = size == 0 ? 0 : shard.item(0, total, base::Partition::blocks);
    base::Sha256 hash;
    const LineWriter lines("{\"value\":", "}\n");
    std::size_t held = 0;
    each_batch(first, first + size, context, [&](std::size_t from, std::size_t count) {
        arma::vec values = draw(options, context.seed(), from, count);
        held += hold_in_range(values);
        lines.write(values, [&](const std::string& text) {
            hash.update(text);
            context.out()(text);
        });
    });
    data::ShardLine line{"sample", shard, total, job_of(options, context.seed())};
    line.summary = R"({"columns":["value"]})";
    line.records_sha256 = hash.hex();
    context.out()(data::to_text(line) + "\n");
    warn_of_held(held, context);
}

void write_whole(const SampleOptions& options, arma::vec values, cli::Context& context) {
    warn_of_held(hold_in_range(values), context);
    if (context.result_format() == data::Format::npy) {
        data::write_npy(context.out(), values);
        return;
    }
    data::Json head = context.head("limsym/stable-sample@1");
    append_head(head, options);
    data::JsonWriter writer(context.out());
    writer.begin_object().members(head).key("value").numbers(values);
    writer.end_object().finish();
}

void check(const SampleOptions& options, const cli::Context& context) {
    if (options.kind == "positive" && options.law.alpha >= 1.0)
        throw base::InputError("--alpha", base::number_text(options.law.alpha) +
                                              " is out of range; expected 0.02 <= alpha < 1 for --kind positive");
    if (options.log_abs && options.law.sigma == 0.0)
        throw base::InputError("--sigma", "0 is degenerate; log|X - loc| does not exist, expected sigma > 0");
    if (options.uniforms && options.count)
        throw base::InputError("--count", "is given beside --uniforms, whose rows are the count; expected one of them");
    if (options.uniforms && options.shard)
        throw base::InputError("--shard", "is given beside --uniforms; expected --count");
    if (!options.uniforms && !options.count)
        throw base::InputError("--count", "is missing; expected how many variates, or --uniforms FILE");
    check_shard_format(options.shard, context);
}

int run(const SampleOptions& options, cli::Context& context) {
    check(options, context);
    if (options.shard) {
        write_shard(options, context);
        return 0;
    }
    const data::Format format = context.result_format();
    const bool streamed = format == data::Format::csv || format == data::Format::ndjson;
    if (!streamed && options.count)
        context.memory().require(base::saturating_product(*options.count, sizeof(double)), "the sample");
    if (!streamed) {
        write_whole(options,
                    options.uniforms ? map_file(options, context) : draw(options, context.seed(), 0, *options.count),
                    context);
        return 0;
    }
    const LineWriter lines = format == data::Format::csv ? LineWriter("", "\n") : LineWriter("{\"value\":", "}\n");
    const auto use = [&](const std::string& text) { context.out()(text); };
    if (format == data::Format::csv) context.out()("value\n");
    if (options.uniforms) {
        arma::vec values = map_file(options, context);
        warn_of_held(hold_in_range(values), context);
        lines.write(values, use);
        return 0;
    }
    std::size_t held = 0;
    each_batch(0, *options.count, context, [&](std::size_t from, std::size_t count) {
        arma::vec values = draw(options, context.seed(), from, count);
        held += hold_in_range(values);
        lines.write(values, use);
    });
    warn_of_held(held, context);
    return 0;
}

} // namespace

cli::Command sample_command() {
    const auto options = std::make_shared<SampleOptions>();
    cli::Command command("sample", "draw from the law, or from the one-sided law of index alpha below 1");
    command.describe("Chambers, Mallows and Stuck's map of one pair (U, E) of a uniform and an exponential number a "
                     "variate. The i-th variate depends on the seed and i alone: a smaller --count gives a prefix, "
                     "and shards join to the bytes of the whole. --kind positive draws A > 0 with "
                     "E exp(-s A) = exp(-s^alpha), times sigma plus loc.");
    command.example("stable-limit sample --alpha 1.5 --count 1e6 --to npy | stable-limit fit --from npy",
                    "a sample and its fit");
    command.example("stable-limit sample --alpha 0.05 --count 10 --log-abs", "magnitudes beyond double, as logarithms");
    declare(command, options->law);
    command.group("Sample");
    command.integer(options->count, "--count", "N", 0, 1'000'000'000'000'000, "number of variates").short_name = "-n";
    command.choice(options->kind, "--kind", {"sas", "positive"}, "symmetric, or positive with index --alpha < 1");
    command.flag(options->log_abs, "--log-abs", "write log|X - loc| in place of X");
    command.input(options->uniforms, "--uniforms", "map the columns u in (0,1) and e > 0 of this table instead");
    command.shard(options->shard, "the I-th of N blocks, as records for merge");
    command.random();
    command.results({data::Format::csv, data::Format::npy, data::Format::ndjson, data::Format::json});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
