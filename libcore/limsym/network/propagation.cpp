#include "limsym/network/propagation.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>
#include <vector>

#include "limsym/base/parallel.hpp"
#include "limsym/network/element_kernels.hpp"
#include "limsym/numerics/blas.hpp"
#include "limsym/numerics/gemm.hpp"

namespace limsym::network {

using numerics::gemm;
using numerics::Tile;
using numerics::TileGrid;
using numerics::Transpose;

namespace {

/// Samples of one block of predict().
constexpr std::size_t prediction_block = 1024;

void require(bool fits, const char* what) {
    if (!fits) throw std::invalid_argument(what);
}

template <typename T>
void give_shape(arma::Mat<T>& matrix, std::size_t rows, std::size_t columns) {
    if (matrix.n_rows != rows || matrix.n_cols != columns) matrix.set_size(rows, columns);
}

/// What a batch leaves at one stage; all outputs x n.
template <typename T>
struct Trace {
    arma::Mat<T> state;                ///< s o phi(u), what feeds the next stage
    arma::Mat<T> slope;                ///< s o phi'(u)
    arma::Mat<T> preactivation;        ///< u, for second derivatives
    arma::Mat<T> curvature;            ///< s o phi''(u), for second derivatives
    arma::Mat<T> tangent;              ///< du
    arma::Mat<T> state_tangent;        ///< d(s o phi(u))
    arma::Mat<T> cotangent;            ///< of u, while going back
    arma::Mat<T> cotangent_of_tangent; ///< of du, while going back
};

} // namespace

template <typename T>
struct Propagation<T>::State {
    MultilayerPerceptron shape;
    Derivatives derivatives;
    const ElementKernels<T>& kernels = element_kernels<T>();
    std::vector<Trace<T>> traces;
    std::vector<std::vector<T>> node_scale; ///< s of the nodes that leave a stage; empty: 1
    std::vector<std::vector<T>> bias;       ///< bias_scale b
    const arma::Mat<T>* x = nullptr;
    const arma::Mat<T>* input_direction = nullptr;
    std::size_t samples = 0;

    State(MultilayerPerceptron s, Derivatives d)
        : shape(std::move(s)), derivatives(d), traces(shape.stages.size()), node_scale(shape.stages.size()),
          bias(shape.stages.size()) {
        numerics::use_serial_blas();
        require(!shape.stages.empty(), "Propagation: the network has no stages");
        require(shape.stages.back().activation.is_identity(), "Propagation: the last stage has an activation");
    }

    [[nodiscard]] std::size_t stages() const { return shape.stages.size(); }
    [[nodiscard]] const arma::Mat<T>& input_of(std::size_t l) const { return l == 0 ? *x : traces[l - 1].state; }
    [[nodiscard]] const arma::Mat<T>& input_tangent_of(std::size_t l) const {
        return l == 0 ? *input_direction : traces[l - 1].state_tangent;
    }

    void prepare_scales(std::span<const T> parameters) {
        for (std::size_t l = 0; l < stages(); ++l) {
            const Stage& stage = shape.stages[l];
            const std::span<const T> b = stage.bias.of(parameters);
            bias[l].resize(b.size());
            std::transform(b.begin(), b.end(), bias[l].begin(),
                           [scale = static_cast<T>(stage.bias_scale)](T value) { return scale * value; });
            if (stage.log_variance.count == 0) continue;
            const std::span<const T> variance = stage.log_variance.of(parameters);
            node_scale[l - 1].resize(variance.size());
            std::transform(variance.begin(), variance.end(), node_scale[l - 1].begin(),
                           [](T value) { return std::exp(T{0.5} * value); });
        }
    }

    // Outputs of stage l at `in` into its trace; with `keep` also what derivatives need.
    void forward(std::size_t l, std::span<const T> parameters, const arma::Mat<T>& in, bool keep) {
        const Stage& stage = shape.stages[l];
        Trace<T>& trace = traces[l];
        const std::size_t n = in.n_cols;
        const bool readout = l + 1 == stages();
        const bool second = keep && derivatives == Derivatives::second;
        const bool linear = stage.activation.is_identity() && node_scale[l].empty();
        give_shape(trace.state, stage.outputs, n);
        if (keep && !readout) give_shape(trace.slope, stage.outputs, n);
        if (second) {
            give_shape(trace.preactivation, stage.outputs, n);
            if (!readout) give_shape(trace.curvature, stage.outputs, n);
        }
        const T* const weight = parameters.data() + stage.weight.begin;
        const TileGrid tiles = numerics::product_tiles(stage.outputs, n, stage.inputs);
        base::parallel_for(tiles.count(), [&](std::size_t i) {
            const Tile t = tiles.tile(i);
            arma::Mat<T>& product = second ? trace.preactivation : trace.state;
            gemm<T>(Transpose::no, Transpose::no, t.rows, t.columns, stage.inputs, static_cast<T>(stage.weight_scale),
                    weight + t.row, stage.outputs, in.colptr(t.column), in.n_rows, T{0},
                    product.colptr(t.column) + t.row, stage.outputs);
            for (std::size_t j = t.column; j < t.column + t.columns; ++j) {
                T* const u = product.colptr(j) + t.row;
                T* const value = trace.state.colptr(j) + t.row;
                T* const slope = keep && !readout ? trace.slope.colptr(j) + t.row : nullptr;
                T* const curvature = second && !readout ? trace.curvature.colptr(j) + t.row : nullptr;
                if (!bias[l].empty()) kernels.add(bias[l].data() + t.row, u, t.rows);
                if (linear && slope == nullptr) {
                    if (u != value) std::copy_n(u, t.rows, value);
                    continue;
                }
                stage.activation.evaluate(u, value, slope, curvature, t.rows);
                if (node_scale[l].empty()) continue;
                const T* const scale = node_scale[l].data() + t.row;
                kernels.multiply(scale, value, t.rows);
                if (slope != nullptr) kernels.multiply(scale, slope, t.rows);
                if (curvature != nullptr) kernels.multiply(scale, curvature, t.rows);
            }
        });
    }

    // Weights' and bias' gradients of a stage; one tile. `tangents`: the products of the tangents are added.
    void parameter_tile(std::size_t l, const Tile& t, const arma::Mat<T>* value, const arma::Mat<T>* tangent,
                        std::span<T> gradient) const {
        const Stage& stage = shape.stages[l];
        T* const block = gradient.data() + stage.weight.begin + t.row + t.column * stage.outputs;
        const auto scale = static_cast<T>(stage.weight_scale);
        T beta{0};
        const auto add = [&](const arma::Mat<T>& cotangent, const arma::Mat<T>& in) {
            gemm<T>(Transpose::no, Transpose::yes, t.rows, t.columns, samples, scale, cotangent.memptr() + t.row,
                    stage.outputs, in.memptr() + t.column, stage.inputs, beta, block, stage.outputs);
            beta = T{1};
        };
        if (value != nullptr) add(*value, input_of(l));
        if (tangent != nullptr) add(*tangent, input_tangent_of(l));
        if (t.column != 0 || stage.bias.count == 0) return;
        T* const b = gradient.data() + stage.bias.begin + t.row;
        std::fill_n(b, t.rows, T{0});
        if (value == nullptr) return;
        for (std::size_t i = 0; i < samples; ++i)
            kernels.add(value->colptr(i) + t.row, b, t.rows);
        for (std::size_t k = 0; k < t.rows; ++k)
            b[k] *= static_cast<T>(stage.bias_scale);
    }

    // From the cotangents at stage l's pre-activations (either may be null: 0) to those of the stage before, or of the
    // input when l is 0; gradients of the stage's parameters, all in one parallel loop.
    void back_through(std::size_t l, std::span<const T> parameters, const arma::Mat<T>* value,
                      const arma::Mat<T>* tangent, std::span<T> gradient, arma::Mat<T>* input_gradient) {
        const Stage& stage = shape.stages[l];
        const bool first = l == 0;
        const bool to_input = !first || input_gradient != nullptr;
        const std::size_t n = samples;
        Trace<T>* const before = first ? nullptr : &traces[l - 1];
        arma::Mat<T>* const out = first ? input_gradient : &before->cotangent;
        if (to_input) give_shape(*out, stage.inputs, n);
        if (!first && tangent != nullptr) give_shape(before->cotangent_of_tangent, stage.inputs, n);
        const TileGrid down = to_input ? numerics::product_tiles(stage.inputs, n, stage.outputs) : TileGrid{};
        const bool wanted = !gradient.empty();
        const TileGrid across = wanted ? numerics::product_tiles(stage.outputs, stage.inputs, n) : TileGrid{};
        const bool variances = wanted && stage.log_variance.count > 0;
        // partial sums of the gradient of ln lambda, one row of tiles after another
        std::vector<T> partial(variances ? down.across() * stage.inputs : 0, T{0});
        const std::size_t down_count = to_input ? down.count() : 0;
        const std::size_t across_count = wanted ? across.count() : 0;
        base::parallel_for(down_count + across_count, [&](std::size_t i) {
            if (i >= down_count) {
                parameter_tile(l, across.tile(i - down_count), value, tangent, gradient);
                return;
            }
            const Tile t = down.tile(i);
            T* const sums = variances ? partial.data() + t.column / down.edge_columns * stage.inputs + t.row : nullptr;
            state_tile(l, t, parameters, value, tangent, *out, sums);
        });
        if (!variances) return;
        const std::span<T> result = stage.log_variance.of(gradient);
        for (std::size_t j = 0; j < stage.inputs; ++j) {
            T sum{0};
            for (std::size_t c = 0; c < down.across(); ++c)
                sum += partial[c * stage.inputs + j];
            result[j] = T{0.5} * sum;
        }
    }

    // One tile of W' cotangent, taken through the activation of the stage before.
    void state_tile(std::size_t l, const Tile& t, std::span<const T> parameters, const arma::Mat<T>* value,
                    const arma::Mat<T>* tangent, arma::Mat<T>& out, T* sums) {
        const Stage& stage = shape.stages[l];
        const T* const weight = parameters.data() + stage.weight.begin + t.row * stage.outputs;
        const auto product = [&](const arma::Mat<T>& cotangent, arma::Mat<T>& result) {
            gemm<T>(Transpose::yes, Transpose::no, t.rows, t.columns, stage.outputs, static_cast<T>(stage.weight_scale),
                    weight, stage.outputs, cotangent.colptr(t.column), stage.outputs, T{0},
                    result.colptr(t.column) + t.row, stage.inputs);
        };
        if (value != nullptr) product(*value, out);
        if (l == 0) {
            if (value == nullptr)
                for (std::size_t j = t.column; j < t.column + t.columns; ++j)
                    std::fill_n(out.colptr(j) + t.row, t.rows, T{0});
            return;
        }
        Trace<T>& before = traces[l - 1];
        if (tangent != nullptr) product(*tangent, before.cotangent_of_tangent);
        for (std::size_t j = t.column; j < t.column + t.columns; ++j) {
            const auto at = [&](arma::Mat<T>& matrix) { return matrix.colptr(j) + t.row; };
            if (value == nullptr) std::fill_n(at(out), t.rows, T{0});
            if (sums != nullptr && value != nullptr) kernels.add_product(at(out), at(before.state), sums, t.rows);
            if (value != nullptr) kernels.multiply(at(before.slope), at(out), t.rows);
            if (tangent == nullptr) continue;
            T* const of_tangent = at(before.cotangent_of_tangent);
            if (sums != nullptr) kernels.add_product(of_tangent, at(before.state_tangent), sums, t.rows);
            kernels.add_triple_product(at(before.curvature), at(before.tangent), of_tangent, at(out), t.rows);
            kernels.multiply(at(before.slope), of_tangent, t.rows);
        }
    }

    // du of stage l, and what it feeds to the next one.
    void forward_tangent(std::size_t l, std::span<const T> parameters, const arma::Mat<T>* in,
                         std::span<const T> parameter_direction) {
        const Stage& stage = shape.stages[l];
        Trace<T>& trace = traces[l];
        const bool readout = l + 1 == stages();
        give_shape(trace.tangent, stage.outputs, samples);
        if (!readout) give_shape(trace.state_tangent, stage.outputs, samples);
        const auto scale = static_cast<T>(stage.weight_scale);
        const bool moving = !parameter_direction.empty();
        // d ln s of the nodes that leave the stage
        const std::span<const T> variance_direction =
            !readout && moving ? shape.stages[l + 1].log_variance.of(parameter_direction) : std::span<const T>{};
        const TileGrid tiles = numerics::product_tiles(stage.outputs, samples, stage.inputs);
        base::parallel_for(tiles.count(), [&](std::size_t i) {
            const Tile t = tiles.tile(i);
            T beta{0};
            const auto add = [&](const T* weights, const arma::Mat<T>& operand) {
                gemm<T>(Transpose::no, Transpose::no, t.rows, t.columns, stage.inputs, scale,
                        weights + stage.weight.begin + t.row, stage.outputs, operand.colptr(t.column), stage.inputs,
                        beta, trace.tangent.colptr(t.column) + t.row, stage.outputs);
                beta = T{1};
            };
            if (in != nullptr) add(parameters.data(), *in);
            if (moving) add(parameter_direction.data(), input_of(l));
            for (std::size_t j = t.column; j < t.column + t.columns; ++j) {
                T* const u = trace.tangent.colptr(j) + t.row;
                if (beta == T{0}) std::fill_n(u, t.rows, T{0});
                if (moving && stage.bias.count > 0) {
                    const T* const b = parameter_direction.data() + stage.bias.begin + t.row;
                    for (std::size_t k = 0; k < t.rows; ++k)
                        u[k] += static_cast<T>(stage.bias_scale) * b[k];
                }
                if (readout) continue;
                T* const h = trace.state_tangent.colptr(j) + t.row;
                const T* const slope = trace.slope.colptr(j) + t.row;
                for (std::size_t k = 0; k < t.rows; ++k)
                    h[k] = slope[k] * u[k];
                if (variance_direction.empty()) continue;
                const T* const state = trace.state.colptr(j) + t.row;
                for (std::size_t k = 0; k < t.rows; ++k)
                    h[k] += T{0.5} * variance_direction[t.row + k] * state[k];
            }
        });
    }
};

template <typename T>
Propagation<T>::Propagation(MultilayerPerceptron shape, Derivatives derivatives)
    : state_(std::make_unique<State>(std::move(shape), derivatives)) {}
template <typename T>
Propagation<T>::Propagation(Propagation&&) noexcept = default;
template <typename T>
Propagation<T>& Propagation<T>::operator=(Propagation&&) noexcept = default;
template <typename T>
Propagation<T>::~Propagation() = default;

template <typename T>
const MultilayerPerceptron& Propagation<T>::shape() const {
    return state_->shape;
}

template <typename T>
const arma::Mat<T>& Propagation<T>::forward(std::span<const T> parameters, const arma::Mat<T>& x) {
    State& s = *state_;
    require(parameters.size() == s.shape.parameters, "forward: another number of parameters than the network has");
    require(x.n_rows == s.shape.inputs(), "forward: another number of inputs than the network has");
    s.x = &x;
    s.input_direction = nullptr;
    s.samples = x.n_cols;
    s.prepare_scales(parameters);
    for (std::size_t l = 0; l < s.stages(); ++l)
        s.forward(l, parameters, s.input_of(l), true);
    return s.traces.back().state;
}

template <typename T>
void Propagation<T>::predict(std::span<const T> parameters, const arma::Mat<T>& x, arma::Mat<T>& outputs) {
    State& s = *state_;
    require(parameters.size() == s.shape.parameters, "predict: another number of parameters than the network has");
    require(x.n_rows == s.shape.inputs(), "predict: another number of inputs than the network has");
    s.samples = 0; // no batch to go back through
    s.prepare_scales(parameters);
    give_shape(outputs, s.shape.outputs(), x.n_cols);
    for (std::size_t begin = 0; begin < x.n_cols; begin += prediction_block) {
        const std::size_t end = std::min<std::size_t>(begin + prediction_block, x.n_cols);
        const arma::Mat<T> block(const_cast<T*>(x.colptr(begin)), x.n_rows, end - begin, false, true);
        for (std::size_t l = 0; l < s.stages(); ++l)
            s.forward(l, parameters, l == 0 ? block : s.traces[l - 1].state, false);
        const arma::Mat<T>& result = s.traces.back().state;
        std::copy(result.begin(), result.end(), outputs.colptr(begin));
    }
}

template <typename T>
void Propagation<T>::backward(std::span<const T> parameters, const arma::Mat<T>& cotangent, std::span<T> gradient,
                              arma::Mat<T>* input_gradient) {
    State& s = *state_;
    require(cotangent.n_rows == s.shape.outputs() && cotangent.n_cols == s.samples,
            "backward: the cotangent has another shape than the outputs of the last forward()");
    require(gradient.empty() || gradient.size() == s.shape.parameters, "backward: the gradient has another size");
    const arma::Mat<T>* value = &cotangent;
    for (std::size_t l = s.stages(); l-- > 0;) {
        s.back_through(l, parameters, value, nullptr, gradient, input_gradient);
        if (l > 0) value = &s.traces[l - 1].cotangent;
    }
}

template <typename T>
const arma::Mat<T>& Propagation<T>::forward_tangent(std::span<const T> parameters, const arma::Mat<T>& input_direction,
                                                    std::span<const T> parameter_direction) {
    State& s = *state_;
    require(input_direction.is_empty() ||
                (input_direction.n_rows == s.shape.inputs() && input_direction.n_cols == s.samples),
            "forward_tangent: the direction has another shape than the batch of the last forward()");
    require(parameter_direction.empty() || parameter_direction.size() == s.shape.parameters,
            "forward_tangent: the direction of the parameters has another size");
    s.input_direction = &input_direction;
    for (std::size_t l = 0; l < s.stages(); ++l) {
        const arma::Mat<T>& in = s.input_tangent_of(l);
        const bool still = l == 0 && input_direction.is_empty();
        s.forward_tangent(l, parameters, still ? nullptr : &in, parameter_direction);
    }
    return s.traces.back().tangent;
}

template <typename T>
void Propagation<T>::backward_tangent(std::span<const T> parameters, const arma::Mat<T>& value_cotangent,
                                      const arma::Mat<T>& tangent_cotangent, std::span<T> gradient,
                                      arma::Mat<T>* input_gradient) {
    State& s = *state_;
    require(s.derivatives == Derivatives::second, "backward_tangent: needs Derivatives::second");
    require(s.input_direction != nullptr && !s.input_direction->is_empty(),
            "backward_tangent: needs forward_tangent() with a direction of the inputs");
    require(tangent_cotangent.n_rows == s.shape.outputs() && tangent_cotangent.n_cols == s.samples,
            "backward_tangent: the cotangent has another shape than the outputs of the last forward()");
    require(gradient.empty() || gradient.size() == s.shape.parameters,
            "backward_tangent: the gradient has another size");
    const arma::Mat<T>* value = value_cotangent.is_empty() ? nullptr : &value_cotangent;
    const arma::Mat<T>* tangent = &tangent_cotangent;
    for (std::size_t l = s.stages(); l-- > 0;) {
        s.back_through(l, parameters, value, tangent, gradient, input_gradient);
        if (l == 0) break;
        value = &s.traces[l - 1].cotangent;
        tangent = &s.traces[l - 1].cotangent_of_tangent;
    }
}

template <typename T>
const arma::Mat<T>& Propagation<T>::preactivation(std::size_t stage) const {
    require(state_->derivatives == Derivatives::second, "preactivation: needs Derivatives::second");
    return state_->traces.at(stage).preactivation;
}

template <typename T>
std::size_t Propagation<T>::bytes(const MultilayerPerceptron& shape, std::size_t samples, Derivatives derivatives) {
    const double arrays = derivatives == Derivatives::second ? 8 : 3;
    double numbers = 0;
    for (const Stage& stage : shape.stages)
        numbers += arrays * static_cast<double>(stage.outputs) * static_cast<double>(samples);
    numbers *= sizeof(T);
    return numbers < 1e18 ? static_cast<std::size_t>(numbers) : static_cast<std::size_t>(1e18);
}

template class Propagation<double>;
template class Propagation<float>;

} // namespace limsym::network
