#include "limsym/kernel/gram.hpp"

#include <cmath>
#include <numbers>

#include "limsym/base/parallel.hpp"
#include "networks.hpp"
#include "support.hpp"

using namespace limsym;
using network::ActivationKind;

namespace {

bool same_bits(const arma::mat& a, const arma::mat& b) {
    return a.n_rows == b.n_rows && a.n_cols == b.n_cols && std::equal(a.begin(), a.end(), b.begin());
}

kernel::GramOptions both_kernels() {
    kernel::GramOptions options;
    options.ntk = true;
    return options;
}

} // namespace

TEST_CASE("one relu layer is the arc-cosine kernel") {
    const network::Network net = tests::perceptron(tests::activation_of(ActivationKind::relu), 1, 1.3, 0.4);
    const arma::mat x = tests::scattered(5, 3);
    const auto result = kernel::gram<double>(net, x, both_kernels());
    const auto first = [&](std::size_t i, std::size_t j) { return 1.69 * arma::dot(x.row(i), x.row(j)) / 3 + 0.16; };
    for (std::size_t i = 0; i < 5; ++i) {
        for (std::size_t j = 0; j < 5; ++j) {
            const double p = std::sqrt(first(i, i) * first(j, j));
            const double theta = i == j ? 0.0 : std::acos(first(i, j) / p);
            const double k =
                p / (2 * std::numbers::pi) * (std::sin(theta) + (std::numbers::pi - theta) * std::cos(theta));
            const double slope = (std::numbers::pi - theta) / (2 * std::numbers::pi);
            CHECK(result.nngp(i, j) == doctest::Approx(k).epsilon(1e-13));
            CHECK(result.ntk(i, j) == doctest::Approx(k + first(i, j) * slope).epsilon(1e-13));
        }
    }
}

TEST_CASE("neither threads nor the order of rows change a bit") {
    const network::Network net = tests::perceptron(tests::activation_of(ActivationKind::relu), 3, 1.4, 0.3);
    const std::size_t n = 700;
    const arma::mat x = tests::scattered(n, 784);
    const auto reference = kernel::gram<double>(net, x, both_kernels());
    {
        const base::ThreadLimit one(1);
        const auto serial = kernel::gram<double>(net, x, both_kernels());
        CHECK(same_bits(serial.nngp, reference.nngp));
        CHECK(same_bits(serial.ntk, reference.ntk));
    }
    base::RandomStream stream(3, "test permutation");
    arma::uvec order = arma::regspace<arma::uvec>(0, n - 1);
    for (std::size_t i = n; i > 1; --i)
        std::swap(order(i - 1), order(stream.below(i)));
    const auto permuted = kernel::gram<double>(net, x.rows(order), both_kernels());
    CHECK(same_bits(permuted.nngp, reference.nngp.submat(order, order)));
    CHECK(same_bits(permuted.ntk, reference.ntk.submat(order, order)));
    CHECK(same_bits(reference.nngp, arma::mat(reference.nngp.t())));

    arma::mat lower(n, n, arma::fill::value(-1.0));
    kernel::gram_lower(net, x, lower, {});
    CHECK(same_bits(arma::trimatl(lower), arma::trimatl(reference.nngp)));
    CHECK(lower(0, n - 1) == -1.0);
    const auto diagonal = kernel::gram_diagonal(net, x, both_kernels());
    CHECK(same_bits(diagonal.nngp, reference.nngp.diag()));
    CHECK(same_bits(diagonal.ntk, reference.ntk.diag()));
}
