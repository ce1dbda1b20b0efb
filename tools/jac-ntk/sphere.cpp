// jac-ntk sphere: points on a unit sphere.
#include <memory>

#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/memory.hpp"
#include "limsym/data/json_writer.hpp"
#include "limsym/data/matrix.hpp"
#include "limsym/numerics/sphere.hpp"

namespace limsym::tools {

namespace {

struct Options {
    std::size_t n = 256;
    std::size_t dimension = 4;
    std::string kind; ///< empty: not given
};

int run(const Options& options, cli::Context& context) {
    const std::string kind = !options.kind.empty() ? options.kind : options.dimension == 4 ? "cover" : "random";
    if (kind == "cover" && options.dimension != 4)
        throw base::InputError("--kind", "cover is for --dim 4 only; expected random");
    context.memory().require(base::saturating_product(base::saturating_product(options.n, options.dimension), 8),
                             "the points");
    const arma::mat points = kind == "cover"
                                 ? numerics::sphere_cover(options.n)
                                 : numerics::random_sphere_points(options.n, options.dimension, context.seed());
    const data::Format format = context.result_format();
    if (format == data::Format::csv) {
        std::vector<std::string> names;
        for (std::size_t j = 1; j <= points.n_cols; ++j)
            names.push_back("x" + std::to_string(j));
        data::write_csv(context.out(), names, points);
    } else if (format == data::Format::npy) {
        data::write_matrix(context.out(), format, points);
    } else {
        data::Json head = context.head("limsym/matrix@1");
        if (kind == "cover") head.erase("seed");
        head["options"] = {{"n", options.n}, {"dim", options.dimension}, {"kind", kind}};
        head["rows"] = points.n_rows;
        head["cols"] = points.n_cols;
        data::JsonWriter writer(context.out());
        writer.begin_object().members(head).key("data").rows(points).end_object().finish();
    }
    return 0;
}

} // namespace

cli::Command sphere_command() {
    const auto options = std::make_shared<Options>();
    cli::Command command("sphere", "points on a unit sphere: an even cover, or random ones");
    command.describe(
        "cover is the deterministic super-Fibonacci spiral on the 3-sphere in R^4; random are uniform points, "
        "of which point i depends on the seed and i alone.");
    command.example("jac-ntk sphere --n 256 | jac-ntk kernel --activation erf --depth 2 --emit diag -",
                    "256 evenly spread inputs");
    command.integer(options->n, "--n", "N", 1, 1'000'000'000, "number of points");
    command.integer(options->dimension, "--dim", "D", 1, 1'000'000, "dimension of the space around the sphere");
    command.choice(options->kind, "--kind", {"cover", "random"}, "cover, for dimension 4 only, or random")
        .default_text = "cover if D is 4, else random";
    command.results({data::Format::csv, data::Format::npy, data::Format::json});
    command.random();
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
