#include "limsym/network/width_sweep.hpp"

#include <cmath>
#include <stdexcept>
#include <string>

#include "limsym/base/error.hpp"
#include "limsym/base/random.hpp"
#include "limsym/network/jacobian_ntk.hpp"
#include "limsym/network/multilayer_perceptron.hpp"
#include "limsym/numerics/resampling.hpp"

namespace limsym::network {

KernelDistance kernel_distance(const arma::mat& kernel, const arma::mat& limit) {
    if (arma::size(kernel) != arma::size(limit)) throw std::invalid_argument("kernel_distance: different shapes");
    KernelDistance distance;
    double largest = 0.0;
    double square = 0.0;
    double limit_square = 0.0;
    for (arma::uword i = 0; i < kernel.n_elem; ++i) {
        const double difference = std::abs(kernel[i] - limit[i]);
        if (difference > distance.max_abs || std::isnan(difference)) distance.max_abs = difference;
        largest = std::max(largest, std::abs(limit[i]));
        square += difference * difference;
        limit_square += limit[i] * limit[i];
    }
    distance.rel_max = distance.max_abs / largest;
    distance.rel_fro = std::sqrt(square / limit_square);
    return distance;
}

std::vector<WidthRow> sweep_widths(const Network& network, const arma::mat& x, const arma::mat& limit,
                                   const WidthSweep& sweep, const base::Shard& shard, const base::Monitor& monitor) {
    const std::size_t total = sweep.items();
    const std::size_t mine = shard.size(total, base::Partition::modulo);
    std::vector<WidthRow> rows;
    for (std::size_t k = 0; k < mine; ++k) {
        monitor.advance(static_cast<double>(k), static_cast<double>(mine), "network");
        const std::size_t item = shard.item(k, total, base::Partition::modulo);
        const std::size_t width = sweep.widths.at(item / sweep.repeats);
        const std::size_t repeat = item % sweep.repeats;
        const MultilayerPerceptron shape =
            make_perceptron(network, {.inputs = x.n_rows, .width = width, .outputs = 1, .user = "jac-ntk"});
        const std::vector<double> parameters = nested_parameters(shape, sweep.seed, repeat);
        const base::Monitor quiet{{}, {}, monitor.stop_requested};
        const KernelDistance distance = kernel_distance(jacobian_ntk(shape, parameters, x, 1.0, quiet), limit);
        if (!std::isfinite(distance.rel_max) || !std::isfinite(distance.rel_fro))
            throw base::WorkError("the kernel of network " + std::to_string(repeat) + " of width " +
                                  std::to_string(width) + " leaves the range of doubles");
        rows.push_back({width, repeat, distance});
    }
    return rows;
}

std::vector<WidthSummary> summarise(const WidthSweep& sweep, const std::vector<WidthRow>& rows) {
    if (rows.size() != sweep.items()) throw std::invalid_argument("summarise: rows are missing");
    std::vector<WidthSummary> summaries;
    for (std::size_t w = 0; w < sweep.widths.size(); ++w) {
        arma::vec distances(sweep.repeats, arma::fill::none);
        for (std::size_t r = 0; r < sweep.repeats; ++r)
            distances(r) = rows[w * sweep.repeats + r].distance.rel_max;
        base::RandomStream stream(sweep.seed, "bootstrap of widths", w);
        const numerics::MeanInterval interval = numerics::bootstrap_mean(distances, stream);
        summaries.push_back({sweep.widths[w], sweep.repeats, interval.mean, interval.low, interval.high});
    }
    return summaries;
}

} // namespace limsym::network
