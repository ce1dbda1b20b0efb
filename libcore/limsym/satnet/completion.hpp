// Partial assignments completed: the layer run to convergence, then rounded to 0 and 1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "limsym/satnet/assignment.hpp"
#include "limsym/satnet/model.hpp"
#include "limsym/satnet/solver_pool.hpp"
#include "limsym/satnet/spins.hpp"

namespace limsym::satnet {

enum class RoundingRule {
    prob,      ///< z >= 1/2
    argmax,    ///< the largest z of a cell is 1, the others 0
    hyperplane ///< the best of random cuts (Goemans and Williamson)
};
struct Rounding {
    RoundingRule rule = RoundingRule::argmax;
    std::size_t trials = 32;   ///< of hyperplane
    bool local_search = false; ///< then flips single unknown variables while that lowers the objective
};
/// "prob", "argmax", "hyperplane", "hyperplane:200". @throws InputError naming `option`
[[nodiscard]] Rounding parse_rounding(std::string_view text, std::string_view option);
[[nodiscard]] std::string to_text(const Rounding& rounding);

struct CompletionOptions {
    Rounding rounding;
    std::optional<std::size_t> k; ///< the model's
    StopRule stop{3000, 1e-8};
    std::uint64_t seed = 0;
};

struct Completion {
    std::vector<double> z;
    std::vector<double> x;  ///< 0 or 1
    double objective = 0.0; ///< sum over i != j of C_ij x_i x_j at the +-1 point
    double sdp = 0.0;       ///< the same at V
    std::size_t iters = 0;
    bool converged = false;
    std::vector<std::size_t> undetermined; ///< variables, from 1, that nothing pulls
    std::optional<double> violations;
};

class Completer {
public:
    /// @param model outlives the object
    Completer(const Model& model, CompletionOptions options);
    /// @param index of the record: random draws depend on the seed, it and the variable alone
    [[nodiscard]] Completion complete(const std::vector<double>& x, std::uint64_t index);

private:
    ForwardResult solve(BoardSolver<double>& solver, const std::vector<double>& x, Start& start);
    void round(Completion& result, const std::vector<double>& x, const BoardSolver<double>& solver,
               std::uint64_t index) const;

    const Model* model_;
    CompletionOptions options_;
    Couplings<double> couplings_;
    Couplings<float> rough_couplings_;
    std::vector<double> scale_; // sum of |C_ij| by variable
    SolverPool<double> pool_;
    SolverPool<float> rough_pool_;
};

/// argmax by cell: known values stay, a cell in which a 1 is known has no other, the largest z of the rest is 1.
/// A cell of one variable is rounded at 1/2.
void round_cells(const std::vector<std::size_t>& cells, const std::vector<double>& known, const std::vector<double>& z,
                 std::vector<double>& x);

} // namespace limsym::satnet
