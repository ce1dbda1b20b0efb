// Loops of column_kernels.hpp, written once; each column_kernels_<set>.cpp compiles them with its own flags.
// `Isa` is a type of that file alone, so that no two files share an instantiation.
#pragma once

#include <cstdint>
#include <limits>
#include <type_traits>

#include "limsym/kernel/column_kernels.hpp"

namespace limsym::kernel {

// asin(x) = x P(x^2) for x^2 <= 1/2, Chebyshev interpolation, relative error 8e-18 (double) and 3e-9 (float).
template <typename T>
struct AsinSeries;
template <>
struct AsinSeries<double> {
    static constexpr std::size_t terms = 20;
    static constexpr double coefficients[terms] = {
        1.0,
        0.16666666666666963,
        0.07499999999921603,
        0.044642857225197834,
        0.030381939881673394,
        0.022372313172485805,
        0.017349310327158196,
        0.01401917204006966,
        0.01092934906491237,
        0.015091795028583365,
        -0.026316324552338826,
        0.1809574620911065,
        -0.6641236302549411,
        2.0016041109291547,
        -4.535791802822955,
        7.768165374555008,
        -9.669659398550623,
        8.32498352944691,
        -4.438816692066939,
        1.1264192878807509,
    };
};
template <>
struct AsinSeries<float> {
    static constexpr std::size_t terms = 9;
    static constexpr float coefficients[terms] = {
        1.0000000016226234F,  0.16666614237824284F,  0.07502757316352404F,
        0.04409161673371687F, 0.03581423928401177F,  -0.0070205791522944755F,
        0.10740002130174647F, -0.13591627123984387F, 0.12391349490512975F,
    };
};

template <typename Isa, typename T>
struct ColumnLoops {
    static constexpr T pi = static_cast<T>(3.14159265358979323846L);
    static constexpr T half_pi = static_cast<T>(1.57079632679489661923L);
    // Correlations within a few roundings of +-1 are +-1: rows that repeat or negate others then have exact angles.
    static constexpr T largest_correlation = static_cast<T>(1) - 4 * std::numeric_limits<T>::epsilon();

    static inline T multiply_add(T a, T b, T c) {
        if constexpr (!Isa::has_fma)
            return a * b + c;
        else if constexpr (sizeof(T) == sizeof(double))
            return static_cast<T>(__builtin_fma(a, b, c));
        else
            return static_cast<T>(__builtin_fmaf(a, b, c));
    }
    static inline T root(T x) {
        if constexpr (sizeof(T) == sizeof(double))
            return static_cast<T>(__builtin_sqrt(x));
        else
            return static_cast<T>(__builtin_sqrtf(x));
    }
    static inline T magnitude(T x) { return x < 0 ? -x : x; }

    // asin(x), x in [0, 0.7072]; two interleaved chains.
    static inline T small_asin(T x) {
        using Series = AsinSeries<T>;
        const T z = x * x;
        const T z2 = z * z;
        constexpr std::size_t odd_top = Series::terms % 2 == 0 ? Series::terms - 1 : Series::terms - 2;
        constexpr std::size_t even_top = Series::terms % 2 == 0 ? Series::terms - 2 : Series::terms - 1;
        T odd = Series::coefficients[odd_top];
#pragma GCC unroll 16
        for (std::size_t k = odd_top; k >= 3; k -= 2)
            odd = multiply_add(odd, z2, Series::coefficients[k - 2]);
        T even = Series::coefficients[even_top];
#pragma GCC unroll 16
        for (std::size_t k = even_top; k >= 2; k -= 2)
            even = multiply_add(even, z2, Series::coefficients[k - 2]);
        return x * multiply_add(odd, z, even);
    }
    // The angle in [0, pi/2] whose cosine is a and whose sine is s.
    static inline T acute_angle(T a, T s) {
        const T smaller = a < s ? a : s;
        const T angle = small_asin(smaller);
        const T other = half_pi - angle;
        return a < s ? other : angle;
    }

    // Counters as wide as T keep the loop in vectors.
    using Count = std::conditional_t<sizeof(T) == sizeof(double), std::int64_t, std::int32_t>;
    static bool scale_input(std::size_t n, T factor, T limit, const T* __restrict__ row_root, T column_root,
                            T* __restrict__ c) {
        Count beyond = 0;
        const T bound = limit * column_root;
        for (std::size_t i = 0; i < n; ++i) {
            const T value = c[i] * factor;
            c[i] = value;
            beyond += magnitude(value) > bound * row_root[i] ? Count{1} : Count{0};
        }
        return beyond != 0;
    }

    static void affine(std::size_t n, const ColumnAffine<T>& map, T* __restrict__ c, T* __restrict__ theta) {
        const T weight = map.weight;
        const T bias = map.bias;
        if (theta != nullptr) {
            const T kernel = map.ntk_kernel;
            const T constant = map.ntk_bias;
            for (std::size_t i = 0; i < n; ++i)
                theta[i] = kernel * c[i] + constant + weight * theta[i];
        }
        for (std::size_t i = 0; i < n; ++i)
            c[i] = weight * c[i] + bias;
    }

    template <bool with_theta>
    static inline void arc_loop(std::size_t n, const ColumnAffine<T>& map, T g, T h, const AngleRows<T>& rows,
                                T* __restrict__ c, T* __restrict__ theta) {
        const T* __restrict__ row_root = rows.root;
        const T* __restrict__ row_inverse = rows.inverse;
        const T column_root = rows.column_root;
        const T column_inverse = rows.column_inverse;
        const T weight = map.weight;
        const T bias = map.bias;
        const T kernel = map.ntk_kernel;
        const T constant = map.ntk_bias;
        for (std::size_t i = 0; i < n; ++i) {
            const T before = c[i];
            const T x = weight * before + bias;
            const T rho = x * (row_inverse[i] * column_inverse);
            const T size = magnitude(rho);
            const T a = size > largest_correlation ? static_cast<T>(1) : size;
            const T s = root((1 - a) * (1 + a));
            const T acute = acute_angle(a, s);
            const T obtuse = pi - acute;
            const T angle = rho < 0 ? obtuse : acute;
            const T derivative = h - g * angle;
            c[i] = multiply_add(g * (row_root[i] * column_root), s, derivative * x);
            if constexpr (with_theta) theta[i] = (kernel * before + constant + weight * theta[i]) * derivative;
        }
    }
    static void arc(std::size_t n, const ColumnAffine<T>& map, T g, T h, const AngleRows<T>& rows, T* c, T* theta) {
        if (theta != nullptr)
            arc_loop<true>(n, map, g, h, rows, c, theta);
        else
            arc_loop<false>(n, map, g, h, rows, c, nullptr);
    }

    template <bool with_theta>
    static inline void erf_loop(std::size_t n, const ColumnAffine<T>& map, T value, T offset, T slope, T two_bb,
                                const AngleRows<T>& rows, T* __restrict__ c, T* __restrict__ theta) {
        const T* __restrict__ row_root = rows.root;
        const T* __restrict__ row_inverse = rows.inverse;
        const T* __restrict__ row_variance = rows.variance;
        const T column_root = rows.column_root;
        const T column_inverse = rows.column_inverse;
        const T column_variance = rows.column_variance;
        const T weight = map.weight;
        const T bias = map.bias;
        const T kernel = map.ntk_kernel;
        const T constant = map.ntk_bias;
        for (std::size_t i = 0; i < n; ++i) {
            const T before = c[i];
            const T x = weight * before + bias;
            const T inverse = row_inverse[i] * column_inverse;
            const T rho = two_bb * x * inverse;
            const T p = row_root[i] * column_root;
            const T free = (p - magnitude(x)) * (p + magnitude(x));
            const T s2 = free > 0 ? free : static_cast<T>(0);
            // 1 - rho^2 without cancellation
            const T rest =
                (1 + two_bb * (row_variance[i] + column_variance) + two_bb * two_bb * s2) * (inverse * inverse);
            const T s = root(rest);
            const T size = magnitude(rho);
            const T acute = acute_angle(size, s);
            const T arcsine = half_pi - acute;
            c[i] = multiply_add(value, rho < 0 ? -arcsine : arcsine, offset);
            if constexpr (with_theta)
                theta[i] = (kernel * before + constant + weight * theta[i]) * (slope * inverse / s);
        }
    }
    static void erf(std::size_t n, const ColumnAffine<T>& map, T value, T offset, T slope, T two_bb,
                    const AngleRows<T>& rows, T* c, T* theta) {
        if (theta != nullptr)
            erf_loop<true>(n, map, value, offset, slope, two_bb, rows, c, theta);
        else
            erf_loop<false>(n, map, value, offset, slope, two_bb, rows, c, nullptr);
    }

    static void series(std::size_t n, std::size_t terms, std::size_t stride, const T* __restrict__ rows,
                       const T* __restrict__ column, const T* __restrict__ inverse, T column_inverse, const T* c,
                       T* out) {
        constexpr std::size_t block = 32; // entries whose partial sums stay in registers
        T t[block];
        T sum[block];
        for (std::size_t start = 0; start < n; start += block) {
            const std::size_t count = n - start < block ? n - start : block;
            for (std::size_t i = 0; i < block; ++i) {
                t[i] = 0;
                sum[i] = 0;
            }
            for (std::size_t i = 0; i < count; ++i) {
                T x = c[start + i];
                if (inverse != nullptr) {
                    x *= inverse[start + i] * column_inverse;
                    x = x > largest_correlation ? static_cast<T>(1) : x;
                    x = x < -largest_correlation ? static_cast<T>(-1) : x;
                }
                t[i] = x;
            }
            for (std::size_t k = terms; k-- > 0;) {
                const T* __restrict__ row = rows + k * stride + start;
                const T factor = column[k];
                if (count == block) {
                    for (std::size_t i = 0; i < block; ++i)
                        sum[i] = multiply_add(sum[i], t[i], row[i] * factor);
                } else {
                    for (std::size_t i = 0; i < count; ++i)
                        sum[i] = multiply_add(sum[i], t[i], row[i] * factor);
                }
            }
            for (std::size_t i = 0; i < count; ++i)
                out[start + i] = sum[i];
        }
    }

    static void table_sum(std::size_t n, const ColumnTable<T>& table, const T* c, T* out) {
        constexpr std::size_t block = 32; // entries whose sums stay in registers
        T twice[block];
        T value[block];
        T before[block];
        T term[block];
        T product[block];
        const T* __restrict__ const inverse = table.inverse;
        for (std::size_t start = 0; start < n; start += block) {
            const std::size_t count = n - start < block ? n - start : block;
            for (std::size_t i = 0; i < block; ++i) {
                const std::size_t at = start + (i < count ? i : 0);
                product[i] = inverse[at] * table.column_inverse;
                const T rho = c[at] * product[i];
                const T size = magnitude(rho);
                const T a = size > largest_correlation ? static_cast<T>(1) : size;
                const T acute = acute_angle(a, root((1 - a) * (1 + a)));
                const T place = 1 - acute / half_pi;
                twice[i] = 2 * (rho < 0 ? -place : place);
                value[i] = 0;
                before[i] = 0;
            }
            std::size_t number = 0;
            for (std::size_t k = 0; k < table.angles; ++k)
                number += table.counts[k].added + table.counts[k].subtracted;
            for (std::size_t k = table.angles; k-- > 0;) {
                for (std::size_t i = 0; i < block; ++i)
                    term[i] = 0;
                const std::size_t terms = table.counts[k].added + table.counts[k].subtracted;
                number -= terms;
                for (std::size_t r = 0; r < terms; ++r) {
                    const T* __restrict__ row = table.rows + (number + r) * table.stride + start;
                    const T of_column = table.column[number + r];
                    const T factor = r < table.counts[k].added ? of_column : -of_column;
                    if (count == block) {
                        for (std::size_t i = 0; i < block; ++i)
                            term[i] = multiply_add(row[i], factor, term[i]);
                    } else {
                        for (std::size_t i = 0; i < count; ++i)
                            term[i] = multiply_add(row[i], factor, term[i]);
                    }
                }
                // Clenshaw; the last step takes x in place of 2 x.
                const T half = k > 0 ? static_cast<T>(1) : static_cast<T>(0.5);
                for (std::size_t i = 0; i < block; ++i) {
                    const T next = multiply_add(half * twice[i], value[i], term[i] - before[i]);
                    before[i] = value[i];
                    value[i] = next;
                }
            }
            for (std::size_t i = 0; i < count; ++i) {
                const T rest = table.mean != nullptr ? table.mean[start + i] * table.column_mean : static_cast<T>(0);
                out[start + i] = product[i] == 0 ? rest : value[i];
            }
        }
    }

    static constexpr ColumnKernels<T> table() {
        return {scale_input, affine, arc, erf, series, table_sum, Isa::name};
    }
};

} // namespace limsym::kernel
