// Truncated Taylor series: a function of x with its derivatives up to the fourth, carried through arithmetic.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace limsym::network {

/// a(x + t) = sum_k coefficient[k] t^k, k <= 4.
struct Taylor {
    static constexpr std::size_t terms = 5;
    std::array<double, terms> coefficient{};

    Taylor() = default;
    Taylor(double constant) : coefficient{constant} {} // NOLINT: constants mix freely with series
    [[nodiscard]] static Taylor variable(double x) {
        Taylor result(x);
        result.coefficient[1] = 1.0;
        return result;
    }
    [[nodiscard]] double value() const { return coefficient[0]; }
    [[nodiscard]] bool constant() const;
    /// The k-th derivative, k! coefficient[k].
    [[nodiscard]] double derivative(std::size_t k) const;
};

[[nodiscard]] Taylor operator+(const Taylor& a, const Taylor& b);
[[nodiscard]] Taylor operator-(const Taylor& a, const Taylor& b);
[[nodiscard]] Taylor operator*(const Taylor& a, const Taylor& b);
[[nodiscard]] Taylor operator/(const Taylor& a, const Taylor& b);
/// a^b; with b constant and whole also for a <= 0.
[[nodiscard]] Taylor raised(const Taylor& a, const Taylor& b);

/// f(a) for a function of expression_functions() of one argument; f0 = f(a.value()). At a kink the derivatives are
/// those of the right side.
[[nodiscard]] Taylor apply_function(std::string_view name, double f0, const Taylor& a);

} // namespace limsym::network
