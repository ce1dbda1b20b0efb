#include <algorithm>
#include <cmath>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/process/robust_model.hpp"

namespace limsym::process {

namespace {

/// The step of steepest ascent of length `length` in the norm, along `gradient`.
arma::rowvec steepest(const arma::rowvec& gradient, BallNorm norm, double length) {
    if (norm == BallNorm::linf) return length * arma::sign(gradient);
    const double size = dual_norm(gradient, BallNorm::l2);
    return size > 0 ? arma::rowvec(gradient * (length / size)) : arma::rowvec(gradient.n_elem, arma::fill::zeros);
}

void project(arma::rowvec& move, BallNorm norm, double radius) {
    if (norm == BallNorm::linf) {
        move.clamp(-radius, radius);
        return;
    }
    const double size = dual_norm(move, BallNorm::l2);
    if (size > radius) move *= radius / size;
}

} // namespace

std::vector<AttackLoss> attack(const RobustModel& model, const arma::mat& x, const arma::vec& y,
                               const AttackOptions& options, const base::Monitor& monitor) {
    const kernel::JacobianNetwork network = kernel::make_jacobian_network(model.network, model.x.n_cols);
    const arma::mat points = model.x_units.apply(x);
    const std::size_t m = points.n_rows;
    // f in the target's units, gradients in those of the network's inputs
    const auto values = [&](const arma::mat& at) {
        arma::mat z =
            model.y_scale * trained_values(network, model.x, model.loss.kappa, model.alpha[options.time], at, monitor);
        z.col(0) += model.y_mean;
        return z;
    };
    const arma::mat clean = values(points);
    const auto error = [&](const arma::mat& z, std::size_t i) { return z(i, 0) - y(i); };
    std::vector<AttackLoss> result;
    for (const double radius : options.radii) {
        AttackLoss loss{radius, 0.0, 0.0, 0.0};
        arma::vec worst(m, arma::fill::none);
        for (std::size_t i = 0; i < m; ++i) {
            const double e = error(clean, i);
            const double bound = std::abs(e) + radius * dual_norm(clean.row(i).tail(x.n_cols), options.norm);
            loss.clean += e * e;
            loss.first_order += bound * bound;
            worst(i) = e * e;
        }
        arma::mat moves(m, x.n_cols, arma::fill::zeros);
        arma::mat z = clean;
        const double length = options.steps > 0 ? 2.5 * radius / static_cast<double>(options.steps) : 0.0;
        for (std::size_t step = 0; step < options.steps && radius > 0; ++step) {
            for (std::size_t i = 0; i < m; ++i) {
                const double direction = error(z, i) < 0 ? -1.0 : 1.0;
                arma::rowvec move = moves.row(i);
                move += steepest(direction * z.row(i).tail(x.n_cols), options.norm, length);
                project(move, options.norm, radius);
                moves.row(i) = move;
            }
            z = values(points + moves);
            for (std::size_t i = 0; i < m; ++i)
                worst(i) = std::max(worst(i), error(z, i) * error(z, i));
        }
        for (const double value : worst)
            loss.ascent += value;
        for (double* sum : {&loss.clean, &loss.first_order, &loss.ascent})
            *sum /= static_cast<double>(m);
        if (!std::isfinite(loss.clean) || !std::isfinite(loss.first_order) || !std::isfinite(loss.ascent))
            throw base::WorkError("the losses at eps " + base::number_text(radius) +
                                  " leave the range of double; expected a smaller eps");
        result.push_back(loss);
    }
    return result;
}

} // namespace limsym::process
