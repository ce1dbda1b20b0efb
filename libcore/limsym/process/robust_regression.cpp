#include "limsym/process/robust_regression.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/kernel/jacobian_jets.hpp"
#include "limsym/kernel/jacobian_operator.hpp"
#include "limsym/numerics/cholesky.hpp"
#include "limsym/numerics/krylov.hpp"

namespace limsym::process {

namespace {

constexpr std::size_t most_dense_rows = 32766; // LAPACK's workspace has 32-bit sizes

/// Rows of z side by side, a point a row.
arma::mat by_points(const arma::vec& z, std::size_t height) {
    arma::mat result(z.n_elem / height, height, arma::fill::none);
    for (std::size_t i = 0; i < result.n_rows; ++i)
        for (std::size_t a = 0; a < height; ++a)
            result(i, a) = z(i * height + a);
    return result;
}

arma::vec stacked(const arma::mat& rows) {
    arma::vec result(rows.n_elem, arma::fill::none);
    for (std::size_t i = 0; i < rows.n_rows; ++i)
        for (std::size_t a = 0; a < rows.n_cols; ++a)
            result(i * rows.n_cols + a) = rows(i, a);
    return result;
}

/// z_0 - ybar
arma::vec starting_error(const RobustData& data) {
    arma::vec error = -stacked_targets(data.y, data.x.n_cols);
    if (!data.start.empty()) error += stacked(data.start);
    return error;
}

bool infinite(const TrainingTime& time) {
    const auto* flow = std::get_if<FlowTime>(&time);
    return flow != nullptr && std::isinf(flow->time);
}

std::size_t size_of(const RobustData& data, const RobustLoss& loss) {
    return loss.lambda > 0 ? data.x.n_rows * (data.x.n_cols + 1) : data.x.n_rows;
}

std::uint64_t dense_fit_bytes(const RobustData& data, const RobustOptions& options) {
    // Theta, S, its eigenvectors and dsyevd's two workspaces; Sigma with its products
    const std::uint64_t dense = kernel::dense_bytes(data.x.n_cols);
    const std::uint64_t n = data.x.n_rows;
    return kernel::matrix_bytes(n, n, (options.covariance ? 8 : 5) * dense + 2 * kernel::jet_bytes(false));
}

std::uint64_t iterative_fit_bytes(const RobustData& data) {
    const std::uint64_t n = data.x.n_rows;
    return kernel::matrix_bytes(n, n, kernel::jet_bytes(false)) + kernel::product_bytes(n, n, data.x.n_cols) +
           kernel::matrix_bytes(n, 1, kernel::dense_bytes(data.x.n_cols));
}

bool solves_densely(const RobustData& data, const RobustOptions& options, base::MemoryBudget memory) {
    if (options.solver != RobustSolver::automatic) return options.solver == RobustSolver::dense;
    return options.covariance ||
           (size_of(data, options.loss) <= most_dense_rows && dense_fit_bytes(data, options) <= memory.bytes);
}

/// f - y at the training points, root mean square.
double residual_of(const kernel::JetMatrix& theta, const RobustData& data, const RobustLoss& loss,
                   const arma::vec& coefficients) {
    arma::vec change;
    kernel::JacobianOperator(theta, data.x, data.x).multiply(coefficients, change);
    double sum = 0.0;
    const std::size_t height = data.x.n_cols + 1;
    for (std::size_t i = 0; i < data.y.n_elem; ++i) {
        const double start = data.start.empty() ? 0.0 : data.start(i, 0);
        const double error = start - loss.kappa * loss.kappa * change(i * height) - data.y(i);
        sum += error * error;
    }
    return std::sqrt(sum / static_cast<double>(data.y.n_elem));
}

void fit_densely(const kernel::JacobianNetwork& network, const RobustData& data, const RobustOptions& options,
                 const base::Monitor& monitor, RobustFit& fit) {
    const kernel::JacobianKernels kernels =
        kernel::jacobian_kernels(network, data.x, nullptr, {options.covariance, true, false}, monitor);
    fit.flow.emplace(kernel::expand(kernels.ntk, data.x, data.x, true), data.x.n_cols, options.loss, options.ridge,
                     options.rank_cut);
    monitor.check();
    const arma::vec start = starting_error(data);
    for (const TrainingTime& time : options.times) {
        fit.coefficients.push_back(fit.flow->coefficients(time, start));
        if (infinite(time) && options.ridge == 0.0)
            fit.residual = residual_of(kernels.ntk, data, options.loss, fit.coefficients.back());
    }
    if (!options.covariance) return;
    const arma::mat sigma = kernel::expand(kernels.nngp, data.x, data.x, true);
    fit.covariance = fit.flow->rotated_rows(fit.flow->rotated_rows(sigma).t());
}

/// The diagonal blocks of S + ridge, factorised, as a preconditioner.
class BlockPreconditioner {
public:
    BlockPreconditioner(const kernel::JetMatrix& theta, const arma::mat& x, const arma::vec& root, double kappa,
                        double ridge)
        : height_(x.n_cols + 1), factors_(x.n_rows) {
        base::parallel_for(x.n_rows, [&](std::size_t i) {
            const arma::rowvec point = x.row(i);
            arma::mat block;
            kernel::expand_block(theta, i, i, point, point, block);
            double trace = 0.0;
            for (std::size_t b = 0; b < height_; ++b)
                for (std::size_t a = 0; a < height_; ++a)
                    block(a, b) *= kappa * kappa * root(i * height_ + a) * root(i * height_ + b);
            for (std::size_t a = 0; a < height_; ++a)
                trace += block(a, a);
            // rows that the loss does not see keep a 1 to divide by
            for (std::size_t a = 0; a < height_; ++a)
                block(a, a) += root(i * height_ + a) > 0 ? ridge + 1e-12 * trace : 1.0;
            if (numerics::cholesky_in_place(block)) block.reset();
            factors_[i] = std::move(block);
        });
    }
    void operator()(const arma::vec& v, arma::vec& out) const {
        out = v;
        base::parallel_for(factors_.size(), [&](std::size_t i) {
            if (factors_[i].empty()) return;
            arma::mat part(height_, 1, arma::fill::none);
            for (std::size_t a = 0; a < height_; ++a)
                part(a, 0) = v(i * height_ + a);
            numerics::solve_lower_in_place(factors_[i], part);
            numerics::solve_lower_transposed_in_place(factors_[i], part);
            for (std::size_t a = 0; a < height_; ++a)
                out(i * height_ + a) = part(a, 0);
        });
    }

private:
    std::size_t height_;
    std::vector<arma::mat> factors_;
};

/// phi_t of one eigenvalue, as RobustFlow has it.
double response(const TrainingTime& time, double eigenvalue, double count) {
    if (const auto* flow = std::get_if<FlowTime>(&time))
        return eigenvalue == 0.0 ? flow->time / count : -std::expm1(-flow->time * eigenvalue / count) / eigenvalue;
    const auto& descent = std::get<DescentTime>(time);
    const auto steps = static_cast<double>(descent.steps);
    if (eigenvalue == 0.0) return steps * descent.rate / count;
    return (1 - std::pow(1 - descent.rate * eigenvalue / count, steps)) / eigenvalue;
}

void fit_iteratively(const kernel::JacobianNetwork& network, const RobustData& data, const RobustOptions& options,
                     const base::Monitor& monitor, RobustFit& fit) {
    const kernel::JacobianKernels kernels =
        kernel::jacobian_kernels(network, data.x, nullptr, {false, true, false}, monitor);
    const kernel::JacobianOperator theta(kernels.ntk, data.x, data.x);
    const std::size_t height = data.x.n_cols + 1;
    const double kappa2 = options.loss.kappa * options.loss.kappa;
    const double count = options.loss.mean ? static_cast<double>(data.x.n_rows) : 1.0;
    arma::vec root(theta.rows());
    root.fill(std::sqrt(options.loss.lambda));
    for (std::size_t i = 0; i < data.x.n_rows; ++i)
        root(i * height) = 1.0;
    arma::vec scaled;
    const numerics::SymmetricOperator s = [&](const arma::vec& v, arma::vec& out) {
        scaled = root % v;
        theta.multiply(scaled, out);
        for (std::size_t i = 0; i < out.n_elem; ++i)
            out(i) = kappa2 * root(i) * out(i) + options.ridge * v(i);
    };
    const BlockPreconditioner preconditioner(kernels.ntk, data.x, root, options.loss.kappa, options.ridge);
    const arma::vec right = root % starting_error(data);
    const std::size_t most = std::min<std::size_t>(10 * right.n_elem, 20000);
    for (const TrainingTime& time : options.times) {
        const bool end = infinite(time);
        const numerics::IterativeSolution solution =
            end ? numerics::conjugate_gradients(s, preconditioner, right, options.tolerance, most, monitor)
                : numerics::operator_function(
                      s, right, [&](double value) { return response(time, std::max(value, 0.0), count); },
                      options.tolerance, std::min<std::size_t>(right.n_elem, 1000), monitor);
        if (!solution.converged)
            throw base::WorkError("the iterative solver reached a relative residual of " +
                                  base::number_text(solution.residual) + " after " +
                                  std::to_string(solution.iterations) +
                                  " products; try --ridge, a larger --tol, a finite --time or --solver dense");
        fit.coefficients.emplace_back(root % solution.x);
        if (end && options.ridge == 0.0)
            fit.residual = residual_of(kernels.ntk, data, options.loss, fit.coefficients.back());
    }
}

/// Test points are worked through in blocks of this many.
constexpr std::size_t test_block = 128;

/// kappa^2 [Sigma** - P U' - U P' + P V P'] of the rows of one point or, elementwise, of its diagonal.
struct CovarianceParts {
    arma::mat p; ///< kappa^2 Theta_* Lam^{1/2} Q diag(phi)
    arma::mat u; ///< Sigma_* Lam^{1/2} Q
    arma::mat pv;
};

double entry(const CovarianceParts& parts, double prior, std::size_t row, std::size_t column) {
    double sum = prior;
    for (std::size_t k = 0; k < parts.p.n_cols; ++k)
        sum += parts.pv(row, k) * parts.p(column, k) - parts.p(row, k) * parts.u(column, k) -
               parts.u(row, k) * parts.p(column, k);
    return sum;
}

} // namespace

RobustFit fit_robust(const kernel::JacobianNetwork& network, const RobustData& data, const RobustOptions& options,
                     base::MemoryBudget memory, const base::Monitor& monitor) {
    RobustFit fit;
    fit.size = size_of(data, options.loss);
    if (solves_densely(data, options, memory)) {
        const std::uint64_t bytes = dense_fit_bytes(data, options);
        if (bytes > memory.bytes || fit.size > most_dense_rows)
            throw base::WorkError("the dense solution of " + std::to_string(fit.size) + " rows needs " +
                                  std::to_string(bytes) + " bytes" +
                                  (bytes > memory.bytes
                                       ? ", which is more than --max-memory (" + std::to_string(memory.bytes) + ")"
                                       : " and more rows than LAPACK takes (32766)") +
                                  "; try --solver cg");
        fit_densely(network, data, options, monitor, fit);
    } else {
        memory.require(iterative_fit_bytes(data), "the kernel in its short form");
        fit_iteratively(network, data, options, monitor, fit);
    }
    return fit;
}

std::vector<RobustPrediction> predict_robust(const kernel::JacobianNetwork& network, const RobustData& data,
                                             const RobustOptions& options, const RobustFit& fit, const arma::mat& test,
                                             const arma::mat& start, CovarianceKind covariance,
                                             const base::Monitor& monitor) {
    const std::size_t m = test.n_rows;
    const std::size_t height = test.n_cols + 1;
    const double kappa2 = options.loss.kappa * options.loss.kappa;
    const bool spread = covariance != CovarianceKind::none;
    std::vector<RobustPrediction> result(options.times.size());
    for (RobustPrediction& prediction : result) {
        prediction.mean.set_size(m, height);
        if (covariance == CovarianceKind::diagonal) prediction.variance.set_size(m, height);
        if (covariance == CovarianceKind::block) prediction.covariance.set_size(height, height, m);
    }
    for (std::size_t first = 0; first < m; first += test_block) {
        const std::size_t last = std::min(m, first + test_block) - 1;
        const arma::mat points = test.rows(first, last);
        const kernel::JacobianKernels cross =
            kernel::jacobian_kernels(network, points, &data.x, {spread, true, false}, monitor);
        const kernel::JacobianOperator theta(cross.ntk, points, data.x);
        kernel::JacobianKernels prior;
        CovarianceParts parts;
        arma::mat theta_rows;
        if (spread) {
            prior = kernel::jacobian_diagonal(network, points, {true, false, false});
            theta_rows = fit.flow->rotated_rows(kernel::expand(cross.ntk, points, data.x, false));
            parts.u = fit.flow->rotated_rows(kernel::expand(cross.nngp, points, data.x, false));
        }
        for (std::size_t t = 0; t < result.size(); ++t) {
            arma::vec change;
            theta.multiply(fit.coefficients[t], change);
            arma::mat mean = -kappa2 * by_points(change, height);
            if (!start.empty()) mean += start.rows(first, last);
            result[t].mean.rows(first, last) = mean;
            if (!spread) continue;
            const arma::vec phi = fit.flow->response(options.times[t]);
            parts.p = theta_rows;
            for (std::size_t k = 0; k < phi.n_elem; ++k)
                parts.p.col(k) *= kappa2 * phi(k);
            numerics::multiply_nn(1.0, parts.p, fit.covariance, 0.0, parts.pv);
            base::parallel_for(points.n_rows, [&](std::size_t i) {
                const arma::rowvec x = points.row(i);
                arma::mat block;
                kernel::expand_block(prior.nngp, i, 0, x, x, block);
                const std::size_t row = i * height;
                for (std::size_t b = 0; b < height; ++b) {
                    if (covariance == CovarianceKind::diagonal) {
                        result[t].variance(first + i, b) =
                            std::max(0.0, kappa2 * entry(parts, block(b, b), row + b, row + b));
                        continue;
                    }
                    for (std::size_t a = b; a < height; ++a) {
                        const double value = kappa2 * entry(parts, block(a, b), row + a, row + b);
                        result[t].covariance(a, b, first + i) = result[t].covariance(b, a, first + i) = value;
                    }
                }
            });
        }
    }
    return result;
}

arma::mat trained_values(const kernel::JacobianNetwork& network, const arma::mat& x, double kappa,
                         const arma::vec& coefficients, const arma::mat& points, const base::Monitor& monitor) {
    RobustOptions options;
    options.loss.kappa = kappa;
    options.times = {FlowTime{0.0}};
    RobustFit fit;
    fit.coefficients = {coefficients};
    return predict_robust(network, {x, {}, {}}, options, fit, points, {}, CovarianceKind::none, monitor).front().mean;
}

} // namespace limsym::process
