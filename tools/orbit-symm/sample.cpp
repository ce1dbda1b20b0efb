#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "group_options.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/hash.hpp"
#include "limsym/base/number.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/data/records.hpp"
#include "record_stream.hpp"

namespace limsym::tools {

namespace {

struct SampleCommand {
    GroupOption group;
    MeasureOptions measure;
    std::optional<std::size_t> count;
    std::optional<base::Shard> shard;
};

void append_csv(std::string& text, const symmetry::Element& g) {
    bool first = true;
    for (const arma::mat& m : g)
        for (std::size_t i = 0; i < m.n_rows; ++i)
            for (std::size_t j = 0; j < m.n_cols; ++j) {
                if (!first) text += ',';
                first = false;
                base::append_number(text, m(i, j));
            }
    text += '\n';
}

int run(const SampleCommand& options, cli::Context& context) {
    const symmetry::LinearAction group = read_group(options.group, context);
    const symmetry::ElementSampler sampler = make_sampler(options.measure, group);
    const bool every = options.measure.measure == "enumerate" && !options.count;
    if (!every && !options.count) throw base::InputError("--count", "is missing; expected how many elements");
    const std::size_t total = every ? sampler.list()->size() : *options.count;
    const std::string measure(symmetry::measure_name(sampler.measure()));
    const bool csv = context.result_format() == data::Format::csv;
    const data::Json job{{"command", "sample"},
                         {"group", group.name},
                         {"measure", options.measure.measure},
                         {"scale", options.measure.scale ? data::Json(*options.measure.scale) : data::Json()},
                         {"limit", options.measure.exact_limit},
                         {"seed", context.seed()},
                         {"count", total},
                         {"every", every}};
    stream_records(
        {"sample", total, options.shard, base::sha256_hex(data::to_text(job)), 256},
        [&](std::size_t i, std::string& text) {
            base::RandomStream stream(context.seed(), "group element", i);
            const symmetry::Element g = every ? (*sampler.list())[i] : sampler.draw(stream);
            if (csv) return append_csv(text, g);
            text += data::to_text({{"schema", "limsym/element@1"},
                                   {"i", i},
                                   {"group", group.name},
                                   {"measure", measure},
                                   {"g", element_json(g)}});
            text += '\n';
        },
        context);
    return 0;
}

} // namespace

cli::Command sample_command() {
    const auto options = std::make_shared<SampleCommand>();
    cli::Command command("sample", "random elements of a group, or all of them");
    command.describe(
        "Element i depends on --seed and i alone: a smaller --count gives a prefix, shards join to the whole. "
        "Compact groups are drawn by Haar measure; groups without one by exp of normal Lie coordinates times a "
        "random word in the discrete generators. --measure enumerate without --count lists a finite group, "
        "identity first.");
    command.example("orbit-symm sample --group 'SO(3)' -n 8 --seed 1 | orbit-symm act --group 'SO(3)' --rep 5S+5V "
                    "--elements - --pairs x.csv",
                    "every row by eight rotations");
    declare(command, options->group);
    command.integer(options->count, "--count", "N", 0, 1'000'000'000'000, "number of elements").short_name = "-n";
    declare(command, options->measure);
    command.shard(options->shard, "the I-th of N blocks, for merge");
    command.random();
    command.results({data::Format::ndjson, data::Format::csv});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
