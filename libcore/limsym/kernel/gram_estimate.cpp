#include "limsym/kernel/gram_estimate.hpp"

#include <algorithm>
#include <chrono>

#include "limsym/base/parallel.hpp"

namespace limsym::kernel {

namespace {

constexpr double enough = 0.1; // seconds
constexpr arma::uword most_rows = 2048;

double pairs(arma::uword rows) {
    return 0.5 * static_cast<double>(rows) * (static_cast<double>(rows) + 1.0);
}

template <typename T>
double seconds_of(const network::Network& network, const arma::mat& x, const GramOptions& options) {
    const auto began = std::chrono::steady_clock::now();
    (void)gram<T>(network, x, options);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

} // namespace

double estimate_gram_seconds(const network::Network& network, const arma::mat& x, const arma::mat* x2,
                             const GramOptions& options, bool single_precision) {
    const double wanted =
        x2 == nullptr ? pairs(x.n_rows) : static_cast<double>(x.n_rows) * static_cast<double>(x2->n_rows);
    const double tiles = std::max(1.0, wanted / static_cast<double>(options.tile * options.tile));
    const double threads = std::min(static_cast<double>(base::thread_limit()), tiles);
    const base::ThreadLimit one(1);
    for (arma::uword rows = std::min<arma::uword>(x.n_rows, 8);; rows = std::min(2 * rows, x.n_rows)) {
        const arma::mat some = x.head_rows(rows);
        const double seconds =
            single_precision ? seconds_of<float>(network, some, options) : seconds_of<double>(network, some, options);
        if (seconds >= enough || rows == x.n_rows || rows >= most_rows) return seconds * wanted / pairs(rows) / threads;
    }
}

} // namespace limsym::kernel
