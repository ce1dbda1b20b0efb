// Small minimisers.
#pragma once

#include <armadillo>
#include <functional>

namespace limsym::numerics {

struct Minimum1D {
    double x;
    double value;
};

/// Brent's method on [a, b] after a scan of `scan` equal steps for the best bracket, to absolute tolerance in x.
[[nodiscard]] Minimum1D minimise_on_interval(const std::function<double(double)>& f, double a, double b,
                                             double tolerance, std::size_t scan = 40);

/// f(x) and its gradient into g (same size).
using ValueAndGradient = std::function<double(const arma::vec& x, arma::vec& g)>;

struct LbfgsOptions {
    std::size_t memory = 10;
    std::size_t max_iterations = 200;
    double gradient_tolerance = 1e-7; ///< stop: max |g_i| <= tolerance * max(1, |f|)
    double value_tolerance = 1e-12;   ///< stop: relative decrease of f in a step
};
struct Minimum {
    arma::vec x;
    double value = 0.0;
    arma::vec gradient;
    std::size_t iterations = 0;
    bool converged = false;
};
/// L-BFGS with a strong Wolfe line search (Nocedal and Wright, alg. 3.5, 7.5); f may return +infinity (step refused).
[[nodiscard]] Minimum minimise_lbfgs(const ValueAndGradient& f, arma::vec start, const LbfgsOptions& options = {});

/// A zero of f between a and b, where f changes sign (TOMS 748). @throws WorkError when it does not
[[nodiscard]] double find_root(const std::function<double(double)>& f, double a, double b);

} // namespace limsym::numerics
