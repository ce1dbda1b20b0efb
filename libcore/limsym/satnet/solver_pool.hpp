// Solvers that parallel pieces of work borrow: one for every thread that runs, made on demand.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "limsym/satnet/board_solver.hpp"

namespace limsym::satnet {

template <typename T>
class SolverPool {
public:
    /// @param couplings outlive the pool
    explicit SolverPool(const Couplings<T>& couplings) : couplings_(&couplings) {}

    /// Calls use(solver) with a solver that nobody else uses meanwhile.
    template <typename Use>
    void with(const Use& use) {
        std::unique_ptr<BoardSolver<T>> solver = take();
        use(*solver);
        const std::lock_guard lock(mutex_);
        free_.push_back(std::move(solver));
    }

private:
    std::unique_ptr<BoardSolver<T>> take() {
        {
            const std::lock_guard lock(mutex_);
            if (!free_.empty()) {
                std::unique_ptr<BoardSolver<T>> solver = std::move(free_.back());
                free_.pop_back();
                return solver;
            }
        }
        return std::make_unique<BoardSolver<T>>(*couplings_);
    }

    const Couplings<T>* couplings_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<BoardSolver<T>>> free_;
};

} // namespace limsym::satnet
