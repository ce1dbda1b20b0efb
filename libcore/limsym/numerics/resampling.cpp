#include "limsym/numerics/resampling.hpp"

#include <algorithm>
#include <stdexcept>

namespace limsym::numerics {

double sample_quantile(const arma::vec& ascending, double p) {
    const double h = static_cast<double>(ascending.n_elem - 1) * p;
    const auto below = static_cast<arma::uword>(h);
    if (below + 1 >= ascending.n_elem) return ascending(ascending.n_elem - 1);
    return ascending(below) + (h - static_cast<double>(below)) * (ascending(below + 1) - ascending(below));
}

MeanInterval bootstrap_mean(const arma::vec& values, base::RandomStream& stream, std::size_t resamples, double level) {
    if (values.is_empty() || resamples == 0) throw std::invalid_argument("bootstrap_mean: no values, or no resamples");
    const auto count = static_cast<double>(values.n_elem);
    const auto mean_of = [&](const auto& pick) {
        double sum = 0.0;
        for (arma::uword i = 0; i < values.n_elem; ++i)
            sum += values(pick(i));
        return sum / count;
    };
    arma::vec means(resamples, arma::fill::none);
    for (double& mean : means)
        mean = mean_of([&](arma::uword) { return stream.below(values.n_elem); });
    std::sort(means.begin(), means.end());
    return {mean_of([](arma::uword i) { return i; }), sample_quantile(means, (1.0 - level) / 2.0),
            sample_quantile(means, (1.0 + level) / 2.0)};
}

} // namespace limsym::numerics
