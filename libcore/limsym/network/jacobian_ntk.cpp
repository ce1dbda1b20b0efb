#include "limsym/network/jacobian_ntk.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <vector>

#include <cblas.h>

#include "limsym/base/memory.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/network/propagation.hpp"
#include "limsym/numerics/blas.hpp"
#include "limsym/numerics/gemm.hpp"

namespace limsym::network {

using numerics::gemm;
using numerics::Tile;
using numerics::TileGrid;
using numerics::Transpose;

namespace {

void require(bool fits, const char* what) {
    if (!fits) throw std::invalid_argument(what);
}

// What a batch leaves at one hidden stage. A point has d+1 neighbouring columns: a value and d tangents.
struct JointTrace {
    arma::mat state;     ///< h_a, outputs x n(d+1)
    arma::mat signal;    ///< tangents of u going forward, delta_a coming back; outputs x n(d+1)
    arma::mat slope;     ///< phi'(u), outputs x n
    arma::mat curvature; ///< phi''(u), outputs x n
};

// Tiles of a product whose columns are those of whole points: large ones, BLAS copies their operands.
TileGrid whole_points(std::size_t rows, std::size_t columns, std::size_t edge) {
    const auto part = [](std::size_t length) { return std::clamp<std::size_t>(length / 4, 48, 384); };
    return {rows, columns, (part(rows) + 15) / 16 * 16, (part(columns) + edge - 1) / edge * edge};
}

// Values and tangents of every layer, and cotangents and their tangents.
class JointPropagation {
public:
    JointPropagation(const MultilayerPerceptron& shape, std::span<const double> parameters, const arma::mat& x)
        : shape_(shape), parameters_(parameters), x_(x), edge_(x.n_rows + 1), traces_(shape.stages.size() - 1) {}

    void run(double output_scale, const base::Monitor& monitor) {
        for (std::size_t l = 0; l < traces_.size(); ++l) {
            forward(l);
            monitor.check();
        }
        for (std::size_t l = traces_.size(); l-- > 0;) {
            backward(l, output_scale);
            monitor.check();
        }
    }

    [[nodiscard]] const JointTrace& trace(std::size_t l) const { return traces_[l]; }

private:
    [[nodiscard]] const double* weight(std::size_t l) const {
        return parameters_.data() + shape_.stages[l].weight.begin;
    }

    // u and its tangents, at one tile: the values from the inputs, the tangents are columns of the weights.
    void first_product(const Tile& t, JointTrace& trace) const {
        const Stage& stage = shape_.stages.front();
        const std::size_t point = t.column / edge_;
        const std::size_t points = t.columns / edge_;
        const double* const w = weight(0) + t.row;
        // the value columns of the points lie edge_ columns apart
        gemm<double>(Transpose::no, Transpose::no, t.rows, points, stage.inputs, stage.weight_scale, w, stage.outputs,
                     x_.colptr(point), x_.n_rows, 0.0, trace.signal.colptr(t.column) + t.row, stage.outputs * edge_);
        for (std::size_t i = 0; i < points; ++i)
            for (std::size_t a = 1; a < edge_; ++a) {
                const double* const from = w + (a - 1) * stage.outputs;
                double* const to = trace.signal.colptr(t.column + i * edge_ + a) + t.row;
                for (std::size_t k = 0; k < t.rows; ++k)
                    to[k] = stage.weight_scale * from[k];
            }
    }

    void forward(std::size_t l) {
        const Stage& stage = shape_.stages[l];
        JointTrace& trace = traces_[l];
        const std::size_t n = x_.n_cols;
        trace.state.set_size(stage.outputs, n * edge_);
        trace.signal.set_size(stage.outputs, n * edge_);
        trace.slope.set_size(stage.outputs, n);
        trace.curvature.set_size(stage.outputs, n);
        const TileGrid tiles = whole_points(stage.outputs, n * edge_, edge_);
        base::parallel_for(tiles.count(), [&](std::size_t i) {
            const Tile t = tiles.tile(i);
            if (l == 0)
                first_product(t, trace);
            else
                gemm<double>(Transpose::no, Transpose::no, t.rows, t.columns, stage.inputs, stage.weight_scale,
                             weight(l) + t.row, stage.outputs, traces_[l - 1].state.colptr(t.column), stage.inputs, 0.0,
                             trace.signal.colptr(t.column) + t.row, stage.outputs);
            for (std::size_t point = t.column / edge_; point < (t.column + t.columns) / edge_; ++point)
                activate(stage, t, point, trace);
        });
    }

    // Bias and activation of one point's rows of a tile.
    void activate(const Stage& stage, const Tile& t, std::size_t point, JointTrace& trace) const {
        double* const u = trace.signal.colptr(point * edge_) + t.row;
        if (stage.bias.count > 0) {
            const double* const bias = parameters_.data() + stage.bias.begin + t.row;
            for (std::size_t k = 0; k < t.rows; ++k)
                u[k] += stage.bias_scale * bias[k];
        }
        double* const slope = trace.slope.colptr(point) + t.row;
        stage.activation.evaluate(u, trace.state.colptr(point * edge_) + t.row, slope,
                                  trace.curvature.colptr(point) + t.row, t.rows);
        for (std::size_t a = 1; a < edge_; ++a) {
            const double* const tangent = trace.signal.colptr(point * edge_ + a) + t.row;
            double* const state = trace.state.colptr(point * edge_ + a) + t.row;
            for (std::size_t k = 0; k < t.rows; ++k)
                state[k] = slope[k] * tangent[k];
        }
    }

    // delta_a of stage l from those of the stage after it; they take the place of the tangents of u.
    void backward(std::size_t l, double output_scale) {
        const Stage& after = shape_.stages[l + 1];
        JointTrace& trace = traces_[l];
        const std::size_t n = x_.n_cols;
        const bool from_readout = l + 1 == traces_.size();
        const TileGrid tiles = whole_points(after.inputs, n * edge_, edge_);
        base::parallel_for(tiles.count(), [&](std::size_t i) {
            const Tile t = tiles.tile(i);
            // W' delta_a, rows of the tile; the readout's delta is the output scale and has no tangents
            std::vector<double> product(t.rows * (from_readout ? 1 : t.columns));
            if (from_readout)
                for (std::size_t k = 0; k < t.rows; ++k)
                    product[k] = after.weight_scale * output_scale * weight(l + 1)[t.row + k];
            else
                gemm<double>(Transpose::yes, Transpose::no, t.rows, t.columns, after.outputs, after.weight_scale,
                             weight(l + 1) + t.row * after.outputs, after.outputs,
                             traces_[l + 1].signal.colptr(t.column), after.outputs, 0.0, product.data(), t.rows);
            for (std::size_t point = t.column / edge_; point < (t.column + t.columns) / edge_; ++point) {
                const double* const value =
                    from_readout ? product.data() : product.data() + (point * edge_ - t.column) * t.rows;
                signal_of(t, point, value, !from_readout, trace);
            }
        });
    }

    // One point's rows of a tile: `value` is W' delta, the columns after it its tangents where there are some.
    void signal_of(const Tile& t, std::size_t point, const double* value, bool tangents, JointTrace& trace) const {
        const double* const slope = trace.slope.colptr(point) + t.row;
        const double* const curvature = trace.curvature.colptr(point) + t.row;
        for (std::size_t a = 1; a < edge_; ++a) {
            double* const signal = trace.signal.colptr(point * edge_ + a) + t.row;
            const double* const tangent = value + a * t.rows;
            for (std::size_t k = 0; k < t.rows; ++k)
                signal[k] *= value[k] * curvature[k];
            if (!tangents) continue;
            for (std::size_t k = 0; k < t.rows; ++k)
                signal[k] += tangent[k] * slope[k];
        }
        double* const signal = trace.signal.colptr(point * edge_) + t.row;
        for (std::size_t k = 0; k < t.rows; ++k)
            signal[k] = value[k] * slope[k];
    }

    const MultilayerPerceptron& shape_;
    std::span<const double> parameters_;
    const arma::mat& x_;
    std::size_t edge_; ///< d + 1
    std::vector<JointTrace> traces_;
};

// A block of the Gram matrix of columns: scale A(:, t.row ...)' A(:, t.column ...); of a diagonal tile the lower half.
void gram(const arma::mat& columns, const Tile& t, double scale, std::vector<double>& out) {
    const std::size_t k = columns.n_rows;
    if (t.row == t.column)
        cblas_dsyrk(CblasColMajor, CblasLower, CblasTrans, static_cast<blasint>(t.rows), static_cast<blasint>(k), scale,
                    columns.colptr(t.row), static_cast<blasint>(k), 0.0, out.data(), static_cast<blasint>(t.rows));
    else
        gemm<double>(Transpose::yes, Transpose::no, t.rows, t.columns, k, scale, columns.colptr(t.row), k,
                     columns.colptr(t.column), k, 0.0, out.data(), t.rows);
}

void mirror_lower(double* square, std::size_t edge) {
    for (std::size_t j = 0; j < edge; ++j)
        for (std::size_t i = j + 1; i < edge; ++i)
            square[j + i * edge] = square[i + j * edge];
}

// T += the product rule's sum at the (d+1)^2 block of a pair of points; all blocks have `stride` rows.
void add_pair(const double* b, const double* h, double* t, std::size_t edge, std::size_t stride) {
    const double b00 = b[0];
    const double h00 = h[0];
    t[0] += b00 * h00;
    for (std::size_t r = 1; r < edge; ++r)
        t[r] += b[r] * h00 + b00 * h[r];
    for (std::size_t c = 1; c < edge; ++c) {
        const double* const bc = b + c * stride;
        const double* const hc = h + c * stride;
        double* const tc = t + c * stride;
        const double b0c = bc[0];
        const double h0c = hc[0];
        tc[0] += b0c * h00 + b00 * h0c;
        for (std::size_t r = 1; r < edge; ++r)
            tc[r] += (bc[r] * h00 + b00 * hc[r]) + (b[r] * h0c + b0c * h[r]);
    }
}

// H of the first layer: <x, x'>, the tangents of the inputs are unit vectors.
void first_states(const Stage& stage, const arma::mat& x, const Tile& t, std::size_t edge, std::vector<double>& out) {
    const double square = stage.weight_scale * stage.weight_scale;
    for (std::size_t c = 0; c < t.columns; c += edge) {
        const double* const right = x.colptr((t.column + c) / edge);
        for (std::size_t r = 0; r < t.rows; r += edge) {
            const double* const left = x.colptr((t.row + r) / edge);
            double* const block = out.data() + r + c * t.rows;
            block[0] = square * cblas_ddot(static_cast<blasint>(x.n_rows), left, 1, right, 1);
            for (std::size_t a = 1; a < edge; ++a)
                block[a] = square * right[a - 1];
            for (std::size_t b = 1; b < edge; ++b) {
                double* const column = block + b * t.rows;
                std::fill_n(column, edge, 0.0);
                column[0] = square * left[b - 1];
                column[b] = square;
            }
        }
    }
}

void add_bias(const Stage& stage, const Tile& t, std::size_t edge, std::vector<double>& states) {
    if (stage.bias.count == 0) return;
    for (std::size_t c = 0; c < t.columns; c += edge)
        for (std::size_t r = 0; r < t.rows; r += edge)
            states[r + c * t.rows] += stage.bias_scale * stage.bias_scale;
}

// Columns of a tile of the kernel: those of whole points, wide enough for BLAS, enough tiles for the threads, and where
// it can be a multiple of 24, by which BLAS's own blocks go.
std::size_t tile_edge(std::size_t points, std::size_t edge) {
    constexpr std::size_t block = 24;
    constexpr std::size_t widest = 320;
    const std::size_t columns = std::clamp<std::size_t>(points * edge / 6, 96, widest);
    const std::size_t group = block / std::gcd(edge, block) * edge;
    if (group > widest) return std::max<std::size_t>(1, columns / edge) * edge;
    return (columns + group - 1) / group * group;
}

} // namespace

ValuesAndJacobian values_and_jacobian(const MultilayerPerceptron& shape, std::span<const double> parameters,
                                      const arma::mat& x, double output_scale) {
    require(shape.outputs() == 1, "values_and_jacobian: the network has several outputs");
    Propagation<double> pass(shape);
    ValuesAndJacobian result;
    result.value = output_scale * pass.forward(parameters, x).t();
    arma::mat cotangent(1, x.n_cols, arma::fill::none);
    cotangent.fill(output_scale);
    pass.backward(parameters, cotangent, {}, &result.jacobian);
    return result;
}

arma::mat jacobian_ntk(const MultilayerPerceptron& shape, std::span<const double> parameters, const arma::mat& x,
                       double output_scale, const base::Monitor& monitor) {
    require(shape.outputs() == 1, "jacobian_ntk: the network has several outputs");
    require(parameters.size() == shape.parameters, "jacobian_ntk: another number of parameters than the network has");
    require(x.n_rows == shape.inputs() && !x.empty(), "jacobian_ntk: another number of inputs than the network has");
    for (const Stage& stage : shape.stages)
        require(stage.log_variance.count == 0, "jacobian_ntk: node variances are not supported");
    numerics::use_serial_blas();
    const std::size_t edge = x.n_rows + 1;
    JointPropagation pass(shape, parameters, x);
    pass.run(output_scale, monitor);

    const std::size_t size = x.n_cols * edge;
    const std::size_t width = tile_edge(x.n_cols, edge);
    const TileGrid tiles{size, size, width, width};
    arma::mat result(size, size, arma::fill::none);
    std::vector<std::size_t> lower; // tiles on and below the diagonal
    for (std::size_t i = 0; i < tiles.count(); ++i)
        if (tiles.tile(i).row >= tiles.tile(i).column) lower.push_back(i);
    base::parallel_for(
        lower.size(),
        [&](std::size_t i) {
            const Tile t = tiles.tile(lower[i]);
            const std::size_t cells = t.rows * t.columns;
            std::vector<double> signals(cells); // B
            std::vector<double> states(cells);  // H
            std::vector<double> sum(cells, 0.0);
            const auto fill = [&](const arma::mat& columns, double scale, std::vector<double>& out) {
                gram(columns, t, scale, out);
                if (t.row == t.column) mirror_lower(out.data(), t.rows);
            };
            for (std::size_t l = 0; l < shape.stages.size(); ++l) {
                const Stage& stage = shape.stages[l];
                if (l == 0)
                    first_states(stage, x, t, edge, states);
                else
                    fill(pass.trace(l - 1).state, stage.weight_scale * stage.weight_scale, states);
                add_bias(stage, t, edge, states);
                if (l + 1 == shape.stages.size()) {
                    for (std::size_t k = 0; k < cells; ++k)
                        sum[k] += output_scale * output_scale * states[k];
                    continue;
                }
                fill(pass.trace(l).signal, 1.0, signals);
                for (std::size_t c = 0; c < t.columns; c += edge)
                    for (std::size_t r = 0; r < t.rows; r += edge) {
                        const std::size_t at = r + c * t.rows;
                        add_pair(signals.data() + at, states.data() + at, sum.data() + at, edge, t.rows);
                    }
            }
            if (t.row == t.column) mirror_lower(sum.data(), t.rows);
            for (std::size_t c = 0; c < t.columns; ++c)
                std::copy_n(sum.data() + c * t.rows, t.rows, result.colptr(t.column + c) + t.row);
            if (t.row == t.column) return;
            for (std::size_t r = 0; r < t.rows; ++r)
                for (std::size_t c = 0; c < t.columns; ++c)
                    result(t.column + c, t.row + r) = sum[r + c * t.rows];
        },
        monitor, "Jacobian NTK");
    return result;
}

std::uint64_t jacobian_ntk_bytes(const MultilayerPerceptron& shape, std::uint64_t points) {
    using base::saturating_product;
    const std::uint64_t edge = shape.inputs() + 1;
    const std::uint64_t size = saturating_product(points, edge);
    double numbers = static_cast<double>(saturating_product(size, size));
    for (std::size_t l = 0; l + 1 < shape.stages.size(); ++l)
        numbers += static_cast<double>(saturating_product(shape.stages[l].outputs, 2 * size + 2 * points));
    const std::uint64_t tile = tile_edge(points, edge);
    numbers += static_cast<double>(base::thread_limit()) * 3.0 * static_cast<double>(saturating_product(tile, tile));
    return numbers < 1e18 ? static_cast<std::uint64_t>(8.0 * numbers) : saturating_product(1U << 31U, 1ULL << 62U);
}

} // namespace limsym::network
