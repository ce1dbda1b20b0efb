// nngp-kernel compare: are two kernel matrices the same?
#include <algorithm>
#include <cmath>
#include <memory>

#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "limsym/base/error.hpp"
#include "limsym/data/kernel_document.hpp"
#include "limsym/kernel/matrix_check.hpp"

namespace limsym::tools {

namespace {

struct Options {
    std::vector<std::string> files;
    std::optional<std::string> against;
    std::optional<std::string> which;
    double rtol = 1e-9;
    double atol = 0.0;
};

int run(const Options& options, cli::Context& context) {
    data::GramMatrix reference = data::read_gram(context.source(*options.against), options.which, context.memory());
    const std::uint64_t allowed = context.memory().bytes;
    const std::uint64_t held = reference.values.n_elem * sizeof(double);
    const base::MemoryBudget left{allowed - std::min(allowed, held)};
    data::GramMatrix gram = data::read_gram(context.source(options.files.front()), options.which, left);
    // Both in units of 2^log2_scale of the reference, whose own values may be beyond double.
    const auto scale = static_cast<int>(std::clamp(reference.log2_scale, -10000L, 10000L));
    gram.log2_scale -= reference.log2_scale;
    gram.values = data::scaled_values(std::move(gram), options.files.front());
    const kernel::Comparison comparison =
        kernel::compare_matrices(gram.values, reference.values, options.rtol, std::ldexp(options.atol, -scale));
    const double difference = std::ldexp(comparison.max_abs, scale);
    if (!std::isfinite(difference) || (comparison.max_abs > 0 && difference == 0))
        throw base::WorkError("the largest difference leaves the range of double (log2 scale " +
                              std::to_string(reference.log2_scale) + ")");
    data::Json result = context.head("limsym/compare@1");
    result["options"] = {{"which", options.which.value_or("nngp")}, {"rtol", options.rtol}, {"atol", options.atol}};
    result["equal"] = comparison.equal;
    result["max_abs"] = difference;
    result["max_rel"] = comparison.max_rel;
    result["at"] = comparison.at;
    context.write(result);
    return comparison.equal ? 0 : 1;
}

} // namespace

cli::Command compare_command() {
    const auto options = std::make_shared<Options>();
    cli::Command command("compare", "largest difference of two kernel matrices");
    command.describe(
        "Equal means |a - b| <= atol + rtol |b| everywhere, b the matrix of --against. Exit status 1, with "
        "the result, when they are not.");
    command.example("nngp-kernel compare --against old.json --rtol 1e-12 new.json", "where two results differ most");
    command.input(options->against, "--against", "the reference").required = true;
    command.choice(options->which, "--which", {"nngp", "ntk"}, "matrix of a document that holds both").default_text =
        "nngp";
    command.number(options->rtol, "--rtol", "V", cli::Range::not_negative(), "difference allowed, relative");
    command.number(options->atol, "--atol", "V", cli::Range::not_negative(), "difference allowed, absolute");
    command.operands(options->files, 1, 1, "K", "a kernel document, a tile store or a bare matrix");
    command.results({data::Format::json});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
