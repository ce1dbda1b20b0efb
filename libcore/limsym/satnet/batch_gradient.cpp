// Loss and gradient of a mini-batch. Boards are solved in parallel; their gradients are added in an order that does not
// depend on the threads.
#include <algorithm>
#include <cmath>
#include <variant>

#include "limsym/base/parallel.hpp"
#include "limsym/numerics/blas.hpp"
#include "limsym/numerics/gemm.hpp"
#include "limsym/satnet/solver_pool.hpp"
#include "limsym/satnet/training.hpp"

namespace limsym::satnet {

namespace {

/// What one board of a batch gives.
struct BoardResult {
    double loss = 0.0;
    std::size_t iters = 0;
    bool converged = false;
    BoardScore score;
    std::vector<double> coefficients, upper; ///< of sums
};

/// G + G^T for G = U^T V, over columns of `depth` numbers a variable, tile by tile.
template <typename T>
arma::mat symmetric_product(const AlignedArray<T>& u, const AlignedArray<T>& v, std::size_t depth, std::size_t order) {
    arma::Mat<T> G(order, order, arma::fill::none);
    const numerics::TileGrid tiles = numerics::product_tiles(order, order, depth);
    base::parallel_for(tiles.count(), [&](std::size_t i) {
        const numerics::Tile t = tiles.tile(i);
        numerics::gemm<T>(numerics::Transpose::yes, numerics::Transpose::no, t.rows, t.columns, depth, T{1},
                          u.data() + t.row * depth, depth, v.data() + t.column * depth, depth, T{0},
                          G.memptr() + t.row + t.column * order, order);
    });
    arma::mat result(order, order, arma::fill::none);
    base::parallel_for(order, [&](std::size_t j) {
        for (std::size_t i = 0; i < order; ++i)
            result(i, j) = i == j ? 0.0 : static_cast<double>(G(i, j)) + static_cast<double>(G(j, i));
    });
    return result;
}

/// out = A S by tiles.
arma::mat product(const arma::mat& A, const arma::mat& S) {
    arma::mat out(A.n_rows, S.n_cols, arma::fill::none);
    const numerics::TileGrid tiles = numerics::product_tiles(A.n_rows, S.n_cols, A.n_cols);
    base::parallel_for(tiles.count(), [&](std::size_t i) {
        const numerics::Tile t = tiles.tile(i);
        numerics::gemm<double>(numerics::Transpose::no, numerics::Transpose::no, t.rows, t.columns, A.n_cols, 1.0,
                               A.memptr() + t.row, A.n_rows, S.memptr() + t.column * S.n_rows, S.n_rows, 0.0,
                               out.memptr() + t.row + t.column * out.n_rows, out.n_rows);
    });
    return out;
}

template <typename T>
class Boards {
public:
    Boards(const Model& model, const std::vector<Assignment>& records, const TrainingOptions& options)
        : records_(records), options_(options), cells_(model.cells), aux_(model.aux), k_(model.k) {}

    double solve(const Parameters& parameters, std::span<const std::size_t> samples, std::size_t epoch,
                 std::span<double> gradient, BatchGradient::Tally& tally) {
        const Couplings<T> couplings = couplings_of<T>(parameters);
        SolverPool<T> pool(couplings);
        const auto* const sums = std::get_if<SumCouplings<T>>(&couplings);
        const std::size_t order = order_of(couplings);
        const std::size_t depth = samples.size() * padded<T>(k_);
        if (sums == nullptr) {
            u_.resize(order * depth);
            v_.resize(order * depth);
        }
        std::vector<BoardResult> results(samples.size());
        base::parallel_for(samples.size(), [&](std::size_t slot) {
            pool.with([&](BoardSolver<T>& solver) {
                results[slot] = solve_board(solver, samples[slot], epoch, sums);
                if (sums == nullptr) solver.copy_rows(u_.data(), v_.data(), samples.size(), slot);
            });
        });
        double loss = 0.0;
        for (const BoardResult& result : results) {
            loss += result.loss;
            ++tally.boards;
            tally.boards_right += result.score.board ? 1 : 0;
            tally.cells += result.score.cells;
            tally.cells_right += result.score.correct;
            tally.iters += result.iters;
            tally.unconverged += result.converged ? 0 : 1;
        }
        const double share = 1.0 / static_cast<double>(samples.size());
        std::fill(gradient.begin(), gradient.end(), 0.0);
        if (sums != nullptr)
            add_sums(std::get<OrbitalParameters>(parameters), *sums->table, results, gradient);
        else
            add_dense(parameters, symmetric_product(u_, v_, depth, order), gradient);
        for (double& slope : gradient)
            slope *= share;
        return loss * share;
    }

private:
    BoardResult solve_board(BoardSolver<T>& solver, std::size_t sample, std::size_t epoch,
                            const SumCouplings<T>* sums) const {
        const Assignment& record = records_[sample];
        solver.load(record.x, random_start(record.x, aux_, k_, options_.seed, "train",
                                           static_cast<std::uint64_t>(epoch) * records_.size() + sample));
        const ForwardResult forward = solver.forward(options_.stop);
        const BoardLoss loss = board_loss(solver, record.y, options_.mean);
        BoardResult result;
        result.loss = loss.mean;
        result.iters = forward.iters;
        result.converged = forward.converged || solver.unknown() == 0;
        std::vector<double> z = record.x;
        for (std::size_t p = 0; p < solver.unknown(); ++p)
            if (solver.variable(p) <= z.size()) z[solver.variable(p) - 1] = solver.output(p).z;
        std::vector<double> rounded(z.size());
        if (cells_.empty())
            for (std::size_t i = 0; i < z.size(); ++i)
                rounded[i] = z[i] >= 0.5 ? 1.0 : 0.0;
        else
            round_cells(cells_, record.x, z, rounded);
        result.score = score(cells_, record, rounded);
        static_cast<void>(solver.adjoint(loss.slopes, {.sweeps = forward.iters, .prox = options_.prox}));
        if (sums != nullptr) {
            result.coefficients.assign(sums->table->coefficients(), 0.0);
            result.upper.assign(record.x.size(), 0.0);
            solver.add_sum_gradient(result.coefficients, result.upper);
        }
        return result;
    }

    static void add_sums(const OrbitalParameters& orbital, const SumTable& table,
                         const std::vector<BoardResult>& results, std::span<double> gradient) {
        const OrbitalLayout& layout = *orbital.layout;
        std::vector<double> coefficients(table.coefficients(), 0.0);
        const std::size_t count = orbital.values.size();
        for (const BoardResult& result : results) {
            for (std::size_t c = 0; c < coefficients.size(); ++c)
                coefficients[c] += result.coefficients[c];
            for (std::size_t i = 0; i < result.upper.size(); ++i)
                gradient[count + (orbital.upper_is_free() ? i : layout.points.labels[i])] += result.upper[i];
        }
        add_combined(table, coefficients, gradient.subspan(0, count));
        for (std::size_t t = 0; t < count; ++t)
            gradient[t] /= std::sqrt(layout.size(t));
    }

    /// @param dC d loss / d c for C_ij = C_ji = c
    static void add_dense(const Parameters& parameters, const arma::mat& dC, std::span<double> gradient) {
        if (const auto* const factors = std::get_if<FactorParameters>(&parameters)) {
            const arma::mat dS = product(dC, factors->S);
            std::copy(dS.begin(), dS.end(), gradient.begin());
        } else if (std::holds_alternative<MatrixParameters>(parameters)) {
            std::size_t at = 0;
            for (std::size_t j = 0; j < dC.n_cols; ++j)
                for (std::size_t i = 0; i < j; ++i)
                    gradient[at++] = dC(i, j);
        } else {
            const auto& orbital = std::get<OrbitalParameters>(parameters);
            const OrbitalLayout& layout = *orbital.layout;
            const std::size_t count = orbital.values.size();
            for (std::size_t j = 0; j < layout.classes.degree; ++j) {
                gradient[count + (orbital.upper_is_free() ? j : layout.points.labels[j])] += dC(0, j + 1);
                for (std::size_t i = 0; i < j; ++i)
                    gradient[layout.parameter_of[layout.classes.label(i, j)]] += dC(i + 1, j + 1);
            }
            for (std::size_t t = 0; t < count; ++t)
                gradient[t] /= std::sqrt(layout.size(t));
        }
    }

    const std::vector<Assignment>& records_;
    TrainingOptions options_;
    std::vector<std::size_t> cells_;
    std::size_t aux_;
    std::size_t k_;
    AlignedArray<T> u_, v_;
};

} // namespace

struct BatchGradient::Work {
    Parameters parameters;
    std::variant<Boards<double>, Boards<float>> boards;
    Tally tally;
};

BatchGradient::BatchGradient(const Model& model, const std::vector<Assignment>& records, TrainingOptions options) {
    numerics::use_serial_blas();
    if (options.precision == Precision::double_)
        work_ = std::make_unique<Work>(Work{model.parameters, Boards<double>(model, records, options), {}});
    else
        work_ = std::make_unique<Work>(Work{model.parameters, Boards<float>(model, records, options), {}});
}
BatchGradient::~BatchGradient() = default;
BatchGradient::BatchGradient(BatchGradient&&) noexcept = default;

double BatchGradient::operator()(std::span<const std::size_t> samples, std::size_t epoch, std::span<const double> flat,
                                 std::span<double> gradient) {
    unflatten({flat.begin(), flat.end()}, work_->parameters);
    return std::visit(
        [&](auto& boards) { return boards.solve(work_->parameters, samples, epoch, gradient, work_->tally); },
        work_->boards);
}

BatchGradient::Tally BatchGradient::take_tally() {
    return std::exchange(work_->tally, Tally{});
}

} // namespace limsym::satnet
