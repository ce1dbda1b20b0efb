#include <complex>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "law_options.hpp"
#include "limsym/data/matrix.hpp"

namespace limsym::tools {

namespace {

struct CfOptions {
    stable::Law law;
    std::vector<double> t;
};

int run(const CfOptions& options, cli::Context& context) {
    arma::mat table(options.t.size(), 3);
    for (std::size_t i = 0; i < options.t.size(); ++i) {
        const std::complex<double> value = stable::characteristic_function(options.law, options.t[i]);
        table(i, 0) = options.t[i];
        table(i, 1) = value.real();
        table(i, 2) = value.imag();
    }
    if (context.result_format() == data::Format::csv) {
        data::write_csv(context.out(), {"t", "re", "im"}, table);
        return 0;
    }
    data::Json record = context.head("limsym/stable-cf@1");
    record["options"] = data::Json::object();
    append_law(record, options.law);
    const auto column = [&](arma::uword c) { return arma::conv_to<std::vector<double>>::from(table.col(c)); };
    record["t"] = options.t;
    record["re"] = column(1);
    record["im"] = column(2);
    context.write(record);
    return 0;
}

} // namespace

cli::Command cf_command() {
    const auto options = std::make_shared<CfOptions>();
    cli::Command command("cf", "the characteristic function E exp(itX)");
    command.describe("exp(-|sigma t|^alpha + i loc t). Reads no data.");
    command.example("stable-limit cf --alpha 1.5 --loc 1 --t 0:2:0.5", "its real and imaginary part at five points");
    declare(command, options->law);
    command.group("Points");
    command.numbers(options->t, "--t", "LIST", cli::Range::any(), "where").required = true;
    command.results({data::Format::csv, data::Format::json});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
