#include "training_options.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "limsym/base/error.hpp"
#include "limsym/base/memory.hpp"
#include "limsym/base/number.hpp"
#include "limsym/nodescaling/descent_pass.hpp"

namespace limsym::tools {

namespace {

constexpr std::uint64_t most_steps = 1'000'000'000'000;

void refuse_other_methods(const TrainingOptions& options) {
    const bool descent = options.method == "gd";
    const bool exponential = options.method == "flow-exp";
    const bool runge_kutta = options.method == "flow-rk" || options.method == "flow-rkc";
    const auto belongs = [](bool given, bool fits, const char* option, const char* to) {
        if (given && !fits) throw base::InputError(option, std::string("belongs to --method ") + to);
    };
    if (options.steps && (options.time || !options.times.empty()))
        throw base::InputError("--steps", "and --time exclude each other: gd takes steps, flows take times");
    belongs(options.lr.has_value(), descent, "--lr", "gd");
    belongs(options.steps.has_value(), descent, "--steps", "gd; a flow takes --time or --times");
    belongs(options.every.has_value(), descent, "--every", "gd; a flow takes --times");
    belongs(options.precision != "f64", descent, "--precision", "gd");
    belongs(options.time || !options.times.empty(), !descent, options.time ? "--time" : "--times",
            "flow-exp, flow-rk or flow-rkc; gd takes --steps");
    belongs(options.tolerance.has_value(), exponential, "--tol", "flow-exp");
    belongs(options.order.has_value(), exponential, "--order", "flow-exp");
    belongs(options.relative_tolerance.has_value(), runge_kutta, "--rtol", "flow-rk or flow-rkc");
    belongs(options.absolute_tolerance.has_value(), runge_kutta, "--atol", "flow-rk or flow-rkc");
}

std::vector<double> times_of(const TrainingOptions& options) {
    if (options.time && !options.times.empty())
        throw base::InputError("--time", "and --times exclude each other; expected one of the two");
    std::vector<double> times = options.times;
    if (options.time) times = {*options.time};
    if (times.empty()) throw base::InputError("--time", "is missing; expected --time T or --times LIST");
    double before = 0.0;
    for (const double time : times) {
        if (!(time > before))
            throw base::InputError("--times", base::number_text(time) + "; expected increasing times > 0");
        before = time;
    }
    return times;
}

} // namespace

void declare(cli::Command& command, TrainingOptions& options) {
    command.group("Training");
    command.choice(options.method, "--method", {"gd", "flow-exp", "flow-rk", "flow-rkc"},
                   "gradient descent, or the gradient flow by an exponential integrator, by Runge-Kutta 5(4), or by "
                   "Runge-Kutta-Chebyshev for stiff flows");
    command.choice(options.loss, "--loss", {"mean", "half-sum"}, "mean, or half the sum, of the squared errors");
    command.number(options.lr, "--lr", "V", cli::Range::positive(), "gd: step size").default_text = "1";
    command.integer(options.steps, "--steps", "N", 0, most_steps, "gd: number of steps");
    command.integer(options.every, "--every", "N", 1, most_steps, "gd: steps between lines (--steps)");
    command.number(options.time, "--time", "T", cli::Range::positive(), "flows: end time");
    command.numbers(options.times, "--times", "LIST", cli::Range::positive(), "flows: times of the lines");
    command.number(options.tolerance, "--tol", "V", cli::Range::positive(), "flow-exp: relative error of a step")
        .default_text = "0.001";
    command.integer(options.order, "--order", "P", 1, 2, "flow-exp: 1, or 2 by extrapolation (2; relu 1)");
    command.number(options.relative_tolerance, "--rtol", "V", cli::Range::positive(), "flow-rk, flow-rkc")
        .default_text = "1e-06";
    command.number(options.absolute_tolerance, "--atol", "V", cli::Range::positive(), "flow-rk, flow-rkc")
        .default_text = "1e-09";
    command.text(options.gram_points, "--ntg-points", "all|N",
                 "rows at which the tangent Gram matrix is followed: all, or the first N; 0: none");
    command.choice(options.precision, "--precision", {"f64", "f32"}, "gd: numbers of the weights and products");
    command
        .choice(options.standardise, "--standardise", {"none", "x", "xy"},
                "inputs, and targets, to mean 0 and standard deviation 1 of the training rows")
        .other_names = {"--standardize"};
}

TrainingMethod make_method(const TrainingOptions& options, const nodescaling::NodeActivation& activation) {
    refuse_other_methods(options);
    if (!options.is_flow()) {
        if (!options.steps) throw base::InputError("--steps", "is missing; expected the number of steps");
        return nodescaling::GradientDescent{options.lr.value_or(1.0), *options.steps, options.every.value_or(0),
                                            options.precision == "f32"};
    }
    const std::vector<double> times = times_of(options);
    if (options.method == "flow-exp")
        return nodescaling::ExponentialFlow{times, options.tolerance.value_or(1e-3),
                                            static_cast<int>(options.order.value_or(activation.is_relu() ? 1 : 2))};
    const double relative = options.relative_tolerance.value_or(1e-6);
    const double absolute = options.absolute_tolerance.value_or(1e-9);
    if (options.method == "flow-rk") return nodescaling::RungeKuttaFlow{times, relative, absolute};
    return nodescaling::ChebyshevFlow{times, relative, absolute};
}

std::uint64_t measures_of(const TrainingMethod& method) {
    if (const auto* descent = std::get_if<nodescaling::GradientDescent>(&method))
        return 2 + (descent->every > 0 ? descent->steps / descent->every : 0);
    return 1 + std::visit(
                   [](const auto& flow) -> std::size_t {
                       if constexpr (requires { flow.times; }) return flow.times.size();
                       return 1;
                   },
                   method);
}

data::Json to_options(const TrainingOptions& options, const TrainingMethod& method) {
    data::Json result{{"loss", options.loss}, {"method", options.method}};
    if (const auto* descent = std::get_if<nodescaling::GradientDescent>(&method)) {
        result["lr"] = descent->rate;
        if (descent->every > 0) result["every"] = descent->every;
        result["precision"] = options.precision;
    } else if (const auto* flow = std::get_if<nodescaling::ExponentialFlow>(&method)) {
        result["times"] = flow->times;
        result["tol"] = flow->tolerance;
        result["order"] = flow->order;
    } else {
        result["times"] = times_of(options);
        result["rtol"] = options.relative_tolerance.value_or(1e-6);
        result["atol"] = options.absolute_tolerance.value_or(1e-9);
    }
    result["ntg_points"] = options.gram_points;
    if (!options.standardise.empty()) result["standardise"] = options.standardise;
    return result;
}

std::optional<nodescaling::Units> units_of(const TrainingOptions& options, const nodescaling::NodeData& train,
                                           cli::Context& context) {
    using nodescaling::StandardiseWhat;
    const StandardiseWhat what = options.standardise == "xy"  ? StandardiseWhat::xy
                                 : options.standardise == "x" ? StandardiseWhat::x
                                                              : StandardiseWhat::none;
    auto units = nodescaling::measure_units(train, what);
    if (units)
        for (const std::size_t column : units->x.constant)
            context.warn(train.file + ": column '" + train.features[column] +
                         "' is constant over the training rows and becomes 0");
    return units;
}

nodescaling::TrainingTask make_task(nodescaling::ShallowNetwork network, const DataParts& parts,
                                    const TrainingOptions& options, cli::Context& context) {
    nodescaling::TrainingTask task;
    const std::size_t n = parts.train.rows();
    if (n < 2) throw base::InputError(parts.train.file, "one training row; expected at least 2");
    task.train = {network.working_x(parts.train.x), network.working_y(parts.train.y), parts.train.labels};
    if (parts.test)
        task.test = nodescaling::LabelledRows{network.working_x(parts.test->x), network.working_y(parts.test->y),
                                              parts.test->labels};
    task.initial = std::move(network);
    task.loss = options.loss_kind();
    task.gram_rows = n;
    if (options.gram_points != "all") {
        const auto points = base::parse_integer(options.gram_points);
        if (!points || *points < 0)
            throw base::InputError("--ntg-points",
                                   base::quoted(options.gram_points) + "; expected all or a number >= 0");
        if (static_cast<std::uint64_t>(*points) > n)
            context.note("--ntg-points: there are " + std::to_string(n) + " training rows, all are followed");
        task.gram_rows = std::min(n, static_cast<std::size_t>(*points));
    }
    if (const auto rows = nodescaling::conflicting_rows(parts.train.x, parts.train.y))
        context.warn("training rows " + std::to_string(rows->first) + " and " + std::to_string(rows->second) +
                     " have equal inputs and other targets: no network reaches loss 0, and the smallest eigenvalue is "
                     "0");
    return task;
}

void require_memory(const nodescaling::TrainingTask& task, const TrainingMethod& method, std::size_t runs,
                    cli::Context& context) {
    using base::saturating_product;
    const std::size_t n = task.train.x.n_rows;
    const std::size_t d = task.train.x.n_cols;
    const std::size_t m = task.initial.nodes();
    const std::size_t k = task.initial.outputs();
    const bool relu = task.initial.activation.is_relu();
    const auto* descent = std::get_if<nodescaling::GradientDescent>(&method);
    std::uint64_t bytes = descent != nullptr && descent->single_precision
                              ? nodescaling::DescentPass<float>::bytes(n, d, m, k, relu)
                              : nodescaling::DescentPass<double>::bytes(n, d, m, k, relu);
    bytes += saturating_product(measures_of(method), m * sizeof(double));
    if (std::holds_alternative<nodescaling::ExponentialFlow>(method)) {
        if (n * k > nodescaling::most_exponential_rows)
            throw base::WorkError("flow-exp needs the tangent kernel between " + std::to_string(n * k) +
                                  " rows and outputs, more than " + std::to_string(nodescaling::most_exponential_rows) +
                                  "; try --method gd");
        bytes += saturating_product(saturating_product(n * k, n * k), 6 * sizeof(double)) +
                 saturating_product(n * k, m * sizeof(double));
    } else if (descent == nullptr) {
        bytes += saturating_product(task.initial.w.n_elem, 12 * sizeof(double));
    }
    context.memory().require(saturating_product(bytes + nodescaling::Measurer::bytes(task), runs),
                             "training with the tangent Gram matrix at " + std::to_string(task.gram_rows) +
                                 " rows (--ntg-points)");
}

} // namespace limsym::tools
