#include "limsym/numerics/vmath.hpp"

#include <cmath>
#include <cstring>
#include <limits>
#include <numbers>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "limsym/base/random.hpp"
#include "limsym/numerics/vmath_table.hpp"

using namespace limsym;
using numerics::VectorFunctions;
using numerics::VmathTable;

namespace {

std::vector<const VmathTable*> tables() {
    std::vector<const VmathTable*> result{&numerics::generic_vmath};
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) result.push_back(&numerics::avx2_vmath);
#endif
    return result;
}

template <typename T>
const VectorFunctions<T>& functions(const VmathTable& table) {
    if constexpr (std::is_same_v<T, double>)
        return table.in_double;
    else
        return table.in_float;
}

// Distance in units in the last place of T at the exact value.
template <typename T>
long double ulps(T got, long double exact) {
    const T rounded = static_cast<T>(exact);
    if (got == rounded) return 0.0L;
    if (std::isnan(got) || std::isnan(rounded) || std::isinf(got) || std::isinf(rounded)) return HUGE_VALL;
    const T magnitude = std::max(std::fabs(rounded), std::numeric_limits<T>::min());
    const T unit = std::nextafter(magnitude, std::numeric_limits<T>::infinity()) - magnitude;
    return std::fabs(static_cast<long double>(got) - exact) / static_cast<long double>(unit);
}

template <typename T>
struct Case {
    std::string name;
    typename VectorFunctions<T>::Unary VectorFunctions<T>::*function;
    long double (*exact)(long double);
    double from;
    double to;
    bool logarithmic; // arguments spread evenly in their logarithm, of both signs when from < 0
};

template <typename T>
std::vector<Case<T>> cases() {
    using F = VectorFunctions<T>;
    return {
        {"exp", &F::exp, [](long double x) { return std::exp(x); }, -80.0, 80.0, false},
        {"expm1", &F::expm1, [](long double x) { return std::expm1(x); }, -10.0, 10.0, false},
        {"expm1 near 0", &F::expm1, [](long double x) { return std::expm1(x); }, -1e-10, 1.0, true},
        {"log", &F::log, [](long double x) { return std::log(x); }, 1e-30, 1e30, true},
        {"log near 1", &F::log, [](long double x) { return std::log(x); }, 0.9, 1.1, false},
        {"log1p", &F::log1p, [](long double x) { return std::log1p(x); }, -1e-10, 0.99, true},
        {"sin", &F::sin, [](long double x) { return std::sin(x); }, -6.5, 6.5, false},
        {"cos", &F::cos, [](long double x) { return std::cos(x); }, -6.5, 6.5, false},
        {"erf", &F::erf, [](long double x) { return std::erf(x); }, -6.0, 6.0, false},
        {"erf near 0", &F::erf, [](long double x) { return std::erf(x); }, -1e-10, 1.0, true},
        {"tanh", &F::tanh, [](long double x) { return std::tanh(x); }, -20.0, 20.0, false},
        {"tanh near 0", &F::tanh, [](long double x) { return std::tanh(x); }, -1e-10, 1.0, true},
        {"acos", &F::acos, [](long double x) { return std::acos(x); }, -1.0, 1.0, false},
        {"acos near 1", &F::acos, [](long double x) { return std::acos(x); }, 0.999999, 1.0, false},
    };
}

template <typename T>
std::vector<T> arguments(const Case<T>& what, std::size_t count) {
    base::RandomStream stream(11, "vmath");
    std::vector<T> x(count);
    for (T& value : x) {
        double v = 0.0;
        if (what.logarithmic) {
            const double low = std::log(std::fabs(what.from));
            v = std::exp(low + (std::log(what.to) - low) * stream.uniform());
            if (what.from < 0.0 && stream.next() % 2 == 0) v = -v;
        } else {
            v = what.from + (what.to - what.from) * stream.uniform();
        }
        value = static_cast<T>(v);
    }
    return x;
}

template <typename T>
void check_accuracy() {
    for (const VmathTable* table : tables())
        for (const Case<T>& what : cases<T>()) {
            const std::vector<T> x = arguments(what, 40000);
            std::vector<T> y(x.size());
            (functions<T>(*table).*what.function)(x.data(), y.data(), x.size());
            long double worst = 0.0L;
            for (std::size_t i = 0; i < x.size(); ++i)
                worst = std::max(worst, ulps(y[i], what.exact(static_cast<long double>(x[i]))));
            CAPTURE(table->name);
            CAPTURE(what.name);
            CHECK(worst <= 4.0L);
        }
}

template <typename T>
void check_position_independence() {
    for (const VmathTable* table : tables())
        for (const Case<T>& what : cases<T>()) {
            std::vector<T> x = arguments(what, 37);
            // Arguments that leave the fast path must not disturb their neighbours.
            x[5] = std::numeric_limits<T>::quiet_NaN();
            x[18] = std::numeric_limits<T>::infinity();
            x[30] = static_cast<T>(1e-40);
            const auto function = functions<T>(*table).*what.function;
            std::vector<T> whole(x.size());
            function(x.data(), whole.data(), x.size());
            for (std::size_t begin = 0; begin < x.size(); ++begin)
                for (std::size_t end = begin + 1; end <= x.size(); ++end) {
                    std::vector<T> part(x.begin() + static_cast<long>(begin), x.begin() + static_cast<long>(end));
                    function(part.data(), part.data(), part.size());
                    REQUIRE(std::memcmp(part.data(), whole.data() + begin, part.size() * sizeof(T)) == 0);
                }
        }
}

} // namespace

TEST_CASE("vmath: double within 4 ulp of long double") {
    check_accuracy<double>();
}

TEST_CASE("vmath: float within 4 ulp") {
    check_accuracy<float>();
}

TEST_CASE("vmath: a number's bits depend neither on its place nor on the length of the block") {
    check_position_independence<double>();
    check_position_independence<float>();
}

TEST_CASE_TEMPLATE("vmath: edges", T, double, float) {
    constexpr T infinity = std::numeric_limits<T>::infinity();
    for (const VmathTable* table : tables()) {
        CAPTURE(table->name);
        const VectorFunctions<T>& f = functions<T>(*table);
        const auto one = [](typename VectorFunctions<T>::Unary function, double x) {
            const T in = static_cast<T>(x);
            T out = 0;
            function(&in, &out, 1);
            return out;
        };
        CHECK(one(f.acos, 1.0) == T(0));
        CHECK(one(f.acos, -1.0) == static_cast<T>(std::numbers::pi));
        CHECK(one(f.acos, 0.0) == static_cast<T>(std::numbers::pi / 2));
        CHECK(std::isnan(one(f.acos, 1.0000001)));
        CHECK(one(f.exp, 1000.0) == infinity);
        CHECK(one(f.exp, -1000.0) == T(0));
        CHECK(one(f.exp, 0.0) == T(1));
        CHECK(one(f.exp, -HUGE_VAL) == T(0));
        CHECK(one(f.log, 0.0) == -infinity);
        CHECK(one(f.log, 1.0) == T(0));
        CHECK(std::isnan(one(f.log, -1.0)));
        CHECK(one(f.log1p, -1.0) == -infinity);
        CHECK(one(f.expm1, -1000.0) == T(-1));
        CHECK(one(f.tanh, 1000.0) == T(1));
        CHECK(one(f.tanh, -1000.0) == T(-1));
        CHECK(one(f.erf, 30.0) == T(1));
        CHECK(one(f.erf, 0.0) == T(0));
        CHECK(one(f.sin, 0.0) == T(0));
        CHECK(one(f.cos, 0.0) == T(1));
        CHECK(std::isnan(one(f.sin, HUGE_VAL)));

        const auto angle = [&](double y, double x) {
            const T in[2] = {static_cast<T>(y), static_cast<T>(x)};
            T out = 0;
            f.atan2(&in[0], &in[1], &out, 1);
            return out;
        };
        CHECK(angle(0.0, 1.0) == T(0));
        CHECK(angle(0.0, -1.0) == static_cast<T>(std::numbers::pi));
        CHECK(angle(1.0, 0.0) == static_cast<T>(std::numbers::pi / 2));
        CHECK(angle(-1.0, 0.0) == static_cast<T>(-std::numbers::pi / 2));
        CHECK(angle(0.0, 0.0) == T(0));
        CHECK(angle(0.0, -0.0) == static_cast<T>(std::numbers::pi));
        CHECK(std::signbit(angle(-0.0, 1.0)));
        CHECK(ulps(angle(1.0, 1.0), std::numbers::pi_v<long double> / 4) <= 4.0L);
    }
}

TEST_CASE("vmath: atan2 all around, from tiny to large arguments") {
    base::RandomStream stream(3, "vmath");
    std::vector<double> y(20001);
    std::vector<double> x(y.size());
    for (std::size_t i = 0; i < y.size(); ++i) {
        const double radius = std::exp(40.0 * (stream.uniform() - 0.5));
        const double angle = 2.0 * std::numbers::pi * stream.uniform();
        y[i] = radius * std::sin(angle);
        x[i] = radius * std::cos(angle);
    }
    for (const VmathTable* table : tables()) {
        std::vector<double> out(y.size());
        table->in_double.atan2(y.data(), x.data(), out.data(), y.size());
        long double worst = 0.0L;
        for (std::size_t i = 0; i < y.size(); ++i)
            worst = std::max(worst,
                             ulps(out[i], std::atan2(static_cast<long double>(y[i]), static_cast<long double>(x[i]))));
        CHECK(worst <= 4.0L);
        std::vector<double> shifted(y.size() - 3);
        table->in_double.atan2(y.data() + 3, x.data() + 3, shifted.data(), shifted.size());
        CHECK(std::memcmp(shifted.data(), out.data() + 3, shifted.size() * sizeof(double)) == 0);
    }
}

TEST_CASE("vmath: the front end runs the chosen table") {
    const double in[3] = {0.25, 0.5, 0.75};
    double out[3];
    numerics::vacos(in, out, 3);
    CHECK(out[1] == doctest::Approx(std::acos(0.5)).epsilon(1e-15));
    numerics::vatan2(in, in, out, 3);
    CHECK(out[0] == doctest::Approx(std::numbers::pi / 4).epsilon(1e-15));
    CHECK((numerics::vmath_path() == "avx2" || numerics::vmath_path() == "generic"));
    const char* wanted = std::getenv("LIMSYM_VMATH");
    if (wanted != nullptr && std::string(wanted) == "generic") CHECK(numerics::vmath_path() == "generic");
}
