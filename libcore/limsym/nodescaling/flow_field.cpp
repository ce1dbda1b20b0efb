#include "limsym/nodescaling/flow_field.hpp"

#include <algorithm>

namespace limsym::nodescaling {

double first_step(FlowField& field, const arma::mat& w, const arma::mat& velocity, double relative, double absolute,
                  double order, double most) {
    const arma::mat nothing(w.n_rows, w.n_cols, arma::fill::zeros);
    const double d0 = scaled_error(w, w, nothing, relative, absolute);
    const double d1 = scaled_error(velocity, w, nothing, relative, absolute);
    const double h0 = std::min(most, d0 < 1e-5 || d1 < 1e-5 ? 1e-6 : 0.01 * d0 / d1);
    arma::mat there;
    field.velocity(w + h0 * velocity, there);
    const double d2 = scaled_error(there - velocity, w, nothing, relative, absolute) / h0;
    const double largest = std::max(d1, d2);
    const double h1 = largest <= 1e-15 ? std::max(1e-6, 1e-3 * h0) : std::pow(0.01 / largest, 1.0 / (order + 1.0));
    return std::min({100.0 * h0, h1, most});
}

void FlowLines::tell(std::uint64_t step, double time, const arma::mat& w) {
    last_ = run_->measure(step, time, w, nullptr);
    if (has_bound(*task_)) {
        if (!bound_) bound_.emplace(last_.train_loss, task_->slope());
        bound_->advance(time, last_.gram->smallest);
        last_.bound = bound_->value();
    }
    (*on_measure_)(last_, {});
}

} // namespace limsym::nodescaling
