#include "limsym/network/training.hpp"

#include <algorithm>
#include <armadillo>
#include <cmath>
#include <cstring>
#include <numeric>
#include <stdexcept>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/base/random.hpp"
#include "limsym/numerics/variates.hpp"

namespace limsym::network {

namespace {

std::vector<std::size_t> order_of(const TrainingPlan& plan, std::size_t epoch) {
    std::vector<std::size_t> order(plan.samples);
    if (plan.shuffle) {
        base::RandomStream stream(plan.seed, "shuffle", epoch);
        numerics::fill_permutation(stream, order.data(), order.size());
    } else {
        std::iota(order.begin(), order.end(), std::size_t{0});
    }
    return order;
}

struct Head {
    std::uint64_t epoch;
    std::uint64_t has_first_loss;
    double first_loss;
    std::uint64_t parameters;
};

} // namespace

template <typename T>
std::string TrainingState<T>::bytes() const {
    const Head head{epoch, first_loss.has_value() ? 1U : 0U, first_loss.value_or(0.0), parameters.size()};
    std::string result(reinterpret_cast<const char*>(&head), sizeof head);
    if (!parameters.empty())
        result.append(reinterpret_cast<const char*>(parameters.data()), parameters.size() * sizeof(T));
    return result + optimiser.bytes();
}

template <typename T>
void TrainingState<T>::restore(std::string_view bytes) {
    Head head{};
    const std::size_t array = parameters.size() * sizeof(T);
    if (bytes.size() < sizeof head + array) throw base::InputError("a state of training is too short for this network");
    std::memcpy(&head, bytes.data(), sizeof head);
    if (head.parameters != parameters.size())
        throw base::InputError("a state of training has " + std::to_string(head.parameters) + " parameters; expected " +
                               std::to_string(parameters.size()));
    bytes.remove_prefix(sizeof head);
    if (array > 0) std::memcpy(parameters.data(), bytes.data(), array);
    bytes.remove_prefix(array);
    if (!optimiser.restore(bytes).empty()) throw base::InputError("a state of training is too long for this network");
    epoch = head.epoch;
    first_loss.reset();
    if (head.has_first_loss != 0) first_loss = head.first_loss;
}

template struct TrainingState<double>;
template struct TrainingState<float>;

template <typename T>
void train(const TrainingPlan& plan, TrainingState<T>& state, const BatchGradient<T>& gradient,
           const std::function<bool(const Epoch&)>& after, const base::Monitor& monitor,
           const std::function<void(std::span<T> parameters)>& project) {
    if (plan.batch == 0 || plan.samples == 0) throw std::invalid_argument("train: no samples, or batches of none");
    std::vector<T> slope(state.parameters.size(), T{0});
    const auto diverged = [&](double loss) {
        return !std::isfinite(loss) ||
               loss > plan.divergence * std::max(1.0, std::abs(state.first_loss.value_or(loss)));
    };
    while (state.epoch < plan.epochs) {
        const std::vector<std::size_t> order = order_of(plan, state.epoch);
        const double rate = rate_at(plan.schedule, state.epoch, plan.epochs);
        const TrainingState<T> before = state;
        double total = 0.0;
        for (std::size_t begin = 0; begin < plan.samples; begin += plan.batch) {
            const std::size_t count = std::min(plan.batch, plan.samples - begin);
            const double loss =
                gradient(std::span(order).subspan(begin, count), std::span<const T>(state.parameters), slope);
            if (!state.first_loss) state.first_loss = loss;
            if (diverged(loss)) {
                state = before;
                throw base::WorkError(
                    "training diverged in epoch " + std::to_string(state.epoch + 1) + ": the loss is " +
                    (std::isfinite(loss) ? base::number_text(loss) : "not finite") + "; try a smaller rate");
            }
            total += loss * static_cast<double>(count);
            const double factor = plan.clip ? clip_factor(norm<T>(slope), *plan.clip) : 1.0;
            if (plan.groups.empty())
                state.optimiser.step(state.parameters, slope, rate, factor);
            else
                state.optimiser.step(state.parameters, slope, rate, plan.groups, factor);
            if (project) project(state.parameters);
            if (monitor.stop_requested && monitor.stop_requested()) {
                state = before;
                throw base::Interrupted();
            }
            if (monitor.report)
                monitor.report(static_cast<double>(state.epoch) +
                                   static_cast<double>(begin + count) / static_cast<double>(plan.samples),
                               static_cast<double>(plan.epochs), "epoch");
        }
        ++state.epoch;
        const Epoch epoch{state.epoch, rate, total / static_cast<double>(plan.samples)};
        if (after && !after(epoch)) return;
    }
}

template void train<double>(const TrainingPlan&, TrainingState<double>&, const BatchGradient<double>&,
                            const std::function<bool(const Epoch&)>&, const base::Monitor&,
                            const std::function<void(std::span<double>)>&);
template void train<float>(const TrainingPlan&, TrainingState<float>&, const BatchGradient<float>&,
                           const std::function<bool(const Epoch&)>&, const base::Monitor&,
                           const std::function<void(std::span<float>)>&);

template <typename T>
void gather_columns(const arma::Mat<T>& from, std::span<const std::size_t> columns, arma::Mat<T>& to) {
    if (to.n_rows != from.n_rows || to.n_cols != columns.size()) to.set_size(from.n_rows, columns.size());
    for (std::size_t j = 0; j < columns.size(); ++j)
        std::copy_n(from.colptr(columns[j]), from.n_rows, to.colptr(j));
}

template void gather_columns<double>(const arma::mat&, std::span<const std::size_t>, arma::mat&);
template void gather_columns<float>(const arma::fmat&, std::span<const std::size_t>, arma::fmat&);

} // namespace limsym::network
