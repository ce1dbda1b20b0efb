// Right-looking Cholesky factorisation over a fixed grid. Every cell of the grid receives its updates one after another
// in order of the panels, each by one thread, so the bits do not depend on the number of threads.
#include "limsym/numerics/cholesky.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

#include <cblas.h>

#include "limsym/base/parallel.hpp"
#include "limsym/numerics/blas.hpp"
#include "limsym/numerics/lapack.hpp"

namespace limsym::numerics {

namespace {

// Columns are cut into panels. The part of a panel's columns below its diagonal block is cut into strips, several
// panels high: tall updates run faster than square ones.
struct Grid {
    std::size_t order;
    std::size_t panel; // columns
    std::size_t strip; // rows, a multiple of `panel`

    explicit Grid(std::size_t n)
        : order(n), panel(n <= 384    ? 384
                          : n <= 1024 ? 128
                                      : 256),
          strip(n <= 384    ? 384
                : n <= 1024 ? 256
                            : 1024) {}

    std::size_t panels() const { return (order + panel - 1) / panel; }
    std::size_t strips() const { return (order + strip - 1) / strip; }
    std::size_t column(std::size_t j) const { return j * panel; }
    std::size_t columns(std::size_t j) const { return std::min(panel, order - column(j)); }
    /// The strip that holds the rows of panel j's diagonal block.
    std::size_t strip_of(std::size_t j) const { return column(j) / strip; }
    /// Rows of strip s below the diagonal block of panel j; none when first == last.
    std::size_t first_row(std::size_t s, std::size_t j) const {
        return std::min(last_row(s), std::max(s * strip, column(j) + columns(j)));
    }
    std::size_t last_row(std::size_t s) const { return std::min(order, (s + 1) * strip); }
};

struct Task {
    enum class Kind { factor, update_diagonal, solve, update } kind;
    std::size_t strip; // of solve and update
    std::size_t panel; // whose columns are written
    std::size_t by;    // the panel that updates them
};

// An order in which every task comes after those it waits for. The next panel is updated and factored before the rest
// of the matrix, so that there is other work while a panel is being solved.
std::vector<Task> tasks_in_order(const Grid& grid) {
    using Kind = Task::Kind;
    std::vector<Task> tasks;
    const std::size_t panels = grid.panels();
    const std::size_t strips = grid.strips();
    const auto has_rows = [&](std::size_t s, std::size_t j) { return grid.first_row(s, j) < grid.last_row(s); };
    const auto solve_panel = [&](std::size_t k) {
        for (std::size_t s = grid.strip_of(k); s < strips; ++s)
            if (has_rows(s, k)) tasks.push_back({Kind::solve, s, k, k});
    };
    const auto update_panel = [&](std::size_t j, std::size_t k) {
        tasks.push_back({Kind::update_diagonal, 0, j, k});
        for (std::size_t s = grid.strip_of(j); s < strips; ++s)
            if (has_rows(s, j)) tasks.push_back({Kind::update, s, j, k});
    };
    tasks.push_back({Kind::factor, 0, 0, 0});
    solve_panel(0);
    for (std::size_t k = 0; k + 1 < panels; ++k) {
        update_panel(k + 1, k);
        tasks.push_back({Kind::factor, 0, k + 1, k + 1});
        if (k + 2 < panels) update_panel(k + 2, k);
        solve_panel(k + 1);
        for (std::size_t j = k + 3; j < panels; ++j)
            update_panel(j, k);
    }
    return tasks;
}

class Factorisation {
public:
    Factorisation(arma::mat& a, double smallest_pivot, const base::Monitor& monitor)
        : grid_(a.n_rows), a_(a.memptr()), smallest_pivot_(smallest_pivot), monitor_(monitor),
          diagonal_stage_(grid_.panels()), strip_stage_(grid_.panels() * grid_.strips()) {}

    std::optional<NotPositiveDefinite> run() {
        const std::vector<Task> tasks = tasks_in_order(grid_);
        const std::thread::id owner = std::this_thread::get_id();
        std::atomic<std::size_t> finished{0};
        // Tasks are claimed in order, so the oldest unfinished one never waits: there is no deadlock.
        base::parallel_for(tasks.size(), [&](std::size_t i) {
            if (stopped_.load(std::memory_order_relaxed)) return;
            try {
                perform(tasks[i]);
                const std::size_t done = finished.fetch_add(1, std::memory_order_relaxed) + 1;
                if (std::this_thread::get_id() == owner)
                    monitor_.advance(static_cast<double>(done), static_cast<double>(tasks.size()),
                                     "Cholesky factorisation");
            } catch (...) {
                stopped_.store(true, std::memory_order_relaxed);
                throw;
            }
        });
        return failure_;
    }

private:
    // Stage of a cell: how many panels have been subtracted from it; one more when it is final.
    using Stage = std::atomic<std::size_t>;

    Stage& diagonal(std::size_t j) { return diagonal_stage_[j]; }
    Stage& cell(std::size_t s, std::size_t j) { return strip_stage_[j * grid_.strips() + s]; }
    double* at(std::size_t row, std::size_t column) const { return a_ + row + column * grid_.order; }

    // False when the factorisation was given up.
    bool wait_for(const Stage& stage, std::size_t wanted) const {
        for (int turn = 0; stage.load(std::memory_order_acquire) < wanted; ++turn) {
            if (stopped_.load(std::memory_order_relaxed)) return false;
            if (turn > 100) std::this_thread::yield();
        }
        return true;
    }

    void perform(const Task& task) {
        switch (task.kind) {
        case Task::Kind::factor:
            return factor(task.panel);
        case Task::Kind::update_diagonal:
            return update_diagonal(task.panel, task.by);
        case Task::Kind::solve:
            return solve(task.strip, task.panel);
        case Task::Kind::update:
            return update(task.strip, task.panel, task.by);
        }
    }

    void factor(std::size_t k) {
        if (!wait_for(diagonal(k), k)) return;
        const std::size_t first = grid_.column(k);
        const std::size_t width = grid_.columns(k);
        const int failed = lapack::cholesky_lower(width, at(first, first), grid_.order);
        // Up to the column where LAPACK stopped, which holds the pivot itself.
        const std::size_t good = failed > 0 ? static_cast<std::size_t>(failed - 1) : width;
        for (std::size_t i = 0; i < width && !failure_; ++i) {
            const double entry = *at(first + i, first + i);
            const double pivot = i < good ? entry * entry : entry;
            if (!(pivot > 0.0 && pivot >= smallest_pivot_)) failure_ = NotPositiveDefinite{first + i, pivot};
        }
        if (failure_) {
            stopped_.store(true, std::memory_order_relaxed);
            return;
        }
        diagonal(k).store(k + 1, std::memory_order_release);
    }

    void update_diagonal(std::size_t j, std::size_t k) {
        if (!wait_for(cell(grid_.strip_of(j), k), k + 1) || !wait_for(diagonal(j), k)) return;
        const std::size_t first = grid_.column(j);
        cblas_dsyrk(CblasColMajor, CblasLower, CblasNoTrans, size(grid_.columns(j)), size(grid_.columns(k)), -1.0,
                    at(first, grid_.column(k)), size(grid_.order), 1.0, at(first, first), size(grid_.order));
        diagonal(j).store(k + 1, std::memory_order_release);
    }

    void solve(std::size_t s, std::size_t k) {
        if (!wait_for(diagonal(k), k + 1) || !wait_for(cell(s, k), k)) return;
        const std::size_t first = grid_.first_row(s, k);
        const std::size_t column = grid_.column(k);
        cblas_dtrsm(CblasColMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit, size(grid_.last_row(s) - first),
                    size(grid_.columns(k)), 1.0, at(column, column), size(grid_.order), at(first, column),
                    size(grid_.order));
        cell(s, k).store(k + 1, std::memory_order_release);
    }

    void update(std::size_t s, std::size_t j, std::size_t k) {
        if (!wait_for(cell(s, k), k + 1) || !wait_for(cell(grid_.strip_of(j), k), k + 1) || !wait_for(cell(s, j), k))
            return;
        const std::size_t first = grid_.first_row(s, j);
        const std::size_t column = grid_.column(j);
        cblas_dgemm(CblasColMajor, CblasNoTrans, CblasTrans, size(grid_.last_row(s) - first), size(grid_.columns(j)),
                    size(grid_.columns(k)), -1.0, at(first, grid_.column(k)), size(grid_.order),
                    at(column, grid_.column(k)), size(grid_.order), 1.0, at(first, column), size(grid_.order));
        cell(s, j).store(k + 1, std::memory_order_release);
    }

    static int size(std::size_t n) { return static_cast<int>(n); }

    Grid grid_;
    double* a_;
    double smallest_pivot_;
    const base::Monitor& monitor_;
    std::vector<Stage> diagonal_stage_;
    std::vector<Stage> strip_stage_;
    std::atomic<bool> stopped_{false};
    std::optional<NotPositiveDefinite> failure_; // written by the one thread that factors the failing block
};

} // namespace

std::optional<NotPositiveDefinite> cholesky_in_place(arma::mat& a, double relative_tolerance,
                                                     const base::Monitor& monitor) {
    if (a.n_rows != a.n_cols) throw std::invalid_argument("cholesky_in_place: the matrix is not square");
    if (a.is_empty()) return std::nullopt;
    use_serial_blas();
    double largest = 0.0;
    for (std::size_t i = 0; i < a.n_rows; ++i)
        largest = std::max(largest, a.at(i, i));
    return Factorisation(a, relative_tolerance * largest, monitor).run();
}

} // namespace limsym::numerics
