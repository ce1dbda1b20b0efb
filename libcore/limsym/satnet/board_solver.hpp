// One board through the layer: the relaxed MAXSAT problem solved by the mixing method, and its exact adjoint.
//
//   minimise E(V) = sum over i != j of C_ij v_i.v_j over unit vectors v_i in R^k,
//   v_0 = e_0, known z_i: v_i = -cos(pi z_i) e_0 +- sin(pi z_i) e_1, output z_i = angle(-v_i, v_0) / pi.
//
// Sources: Wang, Donti, Wilder, Kolter, SATNet, ICML 2019 (forward); the adjoint in tangent form is our own: nothing is
// divided by sin(pi z), so that saturated outputs keep their digits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "limsym/satnet/couplings.hpp"
#include "limsym/satnet/start.hpp"
#include "limsym/satnet/sweep_kernels.hpp"
#include "limsym/satnet/vector_rows.hpp"

namespace limsym::satnet {

/// When sweeps end: after max_iter, or when one (not the first) lowers E by less than eps times what the first did.
struct StopRule {
    std::size_t max_iter = 40;
    double eps = 1e-4;
    double least = 0.0; ///< a gain below this ends the sweeps too (for starts that are nearly solved)
};

struct ForwardResult {
    std::size_t iters = 0;         ///< sweeps that did not trigger the stop
    bool converged = false;        ///< the stop was triggered
    std::vector<double> decreases; ///< of every sweep that was run
};

/// How the adjoint equations are solved.
struct AdjointRule {
    std::size_t sweeps = 0;   ///< at most
    double tolerance = 0.0;   ///< ends when |change of U| <= tolerance |U|
    double prox = 0.01;       ///< added to the diagonal
    bool fresh_norms = false; ///< |g| at the final V, else as left by the last forward sweep
};

/// Holds the vectors of one board after another in memory that is allocated once. T = double or float.
template <typename T>
class BoardSolver {
public:
    /// @param couplings outlive the solver
    explicit BoardSolver(const Couplings<T>& couplings);

    /// @param x values of the variables 1..n, NaN unknown @param start names exactly the unknown and auxiliary
    /// variables
    void load(std::span<const double> x, const Start& start);
    ForwardResult forward(const StopRule& stop);
    /// The same fixed points in fewer sweeps: now and then the vectors are moved on along the last sweep's change, as
    /// far as its linear rate foretells; a move that does not lower E is taken back.
    ForwardResult forward_accelerated(const StopRule& stop);
    /// The unit vectors as a start of the same board, for a solver of another precision.
    void export_vectors(Start& start) const;

    /// Unknown variables, by position in the order of visits.
    [[nodiscard]] std::size_t unknown() const { return order_.size(); }
    [[nodiscard]] std::uint32_t variable(std::size_t position) const { return order_[position]; }
    [[nodiscard]] const T* vector(std::size_t position) const;
    [[nodiscard]] std::size_t dimension() const { return k_; }
    /// z and 1 - z, both with all their digits.
    struct Output {
        double z;
        double complement;
        double sine; ///< of pi z
    };
    [[nodiscard]] Output output(std::size_t position) const;
    /// |g| of the last visit.
    [[nodiscard]] double norm(std::size_t position) const { return static_cast<double>(norms_[position]); }
    /// |g| at the present vectors, for all positions.
    void refresh_norms();
    /// E at the present vectors.
    [[nodiscard]] double energy();

    /// Solves for u with right side (1/pi) slopes[p] tau_p, slopes = d loss / d z by position. @returns sweeps run
    std::size_t adjoint(std::span<const double> slopes, const AdjointRule& rule);
    [[nodiscard]] const T* adjoint_vector(std::size_t position) const;

    /// For G = sum over boards of U V^T by one product: column `slot` of blocks of stride() numbers. u and v hold
    /// order() columns of `boards` blocks each; this board's blocks are overwritten.
    void copy_rows(T* u, T* v, std::size_t boards, std::size_t slot) const;
    /// SumCouplings only: adds d loss / d coefficient and d loss / d C_0i (i = 1..) of this board.
    void add_sum_gradient(std::span<double> coefficients, std::span<double> upper);

    [[nodiscard]] std::size_t stride() const { return stride_; }
    [[nodiscard]] std::size_t order() const { return order_of_; }

private:
    double sweep();
    void rebuild_sums();
    void extrapolate(double factor);
    [[nodiscard]] double free_energy();
    [[nodiscard]] double coupling(std::size_t i, std::size_t j) const;
    void load_dense(const DenseCouplings<T>& c);
    void load_factors(const FactorCouplings<T>& c);
    void load_sums(const SumCouplings<T>& c);
    [[nodiscard]] DenseSystem<T> dense_system();
    [[nodiscard]] FactorSystem<T> factor_system(T* W);
    [[nodiscard]] SumSystem<T> sum_system(const SumCouplings<T>& c);
    [[nodiscard]] std::size_t row_of(std::size_t position) const;
    void field(std::size_t position, const T* rows, T* W, T* g);

    const Couplings<T>* couplings_;
    std::size_t order_of_;
    std::size_t k_ = 0;
    std::size_t stride_ = 0;
    std::vector<std::uint32_t> order_;
    std::vector<std::uint32_t> known_; // variables, 0 first
    std::vector<T> known0_, known1_;   // their vectors in span(e_0, e_1), parallel to known_
    AlignedArray<T> v_, u_, right_;
    std::vector<T> before_, kept_; // of forward_accelerated
    AlignedArray<T> W_, Phi_;      // factors
    AlignedArray<T> block_;        // couplings of the unknown variables, or their rows of S
    std::size_t block_stride_ = 0;
    std::vector<T> squares_;
    std::vector<T> pull0_, pull1_, norms_;
    AlignedArray<T> scratch_;
};

} // namespace limsym::satnet
