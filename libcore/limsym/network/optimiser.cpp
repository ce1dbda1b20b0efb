#include "limsym/network/optimiser.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>
#include <stdexcept>

#include "limsym/base/error.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/network/element_kernels.hpp"

namespace limsym::network {

namespace {

/// Parameters of one piece of work: the five arrays of a step stay in a core's cache.
constexpr std::size_t piece = 16'384;

double decay_of(const OptimiserRule& rule) {
    return std::visit([](const auto& r) { return r.weight_decay; }, rule);
}

template <typename T>
void append(std::string& bytes, const std::vector<T>& values) {
    if (values.empty()) return;
    bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

template <typename T>
void take(std::string_view& bytes, std::vector<T>& values) {
    if (values.empty()) return;
    std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));
    bytes.remove_prefix(values.size() * sizeof(T));
}

} // namespace

template <typename T>
Optimiser<T>::Optimiser(OptimiserRule rule, std::size_t size) : rule_(std::move(rule)), size_(size) {
    const auto* descent = std::get_if<GradientDescent>(&rule_);
    if (descent == nullptr || descent->momentum != 0.0) first_.resize(size, T{0});
    if (descent == nullptr) second_.resize(size, T{0});
}

template <typename T>
void Optimiser<T>::step(std::span<T> parameters, std::span<const T> gradient, double rate, double gradient_factor) {
    const ParameterGroup all{{0, size_}, decay_of(rule_), 1.0};
    step(parameters, gradient, rate, {&all, 1}, gradient_factor);
}

template <typename T>
void Optimiser<T>::step(std::span<T> parameters, std::span<const T> gradient, double rate,
                        std::span<const ParameterGroup> groups, double gradient_factor) {
    if (parameters.size() != size_ || gradient.size() != size_)
        throw std::invalid_argument("Optimiser::step: arrays of another size");
    ++steps_;
    // the pieces of all groups in one parallel loop
    struct Piece {
        const ParameterGroup* group;
        std::size_t begin;
    };
    std::vector<Piece> pieces;
    for (const ParameterGroup& group : groups) {
        if (group.range.end() > size_) throw std::invalid_argument("Optimiser::step: a group ends beyond the array");
        for (std::size_t begin = group.range.begin; begin < group.range.end(); begin += piece)
            pieces.push_back({&group, begin});
    }
    const ElementKernels<T>& kernels = element_kernels<T>();
    base::parallel_for(pieces.size(), [&](std::size_t i) {
        const ParameterGroup& group = *pieces[i].group;
        const std::size_t begin = pieces[i].begin;
        const std::size_t count = std::min(piece, group.range.end() - begin);
        const double group_rate = rate * group.rate_factor;
        const T* const g = gradient.data() + begin;
        T* const p = parameters.data() + begin;
        if (const auto* adam = std::get_if<Adam>(&rule_)) {
            const auto t = static_cast<double>(steps_);
            const AdamNumbers numbers{
                .beta1 = adam->beta1,
                .beta2 = adam->beta2,
                .rate = group_rate / (1 - std::pow(adam->beta1, t)),
                .root = 1 / std::sqrt(1 - std::pow(adam->beta2, t)),
                .epsilon = adam->epsilon,
                .decay = adam->decoupled ? 0.0 : group.weight_decay,
                .shrink = adam->decoupled ? group_rate * group.weight_decay : 0.0,
                .factor = gradient_factor,
            };
            kernels.adam(numbers, g, first_.data() + begin, second_.data() + begin, p, count);
        } else {
            const auto& descent = std::get<GradientDescent>(rule_);
            const DescentNumbers numbers{.rate = group_rate,
                                         .momentum = descent.momentum,
                                         .nesterov = descent.nesterov,
                                         .decay = group.weight_decay,
                                         .factor = gradient_factor};
            kernels.descend(numbers, g, first_.empty() ? nullptr : first_.data() + begin, p, count);
        }
    });
}

template <typename T>
std::string Optimiser<T>::bytes() const {
    std::string result(reinterpret_cast<const char*>(&steps_), sizeof steps_);
    append(result, first_);
    append(result, second_);
    return result;
}

template <typename T>
std::string_view Optimiser<T>::restore(std::string_view bytes) {
    if (bytes.size() < sizeof steps_ + (first_.size() + second_.size()) * sizeof(T))
        throw base::InputError("a state of training is too short for this network and optimiser");
    std::memcpy(&steps_, bytes.data(), sizeof steps_);
    bytes.remove_prefix(sizeof steps_);
    take(bytes, first_);
    take(bytes, second_);
    return bytes;
}

template class Optimiser<double>;
template class Optimiser<float>;

template <typename T>
double norm(std::span<const T> values) {
    const std::size_t pieces = (values.size() + piece - 1) / piece;
    std::vector<double> partial(pieces, 0.0);
    base::parallel_for(pieces, [&](std::size_t i) {
        const std::size_t end = std::min((i + 1) * piece, values.size());
        double sum = 0.0;
        for (std::size_t k = i * piece; k < end; ++k)
            sum += static_cast<double>(values[k]) * static_cast<double>(values[k]);
        partial[i] = sum;
    });
    double total = 0.0;
    for (const double sum : partial)
        total += sum;
    return std::sqrt(total);
}

template double norm<double>(std::span<const double>);
template double norm<float>(std::span<const float>);

double clip_factor(double norm, double most) {
    return std::min(1.0, most / (norm + 1e-6));
}

namespace {

double rate_of(const ConstantRate& schedule, std::size_t, std::size_t) {
    return schedule.rate;
}
double rate_of(const StepRates& schedule, std::size_t epoch, std::size_t) {
    std::size_t i = 0;
    while (i < schedule.at.size() && epoch >= schedule.at[i])
        ++i;
    return schedule.rates.at(i);
}
double rate_of(const CosineRate& schedule, std::size_t epoch, std::size_t epochs) {
    const double share = static_cast<double>(epoch) / static_cast<double>(std::max<std::size_t>(epochs, 1));
    return 0.5 * schedule.rate * (1 + std::cos(std::numbers::pi * share));
}

} // namespace

double rate_at(const Schedule& schedule, std::size_t epoch, std::size_t epochs) {
    return std::visit([&](const auto& s) { return rate_of(s, epoch, epochs); }, schedule);
}

} // namespace limsym::network
