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
    std::string which = "nngp";
    double rtol = 1e-9;
    double atol = 0.0;
};

int run(const Options& options, cli::Context& context) {
    data::GramMatrix reference = data::read_gram(context.source(*options.against), options.which, context.memory());
    const std::uint64_t allowed = context.memory().bytes;
    const std::uint64_t held = reference.values.n_elem * sizeof(double);
    const base::MemoryBudget left{allowed - std::min(allowed, held)};
    data::GramMatrix gram = data::read_gram(context.source(options.files.front()), options.which, left);
    for (data::GramMatrix* matrix : {&reference, &gram}) {
        if (matrix->log2_scale != 0) matrix->values *= std::ldexp(1.0, static_cast<int>(matrix->log2_scale));
    }
    const kernel::Comparison comparison =
        kernel::compare_matrices(gram.values, reference.values, options.rtol, options.atol);
    data::Json result = context.head("limsym/compare@1");
    result["options"] = {{"which", options.which}, {"rtol", options.rtol}, {"atol", options.atol}};
    result["equal"] = comparison.equal;
    result["max_abs"] = comparison.max_abs;
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
    command.choice(options->which, "--which", {"nngp", "ntk"}, "matrix of a document that holds both");
    command.number(options->rtol, "--rtol", "V", cli::Range::not_negative(), "difference allowed, relative");
    command.number(options->atol, "--atol", "V", cli::Range::not_negative(), "difference allowed, absolute");
    command.operands(options->files, 1, 1, "K", "a kernel document, a tile store or a bare matrix");
    command.results({data::Format::json});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
