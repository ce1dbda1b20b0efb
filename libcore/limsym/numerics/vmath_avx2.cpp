// Elementary functions by glibc's libmvec, 4 doubles or 8 floats at a time. Compiled with -mavx2 -mfma and called only
// where the processor has them; everything but the table has internal linkage, so that no function compiled for AVX2
// can be chosen by the linker for others.
#include <immintrin.h>

#include "limsym/numerics/vmath_table.hpp"

// Vector function ABI (AVX2: 'd'), from libmvec of glibc >= 2.35.
extern "C" {
__m256d _ZGVdN4v_exp(__m256d);
__m256d _ZGVdN4v_expm1(__m256d);
__m256d _ZGVdN4v_log(__m256d);
__m256d _ZGVdN4v_log1p(__m256d);
__m256d _ZGVdN4v_sin(__m256d);
__m256d _ZGVdN4v_cos(__m256d);
__m256d _ZGVdN4v_erf(__m256d);
__m256d _ZGVdN4v_tanh(__m256d);
__m256d _ZGVdN4v_acos(__m256d);
__m256d _ZGVdN4vv_atan2(__m256d, __m256d);
__m256 _ZGVdN8v_expf(__m256);
__m256 _ZGVdN8v_expm1f(__m256);
__m256 _ZGVdN8v_logf(__m256);
__m256 _ZGVdN8v_log1pf(__m256);
__m256 _ZGVdN8v_sinf(__m256);
__m256 _ZGVdN8v_cosf(__m256);
__m256 _ZGVdN8v_erff(__m256);
__m256 _ZGVdN8v_tanhf(__m256);
__m256 _ZGVdN8v_acosf(__m256);
__m256 _ZGVdN8vv_atan2f(__m256, __m256);
}

namespace limsym::numerics {

namespace {

struct Doubles {
    using Number = double;
    using Vector = __m256d;
    static constexpr std::size_t lanes = 4;
    static Vector load(const double* from) { return _mm256_loadu_pd(from); }
    static void store(double* to, Vector v) { _mm256_storeu_pd(to, v); }
};

struct Floats {
    using Number = float;
    using Vector = __m256;
    static constexpr std::size_t lanes = 8;
    static Vector load(const float* from) { return _mm256_loadu_ps(from); }
    static void store(float* to, Vector v) { _mm256_storeu_ps(to, v); }
};

// A tail goes through the vector function too, filled up with ones: a number's bits never depend on its place.
template <typename V, typename Function>
void each(const typename V::Number* in, typename V::Number* out, std::size_t count) {
    std::size_t i = 0;
    for (; i + V::lanes <= count; i += V::lanes)
        V::store(out + i, Function::of(V::load(in + i)));
    if (i == count) return;
    typename V::Number tail[V::lanes];
    for (std::size_t j = 0; j < V::lanes; ++j)
        tail[j] = i + j < count ? in[i + j] : 1;
    V::store(tail, Function::of(V::load(tail)));
    for (std::size_t j = 0; i + j < count; ++j)
        out[i + j] = tail[j];
}

template <typename V, typename Function>
void each_pair(const typename V::Number* first, const typename V::Number* second, typename V::Number* out,
               std::size_t count) {
    std::size_t i = 0;
    for (; i + V::lanes <= count; i += V::lanes)
        V::store(out + i, Function::of(V::load(first + i), V::load(second + i)));
    if (i == count) return;
    typename V::Number tails[2][V::lanes];
    for (std::size_t j = 0; j < V::lanes; ++j) {
        tails[0][j] = i + j < count ? first[i + j] : 1;
        tails[1][j] = i + j < count ? second[i + j] : 1;
    }
    V::store(tails[0], Function::of(V::load(tails[0]), V::load(tails[1])));
    for (std::size_t j = 0; i + j < count; ++j)
        out[i + j] = tails[0][j];
}

struct Exp {
    static __m256d of(__m256d x) { return _ZGVdN4v_exp(x); }
    static __m256 of(__m256 x) { return _ZGVdN8v_expf(x); }
};
struct Expm1 {
    static __m256d of(__m256d x) { return _ZGVdN4v_expm1(x); }
    static __m256 of(__m256 x) { return _ZGVdN8v_expm1f(x); }
};
struct Log {
    static __m256d of(__m256d x) { return _ZGVdN4v_log(x); }
    static __m256 of(__m256 x) { return _ZGVdN8v_logf(x); }
};
struct Log1p {
    static __m256d of(__m256d x) { return _ZGVdN4v_log1p(x); }
    static __m256 of(__m256 x) { return _ZGVdN8v_log1pf(x); }
};
struct Sin {
    static __m256d of(__m256d x) { return _ZGVdN4v_sin(x); }
    static __m256 of(__m256 x) { return _ZGVdN8v_sinf(x); }
};
struct Cos {
    static __m256d of(__m256d x) { return _ZGVdN4v_cos(x); }
    static __m256 of(__m256 x) { return _ZGVdN8v_cosf(x); }
};
struct Erf {
    static __m256d of(__m256d x) { return _ZGVdN4v_erf(x); }
    static __m256 of(__m256 x) { return _ZGVdN8v_erff(x); }
};
struct Tanh {
    static __m256d of(__m256d x) { return _ZGVdN4v_tanh(x); }
    static __m256 of(__m256 x) { return _ZGVdN8v_tanhf(x); }
};
struct Acos {
    static __m256d of(__m256d x) { return _ZGVdN4v_acos(x); }
    static __m256 of(__m256 x) { return _ZGVdN8v_acosf(x); }
};
struct Atan2 {
    static __m256d of(__m256d y, __m256d x) { return _ZGVdN4vv_atan2(y, x); }
    static __m256 of(__m256 y, __m256 x) { return _ZGVdN8vv_atan2f(y, x); }
};

template <typename V>
constexpr VectorFunctions<typename V::Number> libmvec_functions() {
    return {each<V, Exp>, each<V, Expm1>, each<V, Log>,  each<V, Log1p>, each<V, Sin>,
            each<V, Cos>, each<V, Erf>,   each<V, Tanh>, each<V, Acos>,  each_pair<V, Atan2>};
}

} // namespace

constinit const VmathTable avx2_vmath = {"avx2", libmvec_functions<Doubles>(), libmvec_functions<Floats>()};

} // namespace limsym::numerics
