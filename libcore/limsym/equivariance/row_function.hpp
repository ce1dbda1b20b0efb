// Functions of rows, R^n -> R^m, wherever their values come from: a trained network, a formula, or another program.
#pragma once

#include <armadillo>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "limsym/base/monitor.hpp"
#include "limsym/network/network.hpp"

namespace limsym::equivariance {

/// The values that a caller wants for one row of its own: as many arguments as it likes, and what it does with them.
struct RowQueries {
    std::size_t rows = 0;
    /// The arguments of row i, one a column; called once for every row, from any thread.
    std::function<arma::mat(std::size_t i)> arguments;
    /// The values at them, one a column; called once for every row, from any thread, and may overlap for other rows.
    std::function<void(std::size_t i, const arma::mat& values)> use;
};

class RowFunction {
public:
    virtual ~RowFunction() = default;
    [[nodiscard]] virtual std::size_t inputs() const = 0;
    [[nodiscard]] virtual std::size_t outputs() const = 0;
    /// @throws WorkError when a value is not finite
    virtual void evaluate(const RowQueries& queries, const base::Monitor& monitor) = 0;
    /// Column i is J(x_i) v_i, exactly; nothing where only values are known.
    [[nodiscard]] virtual std::optional<arma::mat> tangent(const arma::mat& x, const arma::mat& v) {
        static_cast<void>(x), static_cast<void>(v);
        return std::nullopt;
    }
    /// Values at the columns of x.
    [[nodiscard]] arma::mat values(const arma::mat& x, const base::Monitor& monitor = {});
};

/// A trained network of dense layers and activations. @throws InputError at what does not fit
[[nodiscard]] std::unique_ptr<RowFunction> network_function(const network::Network& network);

/// A formula, called from any thread.
using ColumnFormula = std::function<arma::vec(const arma::vec& x)>;
[[nodiscard]] std::unique_ptr<RowFunction> formula_function(std::size_t inputs, std::size_t outputs,
                                                            ColumnFormula formula);

/// How another program is called.
struct ProgramOptions {
    std::string command;
    bool through_shell = false; ///< sh -c, else split into words like a POSIX shell, without expansion
    std::size_t copies = 1;
    bool json = false;  ///< rows are JSON arrays, else CSV
    bool batch = false; ///< all rows are written before an answer is expected
    std::size_t window = 256;
    double timeout = 30.0; ///< seconds without an answer while one is due
};
/// A line filter: one row a line on its standard input, exactly one line back. The program is started for every
/// evaluate(), in copies; its standard input is closed after the last row; it is waited for, and killed with its
/// process group when the work ends otherwise. At most `window` rows wait for an answer; when nothing has come back
/// for 0.1 s the window doubles, so that programs that buffer their output never stand still.
/// @throws InputError naming --exec when the command cannot be split; evaluate(): when it cannot be started, WorkError
///   "exec: row 3: 1 field, expected 2", "exec: ended with status 4 after 2 of 5 answers", ...
[[nodiscard]] std::unique_ptr<RowFunction> program_function(std::size_t inputs, std::size_t outputs,
                                                            ProgramOptions options);

/// Words of a command line as a POSIX shell splits them: blanks, quotes, backslashes; nothing is expanded.
/// @throws InputError naming --exec on an open quote or no word
[[nodiscard]] std::vector<std::string> split_words(const std::string& command);

} // namespace limsym::equivariance
