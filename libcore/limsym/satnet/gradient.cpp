#include "limsym/satnet/gradient.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "limsym/base/random.hpp"
#include "limsym/numerics/variates.hpp"

namespace limsym::satnet {

namespace {

constexpr double pi = 3.14159265358979323846;

/// d loss / d z of the known variables, from t_j = sum over i of C_ij u_i.
std::vector<double> input_slopes(const arma::mat& C, const BoardSolver<double>& solver, const Assignment& record,
                                 const std::vector<signed char>& sides) {
    std::vector<double> slopes(record.x.size(), 0.0);
    for (std::size_t j = 0; j < slopes.size(); ++j) {
        const double z = record.x[j];
        if (is_unknown(z) || z == 0.0) continue; // at 0 the vector may leave -e_0 to either side: 0 by convention
        double t0 = 0.0;
        double t1 = 0.0;
        for (std::size_t p = 0; p < solver.unknown(); ++p) {
            const double* const u = solver.adjoint_vector(p);
            t0 += C(solver.variable(p), j + 1) * u[0];
            t1 += C(solver.variable(p), j + 1) * u[1];
        }
        const double sine = z == 1.0 ? 0.0 : std::sin(pi * z);
        slopes[j] = pi * (sine * t0 + sides[j] * std::cos(pi * z) * t1);
    }
    return slopes;
}

arma::mat symmetric_gradient(const BoardSolver<double>& solver) {
    const std::size_t order = solver.order();
    AlignedArray<double> u(order * solver.stride());
    AlignedArray<double> v(order * solver.stride());
    solver.copy_rows(u.data(), v.data(), 1, 0);
    const arma::mat U(u.data(), solver.stride(), order, false, true);
    const arma::mat V(v.data(), solver.stride(), order, false, true);
    const arma::mat G = U.t() * V;
    arma::mat both = G + G.t();
    both.diag().zeros();
    return both;
}

} // namespace

LayerGradient layer_gradient(const Model& model, BoardSolver<double>& solver, const Assignment& record,
                             const std::vector<signed char>& sides, std::size_t iters, const BackwardOptions& options) {
    constexpr std::size_t most_sweeps = 1'000'000;
    LayerGradient gradient;
    const BoardLoss loss = board_loss(solver, record.y, options.mean);
    gradient.loss = loss.mean;
    AdjointRule rule;
    rule.sweeps = options.sweeps.value_or(options.exact ? most_sweeps : iters);
    rule.tolerance = options.exact ? options.tolerance : 0.0;
    rule.prox = options.prox;
    rule.fresh_norms = options.exact;
    static_cast<void>(solver.adjoint(loss.slopes, rule));
    gradient.dC = symmetric_gradient(solver);
    const arma::mat C = coupling_matrix(model);
    gradient.dz = input_slopes(C, solver, record, sides);
    if (const auto* const factors = std::get_if<FactorParameters>(&model.parameters)) {
        gradient.dS = gradient.dC * factors->S;
    } else if (const auto* const orbital = std::get_if<OrbitalParameters>(&model.parameters)) {
        const OrbitalLayout& layout = *orbital->layout;
        gradient.values.assign(orbital->values.size(), 0.0);
        gradient.upper.assign(orbital->upper.size(), 0.0);
        for (std::size_t i = 0; i < model.n; ++i) {
            const std::size_t at = orbital->upper_is_free() ? i : layout.points.labels[i];
            gradient.upper[at] += gradient.dC(0, i + 1);
            for (std::size_t j = 0; j < i; ++j)
                gradient.values[layout.parameter_of[layout.classes.label(i, j)]] += gradient.dC(i + 1, j + 1);
        }
    }
    return gradient;
}

namespace {

/// What check_gradient moves: a parameter of the model or a known value.
struct Entry {
    std::vector<std::size_t> index;
    double analytic;
    std::function<void(Model&, Assignment&, double)> move; ///< by a step
};
struct Block {
    std::string name;
    std::vector<Entry> entries;
};

std::vector<Block> blocks_of(const Model& model, const Assignment& record, const LayerGradient& gradient) {
    std::vector<Block> blocks;
    if (const auto* const factors = std::get_if<FactorParameters>(&model.parameters)) {
        Block block{"S", {}};
        for (std::size_t i = 0; i < factors->S.n_rows; ++i)
            for (std::size_t a = 0; a < factors->S.n_cols; ++a)
                block.entries.push_back({{i, a}, gradient.dS(i, a), [i, a](Model& m, Assignment&, double step) {
                                             std::get<FactorParameters>(m.parameters).S(i, a) += step;
                                         }});
        blocks.push_back(std::move(block));
    } else if (std::holds_alternative<MatrixParameters>(model.parameters)) {
        Block block{"C", {}};
        for (std::size_t i = 0; i < model.order(); ++i)
            for (std::size_t j = i + 1; j < model.order(); ++j)
                block.entries.push_back({{i, j}, gradient.dC(i, j), [i, j](Model& m, Assignment&, double step) {
                                             arma::mat& C = std::get<MatrixParameters>(m.parameters).C;
                                             C(i, j) += step;
                                             C(j, i) = C(i, j);
                                         }});
        blocks.push_back(std::move(block));
    } else {
        Block values{"values", {}};
        for (std::size_t t = 0; t < gradient.values.size(); ++t)
            values.entries.push_back({{t}, gradient.values[t], [t](Model& m, Assignment&, double step) {
                                          std::get<OrbitalParameters>(m.parameters).values[t] += step;
                                      }});
        Block upper{"upper", {}};
        for (std::size_t t = 0; t < gradient.upper.size(); ++t)
            upper.entries.push_back({{t}, gradient.upper[t], [t](Model& m, Assignment&, double step) {
                                         std::get<OrbitalParameters>(m.parameters).upper[t] += step;
                                     }});
        blocks.push_back(std::move(values));
        blocks.push_back(std::move(upper));
    }
    Block inputs{"z", {}};
    const bool fractional = std::any_of(record.x.begin(), record.x.end(), [](double x) { return x > 0.0 && x < 1.0; });
    for (std::size_t j = 0; j < record.x.size() && fractional; ++j)
        if (record.x[j] > 0.0 && record.x[j] < 1.0)
            inputs.entries.push_back(
                {{j}, gradient.dz[j], [j](Model&, Assignment& r, double step) { r.x[j] += step; }});
    if (!inputs.entries.empty()) blocks.push_back(std::move(inputs));
    return blocks;
}

} // namespace

std::vector<GradientBlock> check_gradient(const Model& model, const Assignment& record, const Start& start,
                                          const GradientCheckOptions& options, const base::Monitor& monitor) {
    const Couplings<double> couplings = dense_couplings<double>(coupling_matrix(model));
    BoardSolver<double> solver(couplings);
    solver.load(record.x, start);
    const ForwardResult forward = solver.forward(options.stop);
    const LayerGradient gradient = layer_gradient(model, solver, record, start.sides, forward.iters, options.backward);
    StopRule again_stop = options.stop;
    again_stop.least = forward.decreases.empty() ? 0.0 : options.stop.eps * forward.decreases.front();
    Start solved = start;
    for (std::size_t p = 0; p < solver.unknown(); ++p)
        std::copy_n(solver.vector(p), start.k, solved.directions.begin() + static_cast<std::ptrdiff_t>(p * start.k));
    const auto loss_after = [&](const Entry& entry, double step) {
        Model moved = model;
        Assignment moved_record = record;
        entry.move(moved, moved_record, step);
        const Couplings<double> other = dense_couplings<double>(coupling_matrix(moved));
        BoardSolver<double> again(other);
        again.load(moved_record.x, solved);
        static_cast<void>(again.forward(again_stop));
        return board_loss(again, record.y, options.backward.mean).mean;
    };
    std::vector<GradientBlock> results;
    for (const Block& block : blocks_of(model, record, gradient)) {
        GradientBlock result;
        result.name = block.name;
        std::vector<std::size_t> chosen(block.entries.size());
        std::iota(chosen.begin(), chosen.end(), std::size_t{0});
        if (chosen.size() > options.samples) {
            base::RandomStream stream(options.seed, "check-grad " + block.name);
            numerics::fill_permutation(stream, chosen.data(), chosen.size());
            chosen.resize(options.samples);
            std::sort(chosen.begin(), chosen.end());
        }
        result.count = chosen.size();
        for (const std::size_t at : chosen) {
            monitor.advance(static_cast<double>(&at - chosen.data()), static_cast<double>(chosen.size()), block.name);
            const Entry& entry = block.entries[at];
            const double numeric =
                (loss_after(entry, options.step) - loss_after(entry, -options.step)) / (2.0 * options.step);
            const double relative = std::abs(entry.analytic - numeric) / std::max(1.0, std::abs(numeric));
            if (!result.index.empty() && relative <= result.worst_relative) continue;
            result.worst_relative = relative;
            result.index = entry.index;
            result.analytic = entry.analytic;
            result.numeric = numeric;
        }
        results.push_back(std::move(result));
    }
    return results;
}

} // namespace limsym::satnet
