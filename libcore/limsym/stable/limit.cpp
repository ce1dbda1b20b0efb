#include "limsym/stable/limit.hpp"

#include <algorithm>
#include <cmath>

#include "limsym/base/error.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/stable/half_line.hpp"
#include "limsym/stable/measure.hpp"
#include "limsym/stable/powers.hpp"

namespace limsym::stable {

namespace {

/// psi at e_i, at e_i - e_j (lower triangle of `differences`), and at the points.
struct Exponents {
    arma::vec single;
    arma::mat differences;
    arma::vec points;
};

/// Calls use(i, j) for every j < i, in parallel.
template <typename Use>
void for_each_pair(arma::uword k, const Use& use) {
    base::parallel_for(k, [&](std::size_t i) {
        for (std::size_t j = 0; j < i; ++j)
            use(i, j);
    });
}

Exponents exponents_of(const SpectralMeasure& measure, const arma::mat& points) {
    const arma::uword k = measure.atoms.n_rows;
    Exponents result;
    result.single.zeros(k);
    result.differences.zeros(k, k);
    result.points.zeros(points.n_cols);
    if (measure.atoms.n_cols == 0) return result;
    const arma::mat rows = measure.atoms.t(); // an input's values one after another
    base::parallel_for(k, [&](std::size_t i) {
        arma::vec work = rows.col(i);
        result.single(i) = power_sum_in_place(work.memptr(), work.n_elem, measure.alpha);
    });
    for_each_pair(k, [&](std::size_t i, std::size_t j) {
        arma::vec work = rows.col(i) - rows.col(j);
        result.differences(i, j) = power_sum_in_place(work.memptr(), work.n_elem, measure.alpha);
    });
    result.points = exponent(measure, points);
    return result;
}

/// The second of two dense layers when layer 1 is v X with one X of S_alpha(1).
class OneAtom {
public:
    OneAtom(const HeavyNetwork& network, const SpectralMeasure& first)
        : layer_(network.layers[1]), phi_(network::scalar_function(layer_.activation.activation())),
          v_(first.atoms.n_cols > 0 ? arma::vec(first.atoms.col(0)) : arma::vec(first.atoms.n_rows, arma::fill::zeros)),
          half_line_(first.alpha, farthest(v_)) {}

    /// sigma_b^alpha |sum t|^alpha + sigma_w^alpha E |sum_i t_i phi(v_i X)|^alpha
    [[nodiscard]] double operator()(const arma::vec& t) const {
        double expectation = 0.0;
        for (const double side : {1.0, -1.0}) {
            PowerIntegrand integrand;
            integrand.function = [&](double x) {
                double sum = 0.0;
                for (arma::uword i = 0; i < t.n_elem; ++i)
                    if (t(i) != 0) sum += t(i) * phi_.value(side * v_(i) * x);
                return sum;
            };
            integrand.power = layer_.alpha;
            integrand.growth = layer_.growth.power;
            for (arma::uword i = 0; i < t.n_elem; ++i) {
                if (t(i) == 0) continue;
                integrand.coefficient += t(i) * end_value(side * v_(i));
                if (v_(i) == 0) continue;
                for (const double kink : network::kinks_of(layer_.activation.activation()))
                    integrand.kinks.push_back(kink / (side * v_(i)));
            }
            expectation += half_line_.expected_power(integrand);
        }
        const double bias = layer_.sigma_b * std::abs(arma::sum(t));
        return std::pow(layer_.sigma_w, layer_.alpha) * expectation + std::pow(bias, layer_.alpha);
    }

private:
    static double farthest(const arma::vec& v) {
        double least = 1.0;
        for (const double value : v)
            if (value != 0) least = std::min(least, std::abs(value));
        return 1 / least;
    }
    /// The coefficient of |x|^power in phi(v x) as x -> infinity.
    [[nodiscard]] double end_value(double v) const {
        const Growth& growth = layer_.growth;
        if (v == 0) return growth.power > 0 ? 0.0 : phi_.value(0.0);
        return (v > 0 ? growth.right : growth.left) * std::pow(std::abs(v), growth.power);
    }

    const HeavyLayer& layer_;
    network::ScalarFunction phi_;
    arma::vec v_;
    HalfLine half_line_;
};

Exponents by_quadrature(const OneAtom& psi, arma::uword k, const arma::mat& points) {
    Exponents result;
    result.single.zeros(k);
    result.differences.zeros(k, k);
    result.points.zeros(points.n_cols);
    const auto unit = [&](arma::uword i) {
        arma::vec e(k, arma::fill::zeros);
        e(i) = 1.0;
        return e;
    };
    base::parallel_for(k, [&](std::size_t i) { result.single(i) = psi(unit(i)); });
    for_each_pair(k, [&](std::size_t i, std::size_t j) { result.differences(i, j) = psi(unit(i) - unit(j)); });
    base::parallel_for(points.n_cols, [&](std::size_t p) { result.points(p) = psi(points.col(p)); });
    return result;
}

arma::mat codifference_of(const Exponents& psi) {
    const arma::uword k = psi.single.n_elem;
    arma::mat result(k, k, arma::fill::none);
    for (arma::uword i = 0; i < k; ++i) {
        result(i, i) = 2 * psi.single(i);
        for (arma::uword j = 0; j < i; ++j)
            result(i, j) = result(j, i) = psi.single(i) + psi.single(j) - psi.differences(i, j);
    }
    return result;
}

/// Means over replicates and their standard errors.
Estimate average(const std::vector<arma::mat>& values) {
    Estimate estimate;
    const auto n = static_cast<double>(values.size());
    estimate.value = values.front();
    for (std::size_t b = 1; b < values.size(); ++b)
        estimate.value += values[b];
    estimate.value /= n;
    if (values.size() < 2) return estimate;
    arma::mat squares(arma::size(estimate.value), arma::fill::zeros);
    for (const arma::mat& value : values)
        squares += arma::square(value - estimate.value);
    estimate.se = arma::sqrt(squares / (n * (n - 1)));
    return estimate;
}

/// psi^(1/alpha); the error by its slope.
Estimate scale_of(const Estimate& psi, double alpha) {
    Estimate scale;
    scale.value = arma::pow(psi.value, 1 / alpha);
    if (!psi.se) return scale;
    scale.se = arma::mat(arma::size(psi.value), arma::fill::zeros);
    for (arma::uword i = 0; i < psi.value.n_elem; ++i)
        if (psi.value(i) > 0) (*scale.se)(i) = (*psi.se)(i)*scale.value(i) / (alpha * psi.value(i));
    return scale;
}

} // namespace

std::string_view method_name(MeasureMethod method) {
    switch (method) {
    case MeasureMethod::automatic:
        return "auto";
    case MeasureMethod::exact:
        return "exact";
    case MeasureMethod::quadrature:
        return "quadrature";
    case MeasureMethod::population:
        break;
    }
    return "population";
}

MeasureMethod method_for(const HeavyNetwork& network, const arma::mat& x, MeasureMethod wanted) {
    const std::size_t depth = network.layers.size();
    const bool one_atom =
        depth == 2 && input_measure(network, x).atoms.n_cols <= 1 && !network.layers[1].growth.periodic;
    switch (wanted) {
    case MeasureMethod::automatic:
        return depth == 1 ? MeasureMethod::exact : one_atom ? MeasureMethod::quadrature : MeasureMethod::population;
    case MeasureMethod::quadrature:
        if (!one_atom)
            throw base::InputError("--method", "quadrature needs two dense layers, a layer-1 law of one atom (one "
                                               "feature without bias, or sigma_w 0), and an activation that is not "
                                               "periodic; expected population");
        return wanted;
    case MeasureMethod::population:
        return depth == 1 ? MeasureMethod::exact : wanted;
    case MeasureMethod::exact:
        break;
    }
    return wanted;
}

Limit limit_law(const HeavyNetwork& network, const arma::mat& x, const LimitOptions& options,
                const base::Monitor& monitor) {
    require_regular(network);
    Limit limit;
    limit.alpha = network.layers.back().alpha;
    limit.method = method_for(network, x, options.method);
    std::vector<arma::mat> single;
    std::vector<arma::mat> codifference;
    std::vector<arma::mat> points;
    const auto add = [&](const Exponents& psi) {
        single.emplace_back(psi.single);
        codifference.push_back(codifference_of(psi));
        points.emplace_back(psi.points);
    };
    if (limit.method == MeasureMethod::quadrature) {
        add(by_quadrature(OneAtom(network, input_measure(network, x)), x.n_rows, options.points));
    } else if (limit.method == MeasureMethod::exact) {
        const SpectralMeasure measure = input_measure(network, x);
        limit.atoms = measure.atoms;
        add(exponents_of(measure, options.points));
    } else {
        for (std::size_t b = 0; b < options.replicates; ++b) {
            SpectralMeasure measure = population_measure(network, x, {options.particles, options.seed, b}, monitor);
            add(exponents_of(measure, options.points));
            if (b == 0) limit.atoms = std::move(measure.atoms);
            monitor.advance(static_cast<double>(b + 1), static_cast<double>(options.replicates), "replicates");
        }
    }
    limit.scale = scale_of(average(single), limit.alpha);
    limit.codifference = average(codifference);
    limit.psi = average(points);
    if (!limit.scale.value.is_finite() || !limit.codifference.value.is_finite() || !limit.psi.value.is_finite())
        throw base::WorkError("psi leaves the range of double; try inputs, points or weights of smaller size");
    return limit;
}

} // namespace limsym::stable
