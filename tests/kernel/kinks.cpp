// Activations with kinks and no closed form: Gram matrices through tables.
#include <algorithm>
#include <cmath>

#include "limsym/kernel/dual.hpp"
#include "limsym/kernel/gram.hpp"
#include "networks.hpp"
#include "support.hpp"

using namespace limsym;
using network::ActivationKind;

TEST_CASE("elu, selu and expressions equal quadrature entry by entry") {
    arma::mat x = tests::scattered(5, 3);
    x.row(3) = x.row(1);
    x.row(4) = -1.5 * x.row(2);
    auto expression = tests::activation_of(ActivationKind::expression);
    expression.expression = "elu(x) - 0.3*x";
    expression.kinks = {0.0};
    for (const auto& activation :
         {tests::activation_of(ActivationKind::elu), tests::activation_of(ActivationKind::selu), expression}) {
        const network::Network net = tests::perceptron(activation, 1, 1.4, 0.0);
        kernel::GramOptions options;
        options.ntk = true;
        const auto got = kernel::gram<double>(net, x, options);
        for (std::size_t i = 0; i < x.n_rows; ++i) {
            for (std::size_t j = 0; j <= i; ++j) {
                const auto c = [&](std::size_t a, std::size_t b) { return 1.96 * arma::dot(x.row(a), x.row(b)) / 3; };
                const double bound = std::sqrt(c(i, i) * c(j, j));
                const auto want =
                    kernel::dual_activation(activation, c(i, i), c(j, j), std::clamp(c(i, j), -bound, bound));
                CHECK(std::abs(got.nngp(i, j) - want.value) < 1e-10);
                CHECK(std::abs(got.ntk(i, j) - want.value - c(i, j) * want.derivative) < 1e-9);
            }
        }
    }
}

TEST_CASE("tables keep bits under permutation, and rows of zeros") {
    const network::Network net = tests::perceptron(tests::activation_of(ActivationKind::selu), 2, 1.2, 0.0);
    arma::mat x = tests::scattered(40, 3);
    x.row(4).zeros();
    const arma::mat reference = kernel::gram<double>(net, x, {}).nngp;
    CHECK(reference.is_finite());
    CHECK(std::abs(reference(4, 7)) < 1e-14); // selu(0) = 0
    const arma::uvec order = arma::reverse(arma::regspace<arma::uvec>(0, 39));
    const arma::mat permuted = kernel::gram<double>(net, x.rows(order), {}).nngp;
    CHECK(arma::abs(permuted - reference.submat(order, order)).max() == 0.0);
}
