// Choices that depend on the variances that occur: series, rescaling, and the refusal of layers that overflow.
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "limsym/base/error.hpp"
#include "limsym/kernel/dual_book.hpp"
#include "limsym/kernel/tile_engine.hpp"

namespace limsym::kernel {

namespace {

template <typename T>
struct Largest {
    T variance = 0;
    T theta = 0;
};

template <typename T>
Largest<T> largest(const std::vector<Diagonal<T>>& sides, std::size_t slot) {
    Largest<T> result;
    for (const Diagonal<T>& side : sides) {
        for (const T q : side.state(slot).variance)
            result.variance = q <= result.variance ? result.variance : q; // a NaN wins
        for (const T theta : side.state(slot).theta)
            result.theta = std::abs(theta) <= result.theta ? result.theta : std::abs(theta);
    }
    return result;
}

template <typename T>
T largest_input(const std::vector<const std::vector<T>*>& inputs) {
    T result = 0;
    for (const std::vector<T>* input : inputs)
        for (const T q : *input)
            result = std::max(result, q);
    return result;
}

template <typename T>
VarianceRange range_of(const std::vector<Diagonal<T>>& sides, std::size_t slot) {
    VarianceRange range;
    for (const Diagonal<T>& side : sides) {
        for (const T q : side.state(slot).variance) {
            if (q > 0) range.smallest = std::min(range.smallest, static_cast<double>(q));
            range.largest = std::max(range.largest, static_cast<double>(q));
        }
    }
    return range;
}

// log2 of the variance after one operation, where the variance itself does not fit.
double log2_after(const Op& op, double before, double log2_before) {
    if (const auto* affine = std::get_if<AffineOp>(&op.action)) return std::log2(affine->weight) + log2_before;
    if (const auto* activation = std::get_if<ActivationOp>(&op.action)) {
        const auto closed = closed_form(activation->activation);
        if (closed && std::holds_alternative<ExponentialForm>(*closed)) {
            const auto& form = std::get<ExponentialForm>(*closed);
            return std::log2(form.scale) + form.rate * (form.sign + 1.0) * before / std::log(2.0);
        }
        if (closed && std::holds_alternative<RectifiedForm>(*closed))
            return std::get<RectifiedForm>(*closed).degree * log2_before;
        if (const auto polynomial = polynomial_coefficients(activation->activation))
            return static_cast<double>(polynomial->size() - 1) * log2_before;
    }
    return log2_before;
}

[[noreturn]] void refuse(const Op& op, double log2_variance, bool single_precision) {
    if (!std::isfinite(log2_variance)) log2_variance = std::numeric_limits<double>::max_exponent;
    throw base::WorkError("layer " + std::to_string(op.layer) + " overflows (log2 variance " +
                          std::to_string(std::llround(log2_variance)) + ")" +
                          (single_precision ? "; try --dtype f64" : ""));
}

// Where the kernel of inputs other than 0 left the range of T below.
template <typename T>
struct Walked {
    std::vector<DualBlock> duals;
    Largest<T> last;              ///< after the last operation
    std::size_t fading_layer = 0; ///< the layer after which nothing was left; 0: the inputs themselves
    bool alive = false;           ///< something is left
};

// A kernel of zeros would pass for a result.
template <typename T>
void refuse_faded(const Walked<T>& walked, bool ntk, const base::Monitor& monitor) {
    if (walked.alive) return;
    const std::string where =
        walked.fading_layer == 0 ? "the kernel of the inputs" : "layer " + std::to_string(walked.fading_layer);
    const std::string what =
        where + " underflows (log2 variance below " + std::to_string(std::numeric_limits<T>::min_exponent - 1) + ")";
    if (ntk && walked.last.theta >= std::numeric_limits<T>::min()) {
        monitor.warning(what + "; the NNGP kernel is taken as 0");
        return;
    }
    throw base::WorkError(what + ", which leaves nothing of the kernel; try larger " +
                          (walked.fading_layer == 0 ? "units of the inputs" : "sigma_w or units of the inputs") +
                          (sizeof(T) < sizeof(double) ? ", or --dtype f64" : ""));
}

template <typename T>
Walked<T> walk(Program& program, const std::vector<const std::vector<T>*>& inputs, double tolerance, bool ntk,
               bool rescaling, const base::Monitor& monitor) {
    using Limits = std::numeric_limits<T>;
    constexpr bool single_precision = sizeof(T) < sizeof(double);
    std::vector<Diagonal<T>> sides;
    for (const std::vector<T>* input : inputs)
        sides.emplace_back(*input, program.slots);
    DualBook book(tolerance);
    Walked<T> walked;
    std::vector<DualBlock>& duals = walked.duals;
    std::vector<Op> ops;
    std::size_t open = 0; // residual blocks
    const auto take = [&](const Op& op, const DualBlock& dual) {
        for (Diagonal<T>& side : sides)
            side.step(op, &dual);
        ops.push_back(op);
        duals.push_back(dual);
    };
    const auto rescale = [&](int log2, std::size_t layer) {
        take({RescaleOp{log2}, 0, layer}, {});
        program.log2_scale += log2;
    };
    for (const Op& op : program.ops) {
        const double before = static_cast<double>(largest(sides, op.slot).variance);
        if (rescaling && open == 0 && op.slot == 0 && before > 0) {
            const int log2 = std::ilogb(before);
            if (std::abs(log2) > Limits::max_exponent / 4) rescale(log2, op.layer);
        }
        if (std::holds_alternative<CopyOp>(op.action)) ++open;
        if (std::holds_alternative<AddOp>(op.action)) --open;
        DualBlock dual;
        if (const auto* activation = std::get_if<ActivationOp>(&op.action)) {
            const VarianceRange range = range_of(sides, op.slot);
            dual = book.block(activation->activation, range);
            book.warn_of_error(dual, op.layer, range, monitor);
        }
        const double start = static_cast<double>(largest(sides, op.slot).variance);
        take(op, dual);
        const Largest<T> after = largest(sides, op.slot);
        if (!std::isfinite(after.variance) || (ntk && !std::isfinite(after.theta)))
            refuse(op, std::isfinite(after.variance) ? Limits::max_exponent : log2_after(op, start, std::log2(start)),
                   single_precision);
        // An activation that makes 0 of an ordinary variance means it.
        constexpr double ordinary = 1e-30;
        if (op.slot == 0 && start >= static_cast<double>(Limits::min()) && after.variance < Limits::min() &&
            !(start > ordinary && after.variance == 0 && std::holds_alternative<ActivationOp>(op.action)))
            walked.fading_layer = op.layer;
    }
    walked.last = largest(sides, 0);
    walked.alive =
        walked.last.variance >= Limits::min() || (walked.fading_layer == 0 && largest_input(inputs) >= Limits::min());
    if (rescaling && program.log2_scale != 0) {
        // Back to scale 0 when the result itself is in range.
        const T most = std::max(walked.last.variance, ntk ? walked.last.theta : walked.last.variance);
        const long log2 = most > 0 ? std::ilogb(most) + program.log2_scale : 0;
        if (std::abs(log2) < Limits::max_exponent - 4) {
            // In steps that RescaleOp can represent as a factor of T.
            while (program.log2_scale != 0) {
                const long step =
                    std::clamp<long>(program.log2_scale, -Limits::max_exponent / 2, Limits::max_exponent / 2);
                rescale(static_cast<int>(-step), program.layers);
            }
        }
    }
    program.ops = std::move(ops);
    return walked;
}

} // namespace

template <typename T>
std::vector<DualBlock> prepare_program(Program& program, const std::vector<const std::vector<T>*>& inputs,
                                       bool any_input, double series_tolerance, bool ntk,
                                       const base::Monitor& monitor) {
    if (program.homogeneous) {
        Program plain = program;
        try {
            Walked<T> walked = walk(plain, inputs, series_tolerance, ntk, false, monitor);
            // A result that has died away is as lost as one that overflowed.
            if (walked.alive || largest_input(inputs) == 0) {
                if (any_input) refuse_faded(walked, ntk, monitor);
                program = std::move(plain);
                return std::move(walked.duals);
            }
        } catch (const base::WorkError&) { // an overflow; below without one, or refused again
        }
    }
    Walked<T> walked = walk(program, inputs, series_tolerance, ntk, program.homogeneous, monitor);
    if (any_input) refuse_faded(walked, ntk, monitor);
    return std::move(walked.duals);
}

template std::vector<DualBlock> prepare_program(Program&, const std::vector<const std::vector<double>*>&, bool, double,
                                                bool, const base::Monitor&);
template std::vector<DualBlock> prepare_program(Program&, const std::vector<const std::vector<float>*>&, bool, double,
                                                bool, const base::Monitor&);

} // namespace limsym::kernel
