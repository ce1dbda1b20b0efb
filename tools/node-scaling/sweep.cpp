#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "common/value.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/nodescaling/sweep.hpp"
#include "network_options.hpp"
#include "sweep_plot.hpp"
#include "training_options.hpp"

namespace limsym::tools {

namespace {

struct SweepOptions {
    DataOptions data;
    InitialNetworkOptions network;
    TrainingOptions training;
    std::string grid;
    std::optional<base::Shard> shard;
    std::optional<std::string> plot;
};

constexpr double most_seed = 0x1p53;
constexpr std::size_t most_runs = 1'000'000;

cli::Range range_of(const std::string& key) {
    if (key == "gamma") return cli::Range::closed(0.0, 1.0);
    if (key == "alpha") return cli::Range::open(0.0, 1.0);
    return key == "m" ? cli::Range::closed(1.0, 1e8) : cli::Range::closed(0.0, most_seed);
}

std::vector<nodescaling::GridAxis> parse_grid(const std::string& text) {
    const std::vector<std::string> known{"gamma", "alpha", "m", "seed"};
    std::vector<nodescaling::GridAxis> axes;
    std::size_t runs = 1;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(';', begin), text.size());
        const std::string part = text.substr(begin, end - begin);
        begin = end + 1;
        const std::size_t equals = part.find('=');
        const std::string key = part.substr(0, equals);
        if (std::find(known.begin(), known.end(), key) == known.end())
            throw base::InputError("--grid", "unknown key " + base::quoted(key) + "; expected " + base::join(known) +
                                                 base::did_you_mean(key, known));
        if (equals == std::string::npos)
            throw base::InputError("--grid", base::quoted(key) + " has no values; expected " + key + "=LIST");
        for (const nodescaling::GridAxis& axis : axes)
            if (axis.key == key) throw base::InputError("--grid", base::quoted(key) + " is given twice");
        axes.push_back({key, cli::number_list(part.substr(equals + 1), "--grid: " + key, range_of(key), key)});
        if (key == "m" || key == "seed")
            for (const double value : axes.back().values)
                if (value != std::floor(value))
                    throw base::InputError("--grid", key + "=" + base::number_text(value) + " is no whole number");
        runs *= axes.back().values.size();
        if (runs > most_runs) throw base::InputError("--grid", "more than " + std::to_string(most_runs) + " runs");
    }
    return axes;
}

/// The network options of one run.
InitialNetworkOptions network_of(const SweepOptions& options, const nodescaling::GridPoint& point) {
    InitialNetworkOptions result = options.network;
    if (point.gamma) result.scales.gamma = *point.gamma;
    if (point.alpha) result.scales.alpha = *point.alpha;
    if (point.m) result.scales.m = *point.m;
    return result;
}

data::Json sweep_options(const SweepOptions& options, const TrainingMethod& method, const DataParts& parts) {
    data::Json result = options.data.json();
    result["grid"] = options.grid;
    const ScaleOptions& scales = options.network.scales;
    result["m"] = scales.nodes();
    result["gamma"] = scales.law().gamma;
    result["alpha"] = scales.law().alpha;
    result["variant"] = std::string(nodescaling::variant_name(scales.law().variant));
    result["activation"] = options.network.node_activation().name();
    result["sigma_w"] = options.network.sigma_w.value_or(nodescaling::ShallowNetwork{}.sigma_w);
    result.update(to_options(options.training, method));
    if (options.training.steps) result["steps"] = *options.training.steps;
    result["data_sha256"] = parts.train.sha256();
    if (parts.test) result["test_sha256"] = parts.test->sha256();
    return result;
}

nodescaling::TrainedNetwork train_silently(const nodescaling::TrainingTask& task, const TrainingMethod& method,
                                           double& first_eigenvalue) {
    bool first = true;
    const nodescaling::OnMeasure on_measure = [&](const nodescaling::TrainingMeasures& measures,
                                                  const std::function<std::string()>&) {
        if (first && measures.gram) first_eigenvalue = measures.gram->smallest;
        first = false;
    };
    if (const auto* descent = std::get_if<nodescaling::GradientDescent>(&method))
        return nodescaling::train(task, *descent, {}, on_measure, [](const std::string&) {}, {});
    if (const auto* exponential = std::get_if<nodescaling::ExponentialFlow>(&method))
        return nodescaling::train(task, *exponential, on_measure, {});
    if (const auto* runge_kutta = std::get_if<nodescaling::RungeKuttaFlow>(&method))
        return nodescaling::train(task, *runge_kutta, on_measure, {});
    return nodescaling::train(task, std::get<nodescaling::ChebyshevFlow>(method), on_measure, {});
}

data::Json run_row(const nodescaling::TrainingTask& task, const TrainingMethod& method,
                   const nodescaling::GridPoint& point, std::uint64_t seed, bool flow) {
    data::Json row = data::Json::object();
    const nodescaling::ScaleLaw law = task.initial.law.value_or(nodescaling::ScaleLaw{});
    row["gamma"] = law.gamma;
    row["alpha"] = law.alpha;
    row["seed"] = seed;
    if (point.m) row["m"] = *point.m;
    double first_eigenvalue = 0.0;
    try {
        const nodescaling::TrainedNetwork trained = train_silently(task, method, first_eigenvalue);
        row["steps"] = trained.last.step;
        row["time"] = trained.last.time;
        row["train_loss"] = trained.last.train_loss;
        if (trained.last.test_loss) row["test_loss"] = *trained.last.test_loss;
        if (trained.last.train_accuracy) row["train_acc"] = *trained.last.train_accuracy;
        if (trained.last.test_accuracy) row["test_acc"] = *trained.last.test_accuracy;
        row["ntg_eigmin"] = trained.last.gram ? data::Json(trained.last.gram->smallest) : data::Json();
        row["ntg_eigmin_0"] = trained.last.gram ? data::Json(first_eigenvalue) : data::Json();
        row["wdiff_max"] = trained.last.largest_motion;
        row["stopped"] = flow ? "time" : "steps";
        if (!trained.last.gram) row["reasons"] = {{"ntg_eigmin", "no rows are followed"}};
    } catch (const base::WorkError& error) {
        for (const char* field : {"steps", "time", "train_loss", "ntg_eigmin", "ntg_eigmin_0", "wdiff_max"})
            row[field] = nullptr;
        row["stopped"] = "failed";
        row["reason"] = error.what();
    }
    return row;
}

int run(const SweepOptions& options, cli::Context& context) {
    if (options.network.scales.lambda)
        throw base::InputError("--lambda", "a sweep makes its scales; expected --gamma and --alpha");
    if (options.plot && options.shard)
        throw base::InputError("--plot", "a shard has no summary; expected --plot with merge");
    const std::vector<nodescaling::GridPoint> points = nodescaling::grid_points(parse_grid(options.grid));
    const TrainingMethod method = make_method(options.training, options.network.node_activation());
    const DataParts parts = read_parts(options.data, std::nullopt, context);
    const std::optional<nodescaling::Units> units = units_of(options.training, parts.train, context);
    const base::Shard shard = options.shard.value_or(base::Shard{});
    const std::size_t count = shard.size(points.size(), base::Partition::modulo);
    // Networks are drawn in turn, so that warnings come in order; they are trained side by side.
    std::vector<data::Json> rows(count);
    const std::size_t batch = std::max<std::size_t>(1, base::thread_limit());
    for (std::size_t first = 0; first < count; first += batch) {
        const std::size_t size = std::min(batch, count - first);
        std::vector<nodescaling::TrainingTask> tasks;
        std::vector<std::uint64_t> seeds;
        for (std::size_t i = 0; i < size; ++i) {
            const auto& point = points[shard.item(first + i, points.size(), base::Partition::modulo)];
            seeds.push_back(point.seed.value_or(context.seed()));
            nodescaling::ShallowNetwork network = draw_network(network_of(options, point), parts.train.x.n_cols,
                                                               parts.train.y.n_cols, seeds.back(), context);
            network.units = units;
            tasks.push_back(make_task(std::move(network), parts, options.training, context));
            require_memory(tasks.back(), method, size, context);
        }
        base::parallel_for(size, [&](std::size_t i) {
            const auto& point = points[shard.item(first + i, points.size(), base::Partition::modulo)];
            rows[first + i] = run_row(tasks[i], method, point, seeds[i], options.training.is_flow());
        });
        context.monitor().advance(static_cast<double>(first + size), static_cast<double>(count), "runs");
    }
    for (const data::Json& row : rows)
        if (row.at("stopped") == "failed") context.warn(row.at("reason").get<std::string>());
    data::Json head = context.head("limsym/node-sweep@1");
    head["options"] = sweep_options(options, method, parts);
    const data::Json document = nodescaling::sweep_document(std::move(head), data::Json(rows), options.shard);
    context.write(document);
    if (options.plot) write_sweep_plot(document, *options.plot, context);
    return 0;
}

} // namespace

cli::Command sweep_command() {
    const auto options = std::make_shared<SweepOptions>();
    cli::Command command("sweep", "training over a grid of scales, widths and seeds");
    command.describe("--grid 'gamma=0,0.5,1;alpha=0.5;seed=1:5' trains a network for every combination, the last key "
                     "changing fastest; a:b is a range with both ends. summary has means and standard deviations over "
                     "the seeds of every setting. A shard does every N-th run; merge puts shards together. A run that "
                     "diverges has nulls and its reason.");
    command.example("node-scaling sweep --grid 'gamma=0,0.2,0.5,1;alpha=0.4,0.5,0.7;seed=1:5' --target y --steps 1000 "
                    "--shard 0/20 data.csv > part.0.json",
                    "the first of twenty parts");
    command.text(options->grid, "--grid", "'KEY=LIST;...'", "keys gamma, alpha, m, seed").required = true;
    command.shard(options->shard, "do part I of N");
    declare_data(command, options->data);
    declare(command, options->network);
    declare(command, options->training);
    command.group("Output");
    command.plot(options->plot, "final training losses of every setting");
    command.results({data::Format::json});
    command.random();
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
