// The inner loops of a training step on groups of six nodes: one table of functions an instruction set
// (descent_kernels_body.hpp compiled per set), chosen once by numerics/instruction_set.hpp.
//
// Rows (samples, or coordinates) lie in panels of one or two vectors: panel[k * width + r] is row r of the panel at
// inner index k. Blocks of nodes are node after node, `stride` numbers apart. Counts of samples are multiples of the
// vector's lanes; what is beyond the data is 0.
#pragma once

#include <cstddef>

namespace limsym::nodescaling {

/// Nodes that a kernel treats at a time.
inline constexpr std::size_t group_nodes = 6;

template <typename T>
struct DescentKernels {
    std::size_t lanes; ///< numbers of a vector
    /// Samples whose signs one vector of words holds, a bit each: lanes times the bits of T.
    std::size_t sign_block;

    /// out[j * out_stride + r] (+)= sum_{k < inner} panel[k * width + r] columns[j * stride + k] for the rows r of one
    /// panel of `vectors` (1 or 2) vectors.
    void (*product)(std::size_t vectors, const T* panel, std::size_t inner, const T* columns, std::size_t stride,
                    T* out, std::size_t out_stride, bool add);
    /// z := max(z, 0), and the signs of z: one bit a sample, word vectors one after another, `words_stride` numbers
    /// of T between nodes.
    void (*rectify)(T* z, std::size_t stride, std::size_t samples, T* words, std::size_t words_stride);
    /// f[k * f_stride + i] += sum_j readout[k * group_nodes + j] h[j * stride + i], k < outputs
    void (*accumulate)(const T* h, std::size_t stride, std::size_t samples, const T* readout, std::size_t outputs, T* f,
                       std::size_t f_stride);
    /// out[j * stride + i] = phi'_ji sum_k residual[k * r_stride + i] readout[k * group_nodes + j], phi' from the bits
    /// of rectify.
    void (*spread_signs)(const T* words, std::size_t words_stride, const T* residual, std::size_t r_stride,
                         const T* readout, std::size_t outputs, T* out, std::size_t stride, std::size_t samples);
    /// The same with phi' as numbers, `slopes_stride` between nodes.
    void (*spread_slopes)(const T* slopes, std::size_t slopes_stride, const T* residual, std::size_t r_stride,
                          const T* readout, std::size_t outputs, T* out, std::size_t stride, std::size_t samples);
};

/// The table of this processor. T = double or float.
template <typename T>
[[nodiscard]] const DescentKernels<T>& descent_kernels();

// One file an instruction set.
extern const DescentKernels<double> generic_descent_kernels_double;
extern const DescentKernels<float> generic_descent_kernels_float;
#if defined(__x86_64__)
extern const DescentKernels<double> avx2_descent_kernels_double;
extern const DescentKernels<float> avx2_descent_kernels_float;
extern const DescentKernels<double> avx512_descent_kernels_double;
extern const DescentKernels<float> avx512_descent_kernels_float;
#endif

} // namespace limsym::nodescaling
