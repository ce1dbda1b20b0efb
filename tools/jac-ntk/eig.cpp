// jac-ntk eig: eigenvalues of the kernels, by depth.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <optional>

#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "kernel_choice.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/data/csv.hpp"
#include "limsym/data/plot.hpp"
#include "limsym/data/sharded_document.hpp"
#include "limsym/kernel/jacobian_spectrum.hpp"
#include "network_options.hpp"
#include "points.hpp"

namespace limsym::tools {

namespace {

struct Options {
    PointOptions points;
    JacobianNetworkOptions network;
    std::string which = "jntk";
    double lambda = 1.0;
    double kappa = 1.0;
    std::string wanted = "min";
    std::vector<double> depths;
    std::string solver = "auto";
    std::optional<base::Shard> shard;
    std::optional<std::string> plot;
    bool timings = false;
};

/// How many of the eigenvalues a row lists.
struct Listed {
    bool all = false;
    std::size_t largest = 0;
};

Listed parse_listed(const std::string& text) {
    if (text == "all") return {true, 0};
    if (text == "min" || text == "max") return {};
    const auto number = base::parse_integer(text);
    if (!number || *number < 1)
        throw base::InputError("--k", base::quoted(text) + "; expected all, min, max or a whole number >= 1");
    return {false, static_cast<std::size_t>(*number)};
}

/// Ascending whole numbers; empty without --depths.
std::vector<std::size_t> depths_of(const Options& options) {
    if (options.depths.empty()) return {};
    if (options.network.plain.net)
        throw base::InputError("--depths",
                               "describes networks by --activation, but --net is given; expected one of the "
                               "two");
    if (options.network.plain.depth)
        throw base::InputError("--depths", "--depth is given already; expected one of the two");
    std::vector<std::size_t> depths;
    for (const double depth : options.depths) {
        constexpr double most = 100'000;
        if (depth < 1 || depth > most || depth != std::floor(depth))
            throw base::InputError("--depths", base::number_text(depth) + " is no depth; expected whole numbers from 1 "
                                                                          "to 100000");
        depths.push_back(static_cast<std::size_t>(depth));
    }
    std::sort(depths.begin(), depths.end());
    depths.erase(std::unique(depths.begin(), depths.end()), depths.end());
    return depths;
}

struct Row {
    std::size_t depth;
    kernel::Spectrum spectrum;
};

data::Json row_json(const Row& row, const std::string& which, const Listed& listed) {
    const kernel::Spectrum& spectrum = row.spectrum;
    data::Json result{{"depth", row.depth},
                      {"which", which},
                      {"size", spectrum.size},
                      {"eig_min", spectrum.smallest},
                      {"eig_max", spectrum.largest},
                      {"error_bound", spectrum.error_bound()},
                      {"resolved", spectrum.resolved()}};
    if (!listed.all && listed.largest == 0) return result;
    const std::size_t count = listed.all ? spectrum.size : std::min(listed.largest, spectrum.size);
    data::Json& values = result["eigenvalues"] = data::Json::array();
    for (const double value : arma::vec(spectrum.values.tail(count)))
        values.push_back(value);
    return result;
}

void write_csv(const std::vector<Row>& rows, const std::string& which, cli::Context& context) {
    std::string text = "depth,which,size,eig_min,eig_max,error_bound,resolved\n";
    for (const Row& row : rows) {
        text += std::to_string(row.depth) + "," + which + "," + std::to_string(row.spectrum.size);
        for (const double value : {row.spectrum.smallest, row.spectrum.largest, row.spectrum.error_bound()}) {
            text += ',';
            base::append_number(text, value);
        }
        text += row.spectrum.resolved() ? ",true\n" : ",false\n";
    }
    context.out()(text);
}

void draw(const std::vector<Row>& rows, const std::string& which, const std::string& file) {
    data::Plot plot;
    plot.title = "Extreme eigenvalues, " + which;
    plot.x_label = "hidden layers";
    plot.y_label = "eigenvalue";
    plot.log_y = true;
    const auto add = [&](const char* title, auto value) {
        data::Series series;
        series.title = title;
        for (const Row& row : rows) {
            if (!(value(row.spectrum) > 0)) continue; // a logarithmic axis has no place for it
            series.x.push_back(static_cast<double>(row.depth));
            series.y.push_back(value(row.spectrum));
        }
        if (!series.x.empty()) plot.series.push_back(std::move(series));
    };
    add("largest", [](const kernel::Spectrum& s) { return s.largest; });
    add("smallest", [](const kernel::Spectrum& s) { return s.smallest; });
    add("rounding", [](const kernel::Spectrum& s) { return s.error_bound(); });
    data::write_plot(file, plot);
}

bool iterative(const Options& options, const arma::mat& x, kernel::SpectrumOptions how, cli::Context& context) {
    if (options.solver != "auto") return options.solver == "lanczos";
    constexpr std::uint64_t most_rows = 20'000;
    how.iterative = false;
    return x.n_rows * (x.n_cols + 1) > most_rows ||
           kernel::spectrum_bytes(x.n_rows, x.n_cols, how) > context.memory().bytes;
}

int run(const Options& options, cli::Context& context) {
    const auto begin = std::chrono::steady_clock::now();
    const KernelChoice choice = parse_kernel_choice(options.which);
    const Listed listed = parse_listed(options.wanted);
    const bool csv = context.result_format() == data::Format::csv;
    if (csv && options.shard) throw base::InputError("--shard", "csv has no place for the shard; expected --to json");
    if (csv && (listed.all || listed.largest > 0))
        throw base::InputError("--k", "csv rows hold the extremes alone; expected --to json");
    const std::vector<std::size_t> depths = depths_of(options);
    std::vector<network::Network> networks;
    for (const std::size_t depth : depths)
        networks.push_back(read_network(options.network, context, depth));
    if (depths.empty()) networks.push_back(read_network(options.network, context));
    const arma::mat x = read_points(options.points, context);

    kernel::SpectrumOptions how;
    how.ntk = choice.ntk;
    how.jacobian = choice.jacobian;
    how.lambda = options.lambda;
    how.kappa = options.kappa;
    how.largest = std::max<std::size_t>(1, listed.largest);
    how.iterative = choice.jacobian && options.lambda > 0 && iterative(options, x, how, context);
    if (options.solver == "lanczos" && !how.iterative)
        throw base::InputError("--solver", "lanczos works with Jacobian blocks; expected dense");
    if (how.iterative && listed.all)
        throw base::InputError("--k", "Lanczos gives no whole spectrum; expected a number, or --solver dense");
    context.memory().require(kernel::spectrum_bytes(x.n_rows, x.n_cols, how), "the eigenvalue problem");

    std::vector<Row> rows;
    const base::Shard shard = options.shard.value_or(base::Shard{});
    for (std::size_t r = 0; r < networks.size(); ++r) {
        const kernel::JacobianNetwork limit = network_for(choice, networks[r], x.n_cols);
        if (!shard.owns(r, networks.size(), base::Partition::modulo)) continue;
        context.monitor().advance(static_cast<double>(r), static_cast<double>(networks.size()), "depths");
        rows.push_back({limit.layers.size(), kernel::jacobian_spectrum(limit, x, how, context.monitor())});
    }
    if (options.plot) draw(rows, options.which, *options.plot);
    if (csv) {
        write_csv(rows, options.which, context);
        return 0;
    }
    data::Json result = context.head("limsym/jac-eig@1");
    data::Json shaped{
        {"which", options.which}, {"lambda", options.lambda}, {"kappa", options.kappa}, {"k", options.wanted}};
    if (!depths.empty()) shaped["depths"] = depths;
    shaped["solver"] = how.iterative ? "lanczos" : "dense";
    shaped["network"] = network_document(networks.back());
    result["options"] = std::move(shaped);
    if (options.shard) result["shard"] = data::shard_json(*options.shard);
    result["n"] = x.n_rows;
    result["d"] = x.n_cols;
    data::Json& list = result["rows"] = data::Json::array();
    for (const Row& row : rows)
        list.push_back(row_json(row, options.which, listed));
    if (options.timings)
        result["seconds"] = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    context.write(result);
    return 0;
}

} // namespace

cli::Command eig_command() {
    const auto options = std::make_shared<Options>();
    cli::Command command("eig", "eigenvalues of the kernels, and whether rounding can tell the smallest from 0");
    command.describe(
        "Of kappa^2 Lam^(1/2) K Lam^(1/2), Lam = diag(1, lambda, ..., lambda) for every point: a row for each "
        "depth with both extremes, error_bound = size 2^-52 eig_max, and resolved: eig_min > error_bound. A "
        "smallest eigenvalue that is not resolved measures the arithmetic, not the kernel.");
    command.describe("--depths sweeps networks of the shorthand. Lanczos works on products alone, in 64 n^2 bytes, and "
                     "fails where the smallest eigenvalue does not converge.");
    command.example("jac-ntk sphere --n 256 | jac-ntk eig --activation erf --depths 1:8 --critical --input-scale unit "
                    "--to csv -",
                    "smallest eigenvalue against depth");
    declare(command, options->network);
    command.group("Eigenvalues");
    command.choice(options->which, "--which", {"jntk", "nngp-jac", "ntk", "nngp"}, "the kernel");
    command.number(options->lambda, "--lambda", "L", cli::Range::not_negative(), "weight of the Jacobian rows");
    command.number(options->kappa, "--kappa", "K", cli::Range::positive(), "output scale of the network");
    command.text(options->wanted, "--k", "all|min|max|N",
                 "eigenvalues that a row lists: all, the N largest, or (min, max) none besides the extremes");
    command.numbers(options->depths, "--depths", "A:B", cli::Range::positive(),
                    "numbers of hidden layers, in place of --depth: a row each");
    command.choice(options->solver, "--solver", {"auto", "dense", "lanczos"},
                   "auto: dense up to 20000 rows and --max-memory");
    command.shard(options->shard, "every N-th depth only, the I-th first; for merge");
    command.plot(options->plot, "both extremes against depth");
    command.flag(options->timings, "--timings", "add the wall-clock seconds to the document");
    declare(command, options->points);
    command.results({data::Format::json, data::Format::csv});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
