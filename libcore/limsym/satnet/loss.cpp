#include "limsym/satnet/loss.hpp"

#include <algorithm>
#include <cmath>
#include <type_traits>

namespace limsym::satnet {

template <typename T>
BoardLoss board_loss(const BoardSolver<T>& solver, const std::vector<double>& y, LossMean mean) {
    constexpr double floor = std::is_same_v<T, double> ? 1e-7 : 1e-4;
    BoardLoss loss;
    loss.slopes.assign(solver.unknown(), 0.0);
    for (std::size_t p = 0; p < solver.unknown(); ++p) {
        const std::size_t i = solver.variable(p);
        if (i > y.size() || is_unknown(y[i - 1])) continue;
        const auto output = solver.output(p);
        const bool one = y[i - 1] == 1.0;
        const double probability = std::max(one ? output.z : output.complement, floor);
        loss.sum -= std::log(probability);
        loss.slopes[p] = (one ? -1.0 : 1.0) / probability;
        ++loss.scored;
    }
    const std::size_t count = mean == LossMean::all ? y.size() : loss.scored;
    const double divisor = static_cast<double>(std::max<std::size_t>(count, 1));
    loss.mean = loss.sum / divisor;
    for (double& slope : loss.slopes)
        slope /= divisor;
    return loss;
}
template BoardLoss board_loss(const BoardSolver<double>&, const std::vector<double>&, LossMean);
template BoardLoss board_loss(const BoardSolver<float>&, const std::vector<double>&, LossMean);

double cross_entropy(double probability) {
    return -std::log(std::max(probability, 1e-7));
}

} // namespace limsym::satnet
