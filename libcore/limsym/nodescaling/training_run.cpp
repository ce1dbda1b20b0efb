#include "limsym/nodescaling/training_run.hpp"

#include <cmath>
#include <cstring>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/nodescaling/tangent_gram.hpp"
#include "limsym/nodescaling/tangent_operator.hpp"

namespace limsym::nodescaling {

namespace {

constexpr double divergence = 1e6;
constexpr double suspicious = 10.0;

struct Head {
    std::uint64_t has_first_loss;
    double first_loss;
    std::uint64_t measures;
};

} // namespace

TrainingRun::TrainingRun(const TrainingTask& task)
    : task_(&task), measurer_(task), largest_rate_(largest_stable_rate(task)) {}

TrainingMeasures TrainingRun::measure(std::uint64_t step, double time, const arma::mat& w, const arma::mat* residual) {
    const TrainingMeasures measures = measurer_.measure(step, time, w, residual);
    if (!steps_.empty() && steps_.back() == step) { // a resumed run begins where it was cut
        steps_.pop_back();
        motions_.pop_back();
    }
    steps_.push_back(step);
    motions_.push_back(measurer_.motion());
    return measures;
}

void TrainingRun::check_loss(double loss, std::uint64_t step, double time, const base::Monitor& monitor) {
    if (!first_loss_ && std::isfinite(loss)) first_loss_ = loss;
    if (!std::isfinite(loss) || loss > divergence * *first_loss_)
        throw base::WorkError("training diverged at step " + std::to_string(step) + " (time " +
                              base::number_text(time) + "): the loss is " +
                              (std::isfinite(loss) ? base::number_text(loss) : "not finite") +
                              "; try a smaller --lr (stable below " + base::number_text(largest_rate_) + ")");
    if (loss > suspicious * *first_loss_ && !warned_) {
        warned_ = true;
        monitor.warning("the loss has grown to more than ten times the first at step " + std::to_string(step));
    }
}

TrainedNetwork TrainingRun::finish(arma::mat w, const TrainingMeasures& last) const {
    TrainedNetwork result;
    result.w = std::move(w);
    result.last = last;
    result.largest_rate = largest_rate_;
    if (task_->gram_rows > 0)
        result.smallest_mean_eigenvalue = spectrum(mean_tangent_gram(task_->initial.activation, task_->initial.sigma_w,
                                                                     task_->train.x.head_rows(task_->gram_rows)))
                                              .smallest();
    result.top_node = motions_.back().index_max();
    for (const arma::vec& motion : motions_)
        result.top_motion.push_back(motion(result.top_node));
    return result;
}

std::string TrainingRun::bytes() const {
    const Head head{first_loss_.has_value() ? 1U : 0U, first_loss_.value_or(0.0), motions_.size()};
    std::string result(reinterpret_cast<const char*>(&head), sizeof head);
    for (std::size_t i = 0; i < motions_.size(); ++i) {
        result.append(reinterpret_cast<const char*>(&steps_[i]), sizeof steps_[i]);
        result.append(reinterpret_cast<const char*>(motions_[i].memptr()), motions_[i].n_elem * sizeof(double));
    }
    return result;
}

std::string_view TrainingRun::restore(std::string_view bytes, std::uint64_t every) {
    const std::size_t m = task_->initial.nodes();
    Head head{};
    const auto refuse = [] { throw base::InputError("a state of training is too short for this network"); };
    if (bytes.size() < sizeof head) refuse();
    std::memcpy(&head, bytes.data(), sizeof head);
    bytes.remove_prefix(sizeof head);
    const std::size_t entry = sizeof(std::uint64_t) + m * sizeof(double);
    if (bytes.size() / entry < head.measures) refuse();
    steps_.clear();
    motions_.clear();
    for (std::uint64_t i = 0; i < head.measures; ++i) {
        std::uint64_t step = 0;
        std::memcpy(&step, bytes.data(), sizeof step);
        arma::vec motion(m, arma::fill::none);
        std::memcpy(motion.memptr(), bytes.data() + sizeof step, m * sizeof(double));
        bytes.remove_prefix(entry);
        if (step > 0 && (every == 0 || step % every != 0)) continue;
        steps_.push_back(step);
        motions_.push_back(std::move(motion));
    }
    first_loss_.reset();
    if (head.has_first_loss != 0) first_loss_ = head.first_loss;
    return bytes;
}

double LossBound::value() const {
    return first_ * std::exp(-2.0 * slope_ * integral_);
}

double largest_stable_rate(const TrainingTask& task) {
    return 2.0 / (task.slope() * largest_tangent_eigenvalue(task.initial, task.train.x));
}

} // namespace limsym::nodescaling
