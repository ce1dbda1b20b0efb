#include "limsym/process/robust_flow.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "limsym/numerics/cholesky.hpp"
#include "limsym/numerics/eigen.hpp"

namespace limsym::process {

arma::vec stacked_targets(const arma::vec& y, std::size_t features) {
    arma::vec result(y.n_elem * (features + 1), arma::fill::zeros);
    for (std::size_t i = 0; i < y.n_elem; ++i)
        result(i * (features + 1)) = y(i);
    return result;
}

RobustFlow::RobustFlow(const arma::mat& theta, std::size_t features, const RobustLoss& loss, double ridge,
                       double rank_cut)
    : count_(1.0), ridge_(ridge), cut_(rank_cut), full_size_(theta.n_rows) {
    const std::size_t height = features + 1;
    const std::size_t n = theta.n_rows / height;
    if (loss.mean) count_ = static_cast<double>(n);
    for (std::size_t row = 0; row < n * height; ++row)
        if (loss.lambda > 0 || row % height == 0) kept_.push_back(row);
    root_.set_size(kept_.size());
    for (std::size_t k = 0; k < kept_.size(); ++k)
        root_(k) = kept_[k] % height == 0 ? 1.0 : std::sqrt(loss.lambda);
    arma::mat s(kept_.size(), kept_.size(), arma::fill::none);
    for (std::size_t j = 0; j < kept_.size(); ++j)
        for (std::size_t i = 0; i < kept_.size(); ++i)
            s(i, j) = loss.kappa * loss.kappa * root_(i) * root_(j) * theta(kept_[i], kept_[j]);
    numerics::SymmetricEigen eigen = numerics::symmetric_eigen(s, true);
    values_ = std::move(eigen.values);
    vectors_ = std::move(eigen.vectors);
    if (cut_ < 0) cut_ = static_cast<double>(size()) * std::numeric_limits<double>::epsilon();
}

std::size_t RobustFlow::rank() const {
    const double cut = cut_ * values_.back();
    return static_cast<std::size_t>(
        std::count_if(values_.begin(), values_.end(), [&](double value) { return value > cut; }));
}

double RobustFlow::error_bound() const {
    return static_cast<double>(size()) * std::numeric_limits<double>::epsilon() * values_.back();
}

double RobustFlow::largest_rate() const {
    return 2 * count_ / (values_.back() + ridge_);
}

double RobustFlow::response_at(const TrainingTime& time, double eigenvalue) const {
    const bool null = eigenvalue <= cut_ * values_.back() && ridge_ == 0.0;
    const double value = std::max(eigenvalue, 0.0) + ridge_;
    if (const auto* flow = std::get_if<FlowTime>(&time)) {
        if (std::isinf(flow->time)) return null ? 0.0 : 1 / value;
        if (value == 0.0) return flow->time / count_;
        return -std::expm1(-flow->time * value / count_) / value;
    }
    const auto& descent = std::get<DescentTime>(time);
    const auto steps = static_cast<double>(descent.steps);
    if (value == 0.0) return steps * descent.rate / count_;
    const double share = descent.rate * value / count_;
    if (share < 1) return -std::expm1(steps * std::log1p(-share)) / value;
    return (1 - std::pow(1 - share, steps)) / value;
}

arma::vec RobustFlow::response(const TrainingTime& time) const {
    arma::vec result(size(), arma::fill::none);
    for (std::size_t i = 0; i < size(); ++i)
        result(i) = response_at(time, values_(i));
    return result;
}

arma::vec RobustFlow::rotated(const arma::vec& v) const {
    arma::mat scaled(size(), 1, arma::fill::none);
    for (std::size_t k = 0; k < size(); ++k)
        scaled(k, 0) = root_(k) * v(kept_[k]);
    arma::mat result;
    numerics::multiply_tn(1.0, vectors_, scaled, 0.0, result);
    return arma::vec(result.col(0));
}

arma::mat RobustFlow::rotated_rows(const arma::mat& rows) const {
    arma::mat scaled(rows.n_rows, size(), arma::fill::none);
    for (std::size_t k = 0; k < size(); ++k)
        for (std::size_t i = 0; i < rows.n_rows; ++i)
            scaled(i, k) = root_(k) * rows(i, kept_[k]);
    arma::mat result;
    numerics::multiply_nn(1.0, scaled, vectors_, 0.0, result);
    return result;
}

arma::vec RobustFlow::unrotated(const arma::vec& weights) const {
    const arma::mat column(weights);
    arma::mat sum;
    numerics::multiply_nn(1.0, vectors_, column, 0.0, sum);
    arma::vec result(full_size_, arma::fill::zeros);
    for (std::size_t k = 0; k < size(); ++k)
        result(kept_[k]) = root_(k) * sum(k, 0);
    return result;
}

arma::vec RobustFlow::coefficients(const TrainingTime& time, const arma::vec& start) const {
    const arma::vec weights = response(time) % rotated(start);
    return unrotated(weights);
}

} // namespace limsym::process
