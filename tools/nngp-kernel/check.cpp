// nngp-kernel check: is a matrix a kernel?
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
    std::optional<std::string> which;
    double tolerance = 1e-10;
};

int run(const Options& options, cli::Context& context) {
    const data::GramMatrix gram =
        data::read_gram(context.source(options.files.front()), options.which, context.memory());
    const arma::mat& k = gram.values;
    if (k.n_rows != k.n_cols)
        throw base::InputError(options.files.front(), std::to_string(k.n_rows) + " rows and " +
                                                          std::to_string(k.n_cols) +
                                                          " columns; expected a square matrix");
    context.memory().require(base::saturating_product(k.n_elem, 2 * sizeof(double)), "the matrix with its eigenvalues");
    const kernel::MatrixCheck check = kernel::check_matrix(k, options.tolerance);
    const auto scaled = [&](double value) { return std::ldexp(value, static_cast<int>(gram.log2_scale)); };
    if (!std::isfinite(scaled(check.max_eig)) || !std::isfinite(scaled(check.asymmetry)))
        throw base::WorkError(options.files.front() + ": the eigenvalues leave the range of double (log2 scale " +
                              std::to_string(gram.log2_scale) + ")");
    data::Json result = context.head("limsym/kernel-check@1");
    result["options"] = {{"tolerance", options.tolerance}};
    result["n"] = k.n_rows;
    result["symmetric"] = check.symmetric;
    result["asymmetry"] = scaled(check.asymmetry);
    result["min_eig"] = scaled(check.min_eig);
    result["max_eig"] = scaled(check.max_eig);
    result["cond"] = nullptr;
    if (check.cond)
        result["cond"] = *check.cond;
    else
        result["cond_reason"] = "the smallest eigenvalue is not positive";
    result["psd"] = check.psd;
    context.write(result);
    return check.symmetric && check.psd ? 0 : 1;
}

} // namespace

cli::Command check_command() {
    const auto options = std::make_shared<Options>();
    cli::Command command("check", "symmetry, eigenvalues and condition of a kernel matrix");
    command.describe("Exit status 1, with the result, when the matrix is not symmetric or not positive semidefinite: "
                     "symmetric means max|K - K'| <= tolerance max|K|, positive semidefinite means that the smallest "
                     "eigenvalue is not below -tolerance times the largest.");
    command.example("nngp-kernel kernel --net net.json x.csv | nngp-kernel check -", "the condition of a Gram matrix");
    command.choice(options->which, "--which", {"nngp", "ntk"}, "matrix of a document that holds both").default_text =
        "nngp";
    command.number(options->tolerance, "--tolerance", "V", cli::Range::not_negative(),
                   "relative size of what counts as rounding");
    command.operands(options->files, 1, 1, "K", "a kernel document, a tile store or a bare matrix");
    command.results({data::Format::json});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
