// The loops of sweep_kernels.hpp; included by one file an instruction set, which says how many bytes a register holds.
// Everything has internal linkage, so that no function compiled for one set can be chosen by the linker for others.
#pragma once

#include <cstddef>
#include <cstdint>

#include "limsym/satnet/sweep_kernels.hpp"

namespace limsym::satnet {

namespace {

inline double root_of(double x) {
    return __builtin_sqrt(x);
}
inline float root_of(float x) {
    return __builtin_sqrtf(x);
}

template <typename T, std::size_t register_bytes>
struct SweepLoops {
    static constexpr std::size_t width = register_bytes / sizeof(T);
    using Vector [[gnu::vector_size(register_bytes), gnu::may_alias]] = T;

    static Vector& at(T* p) { return *reinterpret_cast<Vector*>(p); }
    static const Vector& at(const T* p) { return *reinterpret_cast<const Vector*>(p); }

    // By 16 bytes: a chain of `width` additions would take longer than the sweep's products.
    static T sum_of(const Vector& v) {
        using Part [[gnu::vector_size(16)]] = T;
        Part parts[register_bytes / 16];
        __builtin_memcpy(parts, &v, sizeof v);
        Part sum = parts[0];
#pragma GCC unroll 4
        for (std::size_t i = 1; i < register_bytes / 16; ++i)
            sum += parts[i];
        T total = sum[0] + sum[1];
        if constexpr (sizeof(T) == 4) total += sum[2] + sum[3];
        return total;
    }
    static T dot(std::size_t count, const T* a, const T* b) {
        Vector even{};
        Vector odd{};
        std::size_t i = 0;
        for (; i + 2 * width <= count; i += 2 * width) {
            even += at(a + i) * at(b + i);
            odd += at(a + i + width) * at(b + i + width);
        }
        if (i < count) even += at(a + i) * at(b + i);
        return sum_of(even + odd);
    }

    // `registers` registers of every row, `rows_at_once` rows with sums of their own
    template <std::size_t registers, std::size_t rows_at_once, typename Row>
    static void combine_part(std::size_t count, const T* c, const Row& row, T* out) {
        Vector sums[rows_at_once][registers] = {};
        std::size_t j = 0;
        for (; j + rows_at_once <= count; j += rows_at_once) {
#pragma GCC unroll 8
            for (std::size_t a = 0; a < rows_at_once; ++a) {
                const T* const from = row(j + a);
#pragma GCC unroll 4
                for (std::size_t r = 0; r < registers; ++r)
                    sums[a][r] += c[j + a] * at(from + r * width);
            }
        }
        for (; j < count; ++j) {
            const T* const from = row(j);
#pragma GCC unroll 4
            for (std::size_t r = 0; r < registers; ++r)
                sums[0][r] += c[j] * at(from + r * width);
        }
#pragma GCC unroll 8
        for (std::size_t a = 1; a < rows_at_once; ++a)
#pragma GCC unroll 4
            for (std::size_t r = 0; r < registers; ++r)
                sums[0][r] += sums[a][r];
#pragma GCC unroll 4
        for (std::size_t r = 0; r < registers; ++r)
            at(out + r * width) = sums[0][r];
    }
    template <typename Row>
    static void combine_rows(std::size_t count, const T* c, std::size_t stride, const Row& row, T* out) {
        std::size_t k = 0;
        const auto from_k = [&](std::size_t j) { return row(j) + k; };
        for (; k + 4 * width <= stride; k += 4 * width)
            combine_part<4, 2>(count, c, from_k, out + k);
        if (k + 2 * width <= stride) {
            combine_part<2, 4>(count, c, from_k, out + k);
            k += 2 * width;
        }
        if (k < stride) combine_part<1, 8>(count, c, from_k, out + k);
    }
    static void combine(std::size_t count, const T* c, const T* rows, std::size_t stride, T* out) {
        combine_rows(
            count, c, stride, [&](std::size_t j) { return rows + j * stride; }, out);
    }
    static void combine_indexed(std::size_t count, const T* c, const std::uint32_t* index, const T* rows,
                                std::size_t stride, T* out) {
        combine_rows(
            count, c, stride, [&](std::size_t j) { return rows + index[j] * stride; }, out);
    }
    static void scatter(std::size_t count, const std::uint32_t* index, const T* v, std::size_t stride, T* rows) {
        for (std::size_t j = 0; j < count; ++j) {
            T* const to = rows + index[j] * stride;
            for (std::size_t k = 0; k < stride; k += width)
                at(to + k) += at(v + k);
        }
    }

    // The systems: g of a position without what it adds to itself, and what a change does to the sums.
    static void gather(const DenseSystem<T>& s, std::size_t p, const T* rows, T* g) {
        combine(s.count, s.couplings + p * s.couplings_stride, rows, s.stride, g);
    }
    static void pull(const DenseSystem<T>& s, std::size_t p, T* g) {
        g[0] += s.pull0[p];
        g[1] += s.pull1[p];
    }
    static std::size_t row_of(const DenseSystem<T>&, std::size_t p) {
        return p;
    }
    static void spread(const DenseSystem<T>& s, std::size_t p, const T* difference, T* rows) {
        for (std::size_t k = 0; k < s.stride; k += width)
            at(rows + p * s.stride + k) += at(difference + k);
    }

    static void gather(const SumSystem<T>& s, std::size_t p, const T* rows, T* g) {
        const std::uint32_t i = s.visit[p];
        const std::uint32_t begin = s.read_begin[i];
        combine_indexed(s.read_begin[i + 1] - begin, s.coefficients + s.coefficient_begin[i], s.read_row + begin, rows,
                        s.stride, g);
    }
    static void pull(const SumSystem<T>& s, std::size_t p, T* g) {
        g[0] += s.pull0[p];
    }
    static std::size_t row_of(const SumSystem<T>& s, std::size_t p) {
        return s.visit[p];
    }
    static void spread(const SumSystem<T>& s, std::size_t p, const T* difference, T* rows) {
        const std::uint32_t i = s.visit[p];
        const std::uint32_t begin = s.write_begin[i];
        scatter(s.write_begin[i + 1] - begin, s.write_row + begin, difference, s.stride, rows);
    }

    static void gather(const FactorSystem<T>& s, std::size_t p, const T* rows, T* g) {
        combine(s.factors, s.S + p * s.factors_stride, s.W, s.stride, g);
        const T* const own = rows + p * s.stride;
        const T square = s.squares[p];
        for (std::size_t k = 0; k < s.stride; k += width)
            at(g + k) -= square * at(own + k);
    }
    static void pull(const FactorSystem<T>&, std::size_t, T*) {}
    static std::size_t row_of(const FactorSystem<T>&, std::size_t p) {
        return p;
    }
    static void spread(const FactorSystem<T>& s, std::size_t p, const T* difference, T* rows) {
        for (std::size_t k = 0; k < s.stride; k += width)
            at(rows + p * s.stride + k) += at(difference + k);
        const T* const row = s.S + p * s.factors_stride;
        for (std::size_t f = 0; f < s.factors; ++f) {
            T* const to = s.W + f * s.stride;
            for (std::size_t k = 0; k < s.stride; k += width)
                at(to + k) += row[f] * at(difference + k);
        }
    }

    template <typename System>
    static double forward(const System& s, const ForwardRows<T>& rows) {
        T* const g = s.scratch;
        double decrease = 0.0;
        for (std::size_t p = 0; p < s.count; ++p) {
            const T* const v = rows.v + row_of(s, p) * s.stride;
            gather(s, p, rows.v, g);
            pull(s, p, g);
            const T norm = root_of(dot(s.stride, g, g));
            rows.norms[p] = norm;
            if (!(norm > 0)) continue;
            const T scale = -1 / norm;
            Vector moved{};
            for (std::size_t k = 0; k < s.stride; k += width) {
                const Vector difference = scale * at(g + k) - at(v + k);
                moved += difference * difference;
                at(g + k) = difference;
            }
            decrease += static_cast<double>(norm * sum_of(moved));
            spread(s, p, g, rows.v);
        }
        return decrease;
    }

    template <typename System>
    static AdjointChange adjoint(const System& s, const AdjointRows<T>& rows) {
        T* const h = s.scratch;
        AdjointChange result{0.0, 0.0};
        for (std::size_t p = 0; p < s.count; ++p) {
            const std::size_t row = row_of(s, p) * s.stride;
            const T* const v = rows.v + row;
            const T* const u = rows.u + row;
            const T* const right = rows.right + p * s.stride;
            const T diagonal = rows.norms[p] + rows.prox;
            if (!(diagonal > 0)) continue;
            gather(s, p, rows.u, h);
            const T along = dot(s.stride, v, h);
            const T scale = -1 / diagonal;
            Vector moved{};
            Vector size{};
            for (std::size_t k = 0; k < s.stride; k += width) {
                const Vector next = scale * (at(h + k) - along * at(v + k) + at(right + k));
                const Vector difference = next - at(u + k);
                moved += difference * difference;
                size += next * next;
                at(h + k) = difference;
            }
            result.change += static_cast<double>(sum_of(moved));
            result.size += static_cast<double>(sum_of(size));
            spread(s, p, h, rows.u);
        }
        return result;
    }

    static constexpr SweepKernels<T> table(std::string_view name) {
        return {&forward<DenseSystem<T>>,
                &forward<SumSystem<T>>,
                &forward<FactorSystem<T>>,
                &adjoint<DenseSystem<T>>,
                &adjoint<SumSystem<T>>,
                &adjoint<FactorSystem<T>>,
                &combine,
                &combine_indexed,
                &scatter,
                &dot,
                name};
    }
};

} // namespace

} // namespace limsym::satnet
