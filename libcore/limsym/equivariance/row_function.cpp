#include "limsym/equivariance/row_function.hpp"

#include <algorithm>
#include <atomic>

#include "limsym/base/error.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/network/multilayer_perceptron.hpp"
#include "limsym/network/propagation.hpp"

namespace limsym::equivariance {

namespace {

constexpr std::size_t columns_at_a_time = 1024;

void check_finite(const arma::mat& values, const std::string& who) {
    for (std::size_t i = 0; i < values.n_cols; ++i)
        for (std::size_t j = 0; j < values.n_rows; ++j)
            if (!std::isfinite(values(j, i)))
                throw base::WorkError(who, "output " + std::to_string(j) + " is not finite at argument " +
                                               std::to_string(i));
}

/// Rows whose values come from a function of blocks of columns that any thread may call.
template <typename Values>
void evaluate_blocks(const RowQueries& queries, std::size_t inputs, const Values& values, const std::string& who,
                     const base::Monitor& monitor) {
    if (queries.rows == 0) return;
    constexpr std::size_t rows_at_a_time = 16;
    base::parallel_for((queries.rows + rows_at_a_time - 1) / rows_at_a_time,
                       [&](std::size_t piece) {
                           const std::size_t end = std::min(queries.rows, (piece + 1) * rows_at_a_time);
                           std::vector<arma::mat> arguments;
                           std::size_t columns = 0;
                           for (std::size_t i = piece * rows_at_a_time; i < end; ++i) {
                               arguments.push_back(queries.arguments(i));
                               columns += arguments.back().n_cols;
                           }
                           arma::mat x(inputs, columns, arma::fill::none);
                           std::size_t at = 0;
                           for (const arma::mat& part : arguments) {
                               std::copy(part.begin(), part.end(), x.colptr(0) + at * inputs);
                               at += part.n_cols;
                           }
                           const arma::mat y = values(x);
                           at = 0;
                           for (std::size_t k = 0; k < arguments.size(); ++k) {
                               const std::size_t count = arguments[k].n_cols;
                               const arma::mat part =
                                   count > 0 ? arma::mat(y.cols(at, at + count - 1)) : arma::mat(y.n_rows, 0);
                               check_finite(part, who + ": row " + std::to_string(piece * rows_at_a_time + k));
                               queries.use(piece * rows_at_a_time + k, part);
                               at += count;
                           }
                       },
                       monitor, "rows");
}

/// Under ntk parameterisation a bias is scaled by sigma_b, which must be there.
void check_biases(const network::Network& network) {
    if (network.standard) return;
    for (std::size_t i = 0; i < network.layers.size(); ++i)
        if (const auto* dense = std::get_if<network::Dense>(&network.layers[i].value);
            dense != nullptr && !dense->bias.is_empty() && !dense->has_bias)
            throw base::InputError(base::at_pointer(network.file, "/layers/" + std::to_string(i) + "/dense/bias"),
                                   "has no sigma_b; expected sigma_b beside it, or standard parameterization");
}

class NetworkFunction final : public RowFunction {
public:
    explicit NetworkFunction(const network::Network& network)
        : shape_(network::make_trained_perceptron(network, "orbit-symm")),
          parameters_(network::parameters_of(network, shape_)), file_(network.file) {}

    [[nodiscard]] std::size_t inputs() const override { return shape_.inputs(); }
    [[nodiscard]] std::size_t outputs() const override { return shape_.outputs(); }
    void evaluate(const RowQueries& queries, const base::Monitor& monitor) override {
        evaluate_blocks(
            queries, inputs(), [&](const arma::mat& x) { return block_values(x); }, file_, monitor);
    }
    [[nodiscard]] std::optional<arma::mat> tangent(const arma::mat& x, const arma::mat& v) override {
        network::Propagation<double> propagation(shape_);
        static_cast<void>(propagation.forward(parameters_, x));
        return propagation.forward_tangent(parameters_, v);
    }

private:
    [[nodiscard]] arma::mat block_values(const arma::mat& x) const {
        network::Propagation<double> propagation(shape_);
        arma::mat y(shape_.outputs(), x.n_cols, arma::fill::none);
        for (std::size_t first = 0; first < x.n_cols; first += columns_at_a_time) {
            const std::size_t last = std::min<std::size_t>(x.n_cols, first + columns_at_a_time) - 1;
            arma::mat part;
            propagation.predict(parameters_, x.cols(first, last), part);
            y.cols(first, last) = part;
        }
        return y;
    }

    network::MultilayerPerceptron shape_;
    std::vector<double> parameters_;
    std::string file_;
};

class FormulaFunction final : public RowFunction {
public:
    FormulaFunction(std::size_t inputs, std::size_t outputs, ColumnFormula formula)
        : inputs_(inputs), outputs_(outputs), formula_(std::move(formula)) {}
    [[nodiscard]] std::size_t inputs() const override { return inputs_; }
    [[nodiscard]] std::size_t outputs() const override { return outputs_; }
    void evaluate(const RowQueries& queries, const base::Monitor& monitor) override {
        const auto block = [&](const arma::mat& x) {
            arma::mat y(outputs_, x.n_cols, arma::fill::none);
            for (std::size_t i = 0; i < x.n_cols; ++i)
                y.col(i) = formula_(x.col(i));
            return y;
        };
        evaluate_blocks(queries, inputs_, block, "--true", monitor);
    }

private:
    std::size_t inputs_;
    std::size_t outputs_;
    ColumnFormula formula_;
};

} // namespace

arma::mat RowFunction::values(const arma::mat& x, const base::Monitor& monitor) {
    arma::mat y(outputs(), x.n_cols, arma::fill::none);
    evaluate({x.n_cols, [&](std::size_t i) { return arma::mat(x.col(i)); },
              [&](std::size_t i, const arma::mat& value) { y.col(i) = value; }},
             monitor);
    return y;
}

std::unique_ptr<RowFunction> network_function(const network::Network& network) {
    check_biases(network);
    return std::make_unique<NetworkFunction>(network);
}

std::unique_ptr<RowFunction> formula_function(std::size_t inputs, std::size_t outputs, ColumnFormula formula) {
    return std::make_unique<FormulaFunction>(inputs, outputs, std::move(formula));
}

} // namespace limsym::equivariance
