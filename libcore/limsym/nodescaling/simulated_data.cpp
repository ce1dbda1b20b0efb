#include "limsym/nodescaling/simulated_data.hpp"

#include <cmath>
#include <numbers>
#include <vector>

#include "limsym/base/parallel.hpp"
#include "limsym/base/random.hpp"
#include "limsym/numerics/variates.hpp"

namespace limsym::nodescaling {

arma::mat simulated_data(std::size_t n, std::size_t d, double noise, std::uint64_t seed, std::string_view purpose) {
    constexpr std::size_t block = 256;
    arma::mat table(n, d + 1, arma::fill::none);
    base::parallel_for((n + block - 1) / block, [&](std::size_t b) {
        std::vector<double> draws(d + 1);
        for (std::size_t i = b * block; i < std::min(n, (b + 1) * block); ++i) {
            base::RandomStream stream(seed, purpose, i);
            numerics::fill_normal(stream, draws.data(), d + 1);
            double squares = 0.0;
            for (std::size_t c = 0; c < d; ++c)
                squares += draws[c] * draws[c];
            const double length = std::sqrt(squares);
            double sum = 0.0;
            for (std::size_t c = 0; c < d; ++c) {
                table(i, c) = draws[c] / length;
                sum += 5.0 * std::sin(std::numbers::pi * table(i, c));
            }
            table(i, d) = sum / static_cast<double>(d) + noise * draws[d];
        }
    });
    return table;
}

} // namespace limsym::nodescaling
