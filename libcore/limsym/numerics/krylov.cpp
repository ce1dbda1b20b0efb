#include "limsym/numerics/krylov.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "limsym/base/random.hpp"
#include "limsym/numerics/cholesky.hpp"
#include "limsym/numerics/eigen.hpp"
#include "limsym/numerics/variates.hpp"

namespace limsym::numerics {

namespace {

double dot(const arma::vec& a, const arma::vec& b) {
    double sum = 0.0;
    for (std::size_t i = 0; i < a.n_elem; ++i)
        sum += a(i) * b(i);
    return sum;
}

/// V and T of the Lanczos recurrence A V = V T + beta v e', one step at a time.
class Lanczos {
public:
    Lanczos(const SymmetricOperator& a, const arma::vec& start, std::size_t most)
        : a_(a), basis_(start.n_elem, std::min<std::size_t>(most, start.n_elem), arma::fill::none) {
        basis_.col(0) = start / std::sqrt(dot(start, start));
    }

    /// @returns false when the space is exhausted
    bool step() {
        const std::size_t k = diagonal_.size();
        if (k == basis_.n_cols || ended_) return false;
        const arma::vec v = basis_.col(k);
        a_(v, product_);
        diagonal_.push_back(dot(v, product_));
        // twice is enough
        for (int round = 0; round < 2; ++round) {
            const arma::mat known(basis_.memptr(), basis_.n_rows, k + 1, false, true);
            const arma::mat rest(product_.memptr(), product_.n_elem, 1, false, true);
            arma::mat weights;
            multiply_tn(1.0, known, rest, 0.0, weights);
            arma::mat remainder = rest;
            multiply_nn(-1.0, known, weights, 1.0, remainder);
            product_ = remainder.col(0);
        }
        beta_ = std::sqrt(dot(product_, product_));
        const double scale = *std::max_element(diagonal_.begin(), diagonal_.end());
        ended_ = !(beta_ > 1e-14 * std::abs(scale));
        if (ended_ || k + 1 == basis_.n_cols) return false;
        off_diagonal_.push_back(beta_);
        basis_.col(k + 1) = product_ / beta_;
        return true;
    }
    [[nodiscard]] std::size_t steps() const { return diagonal_.size(); }
    /// |residual| of a Ritz pair is this times the last entry of its vector.
    [[nodiscard]] double beta() const { return ended_ || steps() == basis_.n_rows ? 0.0 : beta_; }
    [[nodiscard]] bool exhausted() const { return ended_ || steps() == basis_.n_rows; }
    [[nodiscard]] SymmetricEigen tridiagonal() const {
        const std::size_t k = steps();
        arma::mat t(k, k, arma::fill::zeros);
        for (std::size_t i = 0; i < k; ++i)
            t(i, i) = diagonal_[i];
        for (std::size_t i = 0; i + 1 < k; ++i)
            t(i + 1, i) = t(i, i + 1) = off_diagonal_[i];
        return symmetric_eigen(t, true);
    }
    [[nodiscard]] arma::vec combination(const arma::vec& weights) const {
        const arma::mat known = basis_.head_cols(weights.n_elem);
        const arma::mat column(weights);
        arma::mat result;
        multiply_nn(1.0, known, column, 0.0, result);
        return arma::vec(result.col(0));
    }

private:
    const SymmetricOperator& a_;
    arma::mat basis_;
    arma::vec product_;
    std::vector<double> diagonal_;
    std::vector<double> off_diagonal_;
    double beta_ = 0.0;
    bool ended_ = false;
};

} // namespace

IterativeSolution conjugate_gradients(const SymmetricOperator& a, const SymmetricOperator& precondition,
                                      const arma::vec& b, double tolerance, std::size_t most_iterations,
                                      const base::Monitor& monitor) {
    IterativeSolution result;
    result.x.zeros(b.n_elem);
    const double size = std::sqrt(dot(b, b));
    if (size == 0.0) {
        result.converged = true;
        return result;
    }
    arma::vec residual = b;
    arma::vec z = b;
    arma::vec product(b.n_elem, arma::fill::none);
    if (precondition) precondition(residual, z);
    arma::vec direction = z;
    double energy = dot(residual, z);
    for (; result.iterations < most_iterations; ++result.iterations) {
        result.residual = std::sqrt(dot(residual, residual)) / size;
        monitor.advance(static_cast<double>(result.iterations), static_cast<double>(most_iterations), "solve");
        if (result.residual <= tolerance) {
            result.converged = true;
            return result;
        }
        a(direction, product);
        const double curvature = dot(direction, product);
        if (!(curvature > 0)) return result; // not positive definite to rounding
        const double step = energy / curvature;
        for (std::size_t i = 0; i < b.n_elem; ++i) {
            result.x(i) += step * direction(i);
            residual(i) -= step * product(i);
        }
        if (precondition)
            precondition(residual, z);
        else
            z = residual;
        const double next = dot(residual, z);
        for (std::size_t i = 0; i < b.n_elem; ++i)
            direction(i) = z(i) + next / energy * direction(i);
        energy = next;
    }
    result.residual = std::sqrt(dot(residual, residual)) / size;
    result.converged = result.residual <= tolerance;
    return result;
}

IterativeSolution operator_function(const SymmetricOperator& a, const arma::vec& b,
                                    const std::function<double(double)>& f, double tolerance,
                                    std::size_t most_iterations, const base::Monitor& monitor) {
    IterativeSolution result;
    result.x.zeros(b.n_elem);
    const double size = std::sqrt(dot(b, b));
    if (size == 0.0) {
        result.converged = true;
        return result;
    }
    Lanczos lanczos(a, b, most_iterations);
    arma::vec weights;
    constexpr std::size_t between_looks = 10;
    for (bool more = true; more && !result.converged;) {
        for (std::size_t k = 0; k < between_looks && more; ++k)
            more = lanczos.step();
        monitor.advance(static_cast<double>(lanczos.steps()), static_cast<double>(most_iterations), "solve");
        const SymmetricEigen ritz = lanczos.tridiagonal();
        arma::vec coefficients(lanczos.steps(), arma::fill::none);
        for (std::size_t i = 0; i < coefficients.n_elem; ++i)
            coefficients(i) = f(ritz.values(i)) * ritz.vectors(0, i) * size;
        arma::vec next(lanczos.steps(), arma::fill::zeros);
        for (std::size_t i = 0; i < coefficients.n_elem; ++i)
            for (std::size_t k = 0; k < next.n_elem; ++k)
                next(k) += ritz.vectors(k, i) * coefficients(i);
        double change = 0.0;
        for (std::size_t k = 0; k < next.n_elem; ++k) {
            const double before = k < weights.n_elem ? weights(k) : 0.0;
            change += (next(k) - before) * (next(k) - before);
        }
        weights = next;
        result.residual = std::sqrt(change / std::max(dot(next, next), std::numeric_limits<double>::min()));
        result.converged = result.residual <= tolerance || lanczos.exhausted();
    }
    result.iterations = lanczos.steps();
    result.x = lanczos.combination(weights);
    return result;
}

ExtremeEigenvalues extreme_eigenvalues(const SymmetricOperator& a, std::size_t size, std::size_t count,
                                       double tolerance, std::size_t most_iterations, const base::Monitor& monitor) {
    arma::vec start(size, arma::fill::none);
    base::RandomStream stream(0, "lanczos start");
    fill_normal(stream, start.memptr(), size);
    Lanczos lanczos(a, start, most_iterations);
    ExtremeEigenvalues result;
    constexpr std::size_t between_looks = 20;
    for (bool more = true; more;) {
        for (std::size_t k = 0; k < between_looks && more; ++k)
            more = lanczos.step();
        monitor.advance(static_cast<double>(lanczos.steps()), static_cast<double>(most_iterations), "eigenvalues");
        const SymmetricEigen ritz = lanczos.tridiagonal();
        const std::size_t last = lanczos.steps() - 1;
        const auto residual = [&](std::size_t i) { return lanczos.beta() * std::abs(ritz.vectors(last, i)); };
        const std::size_t wanted = std::min(count, lanczos.steps());
        result.largest = ritz.values.tail(wanted);
        result.smallest = ritz.values(0);
        result.smallest_residual = residual(0);
        result.largest_residual = 0.0;
        for (std::size_t i = 0; i < wanted; ++i)
            result.largest_residual = std::max(result.largest_residual, residual(last - i));
        result.iterations = lanczos.steps();
        const double bound = tolerance * ritz.values(last);
        if (wanted == count && result.smallest_residual <= bound && result.largest_residual <= bound) break;
    }
    return result;
}

} // namespace limsym::numerics
