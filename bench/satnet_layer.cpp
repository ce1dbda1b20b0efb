// Sweeps of the SDP layer against the CPU kernel of SATNet: the time of one coordinate update, forward and backward.
// The peer is compiled from a copy of its sources outside the tree (LIMSYM_SATNET_SOURCE); without it our side alone.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <optional>

#include "limsym/base/random.hpp"
#include "limsym/numerics/variates.hpp"
#include "limsym/satnet/board_solver.hpp"
#include "limsym/satnet/model.hpp"
#include "limsym/symmetry/group_expression.hpp"
#include "measure.hpp"

#ifdef LIMSYM_SATNET_PEER
void mix_init(int32_t* perm, int n, int k, const int32_t* is_input, int32_t* index, const float* z, float* V);
void mix_forward(int max_iter, float eps, int n, int m, int k, const int32_t* index, int32_t* niter, const float* S,
                 float* z, float* V, float* W, float* gnrm, float* Snrms, float* cache);
void mix_backward(float prox_lam, int n, int m, int k, int32_t* is_input, int32_t* index, int32_t* niter,
                  const float* S, float* dS, float* z, float* dz, const float* V, float* U, float* W, float* Phi,
                  float* gnrm, float* Snrms, float* cache);
#endif

namespace limsym::bench {

namespace {

constexpr std::size_t n = 729;
constexpr std::size_t factors = 732;
constexpr std::size_t k = 32;
constexpr std::size_t sweeps = 25;

std::vector<double> board() {
    std::vector<double> x(n, std::numeric_limits<double>::quiet_NaN());
    for (std::size_t i = 0; i < 297; ++i) // 33 cells of 81
        x[i * 27 / 11] = i % 9 == 0 ? 1.0 : 0.0;
    return x;
}

template <typename Solve>
double per_update(std::size_t unknown, const Solve& solve) {
    return seconds(solve) / static_cast<double>(2 * sweeps * unknown);
}

double own_pass(const satnet::Couplings<float>& couplings, const std::vector<double>& x) {
    const satnet::Start start = satnet::random_start(x, 0, k, 1, "bench", 0);
    satnet::BoardSolver<float> solver(couplings);
    return per_update(start.order.size(), [&] {
        solver.load(x, start);
        static_cast<void>(solver.forward({sweeps, 0.0}));
        const std::vector<double> slopes(solver.unknown(), 1e-3);
        static_cast<void>(solver.adjoint(slopes, {.sweeps = sweeps, .prox = 0.01}));
    });
}

#ifdef LIMSYM_SATNET_PEER
/// Arrays of one board in the layout of the official kernel; 16-byte aligned as it asks.
double peer_pass(const arma::mat& S, const std::vector<double>& x) {
    const std::size_t order = n + 1;
    satnet::AlignedArray<float> s(order * factors), ds(order * factors), v(order * k), u(order * k), w(factors * k),
        phi(factors * k), z(order), dz(order), norms(order), squares(order), cache(k);
    std::vector<std::int32_t> known(order, 0), index(order, 0), permutation(n);
    std::iota(permutation.begin(), permutation.end(), 0);
    base::RandomStream stream(1, "bench start");
    for (std::size_t i = 0; i < order; ++i) {
        known[i] = i == 0 || !satnet::is_unknown(x[i - 1]) ? 1 : 0;
        z[i] = i == 0 ? 1.0F : known[i] != 0 ? static_cast<float>(x[i - 1]) : 0.0F;
        for (std::size_t l = 0; l < k; ++l)
            v[i * k + l] = static_cast<float>(numerics::normal(stream));
        for (std::size_t f = 0; f < factors; ++f) {
            s[i * factors + f] = static_cast<float>(S(i, f));
            squares[i] += s[i * factors + f] * s[i * factors + f];
        }
    }
    constexpr int order_int = static_cast<int>(n) + 1;
    constexpr int factors_int = static_cast<int>(factors);
    constexpr int k_int = static_cast<int>(k);
    mix_init(permutation.data(), order_int, k_int, known.data(), index.data(), z.data(), v.data());
    for (std::size_t l = 0; l < k; ++l)
        for (std::size_t i = 0; i < order; ++i)
            for (std::size_t f = 0; f < factors; ++f)
                w[l * factors + f] += v[i * k + l] * s[i * factors + f];
    const auto unknown = static_cast<std::size_t>(std::count(known.begin(), known.end(), 0));
    std::int32_t iters = 0;
    return per_update(unknown, [&] {
        mix_forward(static_cast<int>(sweeps), 0.0F, order_int, factors_int, k_int, index.data(), &iters, s.data(),
                    z.data(), v.data(), w.data(), norms.data(), squares.data(), cache.data());
        for (std::size_t i = 0; i < order; ++i)
            dz[i] = known[i] == 0 ? 1e-3F : 0.0F;
        mix_backward(0.01F, order_int, factors_int, k_int, known.data(), index.data(), &iters, s.data(), ds.data(),
                     z.data(), dz.data(), v.data(), u.data(), w.data(), phi.data(), norms.data(), squares.data(),
                     cache.data());
    });
}
#endif

} // namespace

void satnet_layer(std::size_t runs) {
    arma::mat S(n + 1, factors, arma::fill::none);
    base::RandomStream stream(1, "bench S");
    numerics::fill_normal(stream, S.memptr(), S.n_elem);
    S *= std::sqrt(0.5 / static_cast<double>(n + 1 + factors));
    const satnet::Couplings<float> dense = satnet::factor_couplings<float>(S);
    satnet::OrbitalParameters orbital;
    orbital.layout = satnet::make_layout(symmetry::parse_group("sudoku", "bench"));
    orbital.values.assign(orbital.layout->parameters.size(), 0.01);
    orbital.upper.assign(1, 0.5);
    for (std::size_t t = 0; t < orbital.values.size(); ++t)
        orbital.values[t] /= static_cast<double>(t + 1);
    const satnet::Couplings<float> sums = satnet::couplings_of<float>(satnet::Parameters(orbital));
    const std::vector<double> x = board();
    std::vector<double> dense_times, sum_times, peer_times;
    for (std::size_t run = 0; run <= runs; ++run) {
        const double a = own_pass(dense, x);
        const double b = own_pass(sums, x);
#ifdef LIMSYM_SATNET_PEER
        const double c = peer_pass(S, x);
#else
        const double c = 0.0;
#endif
        if (run == 0) continue;
        dense_times.push_back(a);
        sum_times.push_back(b);
        if (c > 0.0) peer_times.push_back(c);
    }
    Record record;
    record.add("dense", dense_times);
    record.add("sums", sum_times);
    record.add("peer", peer_times);
    record.print();
}

} // namespace limsym::bench
