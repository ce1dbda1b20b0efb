// The inner loops of the mixing method (Wang, Chang, Kolter, arXiv 1706.00476) and of its adjoint: one sweep over the
// unknown variables of one board, compiled for several instruction sets.
//
// The energy is E = sum over i != j of C_ij v_i.v_j with unit vectors v_i; g_i = sum over j != i of C_ij v_j. A system
// holds what g_i needs in one of three forms. "Position" p counts the unknown variables in the order of their visits.
// What known variables and the truth vector pull with lies in the span of the first two coordinates: pull0, pull1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace limsym::satnet {

/// g_p = pull_p + sum over q of couplings[p, q] v_q; rows of v by position.
template <typename T>
struct DenseSystem {
    std::size_t count;  ///< unknown variables
    std::size_t stride; ///< numbers from one vector to the next, a multiple of 64 bytes
    const T* couplings; ///< count x couplings_stride, row-major, zero diagonal
    std::size_t couplings_stride;
    const T* pull0; ///< [count]
    const T* pull1;
    T* scratch; ///< one vector
};

/// g_i = pull_p + sum over the reads r of i of coefficient[r] row[r], where rows are sums of vectors; when v_i changes
/// the difference is added to the rows that i writes. Rows 0.. are by variable: visit[p] is the row of position p.
template <typename T>
struct SumSystem {
    std::size_t count;
    std::size_t stride;
    const std::uint32_t* visit;             ///< [count] variables, in order
    const std::uint32_t* read_begin;        ///< [variables + 1]
    const std::uint32_t* read_row;          ///< rows
    const std::uint32_t* coefficient_begin; ///< [variables]: the first coefficient of the variable's reads
    const T* coefficients;
    const std::uint32_t* write_begin; ///< [variables + 1]
    const std::uint32_t* write_row;
    const T* pull0; ///< [count]
    T* scratch;
};

/// C = S S^T off the diagonal, W = sum over all variables of S_j v_j (factors x stride):
/// g_p = sum over f of S_pf W_f - |S_p|^2 v_p; rows of v by position.
template <typename T>
struct FactorSystem {
    std::size_t count;
    std::size_t stride;
    std::size_t factors;
    const T* S; ///< count x factors_stride, by position
    std::size_t factors_stride;
    const T* squares; ///< [count] |S_p|^2
    T* W;
    T* scratch;
};

/// What a forward sweep moves.
template <typename T>
struct ForwardRows {
    T* v;     ///< unit vectors (the first rows of the sums in a SumSystem)
    T* norms; ///< [count] |g|, as left by the last visit; a vector whose g is 0 stays
};

/// What a sweep of block Gauss-Seidel for the adjoint moves:
/// u_p = -(P_p h + right_p) / (norms_p + prox), P_p = I - v_p v_p^T, h = sum over j of C u_j.
template <typename T>
struct AdjointRows {
    const T* v;     ///< final unit vectors, by position (by variable in a SumSystem)
    T* u;           ///< solution so far (the first rows of the sums of u in a SumSystem)
    const T* right; ///< [count x stride] right sides, by position
    const T* norms; ///< [count]
    T prox;
};
struct AdjointChange {
    double change; ///< sum of |u_new - u_old|^2
    double size;   ///< sum of |u_new|^2
};

template <typename T>
struct SweepKernels {
    /// One sweep; @returns the decrease of E
    double (*forward_dense)(const DenseSystem<T>&, const ForwardRows<T>&);
    double (*forward_sums)(const SumSystem<T>&, const ForwardRows<T>&);
    double (*forward_factors)(const FactorSystem<T>&, const ForwardRows<T>&);
    AdjointChange (*adjoint_dense)(const DenseSystem<T>&, const AdjointRows<T>&);
    AdjointChange (*adjoint_sums)(const SumSystem<T>&, const AdjointRows<T>&);
    AdjointChange (*adjoint_factors)(const FactorSystem<T>&, const AdjointRows<T>&);
    /// out = sum over j < count of coefficients[j] rows[j * stride ...]
    void (*combine)(std::size_t count, const T* coefficients, const T* rows, std::size_t stride, T* out);
    /// out = sum over j < count of coefficients[j] rows[index[j] * stride ...]
    void (*combine_indexed)(std::size_t count, const T* coefficients, const std::uint32_t* index, const T* rows,
                            std::size_t stride, T* out);
    /// rows[index[j]] += v for j < count
    void (*scatter)(std::size_t count, const std::uint32_t* index, const T* v, std::size_t stride, T* rows);
    T (*dot)(std::size_t count, const T* a, const T* b);
    std::string_view name;
};

/// The variant for this processor; LIMSYM_VMATH in the environment asks for less (numerics/instruction_set.hpp).
template <typename T>
[[nodiscard]] const SweepKernels<T>& sweep_kernels();

// One file an instruction set.
extern const SweepKernels<double> generic_sweep_kernels_double;
extern const SweepKernels<float> generic_sweep_kernels_float;
#if defined(__x86_64__)
extern const SweepKernels<double> avx2_sweep_kernels_double;
extern const SweepKernels<float> avx2_sweep_kernels_float;
extern const SweepKernels<double> avx512_sweep_kernels_double;
extern const SweepKernels<float> avx512_sweep_kernels_float;
#endif

} // namespace limsym::satnet
