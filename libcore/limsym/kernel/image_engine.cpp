#include "limsym/kernel/image_engine.hpp"

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "limsym/base/parallel.hpp"
#include "limsym/kernel/image_run.hpp"
#include "limsym/kernel/image_state.hpp"

namespace limsym::kernel {

namespace {

bool is_series(const network::Activation& activation) {
    return !closed_form(activation) && !polynomial_coefficients(activation);
}

} // namespace

template <typename T>
ImageEngine<T>::ImageEngine(const network::Network& network, std::size_t features, ImageChannels channels,
                            double series_tolerance)
    : features_(features), tolerance_(series_tolerance),
      program_(compile_images(network, features)), setup_{&program_, &duals_, &tables_, &points_, &point_of_, channels},
      duals_(program_.ops.size()), tables_(program_.ops.size()), point_of_(program_.ops.size()) {}

template <typename T>
ImageEngine<T>::~ImageEngine() = default;

template <typename T>
typename ImageEngine<T>::Side ImageEngine<T>::make_side(const arma::mat& x) const {
    Side side;
    side.data = &x;
    side.rows = x.n_rows;
    side.groups = (x.n_rows + lanes<T> - 1) / lanes<T>;
    side.seeds.assign(side.groups, std::vector<std::vector<T>>(program_.stages.size() - 1));
    side.own.set_size(channels(), x.n_rows);
    return side;
}

template <typename T>
bool ImageEngine<T>::pools() const {
    return std::any_of(program_.stages.begin(), program_.stages.end(),
                       [](const Stage& stage) { return stage.units.size() > 1; });
}

template <typename T>
void ImageEngine<T>::load_inputs(const Side& side, std::size_t group, std::vector<T>& out) const {
    out.resize(features_ * lanes<T>);
    for (std::size_t k = 0; k < features_; ++k) {
        for (std::size_t lane = 0; lane < lanes<T>; ++lane) {
            const std::size_t row = std::min(group * lanes<T> + lane, side.rows - 1);
            out[k * lanes<T> + lane] = static_cast<T>(side.data->at(row, k));
        }
    }
}

template <typename T>
void ImageEngine<T>::make_dual(std::size_t k, const network::Activation& activation, double largest) {
    const double rounded = std::exp2(std::ceil(std::log2(std::max(largest, 1e-3))));
    if (!is_series(activation)) {
        duals_[k] = make_dual_block(activation, rounded, tolerance_);
        return;
    }
    const std::string key = network::to_json(activation).dump() + " " + std::to_string(std::ilogb(rounded));
    if (!series_.contains(key)) {
        series_[key] = make_dual_block(activation, rounded, tolerance_);
        series_tables_[key] = std::make_shared<const SeriesTable>(std::get<SeriesForm>(series_[key].form).series);
    }
    duals_[k] = series_[key];
    tables_[k] = series_tables_[key];
}

// Blocks for the activations of a stage, and the place of what they and layer_norm note.
template <typename T>
void ImageEngine<T>::make_duals(std::size_t stage, const std::vector<T>& largest) {
    const std::size_t derivatives = setup_.channels == ImageChannels::derivatives ? 1 : 0;
    const std::size_t ntk = setup_.channels == ImageChannels::ntk ? 1 : 0;
    for (std::size_t k = program_.stages[stage].first; k < program_.stages[stage].last; ++k) {
        const ImageOp& op = program_.ops[k];
        RecordPoint point{k, op.in.positions(), 0, record_size_};
        if (const auto* activation = std::get_if<ImageActivationOp>(&op.action)) {
            make_dual(k, activation->activation, static_cast<double>(largest[k]));
            std::size_t terms = 0;
            if (const auto* polynomial = std::get_if<PolynomialForm>(&duals_[k].form))
                terms = polynomial->coefficients.size();
            else if (const auto* series = std::get_if<SeriesForm>(&duals_[k].form))
                terms = series->series->terms();
            if (derivatives != 0) {
                point.fields = 4 + 3 * terms;
            } else if (terms > 0) {
                point.fields = 1 + (1 + ntk) * terms;
            } else {
                const auto& closed = std::get<ClosedForm>(duals_[k].form);
                point.fields = std::holds_alternative<ArcForm>(closed)   ? 2
                               : std::holds_alternative<ErfForm>(closed) ? 3
                                                                         : 1;
            }
        } else if (std::holds_alternative<ImageNormaliseOp>(op.action)) {
            point.fields = 1 + 2 * derivatives;
        } else {
            continue;
        }
        record_size_ += point.fields * point.positions;
        point_of_[k] = points_.size();
        points_.push_back(point);
    }
}

// The first `stages` stages of all images, each with itself, with all that follows from it.
template <typename T>
void ImageEngine<T>::run_own(const std::vector<Side*>& sides, std::size_t stages, const base::Monitor& monitor) {
    for (Side* side : sides) {
        base::parallel_for(
            side->groups,
            [&](std::size_t group) {
                std::unique_ptr<ImageSpace<T>> space = borrow();
                std::vector<T> inputs;
                load_inputs(*side, group, inputs);
                std::vector<T> record(record_size_ * lanes<T>);
                const ImagePair<T> pair{inputs.data(), record.data(), inputs.data(), record.data(), true};
                const OwnPass<T> own{record.data(), nullptr, nullptr, true};
                ImageRun<T> run(setup_, *space, pair, &own);
                for (std::size_t s = 0; s < stages; ++s) {
                    run.stage(s);
                    if (s + 1 < program_.stages.size()) run.copy_seeds(s + 1, side->seeds[group][s]);
                }
                if (stages == program_.stages.size()) {
                    StoredState<T>& last = space->stored.back().front();
                    for (std::size_t c = 0; c < channels(); ++c) {
                        for (std::size_t lane = 0; lane < lanes<T> && group * lanes<T> + lane < side->rows; ++lane)
                            side->own(c, group * lanes<T> + lane) = last.plane({0, 0}, c)[lane];
                    }
                }
                give_back(std::move(space));
            },
            monitor, "variances");
    }
}

template <typename T>
std::vector<T> ImageEngine<T>::largest_variances(const std::vector<Side*>& sides, std::size_t stage) {
    std::vector<T> largest(program_.ops.size(), 0);
    std::mutex mutex;
    for (Side* side : sides) {
        base::parallel_for(side->groups, [&](std::size_t group) {
            std::unique_ptr<ImageSpace<T>> space = borrow();
            std::vector<T> inputs;
            load_inputs(*side, group, inputs);
            std::vector<T> here(program_.ops.size(), 0);
            const ImagePair<T> pair{inputs.data(), nullptr, inputs.data(), nullptr, true};
            const OwnPass<T> own{nullptr, &side->seeds[group], &here, true};
            ImageRun<T>(setup_, *space, pair, &own).stage_of_own(stage);
            give_back(std::move(space));
            const std::lock_guard lock(mutex);
            for (std::size_t k = 0; k < here.size(); ++k)
                largest[k] = std::max(largest[k], here[k]);
        });
    }
    return largest;
}

template <typename T>
void ImageEngine<T>::prepare(const std::vector<Side*>& sides, const base::Monitor& monitor) {
    for (std::size_t s = 0; s < program_.stages.size(); ++s) {
        std::vector<T> largest(program_.ops.size(), 0);
        bool series = false;
        for (std::size_t k = program_.stages[s].first; k < program_.stages[s].last; ++k) {
            const auto* activation = std::get_if<ImageActivationOp>(&program_.ops[k].action);
            if (activation == nullptr) continue;
            series = series || is_series(activation->activation);
            // The diagonal needs the function only.
            make_dual(k, activation->activation, 1.0);
        }
        if (series) {
            if (s > 0) run_own(sides, s, monitor);
            largest = largest_variances(sides, s);
        }
        make_duals(s, largest);
    }
    run_own(sides, program_.stages.size(), monitor);
}

template <typename T>
void ImageEngine<T>::record(const Side& side, std::size_t group, const std::vector<T>& inputs, std::vector<T>& out) {
    std::unique_ptr<ImageSpace<T>> space = borrow();
    out.resize(record_size_ * lanes<T>);
    const ImagePair<T> pair{inputs.data(), out.data(), inputs.data(), out.data(), true};
    const OwnPass<T> own{out.data(), &side.seeds[group], nullptr, false};
    ImageRun<T> run(setup_, *space, pair, &own);
    for (std::size_t s = 0; s < program_.stages.size(); ++s)
        run.stage_of_own(s);
    give_back(std::move(space));
}

template <typename T>
void ImageEngine<T>::pairs(const ImagePair<T>& pair, T* out) {
    std::unique_ptr<ImageSpace<T>> space = borrow();
    ImageRun<T> run(setup_, *space, pair, nullptr);
    for (std::size_t s = 0; s < program_.stages.size(); ++s)
        run.stage(s);
    for (std::size_t c = 0; c < channels(); ++c)
        std::copy_n(space->stored.back().front().plane({0, 0}, c), lanes<T>, out + c * lanes<T>);
    give_back(std::move(space));
}

template <typename T>
std::unique_ptr<ImageSpace<T>> ImageEngine<T>::borrow() {
    {
        const std::lock_guard lock(mutex_);
        if (!spare_.empty()) {
            std::unique_ptr<ImageSpace<T>> space = std::move(spare_.back());
            spare_.pop_back();
            return space;
        }
    }
    return make_image_space<T>(program_, channels());
}

template <typename T>
void ImageEngine<T>::give_back(std::unique_ptr<ImageSpace<T>> space) {
    const std::lock_guard lock(mutex_);
    spare_.push_back(std::move(space));
}

template class ImageEngine<double>;
template class ImageEngine<float>;

} // namespace limsym::kernel
