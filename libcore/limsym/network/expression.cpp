#include "limsym/network/expression.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>
#include <numbers>

#include "limsym/base/error.hpp"

namespace limsym::network {

namespace {

enum Code : int { push_constant, push_x, negate, add, subtract, multiply, divide, power, minimum, maximum, function_0 };

struct Function {
    std::string_view name;
    double (*value)(double);
    double (*slope)(double);
    double (*curvature)(double);
};

double step(double x) {
    return x > 0 ? 1.0 : x < 0 ? 0.0 : 0.5;
}
double sign_of(double x) {
    return x > 0 ? 1.0 : x < 0 ? -1.0 : 0.0;
}
double sigmoid(double x) {
    return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x));
}
double softplus(double x) {
    return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
}
double normal_cdf(double x) {
    return 0.5 * std::erfc(-x / std::numbers::sqrt2);
}
double normal_density(double x) {
    return std::exp(-0.5 * x * x) / std::sqrt(2 * std::numbers::pi);
}
double erf_slope(double x) {
    return 2 / std::sqrt(std::numbers::pi) * std::exp(-x * x);
}
double sigmoid_slope(double x) {
    return sigmoid(x) * sigmoid(-x);
}
double zero(double) {
    return 0.0;
}

const std::array<Function, 24>& functions() {
    static const std::array<Function, 24> all{{
        {"exp", [](double x) { return std::exp(x); }, [](double x) { return std::exp(x); },
         [](double x) { return std::exp(x); }},
        {"log", [](double x) { return std::log(x); }, [](double x) { return 1 / x; },
         [](double x) { return -1 / (x * x); }},
        {"log1p", [](double x) { return std::log1p(x); }, [](double x) { return 1 / (1 + x); },
         [](double x) { return -1 / ((1 + x) * (1 + x)); }},
        {"expm1", [](double x) { return std::expm1(x); }, [](double x) { return std::exp(x); },
         [](double x) { return std::exp(x); }},
        {"sqrt", [](double x) { return std::sqrt(x); }, [](double x) { return 0.5 / std::sqrt(x); },
         [](double x) { return -0.25 / (x * std::sqrt(x)); }},
        {"abs", [](double x) { return std::abs(x); }, sign_of, zero},
        {"sin", [](double x) { return std::sin(x); }, [](double x) { return std::cos(x); },
         [](double x) { return -std::sin(x); }},
        {"cos", [](double x) { return std::cos(x); }, [](double x) { return -std::sin(x); },
         [](double x) { return -std::cos(x); }},
        {"tan", [](double x) { return std::tan(x); }, [](double x) { return 1 + std::tan(x) * std::tan(x); },
         [](double x) { return 2 * std::tan(x) * (1 + std::tan(x) * std::tan(x)); }},
        {"tanh", [](double x) { return std::tanh(x); }, [](double x) { return 1 - std::tanh(x) * std::tanh(x); },
         [](double x) { return -2 * std::tanh(x) * (1 - std::tanh(x) * std::tanh(x)); }},
        {"sinh", [](double x) { return std::sinh(x); }, [](double x) { return std::cosh(x); },
         [](double x) { return std::sinh(x); }},
        {"cosh", [](double x) { return std::cosh(x); }, [](double x) { return std::sinh(x); },
         [](double x) { return std::cosh(x); }},
        {"atan", [](double x) { return std::atan(x); }, [](double x) { return 1 / (1 + x * x); },
         [](double x) { return -2 * x / ((1 + x * x) * (1 + x * x)); }},
        {"asinh", [](double x) { return std::asinh(x); }, [](double x) { return 1 / std::sqrt(1 + x * x); },
         [](double x) { return -x / ((1 + x * x) * std::sqrt(1 + x * x)); }},
        {"erf", [](double x) { return std::erf(x); }, erf_slope, [](double x) { return -2 * x * erf_slope(x); }},
        {"erfc", [](double x) { return std::erfc(x); }, [](double x) { return -erf_slope(x); },
         [](double x) { return 2 * x * erf_slope(x); }},
        {"relu", [](double x) { return std::max(x, 0.0); }, step, zero},
        {"sigmoid", sigmoid, sigmoid_slope, [](double x) { return sigmoid_slope(x) * (sigmoid(-x) - sigmoid(x)); }},
        {"softplus", softplus, sigmoid, sigmoid_slope},
        {"swish", [](double x) { return x * sigmoid(x); }, [](double x) { return sigmoid(x) * (1 + x * sigmoid(-x)); },
         [](double x) { return sigmoid_slope(x) * (2 + x * (sigmoid(-x) - sigmoid(x))); }},
        {"gelu", [](double x) { return x * normal_cdf(x); },
         [](double x) { return normal_cdf(x) + x * normal_density(x); },
         [](double x) { return (2 - x * x) * normal_density(x); }},
        {"elu", [](double x) { return x > 0 ? x : std::expm1(x); }, [](double x) { return x > 0 ? 1.0 : std::exp(x); },
         [](double x) { return x > 0 ? 0.0 : std::exp(x); }},
        {"sign", sign_of, zero, zero},
        {"step", step, zero, zero},
    }};
    return all;
}

// What a program of postfix steps computes with: value and slope, or these and the second derivative.
struct FirstOrder {
    using Number = Expression::Value;

    static Number constant(double c) { return {c, 0.0}; }
    static Number variable(double x) { return {x, 1.0}; }
    static Number negative(const Number& a) { return {-a.value, -a.slope}; }
    static Number sum(const Number& a, const Number& b) { return {a.value + b.value, a.slope + b.slope}; }
    static Number product(const Number& a, const Number& b) {
        return {a.value * b.value, a.slope * b.value + a.value * b.slope};
    }
    static Number quotient(const Number& a, const Number& b) {
        return {a.value / b.value, (a.slope - a.value / b.value * b.slope) / b.value};
    }
    static Number raised(const Number& a, const Number& b) {
        const double value = std::pow(a.value, b.value);
        double slope = b.value == 0.0 ? 0.0 : b.value * std::pow(a.value, b.value - 1) * a.slope;
        if (a.slope == 0.0) slope = 0.0;
        if (b.slope != 0.0) slope += value * std::log(a.value) * b.slope;
        return {value, slope};
    }
    static Number mean(const Number& a, const Number& b) { return {a.value, 0.5 * (a.slope + b.slope)}; }
    static Number call(const Function& f, const Number& a) {
        return {f.value(a.value), a.slope == 0.0 ? 0.0 : f.slope(a.value) * a.slope};
    }
};

struct SecondOrder {
    using Number = Expression::Jet;

    static Number constant(double c) { return {c, 0.0, 0.0}; }
    static Number variable(double x) { return {x, 1.0, 0.0}; }
    static Number negative(const Number& a) { return {-a.value, -a.slope, -a.curvature}; }
    static Number sum(const Number& a, const Number& b) {
        return {a.value + b.value, a.slope + b.slope, a.curvature + b.curvature};
    }
    static Number product(const Number& a, const Number& b) {
        return {a.value * b.value, a.slope * b.value + a.value * b.slope,
                a.curvature * b.value + 2 * a.slope * b.slope + a.value * b.curvature};
    }
    static Number quotient(const Number& a, const Number& b) {
        const double value = a.value / b.value;
        const double slope = (a.slope - value * b.slope) / b.value;
        return {value, slope, (a.curvature - 2 * slope * b.slope - value * b.curvature) / b.value};
    }
    static Number raised(const Number& a, const Number& b) {
        const double value = std::pow(a.value, b.value);
        if (b.slope == 0.0 && b.curvature == 0.0) {
            if (b.value == 0.0 || (a.slope == 0.0 && a.curvature == 0.0)) return {value, 0.0, 0.0};
            const double first = b.value * std::pow(a.value, b.value - 1);
            const double second = b.value == 1.0 ? 0.0 : b.value * (b.value - 1) * std::pow(a.value, b.value - 2);
            return {value, first * a.slope, second * a.slope * a.slope + first * a.curvature};
        }
        // exp(b ln a)
        const Number exponent =
            product(b, {std::log(a.value), a.slope / a.value, (a.curvature - a.slope * a.slope / a.value) / a.value});
        return {value, value * exponent.slope, value * (exponent.slope * exponent.slope + exponent.curvature)};
    }
    static Number mean(const Number& a, const Number& b) {
        return {a.value, 0.5 * (a.slope + b.slope), 0.5 * (a.curvature + b.curvature)};
    }
    static Number call(const Function& f, const Number& a) {
        if (a.slope == 0.0 && a.curvature == 0.0) return constant(f.value(a.value));
        const double slope = f.slope(a.value);
        const double bend = a.slope == 0.0 ? 0.0 : f.curvature(a.value) * a.slope * a.slope;
        return {f.value(a.value), slope * a.slope, bend + slope * a.curvature};
    }
};

template <typename Number>
double value_of(const Number& number) {
    return number.value;
}
double value_of(const Taylor& series) {
    return series.value();
}

struct FourthOrder {
    using Number = Taylor;

    static Number constant(double c) { return c; }
    static Number variable(double x) { return Taylor::variable(x); }
    static Number negative(const Number& a) { return 0.0 - a; }
    static Number sum(const Number& a, const Number& b) { return a + b; }
    static Number product(const Number& a, const Number& b) { return a * b; }
    static Number quotient(const Number& a, const Number& b) { return a / b; }
    static Number raised(const Number& a, const Number& b) { return network::raised(a, b); }
    static Number mean(const Number& a, const Number& b) { return 0.5 * (a + b); }
    static Number call(const Function& f, const Number& a) { return apply_function(f.name, f.value(a.value()), a); }
};

template <typename Order>
typename Order::Number binary(int code, const typename Order::Number& a, const typename Order::Number& b) {
    switch (code) {
    case add:
        return Order::sum(a, b);
    case subtract:
        return Order::sum(a, Order::negative(b));
    case multiply:
        return Order::product(a, b);
    case divide:
        return Order::quotient(a, b);
    case power:
        return Order::raised(a, b);
    default:
        if (value_of(a) == value_of(b)) return Order::mean(a, b);
        return (value_of(a) < value_of(b)) == (code == minimum) ? a : b;
    }
}

} // namespace

const std::vector<std::string>& expression_functions() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> list;
        for (const Function& function : functions())
            list.emplace_back(function.name);
        for (const char* binary : {"min", "max", "pow"})
            list.emplace_back(binary);
        return list;
    }();
    return names;
}

class ExpressionParser {
public:
    ExpressionParser(std::string_view text, std::string_view place, Expression& out)
        : text_(text), place_(place), out_(out) {}

    void run() {
        constexpr std::size_t longest = 4096;
        if (text_.size() > longest) fail("the expression is too long; expected at most 4096 characters");
        sum(0);
        skip_space();
        if (at_ < text_.size()) fail("unexpected " + base::quoted(text_.substr(at_, 1)));
    }

private:
    [[noreturn]] void fail(const std::string& what) const {
        throw base::InputError(place_, "column " + std::to_string(at_ + 1) + ": " + what);
    }
    void skip_space() {
        while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0)
            ++at_;
    }
    bool accept(std::string_view token) {
        skip_space();
        if (text_.substr(at_, token.size()) != token) return false;
        at_ += token.size();
        return true;
    }
    void expect(std::string_view token) {
        if (!accept(token)) fail("expected '" + std::string(token) + "'");
    }
    void emit(int code, double constant = 0.0) {
        out_.steps_.push_back({code, constant});
        if (code == push_constant || code == push_x)
            ++height_;
        else if (code >= add && code < function_0)
            --height_;
        out_.depth_ = std::max(out_.depth_, height_);
    }
    static void check_level(std::size_t level, const ExpressionParser& parser) {
        constexpr std::size_t deepest = 64;
        if (level > deepest) parser.fail("more than 64 levels of nesting");
    }

    void sum(std::size_t level) {
        check_level(level, *this);
        product(level);
        for (;;) {
            if (accept("+")) {
                product(level);
                emit(add);
            } else if (accept("-")) {
                product(level);
                emit(subtract);
            } else {
                return;
            }
        }
    }
    void product(std::size_t level) {
        signed_power(level);
        for (;;) {
            skip_space();
            if (text_.substr(at_, 2) != "**" && accept("*")) {
                signed_power(level);
                emit(multiply);
            } else if (accept("/")) {
                signed_power(level);
                emit(divide);
            } else {
                return;
            }
        }
    }
    void signed_power(std::size_t level) {
        check_level(level, *this);
        if (accept("-")) {
            signed_power(level + 1);
            emit(negate);
        } else if (accept("+")) {
            signed_power(level + 1);
        } else {
            primary(level);
            if (accept("^") || accept("**")) {
                signed_power(level + 1);
                emit(power);
            }
        }
    }
    void primary(std::size_t level) {
        skip_space();
        if (at_ >= text_.size()) fail("the expression ends too early");
        if (accept("(")) {
            sum(level + 1);
            expect(")");
            return;
        }
        const auto first = static_cast<unsigned char>(text_[at_]);
        if (std::isdigit(first) != 0 || first == '.') {
            number();
        } else if (std::isalpha(first) != 0) {
            name(level);
        } else {
            fail("unexpected " + base::quoted(text_.substr(at_, 1)) + "; expected a number, x, a function or (");
        }
    }
    void number() {
        double value = 0.0;
        const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
        if (error != std::errc{} || !std::isfinite(value)) fail("not a finite number");
        at_ = static_cast<std::size_t>(end - text_.data());
        emit(push_constant, value);
    }
    void name(std::size_t level) {
        const std::size_t start = at_;
        while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) != 0 || text_[at_] == '_'))
            ++at_;
        const std::string_view word = text_.substr(start, at_ - start);
        if (word == "x") return emit(push_x);
        if (word == "pi") return emit(push_constant, std::numbers::pi);
        if (word == "e") return emit(push_constant, std::numbers::e);
        const int binary = word == "min" ? minimum : word == "max" ? maximum : word == "pow" ? power : push_constant;
        const auto& known = functions();
        const auto found = std::find_if(known.begin(), known.end(), [&](const Function& f) { return f.name == word; });
        if (binary == push_constant && found == known.end()) {
            at_ = start;
            fail("unknown name " + base::quoted(word) + base::did_you_mean(word, expression_functions()) +
                 "; expected x, pi, e or a function");
        }
        expect("(");
        sum(level + 1);
        if (binary != push_constant) {
            expect(",");
            sum(level + 1);
            emit(binary);
        } else {
            emit(function_0 + static_cast<int>(found - known.begin()));
        }
        expect(")");
    }

    std::string_view text_;
    std::string_view place_;
    Expression& out_;
    std::size_t at_ = 0;
    std::size_t height_ = 0;
};

Expression::Expression(std::string_view text, std::string_view place) {
    ExpressionParser(text, place, *this).run();
}

bool Expression::smooth() const {
    constexpr std::array<std::string_view, 5> with_kinks{"abs", "relu", "elu", "sign", "step"};
    return std::none_of(steps_.begin(), steps_.end(), [&](const Step& step_now) {
        if (step_now.code < function_0) return step_now.code == minimum || step_now.code == maximum;
        const std::string_view name = functions()[static_cast<std::size_t>(step_now.code - function_0)].name;
        return std::find(with_kinks.begin(), with_kinks.end(), name) != with_kinks.end();
    });
}

template <typename Order>
typename Order::Number Expression::run(double x) const {
    using Number = typename Order::Number;
    constexpr std::size_t small = 32;
    std::array<Number, small> room;
    std::vector<Number> large(depth_ > small ? depth_ : 0);
    Number* const bottom = depth_ > small ? large.data() : room.data();
    Number* top = bottom; // one past the last value
    for (const Step& step_now : steps_) {
        if (step_now.code == push_constant) {
            *top++ = Order::constant(step_now.constant);
        } else if (step_now.code == push_x) {
            *top++ = Order::variable(x);
        } else if (step_now.code == negate) {
            top[-1] = Order::negative(top[-1]);
        } else if (step_now.code < function_0) {
            const Number b = *--top;
            top[-1] = binary<Order>(step_now.code, top[-1], b);
        } else {
            top[-1] = Order::call(functions()[static_cast<std::size_t>(step_now.code - function_0)], top[-1]);
        }
    }
    return top[-1];
}

Expression::Value Expression::at(double x) const {
    return run<FirstOrder>(x);
}

Expression::Jet Expression::jet_at(double x) const {
    return run<SecondOrder>(x);
}

Taylor Expression::taylor_at(double x) const {
    return run<FourthOrder>(x);
}

void Expression::evaluate(const double* x, double* out, std::size_t count) const {
    constexpr std::size_t block = 64;
    std::vector<std::array<double, block>> stack(depth_);
    for (std::size_t start = 0; start < count; start += block) {
        const std::size_t n = std::min(block, count - start);
        std::size_t top = 0;
        for (const Step& step_now : steps_) {
            if (step_now.code == push_constant) {
                std::fill_n(stack[top++].begin(), n, step_now.constant);
            } else if (step_now.code == push_x) {
                std::copy_n(x + start, n, stack[top++].begin());
            } else if (step_now.code == negate) {
                for (std::size_t i = 0; i < n; ++i)
                    stack[top - 1][i] = -stack[top - 1][i];
            } else if (step_now.code < function_0) {
                const auto& b = stack[--top];
                auto& a = stack[top - 1];
                const auto each = [&](auto work) {
                    for (std::size_t i = 0; i < n; ++i)
                        a[i] = work(a[i], b[i]);
                };
                switch (step_now.code) {
                case add:
                    each([](double u, double v) { return u + v; });
                    break;
                case subtract:
                    each([](double u, double v) { return u - v; });
                    break;
                case multiply:
                    each([](double u, double v) { return u * v; });
                    break;
                case divide:
                    each([](double u, double v) { return u / v; });
                    break;
                case power:
                    each([](double u, double v) { return std::pow(u, v); });
                    break;
                case minimum:
                    each([](double u, double v) { return u < v ? u : v; });
                    break;
                default:
                    each([](double u, double v) { return u < v ? v : u; });
                }
            } else {
                const Function& function = functions()[static_cast<std::size_t>(step_now.code - function_0)];
                for (std::size_t i = 0; i < n; ++i)
                    stack[top - 1][i] = function.value(stack[top - 1][i]);
            }
        }
        std::copy_n(stack[0].begin(), n, out + start);
    }
}

} // namespace limsym::network
