// The loops of descent_kernels.hpp for vectors of a given width; included by one file an instruction set, with its
// flags.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "limsym/nodescaling/descent_kernels.hpp"

namespace limsym::nodescaling {

namespace {

template <typename T, std::size_t Bytes>
struct Lanes {
    using Word = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;
    typedef T Vector __attribute__((vector_size(Bytes)));
    typedef Word Words __attribute__((vector_size(Bytes)));
    static constexpr std::size_t lanes = Bytes / sizeof(T);
    static constexpr std::size_t bits = 8 * sizeof(T);

    static Vector load(const T* from) {
        Vector v;
        std::memcpy(&v, from, Bytes);
        return v;
    }
    static void store(T* to, const Vector& v) { std::memcpy(to, &v, Bytes); }
    static Words load_words(const T* from) {
        Words w;
        std::memcpy(&w, from, Bytes);
        return w;
    }
    static void store_words(T* to, const Words& w) { std::memcpy(to, &w, Bytes); }
    // The difference from 0 is exact; compilers make one broadcast of it, and many moves of a loop over the lanes.
    static Vector all(T value) { return value - Vector{}; }
    static Words all_words(Word value) { return value | Words{}; }
    /// The result of a comparison, whose lanes are signed.
    template <typename Comparison>
    static Words mask(const Comparison& truth) {
        Words w;
        std::memcpy(&w, &truth, Bytes);
        return w;
    }
    /// v where the mask is all ones, 0 where it is 0.
    static Vector keep(const Words& mask, const Vector& v) {
        Words bits_of;
        std::memcpy(&bits_of, &v, Bytes);
        bits_of &= mask;
        Vector result;
        std::memcpy(&result, &bits_of, Bytes);
        return result;
    }
};

template <typename T, std::size_t Bytes>
struct DescentLoops {
    using L = Lanes<T, Bytes>;
    using Vector = typename L::Vector;
    using Words = typename L::Words;
    using Word = typename L::Word;
    static constexpr std::size_t lanes = L::lanes;

    template <std::size_t Count>
    static void panel_product(const T* panel, std::size_t inner, const T* columns, std::size_t stride, T* out,
                              std::size_t out_stride, bool add) {
        Vector sum[group_nodes][Count];
        for (std::size_t j = 0; j < group_nodes; ++j)
            for (std::size_t v = 0; v < Count; ++v)
                sum[j][v] = add ? L::load(out + j * out_stride + v * lanes) : Vector{};
        for (std::size_t k = 0; k < inner; ++k) {
            Vector x[Count];
            for (std::size_t v = 0; v < Count; ++v)
                x[v] = L::load(panel + (k * Count + v) * lanes);
            for (std::size_t j = 0; j < group_nodes; ++j) {
                const Vector w = L::all(columns[j * stride + k]);
                for (std::size_t v = 0; v < Count; ++v)
                    sum[j][v] += w * x[v];
            }
        }
        for (std::size_t j = 0; j < group_nodes; ++j)
            for (std::size_t v = 0; v < Count; ++v)
                L::store(out + j * out_stride + v * lanes, sum[j][v]);
    }

    static void product(std::size_t vectors, const T* panel, std::size_t inner, const T* columns, std::size_t stride,
                        T* out, std::size_t out_stride, bool add) {
        if (vectors == 2)
            panel_product<2>(panel, inner, columns, stride, out, out_stride, add);
        else
            panel_product<1>(panel, inner, columns, stride, out, out_stride, add);
    }

    static void rectify(T* z, std::size_t stride, std::size_t samples, T* words, std::size_t words_stride) {
        constexpr std::size_t block = lanes * L::bits;
        for (std::size_t j = 0; j < group_nodes; ++j)
            for (std::size_t begin = 0; begin < samples; begin += block) {
                const std::size_t end = begin + block < samples ? begin + block : samples;
                Words signs{};
                Words bit = L::all_words(1);
                for (std::size_t i = begin; i < end; i += lanes) {
                    const Vector value = L::load(z + j * stride + i);
                    const Words positive = L::mask(value > Vector{});
                    L::store(z + j * stride + i, L::keep(positive, value));
                    signs |= positive & bit;
                    bit += bit;
                }
                L::store_words(words + j * words_stride + begin / L::bits, signs);
            }
    }

    static void accumulate(const T* h, std::size_t stride, std::size_t samples, const T* readout, std::size_t outputs,
                           T* f, std::size_t f_stride) {
        for (std::size_t k = 0; k < outputs; ++k) {
            Vector c[group_nodes];
            for (std::size_t j = 0; j < group_nodes; ++j)
                c[j] = L::all(readout[k * group_nodes + j]);
            for (std::size_t i = 0; i < samples; i += lanes) {
                Vector sum = L::load(f + k * f_stride + i);
                for (std::size_t j = 0; j < group_nodes; ++j)
                    sum += c[j] * L::load(h + j * stride + i);
                L::store(f + k * f_stride + i, sum);
            }
        }
    }

    /// For the vector at sample i: sum_k residual_ki readout_kj of every node j.
    static void back(const T* residual, std::size_t r_stride, const T* readout, std::size_t outputs, std::size_t i,
                     Vector* sum) {
        for (std::size_t j = 0; j < group_nodes; ++j)
            sum[j] = Vector{};
        for (std::size_t k = 0; k < outputs; ++k) {
            const Vector e = L::load(residual + k * r_stride + i);
            for (std::size_t j = 0; j < group_nodes; ++j)
                sum[j] += e * L::all(readout[k * group_nodes + j]);
        }
    }

    static void spread_signs(const T* words, std::size_t words_stride, const T* residual, std::size_t r_stride,
                             const T* readout, std::size_t outputs, T* out, std::size_t stride, std::size_t samples) {
        constexpr std::size_t block = lanes * L::bits;
        for (std::size_t begin = 0; begin < samples; begin += block) {
            const std::size_t end = begin + block < samples ? begin + block : samples;
            Words signs[group_nodes];
            for (std::size_t j = 0; j < group_nodes; ++j)
                signs[j] = L::load_words(words + j * words_stride + begin / L::bits);
            Words bit = L::all_words(1);
            for (std::size_t i = begin; i < end; i += lanes) {
                Vector sum[group_nodes];
                back(residual, r_stride, readout, outputs, i, sum);
                for (std::size_t j = 0; j < group_nodes; ++j) {
                    const Words positive = L::mask((signs[j] & bit) != Words{});
                    L::store(out + j * stride + i, L::keep(positive, sum[j]));
                }
                bit += bit;
            }
        }
    }

    static void spread_slopes(const T* slopes, std::size_t slopes_stride, const T* residual, std::size_t r_stride,
                              const T* readout, std::size_t outputs, T* out, std::size_t stride, std::size_t samples) {
        for (std::size_t i = 0; i < samples; i += lanes) {
            Vector sum[group_nodes];
            back(residual, r_stride, readout, outputs, i, sum);
            for (std::size_t j = 0; j < group_nodes; ++j)
                L::store(out + j * stride + i, sum[j] * L::load(slopes + j * slopes_stride + i));
        }
    }

    static constexpr DescentKernels<T> table() {
        return {lanes, lanes * L::bits, product, rectify, accumulate, spread_signs, spread_slopes};
    }
};

} // namespace

} // namespace limsym::nodescaling
