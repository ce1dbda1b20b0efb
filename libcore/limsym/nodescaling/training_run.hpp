// What the methods of training share: measures along a run and how a run is summed up.
#pragma once

#include <vector>

#include "limsym/nodescaling/training.hpp"

namespace limsym::nodescaling {

/// Collects the motion of all nodes at every measure: which node is followed is known only at the end.
class TrainingRun {
public:
    explicit TrainingRun(const TrainingTask& task);

    /// Measures, keeps the motions, and refuses losses that have diverged. @param residual f - y, or null
    /// @throws WorkError
    TrainingMeasures measure(std::uint64_t step, double time, const arma::mat& w, const arma::mat* residual);
    /// Throws when the loss is not finite or above a million times the first; warns once when it is above ten times.
    void check_loss(double loss, std::uint64_t step, double time, const base::Monitor& monitor);

    [[nodiscard]] TrainedNetwork finish(arma::mat w, const TrainingMeasures& last) const;

    /// What resumption needs; entries of steps that are no multiple of `every` are forgotten.
    [[nodiscard]] std::string bytes() const;
    /// @returns the rest
    std::string_view restore(std::string_view bytes, std::uint64_t every);

    [[nodiscard]] const TrainingTask& task() const { return *task_; }
    /// Rates above that are unstable at the start.
    [[nodiscard]] double largest_rate() const { return largest_rate_; }

private:
    const TrainingTask* task_;
    Measurer measurer_;
    std::optional<double> first_loss_;
    bool warned_ = false;
    std::vector<std::uint64_t> steps_;
    std::vector<arma::vec> motions_;
    double largest_rate_ = 0.0;
};

/// L_0 exp(-2 s I) with I the trapezoid integral of the smallest eigenvalue over the times it is told.
class LossBound {
public:
    LossBound(double first_loss, double slope) : first_(first_loss), slope_(slope) {}
    void advance(double time, double smallest) {
        if (started_) integral_ += 0.5 * (smallest_ + smallest) * (time - time_);
        started_ = true;
        time_ = time;
        smallest_ = smallest;
    }
    [[nodiscard]] double value() const;

private:
    double first_;
    double slope_;
    bool started_ = false;
    double time_ = 0.0;
    double smallest_ = 0.0;
    double integral_ = 0.0;
};

/// The bound of the flow is known for one output with all rows followed.
[[nodiscard]] inline bool has_bound(const TrainingTask& task) {
    return task.train.y.n_cols == 1 && task.gram_rows == task.train.x.n_rows;
}

} // namespace limsym::nodescaling
