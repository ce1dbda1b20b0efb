#include <cstring>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/nodescaling/descent_pass.hpp"
#include "limsym/nodescaling/training.hpp"
#include "limsym/nodescaling/training_run.hpp"

namespace limsym::nodescaling {

namespace {

template <typename T>
class Descent {
public:
    Descent(const TrainingTask& task, const GradientDescent& method)
        : task_(task), method_(method), run_(task), pass_(task.initial, task.train.x),
          targets_(arma::conv_to<arma::Mat<T>>::from(task.train.y)) {
        measure_residual();
    }

    TrainedNetwork train(std::string_view resume, const OnMeasure& on_measure,
                         const std::function<void(std::string)>& interrupted, const base::Monitor& monitor) {
        const double rate = method_.rate * task_.slope();
        if (!resume.empty()) restore(resume);
        if (step_ > method_.steps)
            throw base::InputError("--steps", std::to_string(method_.steps) + " steps; the checkpoint is at step " +
                                                  std::to_string(step_) + " already");
        if (method_.rate > run_.largest_rate())
            monitor.warning("the rate " + base::number_text(method_.rate) + " is above " +
                            base::number_text(run_.largest_rate()) + ", where gradient descent becomes unstable");
        const std::uint64_t start = step_;
        TrainingMeasures last;
        while (true) {
            run_.check_loss(loss_of(residual_, task_.loss), step_, time(), monitor);
            const bool ends = step_ >= method_.steps;
            const bool due = step_ == 0 || ends || (method_.every > 0 && step_ % method_.every == 0);
            if (due) {
                last = measure();
                // What the checkpoint's run has told already is not told again.
                if (resume.empty() || step_ > start) on_measure(last, [this] { return state(); });
            }
            if (ends) break;
            pass_.descend(residual_, rate);
            measure_residual();
            ++step_;
            if (monitor.stop_requested && monitor.stop_requested()) {
                interrupted(state());
                throw base::Interrupted();
            }
            if (monitor.report && step_ % 64 == 0)
                monitor.report(static_cast<double>(step_), static_cast<double>(method_.steps), "steps");
        }
        return run_.finish(weights(), last);
    }

private:
    [[nodiscard]] double time() const { return method_.rate * static_cast<double>(step_); }
    [[nodiscard]] arma::mat weights() const { return arma::conv_to<arma::mat>::from(pass_.weights()); }

    void measure_residual() { residual_ = pass_.outputs() - targets_; }

    TrainingMeasures measure() {
        const arma::mat residual = arma::conv_to<arma::mat>::from(residual_);
        return run_.measure(step_, time(), weights(), &residual);
    }
    [[nodiscard]] std::string state() const {
        const arma::Mat<T> w = pass_.weights();
        std::string result(reinterpret_cast<const char*>(&step_), sizeof step_);
        result.append(reinterpret_cast<const char*>(w.memptr()), w.n_elem * sizeof(T));
        return result + run_.bytes();
    }

    void restore(std::string_view bytes) {
        arma::Mat<T> w = pass_.weights();
        const std::size_t size = w.n_elem * sizeof(T);
        if (bytes.size() < sizeof step_ + size)
            throw base::InputError("a state of training is too short for this network");
        std::memcpy(&step_, bytes.data(), sizeof step_);
        std::memcpy(w.memptr(), bytes.data() + sizeof step_, size);
        if (!run_.restore(bytes.substr(sizeof step_ + size), method_.every).empty())
            throw base::InputError("a state of training is too long for this network");
        pass_.set_weights(w);
        measure_residual();
    }

    const TrainingTask& task_;
    const GradientDescent& method_;
    TrainingRun run_;
    DescentPass<T> pass_;
    arma::Mat<T> targets_;
    arma::Mat<T> residual_;
    std::uint64_t step_ = 0;
};

} // namespace

TrainedNetwork train(const TrainingTask& task, const GradientDescent& method, std::string_view resume,
                     const OnMeasure& on_measure, const std::function<void(std::string)>& interrupted,
                     const base::Monitor& monitor) {
    if (method.single_precision) return Descent<float>(task, method).train(resume, on_measure, interrupted, monitor);
    return Descent<double>(task, method).train(resume, on_measure, interrupted, monitor);
}

} // namespace limsym::nodescaling
