#include "limsym/nodescaling/node_motion.hpp"

#include <cmath>
#include <stdexcept>

namespace limsym::nodescaling {

arma::vec node_motion(const arma::mat& after, const arma::mat& before) {
    arma::vec motion(after.n_cols, arma::fill::none);
    for (std::size_t j = 0; j < after.n_cols; ++j) {
        double squares = 0.0;
        for (std::size_t c = 0; c < after.n_rows; ++c) {
            const double moved = after(c, j) - before(c, j);
            squares += moved * moved;
        }
        motion(j) = std::sqrt(squares);
    }
    return motion;
}

std::array<std::optional<double>, 10> motion_by_decile(const arma::vec& motion, const arma::vec& lambda) {
    const std::vector<std::size_t> order = nodes_by_scale(lambda);
    const std::size_t m = order.size();
    std::array<std::optional<double>, 10> deciles;
    for (std::size_t t = 0; t < deciles.size(); ++t) {
        const std::size_t begin = t * m / deciles.size();
        const std::size_t end = (t + 1) * m / deciles.size();
        if (begin == end) continue;
        double sum = 0.0;
        for (std::size_t r = begin; r < end; ++r)
            sum += motion(order[r]);
        deciles[t] = sum / static_cast<double>(end - begin);
    }
    return deciles;
}

double share_of_flips(const arma::mat& after, const arma::mat& before) {
    if (after.n_elem != before.n_elem) throw std::invalid_argument("share_of_flips: shapes differ");
    std::size_t flips = 0;
    for (std::size_t i = 0; i < after.n_elem; ++i)
        flips += static_cast<std::size_t>((after.memptr()[i] > 0.0) != (before.memptr()[i] > 0.0));
    return static_cast<double>(flips) / static_cast<double>(after.n_elem);
}

} // namespace limsym::nodescaling
