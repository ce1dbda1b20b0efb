// Loops of image_kernels.hpp, written once; each image_kernels_<set>.cpp compiles them with its own flags.
// `Isa` is a type of that file alone, so that no two files share an instantiation.
#pragma once

#include <cstring>
#include <limits>
#include <type_traits>

#if defined(__AVX2__)
#include <immintrin.h>
#endif

#include "limsym/kernel/column_kernels_body.hpp"
#include "limsym/kernel/image_kernels.hpp"

namespace limsym::kernel {

template <typename Isa, typename T>
struct ImageLoops {
    static constexpr std::size_t width = Isa::bytes / sizeof(T); ///< numbers in a register
    static constexpr std::size_t registers = lanes<T> / width;   ///< of the lanes of a position
    typedef T Pack __attribute__((vector_size(Isa::bytes)));     // NOLINT: attributes need a typedef

    static constexpr T pi = static_cast<T>(3.14159265358979323846L);
    static constexpr T half_pi = static_cast<T>(1.57079632679489661923L);
    static constexpr T largest_correlation = static_cast<T>(1) - 4 * std::numeric_limits<T>::epsilon();

    static inline Pack load(const T* from) {
        Pack pack;
        std::memcpy(&pack, from, sizeof(Pack));
        return pack;
    }
    static inline void store(const Pack& pack, T* to) { std::memcpy(to, &pack, sizeof(Pack)); }
    static inline Pack all(T x) { return x - Pack{}; }

    static inline Pack multiply_add(const Pack& a, const Pack& b, const Pack& c) {
#if defined(__AVX512F__)
        if constexpr (Isa::bytes == 64) {
            if constexpr (std::is_same_v<T, double>)
                return Pack(_mm512_fmadd_pd(__m512d(a), __m512d(b), __m512d(c)));
            else
                return Pack(_mm512_fmadd_ps(__m512(a), __m512(b), __m512(c)));
        }
#elif defined(__AVX2__) && defined(__FMA__)
        if constexpr (Isa::bytes == 32) {
            if constexpr (std::is_same_v<T, double>)
                return Pack(_mm256_fmadd_pd(__m256d(a), __m256d(b), __m256d(c)));
            else
                return Pack(_mm256_fmadd_ps(__m256(a), __m256(b), __m256(c)));
        }
#endif
        return a * b + c;
    }
    static inline Pack root(const Pack& x) {
#if defined(__AVX512F__)
        if constexpr (Isa::bytes == 64) {
            if constexpr (std::is_same_v<T, double>)
                return Pack(_mm512_maskz_sqrt_pd(0xFF, __m512d(x)));
            else
                return Pack(_mm512_maskz_sqrt_ps(0xFFFF, __m512(x)));
        }
#elif defined(__AVX2__)
        if constexpr (Isa::bytes == 32) {
            if constexpr (std::is_same_v<T, double>)
                return Pack(_mm256_sqrt_pd(__m256d(x)));
            else
                return Pack(_mm256_sqrt_ps(__m256(x)));
        }
#endif
        Pack result;
        for (std::size_t k = 0; k < width; ++k) {
            if constexpr (std::is_same_v<T, double>)
                result[k] = __builtin_sqrt(x[k]);
            else
                result[k] = __builtin_sqrtf(x[k]);
        }
        return result;
    }
    static inline Pack magnitude(const Pack& x) {
        return x < 0 ? -x : x;
    }

    // asin(x), x in [0, 0.7072]; two interleaved chains.
    static inline Pack small_asin(const Pack& x) {
        using Series = AsinSeries<T>;
        const Pack z = x * x;
        const Pack z2 = z * z;
        constexpr std::size_t odd_top = Series::terms % 2 == 0 ? Series::terms - 1 : Series::terms - 2;
        constexpr std::size_t even_top = Series::terms % 2 == 0 ? Series::terms - 2 : Series::terms - 1;
        Pack odd = all(Series::coefficients[odd_top]);
#pragma GCC unroll 16
        for (std::size_t k = odd_top; k >= 3; k -= 2)
            odd = multiply_add(odd, z2, all(Series::coefficients[k - 2]));
        Pack even = all(Series::coefficients[even_top]);
#pragma GCC unroll 16
        for (std::size_t k = even_top; k >= 2; k -= 2)
            even = multiply_add(even, z2, all(Series::coefficients[k - 2]));
        return x * multiply_add(odd, z, even);
    }
    // The angle in [0, pi/2] whose cosine is a and whose sine is s.
    static inline Pack acute_angle(const Pack& a, const Pack& s) {
        const Pack angle = small_asin(a < s ? a : s);
        return a < s ? half_pi - angle : angle;
    }

    template <bool row_lanes>
    static inline Pack row_pack(const T* row, std::size_t position, std::size_t offset) {
        if constexpr (row_lanes)
            return load(row + position * lanes<T> + offset);
        else
            return all(row[position]);
    }

    // work(position, number of the first lane) for every register.
    template <typename Work>
    static inline void each(std::size_t n, const Work& work) {
        for (std::size_t p = 0; p < n; ++p) {
#pragma GCC unroll 8
            for (std::size_t r = 0; r < registers; ++r)
                work(p, r * width);
        }
    }
    // work<row_lanes>() with the flag as a constant.
    template <typename Work>
    static inline void by_side(bool row_lanes, const Work& work) {
        if (row_lanes)
            work(std::true_type{});
        else
            work(std::false_type{});
    }

    static void sum_rows(std::size_t n, std::size_t count, const T* const* rows, T* out) {
        const std::size_t end = n * lanes<T>;
        if (count == 3) {
            const T* a = rows[0];
            const T* b = rows[1];
            const T* c = rows[2];
            for (std::size_t i = 0; i < end; i += width)
                store((load(a + i) + load(b + i)) + load(c + i), out + i);
            return;
        }
        if (count == 2) {
            const T* a = rows[0];
            const T* b = rows[1];
            for (std::size_t i = 0; i < end; i += width)
                store(load(a + i) + load(b + i), out + i);
            return;
        }
        for (std::size_t i = 0; i < end; i += width) {
            Pack sum{};
            for (std::size_t k = 0; k < count; ++k)
                sum = sum + load(rows[k] + i);
            store(sum, out + i);
        }
    }

    static void sum_taps(std::size_t n, std::size_t taps, std::size_t stride, const T* strip, T* out) {
        constexpr std::size_t step = lanes<T>;
        if (taps == 3) {
            each(n, [&](std::size_t p, std::size_t lane) {
                const T* from = strip + p * stride * step + lane;
                store((load(from) + load(from + step)) + load(from + 2 * step), out + p * step + lane);
            });
            return;
        }
        each(n, [&](std::size_t p, std::size_t lane) {
            const T* from = strip + p * stride * step + lane;
            Pack sum = load(from);
            for (std::size_t t = 1; t < taps; ++t)
                sum = sum + load(from + t * step);
            store(sum, out + p * step + lane);
        });
    }

    static void multiply_inputs(std::size_t n, std::size_t channels, T factor, bool row_lanes,
                                const LaneSides<T>& inputs, T* out) {
        by_side(row_lanes, [&](auto side) {
            each(n, [&](std::size_t p, std::size_t lane) {
                Pack sum{};
                for (std::size_t c = 0; c < channels; ++c) {
                    const std::size_t place = p * channels + c;
                    sum = multiply_add(row_pack<decltype(side)::value>(inputs.row, place, lane),
                                       load(inputs.column + place * lanes<T> + lane), sum);
                }
                store(sum * factor, out + p * lanes<T> + lane);
            });
        });
    }

    static void affine(std::size_t n, T weight, T bias, T* c) {
        for (std::size_t i = 0; i < n * lanes<T>; i += width)
            store(multiply_add(all(weight), load(c + i), all(bias)), c + i);
    }
    static void affine_extra(std::size_t n, const LaneAffine<T>& map, const T* c, T* extra) {
        for (std::size_t i = 0; i < n * lanes<T>; i += width)
            store(multiply_add(all(map.weight), load(extra + i),
                               multiply_add(all(map.kernel), load(c + i), all(map.constant))),
                  extra + i);
    }
    static void roots(std::size_t n, const T* q, T* out) {
        for (std::size_t i = 0; i < n * lanes<T>; i += width)
            store(root(load(q + i)), out + i);
    }
    static void inverse_roots(std::size_t n, T shift, T factor, const T* q, T* out) {
        for (std::size_t i = 0; i < n * lanes<T>; i += width) {
            const Pack v = multiply_add(all(factor), load(q + i), all(shift));
            const Pack safe = v > 0 ? v : all(1);
            const Pack inverse = 1 / root(safe);
            store(v > 0 ? inverse : Pack{}, out + i);
        }
    }

    template <bool row_lanes, bool with_theta>
    static inline void arc_loop(std::size_t n, const LaneAffine<T>& map, T g, T h, const LaneSides<T>& root_of,
                                const LaneSides<T>& inverse, T* c, T* theta) {
        const Pack weight = all(map.weight);
        const Pack bias = all(map.bias);
        const Pack kernel = all(map.kernel);
        const Pack constant = all(map.constant);
        const Pack one = all(1);
        const T* const row_root = root_of.row;
        const T* const column_root = root_of.column;
        const T* const row_inverse = inverse.row;
        const T* const column_inverse = inverse.column;
        each(n, [&](std::size_t p, std::size_t lane) {
            const std::size_t i = p * lanes<T> + lane;
            const Pack before = load(c + i);
            const Pack x = multiply_add(weight, before, bias);
            const Pack rho = x * (row_pack<row_lanes>(row_inverse, p, lane) * load(column_inverse + i));
            const Pack size = magnitude(rho);
            const Pack a = size > largest_correlation ? one : size;
            const Pack s = root((one - a) * (one + a));
            const Pack acute = acute_angle(a, s);
            const Pack angle = rho < 0 ? pi - acute : acute;
            const Pack derivative = h - g * angle;
            const Pack p_root = row_pack<row_lanes>(row_root, p, lane) * load(column_root + i);
            store(multiply_add(g * p_root, s, derivative * x), c + i);
            if constexpr (with_theta) {
                const Pack next = multiply_add(weight, load(theta + i), multiply_add(kernel, before, constant));
                store(next * derivative, theta + i);
            }
        });
    }
    static void arc(std::size_t n, const LaneAffine<T>& map, T g, T h, bool row_lanes, const LaneSides<T>& root_of,
                    const LaneSides<T>& inverse, T* c, T* theta) {
        by_side(row_lanes, [&](auto side) {
            constexpr bool rows = decltype(side)::value;
            if (theta != nullptr)
                arc_loop<rows, true>(n, map, g, h, root_of, inverse, c, theta);
            else
                arc_loop<rows, false>(n, map, g, h, root_of, inverse, c, nullptr);
        });
    }

    template <bool row_lanes, bool with_theta>
    static inline void erf_loop(std::size_t n, const LaneAffine<T>& map, T value, T offset, T slope, T two_bb,
                                const LaneSides<T>& root_of, const LaneSides<T>& inverse_of,
                                const LaneSides<T>& variance, T* c, T* theta) {
        const Pack weight = all(map.weight);
        const Pack bias = all(map.bias);
        const Pack kernel = all(map.kernel);
        const Pack constant = all(map.constant);
        const T two_bb_squared = two_bb * two_bb;
        each(n, [&](std::size_t p, std::size_t lane) {
            const std::size_t i = p * lanes<T> + lane;
            const Pack before = load(c + i);
            const Pack x = multiply_add(weight, before, bias);
            const Pack inverse = row_pack<row_lanes>(inverse_of.row, p, lane) * load(inverse_of.column + i);
            const Pack rho = two_bb * x * inverse;
            const Pack bound = row_pack<row_lanes>(root_of.row, p, lane) * load(root_of.column + i);
            const Pack size_x = magnitude(x);
            const Pack free = (bound - size_x) * (bound + size_x);
            const Pack s2 = free > 0 ? free : Pack{};
            const Pack sum = row_pack<row_lanes>(variance.row, p, lane) + load(variance.column + i);
            // 1 - rho^2 without cancellation
            const Pack rest = ((1 + two_bb * sum) + two_bb_squared * s2) * (inverse * inverse);
            const Pack s = root(rest);
            const Pack arcsine = half_pi - acute_angle(magnitude(rho), s);
            store(multiply_add(all(value), rho < 0 ? -arcsine : arcsine, all(offset)), c + i);
            if constexpr (with_theta) {
                const Pack next = multiply_add(weight, load(theta + i), multiply_add(kernel, before, constant));
                store(next * (slope * inverse / s), theta + i);
            }
        });
    }
    static void erf(std::size_t n, const LaneAffine<T>& map, T value, T offset, T slope, T two_bb, bool row_lanes,
                    const LaneSides<T>& root_of, const LaneSides<T>& inverse, const LaneSides<T>& variance, T* c,
                    T* theta) {
        by_side(row_lanes, [&](auto side) {
            constexpr bool rows = decltype(side)::value;
            if (theta != nullptr)
                erf_loop<rows, true>(n, map, value, offset, slope, two_bb, root_of, inverse, variance, c, theta);
            else
                erf_loop<rows, false>(n, map, value, offset, slope, two_bb, root_of, inverse, variance, c, nullptr);
        });
    }

    static void series(std::size_t n, std::size_t terms, bool row_lanes, const LaneSides<T>& coefficients,
                       std::size_t row_stride, std::size_t column_stride, const LaneSides<T>& inverse, const T* c,
                       T* out) {
        by_side(row_lanes, [&](auto side) {
            constexpr bool rows = decltype(side)::value;
            each(n, [&](std::size_t p, std::size_t lane) {
                const std::size_t i = p * lanes<T> + lane;
                Pack t = load(c + i);
                if (inverse.row != nullptr) {
                    t = t * (row_pack<rows>(inverse.row, p, lane) * load(inverse.column + i));
                    t = t > largest_correlation ? all(1) : t;
                    t = t < -largest_correlation ? all(-1) : t;
                }
                Pack sum{};
                for (std::size_t k = terms; k-- > 0;)
                    sum = multiply_add(sum, t,
                                       row_pack<rows>(coefficients.row + k * row_stride, p, lane) *
                                           load(coefficients.column + k * column_stride + i));
                store(sum, out + i);
            });
        });
    }

    template <bool row_lanes>
    static inline void table_loop(std::size_t n, const LaneTable<T>& table, const T* c, T* out) {
        constexpr T inverse_half_pi = 1 / half_pi;
        std::size_t terms = 0;
        for (std::size_t k = 0; k < table.angles; ++k)
            terms += table.counts[k].added + table.counts[k].subtracted;
        each(n, [&](std::size_t p, std::size_t lane) {
            const std::size_t i = p * lanes<T> + lane;
            const Pack inverse = row_pack<row_lanes>(table.inverse.row, p, lane) * load(table.inverse.column + i);
            const Pack rho = load(c + i) * inverse;
            const Pack size = magnitude(rho);
            const Pack a = size > largest_correlation ? all(1) : size;
            const Pack place = 1 - acute_angle(a, root((1 - a) * (1 + a))) * inverse_half_pi;
            const Pack x = rho < 0 ? -place : place;
            const Pack twice = x + x;
            Pack value{};
            Pack before{};
            const T* row = table.terms.row + terms * table.row_stride;
            const T* column = table.terms.column + terms * table.column_stride + i;
            // Clenshaw, from the last term back; the last step takes x in place of 2 x.
            for (std::size_t k = table.angles; k-- > 0;) {
                Pack term{};
                for (std::size_t r = table.counts[k].subtracted; r-- > 0;) {
                    row -= table.row_stride;
                    column -= table.column_stride;
                    term = multiply_add(row_pack<row_lanes>(row, p, lane), load(column), term);
                }
                term = -term;
                for (std::size_t r = table.counts[k].added; r-- > 0;) {
                    row -= table.row_stride;
                    column -= table.column_stride;
                    term = multiply_add(row_pack<row_lanes>(row, p, lane), load(column), term);
                }
                const Pack next = multiply_add(k > 0 ? twice : x, value, term - before);
                before = value;
                value = next;
            }
            const Pack rest = table.mean.row != nullptr
                                  ? row_pack<row_lanes>(table.mean.row, p, lane) * load(table.mean.column + i)
                                  : Pack{};
            store(inverse == 0 ? rest : value, out + i);
        });
    }
    static void table_sum(std::size_t n, const LaneTable<T>& table, bool row_lanes, const T* c, T* out) {
        by_side(row_lanes, [&](auto side) { table_loop<decltype(side)::value>(n, table, c, out); });
    }

    static void scale(std::size_t n, bool row_lanes, const LaneSides<T>& factor, T* c) {
        by_side(row_lanes, [&](auto side) {
            each(n, [&](std::size_t p, std::size_t lane) {
                const std::size_t i = p * lanes<T> + lane;
                store(load(c + i) * (row_pack<decltype(side)::value>(factor.row, p, lane) * load(factor.column + i)),
                      c + i);
            });
        });
    }
    static void multiply(std::size_t n, const T* other, T* c) {
        for (std::size_t i = 0; i < n * lanes<T>; i += width)
            store(load(c + i) * load(other + i), c + i);
    }
    static void add(std::size_t n, const T* other, T* c) {
        for (std::size_t i = 0; i < n * lanes<T>; i += width)
            store(load(c + i) + load(other + i), c + i);
    }
    static void add_strided(std::size_t n, std::size_t stride, const T* other, T* c) {
        each(n, [&](std::size_t p, std::size_t lane) {
            const std::size_t i = p * lanes<T> + lane;
            store(load(c + i) + load(other + p * stride * lanes<T> + lane), c + i);
        });
    }
    static void total(std::size_t n, const T* c, T* sum) {
        for (std::size_t lane = 0; lane < lanes<T>; lane += width) {
            Pack partial[4] = {};
            std::size_t p = 0;
            for (; p + 4 <= n; p += 4) {
#pragma GCC unroll 4
                for (std::size_t k = 0; k < 4; ++k)
                    partial[k] = partial[k] + load(c + (p + k) * lanes<T> + lane);
            }
            for (; p < n; ++p)
                partial[0] = partial[0] + load(c + p * lanes<T> + lane);
            store((partial[0] + partial[1]) + (partial[2] + partial[3]), sum + lane);
        }
    }

    static constexpr ImageKernels<T> table() {
        return {sum_rows, sum_taps,  multiply_inputs, affine,   affine_extra, roots,       inverse_roots, arc,      erf,
                series,   table_sum, scale,           multiply, add,          add_strided, total,         Isa::name};
    }
};

} // namespace limsym::kernel
