// Activation functions: names, parameters, values. Closed set of built-ins plus user expressions.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "limsym/data/json.hpp"

namespace limsym::network {

enum class ActivationKind {
    relu,
    leaky_relu,
    abrelu,
    abs,
    sign,
    erf,
    sigmoid_like,
    gelu,
    gabor,
    sin,
    cos,
    rbf,
    gaussian,
    exp,
    monomial,
    polynomial,
    hermite,
    rectified_monomial,
    tanh,
    sigmoid,
    softplus,
    swish,
    elu,
    selu,
    identity,
    hardtanh,
    atan,
    softsign,
    signed_power,
    expression,
};

/// An activation with its parameters, in the order of the page: leaky_relu {alpha}, abrelu {a, b}, erf/sin/cos {a, b,
/// c}, rbf {gamma}, gaussian {a, b}, exp {a, b}, monomial/hermite/rectified_monomial {degree}, polynomial
/// {coefficients}, signed_power {power > 0}: sgn(z) |z|^power.
struct Activation {
    ActivationKind kind = ActivationKind::relu;
    std::vector<double> parameters;
    std::string expression;    ///< of x, for ActivationKind::expression
    std::vector<double> kinks; ///< where an expression is not smooth

    friend bool operator==(const Activation&, const Activation&) = default;
};

/// "relu" or {"leaky_relu":{"alpha":0.1}} or {"expr":"x*tanh(x)","kinks":[0]}.
/// @throws InputError at FILE:POINTER; unknown names with did-you-mean
[[nodiscard]] Activation read_activation(const data::Json& value, const std::string& file, const std::string& pointer);
/// "relu"; "expr" for an expression.
[[nodiscard]] std::string activation_name(const Activation& activation);
/// Canonical form: a string when all parameters are the defaults.
[[nodiscard]] data::Json to_json(const Activation& activation);
/// A name, or JSON text, as --activation takes it. @throws InputError naming `option`
[[nodiscard]] Activation parse_activation(const std::string& text, const std::string& option);

/// phi and phi' as scalar functions (phi' of a kink: the mean of both sides).
struct ScalarFunction {
    std::function<double(double)> value;
    std::function<double(double)> derivative;
};
[[nodiscard]] ScalarFunction scalar_function(const Activation& activation);
/// Where the activation is not smooth.
[[nodiscard]] std::vector<double> kinks_of(const Activation& activation);

} // namespace limsym::network
