// --prior, and the arguments at which functions of a law are asked for.
#pragma once

#include <string>
#include <vector>

#include "common/command.hpp"

namespace limsym::tools {

/// One --prior EXPR, required.
void declare_prior(cli::Command& command, std::string& prior);

/// --at LIST or a one-column operand; neither: standard input.
struct Arguments {
    std::vector<double> at;
    std::vector<std::string> files;
};
/// @param name of the argument in help, messages and the result's header ("x")
void declare(cli::Command& command, Arguments& arguments, const std::string& name);
/// @param least 0: "expected x >= 0", else the values are > 0 @throws InputError
enum class Least { positive, zero };
[[nodiscard]] std::vector<double> read(const Arguments& arguments, const std::string& name, Least least,
                                       cli::Context& context);

/// Checks numbers of a list option. @throws InputError "--eps: -1 is out of range; expected eps >= 0"
void require_range(const std::vector<double>& values, const std::string& option, const cli::Range& range,
                   const std::string& expected);

/// A CSV table of a function: values that are not finite are empty cells.
void write_function(const std::vector<std::string>& columns, std::vector<std::vector<double>> values,
                    cli::Context& context);

} // namespace limsym::tools
