// Derivatives of a contracted Gram matrix by log sigma_w and log sigma_b: forward mode, tile by tile.
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "limsym/base/error.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/kernel/gram.hpp"
#include "limsym/kernel/image_tiles.hpp"
#include "limsym/kernel/tile_engine.hpp"
#include "limsym/kernel/tile_order.hpp"
#include "limsym/network/image_shape.hpp"

namespace limsym::kernel {

namespace {

// A value with its derivatives by log sigma_w and log sigma_b.
struct Tangent {
    std::vector<double> value;
    std::array<std::vector<double>, 2> slope;

    explicit Tangent(std::vector<double> start)
        : value(std::move(start)), slope{std::vector<double>(value.size()), std::vector<double>(value.size())} {}
    Tangent() = default;
    [[nodiscard]] std::size_t size() const { return value.size(); }
};

// The affine map of a layer, with what moves with the scales.
void affine(const AffineOp& op, Tangent& state) {
    const double moved_weight = op.readout ? 0.0 : 2 * op.weight;
    const double moved_bias = op.readout ? 0.0 : 2 * op.bias;
    for (std::size_t i = 0; i < state.size(); ++i) {
        state.slope[0][i] = op.weight * state.slope[0][i] + moved_weight * state.value[i];
        state.slope[1][i] = op.weight * state.slope[1][i] + moved_bias;
        state.value[i] = op.weight * state.value[i] + op.bias;
    }
}

void scale(Tangent& state, double factor) {
    for (std::size_t i = 0; i < state.size(); ++i) {
        state.value[i] *= factor;
        state.slope[0][i] *= factor;
        state.slope[1][i] *= factor;
    }
}

void add(Tangent& state, const Tangent& other) {
    for (std::size_t i = 0; i < state.size(); ++i) {
        state.value[i] += other.value[i];
        state.slope[0][i] += other.slope[0][i];
        state.slope[1][i] += other.slope[1][i];
    }
}

// Variances of a block of rows on their way through the program.
class DiagonalTangents {
public:
    DiagonalTangents(std::vector<double> variances, std::size_t slots) : states_(slots) {
        states_[0] = Tangent(std::move(variances));
    }
    [[nodiscard]] const Tangent& state(std::size_t slot) const { return states_[slot]; }

    void step(const Op& op, const DualBlock& dual) {
        Tangent& q = states_[op.slot];
        if (const auto* map = std::get_if<AffineOp>(&op.action)) {
            affine(*map, q);
        } else if (std::holds_alternative<ActivationOp>(op.action)) {
            for (std::size_t i = 0; i < q.size(); ++i) {
                const double slope = diagonal_gradient(dual, q.value[i]);
                q.slope[0][i] *= slope;
                q.slope[1][i] *= slope;
            }
            std::vector<double> unused;
            apply_diagonal(dual, q.value, unused);
        } else if (const auto* normalise = std::get_if<NormaliseOp>(&op.action)) {
            for (std::size_t i = 0; i < q.size(); ++i) {
                const double divisor = q.value[i] + normalise->eps;
                const double slope = normalise->eps / (divisor * divisor);
                q.slope[0][i] *= slope;
                q.slope[1][i] *= slope;
                q.value[i] /= divisor;
            }
        } else if (const auto* dropout = std::get_if<DropoutOp>(&op.action)) {
            scale(q, 1 / dropout->keep);
        } else if (const auto* copy = std::get_if<CopyOp>(&op.action)) {
            states_[copy->to] = q;
        } else if (const auto* sum = std::get_if<AddOp>(&op.action)) {
            add(q, states_[sum->from]);
        } else if (const auto* rescale = std::get_if<RescaleOp>(&op.action)) {
            scale(q, std::ldexp(1.0, -rescale->log2));
        }
    }

private:
    std::vector<Tangent> states_;
};

// What one activation or normalisation needs of a block of rows.
struct RowTangents {
    DualRows<double> rows;
    Tangent variance;
};

// The variances of one block at every operation that reads them.
std::vector<RowTangents> row_tangents(const TileEngine<double>& engine, std::size_t block, Tangent& last) {
    const Program& program = engine.program();
    DiagonalTangents diagonal(engine.input_variances(block), program.slots);
    std::vector<RowTangents> result(program.ops.size());
    for (std::size_t k = 0; k < program.ops.size(); ++k) {
        const Op& op = program.ops[k];
        const bool activation = std::holds_alternative<ActivationOp>(op.action);
        if (activation || std::holds_alternative<NormaliseOp>(op.action)) {
            result[k].variance = diagonal.state(op.slot);
            if (activation) result[k].rows = prepare_gradient_rows(engine.duals()[k], result[k].variance.value);
        }
        diagonal.step(op, engine.duals()[k]);
    }
    last = diagonal.state(0);
    return result;
}

// One column of a tile through the program.
void run_column(const TileEngine<double>& engine, const std::vector<RowTangents>& rows, std::size_t first,
                const std::vector<RowTangents>& columns, std::size_t j, std::vector<Tangent>& states,
                DualGradients& gradients) {
    const Program& program = engine.program();
    for (std::size_t k = 0; k < program.ops.size(); ++k) {
        const Op& op = program.ops[k];
        Tangent& c = states[op.slot];
        if (const auto* map = std::get_if<AffineOp>(&op.action)) {
            affine(*map, c);
        } else if (std::holds_alternative<ActivationOp>(op.action)) {
            column_gradients(engine.duals()[k], rows[k].rows, first, columns[k].rows, j, c.value.data(), gradients);
            for (std::size_t p = 0; p < 2; ++p) {
                const double column_slope = columns[k].variance.slope[p][j];
                for (std::size_t i = 0; i < c.size(); ++i)
                    c.slope[p][i] = gradients.by_covariance[i] * c.slope[p][i] +
                                    gradients.by_row_variance[i] * rows[k].variance.slope[p][first + i] +
                                    gradients.by_column_variance[i] * column_slope;
            }
            std::copy_n(gradients.value.begin(), c.size(), c.value.begin());
        } else if (const auto* normalise = std::get_if<NormaliseOp>(&op.action)) {
            const double column_divisor = columns[k].variance.value[j] + normalise->eps;
            for (std::size_t i = 0; i < c.size(); ++i) {
                const double row_divisor = rows[k].variance.value[first + i] + normalise->eps;
                const double factor = 1 / std::sqrt(row_divisor * column_divisor);
                c.value[i] *= factor;
                for (std::size_t p = 0; p < 2; ++p) {
                    const double relative = rows[k].variance.slope[p][first + i] / row_divisor +
                                            columns[k].variance.slope[p][j] / column_divisor;
                    c.slope[p][i] = factor * c.slope[p][i] - 0.5 * c.value[i] * relative;
                }
            }
        } else if (const auto* copy = std::get_if<CopyOp>(&op.action)) {
            states[copy->to] = c;
        } else if (const auto* sum = std::get_if<AddOp>(&op.action)) {
            add(c, states[sum->from]);
        } else if (const auto* rescale = std::get_if<RescaleOp>(&op.action)) {
            scale(c, std::ldexp(1.0, -rescale->log2));
        }
    }
}

void refuse_scale(long log2_scale) {
    if (log2_scale != 0) throw base::WorkError("the kernel leaves the range of double; try other values of sigma_w");
}

ScaleDerivatives contract_images(const network::Network& network, const arma::mat& x, const arma::mat& weights,
                                 const GramOptions& options, const base::Monitor& monitor) {
    ImageTiles<double> engine(network, x, nullptr, image_tile_edge(options.tile, x.n_rows, x.n_rows),
                              ImageChannels::derivatives, options.series_tolerance, monitor);
    refuse_scale(engine.log2_scale());
    const std::size_t blocks = engine.row_blocks();
    std::vector<std::array<double, 2>> partial(blocks * (blocks + 1) / 2);
    base::parallel_for(
        partial.size(),
        [&](std::size_t t) {
            const auto [row_block, column_block] = lower_tile(t);
            const std::vector<arma::mat> tiles = engine.channel_tiles(row_block, column_block);
            std::array<double, 2> total{};
            for (std::size_t j = 0; j < engine.columns_in(column_block); ++j) {
                const double* weight = weights.colptr(column_block * engine.edge() + j) + row_block * engine.edge();
                for (std::size_t i = row_block == column_block ? j : 0; i < engine.rows_in(row_block); ++i) {
                    const double factor = row_block == column_block && i == j ? 1.0 : 2.0;
                    total[0] += factor * weight[i] * tiles[1](i, j);
                    total[1] += factor * weight[i] * tiles[2](i, j);
                }
            }
            partial[t] = total;
        },
        monitor, "derivatives of the Gram matrix");
    ScaleDerivatives result;
    for (const auto& part : partial) {
        result.log_sigma_w += part[0];
        result.log_sigma_b += part[1];
    }
    return result;
}

} // namespace

ScaleDerivatives contract_scale_derivatives(const network::Network& network, const arma::mat& x,
                                            const arma::mat& weights, const GramOptions& options,
                                            const base::Monitor& monitor) {
    if (network::acts_on_images(network)) return contract_images(network, x, weights, options, monitor);
    TileEngine<double> engine(network, x, nullptr, tile_edge(options.tile, x.n_rows, x.n_rows), false,
                              options.series_tolerance, monitor);
    refuse_scale(engine.log2_scale());
    const std::size_t blocks = engine.row_blocks();
    const std::size_t tiles = blocks * (blocks + 1) / 2;
    std::vector<std::array<double, 2>> partial(tiles);
    base::parallel_for(
        tiles,
        [&](std::size_t t) {
            const auto [row_block, column_block] = lower_tile(t);
            Tangent last;
            Tangent unused;
            const std::vector<RowTangents> rows = row_tangents(engine, row_block, last);
            const std::vector<RowTangents> columns =
                row_block == column_block ? rows : row_tangents(engine, column_block, unused);
            const std::size_t row_start = row_block * engine.edge();
            const std::size_t column_start = column_block * engine.edge();
            std::array<double, 2> total{};
            engine.compute_input(row_block, column_block,
                                 [&, row_block = row_block, column_block = column_block](const arma::mat& start) {
                                     for (std::size_t j = 0; j < engine.columns_in(column_block); ++j) {
                                         const std::size_t first = row_block == column_block ? j + 1 : 0;
                                         const double* weight = weights.colptr(column_start + j) + row_start;
                                         if (row_block == column_block) {
                                             total[0] += weight[j] * last.slope[0][j];
                                             total[1] += weight[j] * last.slope[1][j];
                                         }
                                         const std::size_t count = engine.rows_in(row_block) - first;
                                         if (count == 0) continue;
                                         std::vector<Tangent> states(engine.program().slots);
                                         states[0] = Tangent(std::vector<double>(start.colptr(j) + first,
                                                                                 start.colptr(j) + first + count));
                                         DualGradients gradients(count);
                                         run_column(engine, rows, first, columns, j, states, gradients);
                                         for (std::size_t i = 0; i < count; ++i) {
                                             total[0] += 2 * weight[first + i] * states[0].slope[0][i];
                                             total[1] += 2 * weight[first + i] * states[0].slope[1][i];
                                         }
                                     }
                                 });
            partial[t] = total;
        },
        monitor, "derivatives of the Gram matrix");
    ScaleDerivatives result;
    for (const auto& part : partial) {
        result.log_sigma_w += part[0];
        result.log_sigma_b += part[1];
    }
    return result;
}

} // namespace limsym::kernel
