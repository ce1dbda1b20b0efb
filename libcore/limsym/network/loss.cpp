#include "limsym/network/loss.hpp"

#include <cmath>
#include <stdexcept>

namespace limsym::network {

namespace {

template <typename T>
void require_shape(const arma::Mat<T>& outputs, std::size_t rows, std::size_t columns) {
    if (outputs.n_rows != rows || outputs.n_cols != columns)
        throw std::invalid_argument("loss: targets have another shape than the outputs");
}

} // namespace

template <typename T>
double squared_error(const arma::Mat<T>& outputs, const arma::Mat<T>& targets, double scale, arma::Mat<T>* cotangent) {
    require_shape(outputs, targets.n_rows, targets.n_cols);
    if (cotangent != nullptr) cotangent->set_size(outputs.n_rows, outputs.n_cols);
    const auto factor = static_cast<T>(2 * scale);
    double sum = 0.0;
    for (std::size_t i = 0; i < outputs.n_elem; ++i) {
        const T difference = outputs[i] - targets[i];
        sum += static_cast<double>(difference) * static_cast<double>(difference);
        if (cotangent != nullptr) (*cotangent)[i] = factor * difference;
    }
    return scale * sum;
}

template <typename T>
Classification cross_entropy(const arma::Mat<T>& outputs, std::span<const std::uint32_t> labels, double scale,
                             arma::Mat<T>* cotangent) {
    require_shape(outputs, outputs.n_rows, labels.size());
    if (cotangent != nullptr) cotangent->set_size(outputs.n_rows, outputs.n_cols);
    Classification result;
    for (std::size_t i = 0; i < outputs.n_cols; ++i) {
        const T* const f = outputs.colptr(i);
        const std::size_t label = labels[i];
        if (label >= outputs.n_rows) throw std::invalid_argument("cross_entropy: a label is not among the outputs");
        std::size_t largest = 0;
        for (std::size_t k = 1; k < outputs.n_rows; ++k)
            if (f[k] > f[largest]) largest = k;
        const auto top = static_cast<double>(f[largest]);
        double total = 0.0;
        for (std::size_t k = 0; k < outputs.n_rows; ++k)
            total += std::exp(static_cast<double>(f[k]) - top);
        const double log_total = top + std::log(total);
        result.loss += log_total - static_cast<double>(f[label]);
        if (largest == label) ++result.correct;
        if (cotangent == nullptr) continue;
        for (std::size_t k = 0; k < outputs.n_rows; ++k)
            (*cotangent)(k, i) =
                static_cast<T>(scale * (std::exp(static_cast<double>(f[k]) - log_total) - (k == label ? 1.0 : 0.0)));
    }
    result.loss *= scale;
    return result;
}

template <typename T>
double logistic_loss(const arma::Mat<T>& outputs, const arma::Mat<T>& signs, double scale, arma::Mat<T>* cotangent) {
    require_shape(outputs, signs.n_rows, signs.n_cols);
    if (cotangent != nullptr) cotangent->set_size(outputs.n_rows, outputs.n_cols);
    double sum = 0.0;
    for (std::size_t i = 0; i < outputs.n_elem; ++i) {
        const auto sign = static_cast<double>(signs[i]);
        const double z = -sign * static_cast<double>(outputs[i]);
        const double e = std::exp(-std::abs(z));
        sum += (z > 0 ? z : 0.0) + std::log1p(e);
        const double sigmoid = z >= 0 ? 1 / (1 + e) : e / (1 + e);
        if (cotangent != nullptr) (*cotangent)[i] = static_cast<T>(-scale * sign * sigmoid);
    }
    return scale * sum;
}

template double squared_error<double>(const arma::mat&, const arma::mat&, double, arma::mat*);
template double squared_error<float>(const arma::fmat&, const arma::fmat&, double, arma::fmat*);
template Classification cross_entropy<double>(const arma::mat&, std::span<const std::uint32_t>, double, arma::mat*);
template Classification cross_entropy<float>(const arma::fmat&, std::span<const std::uint32_t>, double, arma::fmat*);
template double logistic_loss<double>(const arma::mat&, const arma::mat&, double, arma::mat*);
template double logistic_loss<float>(const arma::fmat&, const arma::fmat&, double, arma::fmat*);

} // namespace limsym::network
