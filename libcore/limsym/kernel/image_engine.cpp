#include "limsym/kernel/image_engine.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "limsym/base/error.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/kernel/image_run.hpp"
#include "limsym/kernel/image_state.hpp"

namespace limsym::kernel {

namespace {

// Where the fields of an activation stand.
RecordPoint record_of(const DualBlock& dual, ImageChannels channels) {
    const bool derivatives = channels == ImageChannels::derivatives;
    RecordPoint point;
    point.fields = derivatives ? 4 : 1;
    if (const auto* closed = std::get_if<ClosedForm>(&dual.form)) {
        if (!derivatives && std::holds_alternative<ArcForm>(*closed)) point.fields = 2;
        if (!derivatives && std::holds_alternative<ErfForm>(*closed)) point.fields = 3;
        return point;
    }
    point.inverse = point.fields - 1;
    if (const auto* polynomial = std::get_if<PolynomialForm>(&dual.form)) {
        point.value_terms = point.slope_terms = polynomial->coefficients.size();
    } else if (const auto* series = std::get_if<SeriesForm>(&dual.form)) {
        point.value_terms = point.slope_terms = series->series->terms();
    } else {
        const DualTable& table = *std::get<TableForm>(dual.form).table;
        point.value_terms = table.value_terms();
        point.slope_terms = table.derivative_terms();
        point.means = point.fields;
        point.fields += 2;
    }
    const auto place = [&](std::size_t& first, std::size_t count) {
        first = point.fields;
        point.fields += count;
    };
    place(point.first_value, point.value_terms);
    if (channels != ImageChannels::nngp) place(point.first_slope, point.slope_terms);
    if (derivatives) place(point.first_second, point.value_terms);
    return point;
}

} // namespace

template <typename T>
ImageEngine<T>::ImageEngine(const network::Network& network, std::size_t features, ImageChannels channels,
                            double series_tolerance)
    : features_(features), book_(series_tolerance),
      program_(compile_images(network, features)), setup_{&program_, &duals_,    &tables_,
                                                          &points_,  &point_of_, channels} {
    forget();
}

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

// What was prepared of a program that has changed since.
template <typename T>
void ImageEngine<T>::forget() {
    duals_.assign(program_.ops.size(), {});
    tables_.assign(program_.ops.size(), nullptr);
    point_of_.assign(program_.ops.size(), 0);
    points_.clear();
    record_size_ = 0;
    spare_.clear();
}

template <typename T>
void ImageEngine<T>::make_dual(std::size_t k, const network::Activation& activation, const VarianceRange& range) {
    duals_[k] = book_.block(activation, range);
    const auto* form = std::get_if<SeriesForm>(&duals_[k].form);
    if (form == nullptr) return;
    std::shared_ptr<const SeriesTable>& table = series_tables_[form->series.get()];
    if (!table) table = std::make_shared<const SeriesTable>(form->series);
    tables_[k] = table;
}

// The place of what the activations of a stage and layer_norm note.
template <typename T>
void ImageEngine<T>::make_records(std::size_t stage) {
    for (std::size_t k = program_.stages[stage].first; k < program_.stages[stage].last; ++k) {
        const ImageOp& op = program_.ops[k];
        RecordPoint point;
        if (std::holds_alternative<ImageActivationOp>(op.action))
            point = record_of(duals_[k], setup_.channels);
        else if (std::holds_alternative<ImageNormaliseOp>(op.action))
            point.fields = setup_.channels == ImageChannels::derivatives ? 3 : 1;
        else
            continue;
        point.op = k;
        point.positions = op.in.positions();
        point.offset = record_size_;
        record_size_ += point.fields * point.positions;
        point_of_[k] = points_.size();
        points_.push_back(point);
    }
}

namespace {

void merge(const std::vector<VarianceRange>& from, std::vector<VarianceRange>& into) {
    for (std::size_t k = 0; k < from.size(); ++k) {
        into[k].smallest = std::min(into[k].smallest, from[k].smallest);
        into[k].largest = std::max(into[k].largest, from[k].largest);
    }
}

} // namespace

// The first `stages` stages of all images, each with itself, with all that follows from it.
// @param ranges filled instead of a check that no layer overflows, when given
template <typename T>
void ImageEngine<T>::run_own(const std::vector<Side*>& sides, std::size_t stages, Ranges* ranges,
                             const base::Monitor& monitor) {
    for (Side* side : sides) {
        base::parallel_for(
            side->groups,
            [&](std::size_t group) {
                std::unique_ptr<ImageSpace<T>> space = borrow();
                std::vector<T> inputs;
                load_inputs(*side, group, inputs);
                std::vector<T> record(record_size_ * lanes<T>);
                Ranges here(program_.ops.size());
                const ImagePair<T> pair{inputs.data(), record.data(), inputs.data(), record.data(), true};
                const OwnPass<T> own{record.data(), nullptr, ranges != nullptr ? &here : nullptr, ranges == nullptr};
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
                if (ranges == nullptr) return;
                const std::lock_guard lock(mutex_);
                merge(here, *ranges);
            },
            monitor, "variances");
    }
}

template <typename T>
typename ImageEngine<T>::Ranges ImageEngine<T>::ranges_of(const std::vector<Side*>& sides, std::size_t stage) {
    Ranges ranges(program_.ops.size());
    for (Side* side : sides) {
        base::parallel_for(side->groups, [&](std::size_t group) {
            std::unique_ptr<ImageSpace<T>> space = borrow();
            std::vector<T> inputs;
            load_inputs(*side, group, inputs);
            Ranges here(program_.ops.size());
            const ImagePair<T> pair{inputs.data(), nullptr, inputs.data(), nullptr, true};
            const OwnPass<T> own{nullptr, &side->seeds[group], &here, true};
            ImageRun<T>(setup_, *space, pair, &own).stage_of_own(stage);
            give_back(std::move(space));
            const std::lock_guard lock(mutex_);
            merge(here, ranges);
        });
    }
    return ranges;
}

// Forms for the activations, stage by stage, and the diagonal of the kernel.
template <typename T>
void ImageEngine<T>::choose(const std::vector<Side*>& sides, const base::Monitor& monitor) {
    for (Side* side : sides)
        side->seeds.assign(side->groups, std::vector<std::vector<T>>(program_.stages.size() - 1));
    for (std::size_t s = 0; s < program_.stages.size(); ++s) {
        const Stage& stage = program_.stages[s];
        bool chosen = true;
        const auto each = [&](const auto& use) {
            for (std::size_t k = stage.first; k < stage.last; ++k) {
                if (const auto* op = std::get_if<ImageActivationOp>(&program_.ops[k].action)) use(k, op->activation);
            }
        };
        // The diagonal needs the function only.
        each([&](std::size_t k, const network::Activation& activation) {
            make_dual(k, activation, {1.0, 1.0});
            chosen = chosen && !needs_range(activation);
        });
        if (!chosen) {
            if (s > 0) run_own(sides, s, nullptr, monitor);
            const Ranges ranges = ranges_of(sides, s);
            each([&](std::size_t k, const network::Activation& activation) {
                make_dual(k, activation, ranges[k]);
                book_.warn_of_error(duals_[k], program_.ops[k].layer, ranges[k], monitor);
            });
        }
        make_records(s);
    }
    run_own(sides, program_.stages.size(), nullptr, monitor);
}

// A result that has died away is as lost as one that overflowed.
template <typename T>
bool ImageEngine<T>::dies_away(const std::vector<Side*>& sides) const {
    const auto inputs = [](const Side* side) { return arma::abs(*side->data).max() > 0; };
    const auto result = [](const Side* side) { return side->own.row(0).max() >= std::numeric_limits<T>::min(); };
    return std::any_of(sides.begin(), sides.end(), inputs) && std::none_of(sides.begin(), sides.end(), result);
}

// Powers of two where a homogeneous network leaves the range of T, outside residual blocks.
template <typename T>
void ImageEngine<T>::rescale(const std::vector<Side*>& sides, const base::Monitor& monitor) {
    constexpr int most = std::numeric_limits<T>::max_exponent;
    const auto next = [&](const Ranges& ranges) {
        std::size_t open = 0;
        for (std::size_t k = 0; k < program_.ops.size(); ++k) {
            const ImageOp& op = program_.ops[k];
            const double largest = ranges[k].largest;
            const bool there = open == 0 && op.slot == 0 && std::isfinite(largest) && largest > 0 &&
                               !std::holds_alternative<RescaleOp>(op.action);
            if (there && std::abs(std::ilogb(largest)) > most / 4) return k;
            if (std::holds_alternative<CopyOp>(op.action)) ++open;
            if (std::holds_alternative<AddOp>(op.action)) --open;
        }
        return program_.ops.size();
    };
    for (;;) {
        Ranges ranges(program_.ops.size());
        run_own(sides, program_.stages.size(), &ranges, monitor);
        const std::size_t k = next(ranges);
        if (k == program_.ops.size()) break;
        insert_rescale(program_, k, std::ilogb(ranges[k].largest));
        forget();
        for (std::size_t s = 0; s < program_.stages.size(); ++s) {
            for (std::size_t j = program_.stages[s].first; j < program_.stages[s].last; ++j) {
                if (const auto* op = std::get_if<ImageActivationOp>(&program_.ops[j].action))
                    make_dual(j, op->activation, {1.0, 1.0});
            }
            make_records(s);
        }
    }
    // Back to scale 0 when the result itself is in range, in steps that are numbers of T.
    T largest = 0;
    for (const Side* side : sides)
        largest = std::max(largest, side->own.max());
    const long log2 = largest > 0 ? std::ilogb(largest) + program_.log2_scale : 0;
    while (program_.log2_scale != 0 && std::abs(log2) < most - 4)
        insert_rescale(program_, program_.ops.size(),
                       static_cast<int>(-std::clamp<long>(program_.log2_scale, -most / 2, most / 2)));
    forget();
    choose(sides, monitor);
}

template <typename T>
void ImageEngine<T>::prepare(const std::vector<Side*>& sides, const base::Monitor& monitor) {
    bool leaves_range = false;
    try {
        choose(sides, monitor);
        leaves_range = dies_away(sides);
    } catch (const base::WorkError&) {
        if (!program_.homogeneous) throw;
        leaves_range = true;
    }
    if (leaves_range && program_.homogeneous) rescale(sides, monitor);
    // A kernel of zeros would pass for a result.
    if (setup_.channels != ImageChannels::derivatives && dies_away(sides))
        throw base::WorkError(std::string("the kernel of the images underflows: every value is below the range of ") +
                              (sizeof(T) < sizeof(double) ? "single precision; try --dtype f64, larger sigma_w"
                                                          : "double; try larger sigma_w") +
                              " or units of the inputs");
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
