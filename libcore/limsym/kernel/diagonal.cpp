#include "limsym/kernel/diagonal.hpp"

#include <cmath>
#include <utility>

namespace limsym::kernel {

template <typename T>
Diagonal<T>::Diagonal(std::vector<T> variances, std::size_t slots) : states_(slots) {
    states_[0].theta.assign(variances.size(), 0);
    states_[0].variance = std::move(variances);
}

template <typename T>
void Diagonal<T>::set_activated(std::size_t slot, const std::vector<T>& variance, const std::vector<T>& slope) {
    DiagonalState<T>& state = states_[slot];
    state.variance = variance;
    for (std::size_t i = 0; i < slope.size(); ++i)
        state.theta[i] *= slope[i];
}

template <typename T>
void Diagonal<T>::step(const Op& op, const DualBlock* dual) {
    DiagonalState<T>& state = states_[op.slot];
    std::vector<T>& q = state.variance;
    std::vector<T>& theta = state.theta;
    const std::size_t n = q.size();
    if (const auto* affine = std::get_if<AffineOp>(&op.action)) {
        const auto map = column_affine<T>(*affine);
        for (std::size_t i = 0; i < n; ++i) {
            theta[i] = map.ntk_kernel * q[i] + map.ntk_bias + map.weight * theta[i];
            q[i] = map.weight * q[i] + map.bias;
        }
    } else if (std::holds_alternative<ActivationOp>(op.action)) {
        std::vector<T> slope;
        apply_diagonal(*dual, q, slope);
        for (std::size_t i = 0; i < n; ++i)
            theta[i] *= slope[i];
    } else if (const auto* normalise = std::get_if<NormaliseOp>(&op.action)) {
        const T eps = static_cast<T>(normalise->eps);
        for (std::size_t i = 0; i < n; ++i) {
            const T divisor = 1 / std::sqrt(q[i] + eps);
            q[i] *= divisor * divisor;
            theta[i] *= divisor * divisor;
        }
    } else if (const auto* dropout = std::get_if<DropoutOp>(&op.action)) {
        const T factor = static_cast<T>(1.0 / dropout->keep);
        for (std::size_t i = 0; i < n; ++i) {
            q[i] *= factor;
            theta[i] *= factor;
        }
    } else if (const auto* copy = std::get_if<CopyOp>(&op.action)) {
        states_[copy->to] = state;
    } else if (const auto* add = std::get_if<AddOp>(&op.action)) {
        const DiagonalState<T>& other = states_[add->from];
        for (std::size_t i = 0; i < n; ++i) {
            q[i] += other.variance[i];
            theta[i] += other.theta[i];
        }
    } else if (const auto* rescale = std::get_if<RescaleOp>(&op.action)) {
        for (std::size_t i = 0; i < n; ++i) {
            q[i] = std::ldexp(q[i], -rescale->log2);
            theta[i] = std::ldexp(theta[i], -rescale->log2);
        }
    }
}

template class Diagonal<double>;
template class Diagonal<float>;

} // namespace limsym::kernel
