#include "limsym/process/leave_one_out.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "limsym/base/error.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/numerics/quadrature.hpp"

namespace limsym::process {

double leave_one_out(const ScalePrior& prior, double d, const arma::mat& alpha, const arma::vec& inverse_diagonal) {
    const auto outputs = static_cast<double>(alpha.n_cols);
    const auto n = static_cast<double>(alpha.n_elem);
    const bool plug_in = prior.kind == PriorKind::ml2;
    const double whole = plug_in ? 0.0 : log_scale_integral(prior, d, n);
    const double log_density_sum = base::parallel_sum(alpha.n_rows, [&](std::size_t i) {
        double removed = 0.0;
        for (std::size_t c = 0; c < alpha.n_cols; ++c)
            removed += alpha(i, c) * alpha(i, c) / inverse_diagonal(i);
        const double others = std::max(d - removed, 0.0);
        const double base = 0.5 * outputs * (std::log(inverse_diagonal(i)) - std::log(2.0 * std::numbers::pi));
        if (!plug_in) return base + whole - log_scale_integral(prior, others, n - outputs);
        if (!(others > 0.0)) throw base::WorkError("ml2: without one row the maximising s is 0");
        const double s = others / (n - outputs);
        return base - 0.5 * outputs * std::log(s) - 0.5 * removed / s;
    });
    return log_density_sum / static_cast<double>(alpha.n_rows);
}

double leave_one_out(const ScaleLaw& law, const SpectralForm& spectral, double noise) {
    const std::size_t rows = spectral.rotated.n_rows;
    const std::size_t outputs = spectral.rotated.n_cols;
    std::vector<std::size_t> points;
    for (std::size_t j = 0; j < law.s.size(); ++j)
        if (law.log_weights[j] > -50.0) points.push_back(j);
    const arma::mat squares = arma::square(spectral.vectors);
    arma::mat minus_log(rows, points.size(), arma::fill::none); // log w_j - log p(y_i | y_-i, s_j)
    base::parallel_for(points.size(), [&](std::size_t k) {
        const double s = law.s[points[k]];
        const arma::vec weights = 1.0 / (s * spectral.values + noise);
        const arma::vec inverse_diagonal = squares * weights;
        arma::vec sum(rows, arma::fill::zeros);
        for (std::size_t c = 0; c < outputs; ++c) {
            const arma::vec alpha = spectral.vectors * (weights % spectral.rotated.col(c));
            sum += 0.5 * (arma::log(2.0 * std::numbers::pi / inverse_diagonal) + alpha % alpha / inverse_diagonal);
        }
        minus_log.col(k) = sum + law.log_weights[points[k]];
    });
    double total = 0.0;
    for (std::size_t i = 0; i < rows; ++i) {
        const arma::rowvec row = minus_log.row(i);
        total -= numerics::log_sum_exp({row.begin(), row.end()});
    }
    return total / static_cast<double>(rows);
}

} // namespace limsym::process
