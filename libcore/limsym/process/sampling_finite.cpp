#include <cmath>

#include "limsym/base/parallel.hpp"
#include "limsym/base/random.hpp"
#include "limsym/network/finite.hpp"
#include "limsym/process/sampling.hpp"

namespace limsym::process {

Sample sample_finite(const network::Network& network, const arma::mat& x, std::size_t width, const ScalePrior& prior,
                     const SampleOptions& options, const base::Monitor& monitor) {
    Sample sample{arma::vec(options.count), arma::mat(options.count, x.n_rows * options.outputs, arma::fill::none)};
    base::parallel_for(
        options.count,
        [&](std::size_t i) {
            base::RandomStream stream(options.seed, "sample", i);
            sample.scale(i) = draw(prior, stream);
            const arma::mat values =
                network::random_forward(network, x, width, options.outputs, std::sqrt(sample.scale(i)), stream);
            sample.values.row(i) = arma::vectorise(values).t();
        },
        monitor, "networks");
    return sample;
}

} // namespace limsym::process
