// The loops of sampler_loops.hpp, written once; each sampler_<set>.cpp compiles them with its own flags into vectors.
// `Isa` is a type of that file alone, so that no two files share an instantiation.
#pragma once

#include <cstdint>

#include "limsym/stable/sampler_loops.hpp"

namespace limsym::stable {

template <typename Isa>
struct SamplerBody {
    static inline double multiply_add(double a, double b, double c) {
        if constexpr (Isa::has_fma)
            return __builtin_fma(a, b, c);
        else
            return a * b + c;
    }
    static inline std::uint64_t bits(double x) { return __builtin_bit_cast(std::uint64_t, x); }
    static inline double number(std::uint64_t x) { return __builtin_bit_cast(double, x); }
    static inline double smaller(double a, double b) { return a < b ? a : b; }
    static inline double larger(double a, double b) { return a > b ? a : b; }

    /// c[0] + c[1] z + ...
    template <std::size_t terms>
    static inline double polynomial(const double (&c)[terms], double z) {
        double sum = c[terms - 1];
#pragma GCC unroll 16
        for (std::size_t k = terms - 1; k > 0; --k)
            sum = multiply_add(sum, z, c[k - 1]);
        return sum;
    }

    /// sin(pi x), 0 <= x <= 1/2: Chebyshev interpolation of sin(pi x)/x in x^2, error 7e-19.
    static inline double sin_pi(double x) {
        constexpr double c[9] = {
            3.141592653589793237812,     -5.167712780049969607736,      2.550164039877300474472,
            -0.5992645293189446813166,   0.08214588657310289501958,     -0.007370430505916943404692,
            0.0004662998161898393801391, -0.00002190349707462601719148, 7.697826768224190645388e-7,
        };
        return x * polynomial(c, x * x);
    }

    struct Split {
        double high;
        double low;
    };
    /// 2 atanh(s), |s| < 0.22, as 2 s and the rest: Chebyshev interpolation of the rest over s^3, error 3e-18 of the
    /// whole.
    static inline Split two_atanh(double s) {
        constexpr double c[8] = {
            0.6666666666666665490816, 0.4000000000003102210611, 0.285714285580198187988,  0.2222222442646115185775,
            0.1818164064841805448844, 0.1539235140315890203385, 0.1314791617697375704221, 0.1403830286176837942558,
        };
        const double z = s * s;
        return {2.0 * s, s * z * polynomial(c, z)};
    }
    /// k log 2 + x
    static inline double k_log_two(double k, Split x) {
        const double low = multiply_add(k, 1.90821492927058770002e-10, x.low);
        return multiply_add(k, 6.93147180369123816490e-01, x.high + low);
    }

    /// log x of a normal positive number: x = 2^k m, sqrt(1/2) <= m < sqrt(2), log m = 2 atanh((m-1)/(m+1)).
    static inline double log_of(double x) {
        constexpr std::uint64_t root_half = 0x3fe6a09e667f3bcdU;
        constexpr std::uint64_t one = 0x3ff0000000000000U;
        const std::uint64_t shifted = bits(x) + (one - root_half);
        // The exponent as a number, by the mantissa of 2^52.
        const double k = number((shifted >> 52U) | 0x4330000000000000U) - (0x1p52 + 1023.0);
        const double m = number((shifted & 0x000fffffffffffffU) + root_half);
        return k_log_two(k, two_atanh((m - 1.0) / (m + 1.0)));
    }

    /// exp y; beyond double 0 or infinity.
    static inline double exp_of(double y) {
        const double inside = larger(-1400.0, smaller(1400.0, y));
        constexpr double round = 0x1.8p52;
        const double shifted = multiply_add(inside, 1.44269504088896340736, round);
        const double k = shifted - round;
        const double r =
            multiply_add(k, -1.90821492927058770002e-10, multiply_add(k, -6.93147180369123816490e-01, inside));
        // Chebyshev interpolation on |r| <= log(2)/2, error 4e-18.
        constexpr double c[12] = {
            0.9999999999999999969328,      0.9999999999999999997641,    0.5000000000000018385526,
            0.1666666666666668080566,      0.04166666666648809549544,   0.00833333333331960061091,
            0.001388888895231477465242,    0.0001984126989004711370668, 0.00002480148548232849241895,
            0.000002755724091857896982301, 2.763263963904102974928e-7,  2.5110037605963777712e-8,
        };
        const double sum = polynomial(c, r);
        // 2^k in two factors, so that it neither overflows nor underflows before the product does. Both halves of k are
        // taken from the low bits of the rounding constant.
        const double half = multiply_add(k, 0.5, round);
        const double first = number((bits(half) + 1023U) << 52U);
        const double second = number((bits(shifted) - bits(half) + 1023U) << 52U);
        return sum * first * second;
    }

    /// x in [0, 1] to the number in [0, 1/2] with the same sin(pi x); `rest` is 1 - x without cancellation.
    static inline double fold(double x, double rest) {
        return x > 0.5 ? rest : x;
    }

    /// (s1/s2) (s3/(s2 e))^power, or its logarithm: log(a/b) = k log 2 + 2 atanh((a' - b)/(a' + b)), a' = 2^-k a,
    /// without the quotient, so that one division serves it and s1/s2.
    template <bool logarithm>
    static inline double map(double s1, double s2, double s3, double e, double power) {
        const double a = s3;
        const double b = s2 * e;
        // The exponents' difference, rounded, by the bits as piecewise linear logarithms: |log2(a'/b)| < 0.6.
        const std::uint64_t half = std::uint64_t{1} << 51U;
        const std::uint64_t offset = std::uint64_t{2048} << 52U;
        const std::uint64_t shift = (bits(a) - bits(b) + offset + half) >> 52U;
        const double k = number(shift | 0x4330000000000000U) - (0x1p52 + 2048.0);
        const double scaled = number(bits(a) - ((shift - 2048U) << 52U));
        const double total = scaled + b;
        const double inverse = 1.0 / (total * s2);
        const double s = (scaled - b) * s2 * inverse;
        const double quotient = k_log_two(k, two_atanh(s));
        const double ratio = s1 * total * inverse;
        const double y = power * quotient;
        if constexpr (logarithm)
            return log_of(ratio) + y;
        else
            return ratio * exp_of(y);
    }

    template <bool logarithm>
    static void symmetric(const MapShape& shape, const double* u, const double* e, double* out, std::size_t count) {
        const MapShape law = shape;
        for (std::size_t i = 0; i < count; ++i) {
            const double ui = u[i];
            const double w = smaller(ui, 1.0 - ui);
            const double s1 = sin_pi(fold(law.index * (0.5 - w), multiply_add(law.index, w, 1.0 - 0.5 * law.index)));
            const double s2 = sin_pi(w);
            const double s3 = sin_pi(multiply_add(law.a, w, 0.5 * law.one_minus_a));
            const double x = map<logarithm>(s1, s2, s3, e[i], law.power);
            if constexpr (logarithm)
                out[i] = x;
            else
                out[i] = ui > 0.5 ? x : -x;
        }
    }

    template <bool logarithm>
    static void positive(const MapShape& shape, const double* u, const double* e, double* out, std::size_t count) {
        const MapShape law = shape;
        const double rest = 1.0 - law.index;
        for (std::size_t i = 0; i < count; ++i) {
            const double ui = u[i];
            const double other = 1.0 - ui;
            const double w = smaller(ui, other);
            const double s1 = sin_pi(fold(law.index * ui, multiply_add(law.index, other, rest)));
            const double s2 = sin_pi(w);
            const double s3 = sin_pi(fold(rest * ui, multiply_add(rest, other, law.index)));
            out[i] = map<logarithm>(s1, s2, s3, e[i], law.power);
        }
    }

    /// The uniform of a word, ((word >> 11) + 1/2) 2^-53, at most 1 - 2^-53.
    static inline double uniform(std::uint64_t word) {
        constexpr double largest = 1.0 - 0x1p-53;
        return smaller((static_cast<double>(static_cast<std::int64_t>(word >> 11U)) + 0.5) * 0x1p-53, largest);
    }

    /// Philox4x64-10, as base::philox; a copy of its own for this instruction set, because a function shared between
    /// files could be linked from the wrong one. The words of U and of E come apart.
    static inline void philox(std::uint64_t block, std::uint64_t index, std::uint64_t key0, std::uint64_t key1,
                              std::uint64_t* for_u, std::uint64_t* for_e) {
        __extension__ using Wide = unsigned __int128;
        std::uint64_t c0 = block;
        std::uint64_t c1 = index;
        std::uint64_t c2 = 0;
        std::uint64_t c3 = 0;
#pragma GCC unroll 10
        for (int round = 0; round < 10; ++round) {
            const Wide first = static_cast<Wide>(0xD2E7470EE14C6C93U) * c0;
            const Wide second = static_cast<Wide>(0xCA5A826395121157U) * c2;
            c0 = static_cast<std::uint64_t>(second >> 64U) ^ c1 ^ key0;
            c1 = static_cast<std::uint64_t>(second);
            c2 = static_cast<std::uint64_t>(first >> 64U) ^ c3 ^ key1;
            c3 = static_cast<std::uint64_t>(first);
            key0 += 0x9E3779B97F4A7C15U;
            key1 += 0xBB67AE8584CAA73BU;
        }
        for_u[0] = c0;
        for_e[0] = c1;
        for_u[1] = c2;
        for_e[1] = c3;
    }

    template <SamplerLoops::Map map_block>
    static void fill(const MapShape& shape, const VariateWords& words, double* out, std::size_t count) {
        constexpr std::size_t most = 256;
        alignas(64) std::uint64_t for_u[most];
        alignas(64) std::uint64_t for_e[most];
        alignas(64) double u[most];
        alignas(64) double e[most];
        for (std::size_t from = 0; from < count; from += most) {
            const std::size_t size = count - from < most ? count - from : most;
            for (std::size_t b = 0; b < size / 2; ++b)
                philox(words.block + from / 2 + b, words.index, words.seed, words.purpose, for_u + 2 * b,
                       for_e + 2 * b);
            for (std::size_t i = 0; i < size; ++i) {
                u[i] = uniform(for_u[i]);
                e[i] = -log_of(uniform(for_e[i]));
            }
            map_block(shape, u, e, out + from, size);
        }
    }

    static SamplerLoops table() {
        return {{symmetric<false>, symmetric<true>, positive<false>, positive<true>},
                {fill<symmetric<false>>, fill<symmetric<true>>, fill<positive<false>>, fill<positive<true>>}};
    }
};

} // namespace limsym::stable
