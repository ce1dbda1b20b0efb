// Functions of one variable x that users write as text: "x*tanh(x)", "max(0, x)^2 / (1 + exp(-x))".
//
// Grammar: sums, products, quotients, powers (^ or **, to the right), unary minus, parentheses, numbers, x, pi, e, and
// the functions of expression_functions(). Compiled to a postfix program; derivatives by forward mode.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "limsym/network/taylor.hpp"

namespace limsym::network {

/// Names that an expression may call.
[[nodiscard]] const std::vector<std::string>& expression_functions();

class Expression {
public:
    /// @param place where the text stands, for messages ("net.json:/layers/1/activation/expr")
    /// @throws InputError "PLACE: column 7: ..." on a syntax error, more than 4096 characters or 64 levels
    Expression(std::string_view text, std::string_view place);

    struct Value {
        double value;
        double slope; ///< at a kink the mean of both sides
    };
    [[nodiscard]] Value at(double x) const;
    struct Jet {
        double value;
        double slope;     ///< at a kink the mean of both sides
        double curvature; ///< at a kink that of the smooth parts, the mean of both sides
    };
    [[nodiscard]] Jet jet_at(double x) const;
    /// No function with a kink or jump occurs: abs, relu, elu, sign, step, min, max.
    [[nodiscard]] bool smooth() const;
    /// Derivatives up to the fourth, where the expression is smooth.
    [[nodiscard]] Taylor taylor_at(double x) const;
    /// out[i] = f(x[i])
    void evaluate(const double* x, double* out, std::size_t count) const;

private:
    friend class ExpressionParser;
    struct Step {
        int code; // an operation, or a function of expression_functions()
        double constant;
    };
    template <typename Order>
    [[nodiscard]] typename Order::Number run(double x) const;

    std::vector<Step> steps_;
    std::size_t depth_ = 0; // of the stack
};

} // namespace limsym::network
