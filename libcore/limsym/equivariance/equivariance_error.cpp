#include "limsym/equivariance/equivariance_error.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "limsym/base/random.hpp"
#include "limsym/equivariance/simplex_search.hpp"
#include "limsym/numerics/resampling.hpp"

namespace limsym::equivariance {

using symmetry::Element;
using symmetry::RepElement;

namespace {

constexpr std::size_t resamples = 2000;
constexpr std::size_t searches = 5;

/// What one row gives.
struct RowErrors {
    arma::vec relative; ///< by element
    arma::vec by_angle;
    double squares = 0.0;
    double largest_component = 0.0;
    double value_square = 0.0;
};

double root(double square) {
    return std::sqrt(std::max(0.0, square));
}

/// exp of the c-th combination of generators, each on its own factor.
Element exponential(const symmetry::LinearAction& group, const std::vector<std::vector<arma::mat>>& lie,
                    const arma::vec& c) {
    Element g = symmetry::identity_element(group);
    for (std::size_t factor = 0; factor < g.size(); ++factor) {
        arma::mat sum(g[factor].n_rows, g[factor].n_cols, arma::fill::zeros);
        for (std::size_t j = 0; j < lie.size(); ++j)
            if (!lie[j][factor].is_empty()) sum += c(j) * lie[j][factor];
        g[factor] = symmetry::matrix_exponential(sum);
    }
    return g;
}

double error_at(const GroupSetting& setting, RowFunction& function, const arma::vec& x, const Element& g,
                const base::Monitor& monitor) {
    const RepElement element(g);
    arma::mat both(x.n_elem, 2, arma::fill::none);
    both.col(0) = x;
    arma::mat moved(x);
    symmetry::apply(setting.in, element, moved);
    both.col(1) = moved;
    const arma::mat values = function.values(both, monitor);
    arma::mat image(values.col(0));
    symmetry::apply(setting.out, element, image);
    return relative_error(values.col(1), image);
}

/// Local maxima of the relative error near the worst pairs.
WorstPair search_worst(const GroupSetting& setting, RowFunction& function, const arma::mat& x,
                       const std::vector<Element>& elements, const std::vector<RowErrors>& rows, const WorstPair& found,
                       const base::Monitor& monitor) {
    const auto lie = symmetry::generators_by_factor(setting.group).lie;
    if (lie.empty()) return found;
    std::vector<std::pair<std::size_t, std::size_t>> pairs; // row, element
    for (std::size_t i = 0; i < rows.size(); ++i)
        for (std::size_t k = 0; k < elements.size(); ++k)
            pairs.emplace_back(i, k);
    const std::size_t count = std::min(searches, pairs.size());
    std::partial_sort(pairs.begin(), pairs.begin() + static_cast<std::ptrdiff_t>(count), pairs.end(),
                      [&](const auto& a, const auto& b) {
                          const double ea = rows[a.first].relative(a.second);
                          const double eb = rows[b.first].relative(b.second);
                          return ea > eb || (ea == eb && a < b);
                      });
    WorstPair worst = found;
    for (std::size_t s = 0; s < count; ++s) {
        const auto [row, k] = pairs[s];
        const arma::vec argument = x.col(row);
        const auto element = [&, k = k](const arma::vec& c) {
            return symmetry::compose_elements(exponential(setting.group, lie, c), elements[k]);
        };
        const SimplexMinimum minimum = minimise_simplex(
            [&](const arma::vec& c) { return -error_at(setting, function, argument, element(c), monitor); },
            arma::vec(lie.size(), arma::fill::zeros), 0.3, 200);
        if (-minimum.value > worst.relative) worst = {row, element(minimum.x), -minimum.value, true};
    }
    return worst;
}

} // namespace

double relative_error(const arma::vec& a, const arma::vec& b) {
    const double size = arma::norm(a) + arma::norm(b);
    return size > 0.0 ? arma::norm(a - b) / size : 0.0;
}

std::vector<RowDerivatives> row_derivatives(RowFunction& function, const arma::mat& x,
                                            const std::function<arma::mat(std::size_t)>& directions, double step,
                                            const base::Monitor& monitor) {
    std::vector<RowDerivatives> result(x.n_cols);
    if (function.tangent(x.head_cols(1), arma::mat(x.n_rows, 1, arma::fill::zeros))) {
        const arma::mat values = function.values(x, monitor);
        for (std::size_t i = 0; i < x.n_cols; ++i) {
            const arma::mat v = directions(i);
            result[i].value = values.col(i);
            result[i].along =
                v.n_cols > 0 ? *function.tangent(arma::repmat(x.col(i), 1, v.n_cols), v) : arma::mat(values.n_rows, 0);
        }
        return result;
    }
    // Fourth order: (f(-2h) - 8 f(-h) + 8 f(h) - f(2h)) / 12h.
    const auto arguments = [&](std::size_t i) {
        const arma::mat v = directions(i);
        arma::mat all(x.n_rows, 1 + 4 * v.n_cols, arma::fill::none);
        all.col(0) = x.col(i);
        for (std::size_t j = 0; j < v.n_cols; ++j) {
            all.col(4 * j + 1) = x.col(i) - 2.0 * step * v.col(j);
            all.col(4 * j + 2) = x.col(i) - step * v.col(j);
            all.col(4 * j + 3) = x.col(i) + step * v.col(j);
            all.col(4 * j + 4) = x.col(i) + 2.0 * step * v.col(j);
        }
        return all;
    };
    const auto use = [&](std::size_t i, const arma::mat& values) {
        result[i].value = values.col(0);
        result[i].along.set_size(values.n_rows, (values.n_cols - 1) / 4);
        for (std::size_t j = 0; j < result[i].along.n_cols; ++j)
            result[i].along.col(j) = (values.col(4 * j + 1) - 8.0 * values.col(4 * j + 2) +
                                      8.0 * values.col(4 * j + 3) - values.col(4 * j + 4)) /
                                     (12.0 * step);
    };
    function.evaluate({x.n_cols, arguments, use}, monitor);
    return result;
}

EquivarianceError equivariance_error(const GroupSetting& setting, RowFunction& function, const arma::mat& x,
                                     const std::vector<Element>& elements, const ErrorOptions& options,
                                     const base::Monitor& monitor) {
    std::vector<RepElement> moves;
    for (const Element& g : elements)
        moves.emplace_back(g);
    const auto lie = symmetry::generators_by_factor(setting.group).lie;
    for (std::size_t k = 0; k < options.angles; ++k)
        moves.emplace_back(exponential(
            setting.group, lie,
            arma::vec{2.0 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(options.angles)}));
    std::vector<RowErrors> rows(x.n_cols);
    const auto arguments = [&](std::size_t i) {
        arma::mat all(x.n_rows, 1 + moves.size(), arma::fill::none);
        all.col(0) = x.col(i);
        arma::mat one;
        for (std::size_t k = 0; k < moves.size(); ++k) {
            one = x.col(i);
            symmetry::apply(setting.in, moves[k], one);
            all.col(k + 1) = one;
        }
        return all;
    };
    const auto use = [&](std::size_t i, const arma::mat& values) {
        RowErrors& row = rows[i];
        row.relative.set_size(elements.size());
        row.by_angle.set_size(options.angles);
        row.value_square = arma::dot(values.col(0), values.col(0));
        arma::mat one;
        for (std::size_t k = 0; k < moves.size(); ++k) {
            one = values.col(0);
            symmetry::apply(setting.out, moves[k], one);
            const arma::vec difference = values.col(k + 1) - one;
            const double relative = relative_error(values.col(k + 1), one);
            if (k >= elements.size()) {
                row.by_angle(k - elements.size()) = relative;
                continue;
            }
            row.relative(k) = relative;
            row.squares += arma::dot(difference, difference);
            if (!difference.is_empty())
                row.largest_component = std::max(row.largest_component, arma::abs(difference).max());
        }
    };
    function.evaluate({x.n_cols, arguments, use}, monitor);

    EquivarianceError result;
    result.rows = x.n_cols;
    result.elements = elements.size();
    const auto pairs = static_cast<double>(x.n_cols * elements.size());
    arma::vec row_means(x.n_cols, arma::fill::none);
    double squares = 0.0;
    double value_squares = 0.0;
    for (std::size_t i = 0; i < x.n_cols; ++i) {
        row_means(i) = arma::mean(rows[i].relative);
        squares += rows[i].squares;
        value_squares += rows[i].value_square / static_cast<double>(x.n_cols);
        result.largest_component = std::max(result.largest_component, rows[i].largest_component);
        for (std::size_t k = 0; k < elements.size(); ++k)
            if ((i == 0 && k == 0) || rows[i].relative(k) > result.worst.relative)
                result.worst = {i, elements[k], rows[i].relative(k), false};
    }
    result.mean = arma::mean(row_means);
    result.largest = result.worst.relative;
    if (pairs > 1.0) {
        double variance = 0.0;
        for (const RowErrors& row : rows)
            variance += arma::accu(arma::square(row.relative - result.mean));
        result.error = root(variance / (pairs - 1.0) / pairs);
    }
    base::RandomStream stream(options.seed, "bootstrap rows");
    const numerics::MeanInterval interval = numerics::bootstrap_mean(row_means, stream, resamples);
    result.low = interval.low;
    result.high = interval.high;
    result.root_mean_square = root(squares / pairs);
    if (value_squares > 0.0) result.relative_rms = result.root_mean_square / root(value_squares);
    for (std::size_t k = 0; k < options.angles; ++k) {
        arma::vec errors(x.n_cols, arma::fill::none);
        for (std::size_t i = 0; i < x.n_cols; ++i)
            errors(i) = rows[i].by_angle(k);
        AngleError angle{2.0 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(options.angles),
                         arma::mean(errors), std::nullopt};
        if (x.n_cols > 1) angle.error = arma::stddev(errors) / std::sqrt(static_cast<double>(x.n_cols));
        result.angles.push_back(angle);
    }
    if (options.per_generator && !lie.empty()) {
        const auto directions = [&](std::size_t i) {
            arma::mat v(x.n_rows, lie.size(), arma::fill::none);
            for (std::size_t j = 0; j < lie.size(); ++j)
                v.col(j) = symmetry::apply_derivative(setting.in, lie[j], x.col(i));
            return v;
        };
        const std::vector<RowDerivatives> derivatives = row_derivatives(function, x, directions, options.step, monitor);
        for (std::size_t j = 0; j < lie.size(); ++j) {
            double sum = 0.0;
            for (const RowDerivatives& row : derivatives)
                sum += arma::accu(
                    arma::square(row.along.col(j) - symmetry::apply_derivative(setting.out, lie[j], row.value)));
            LieError error{root(sum / static_cast<double>(x.n_cols)), std::nullopt};
            if (value_squares > 0.0) error.relative = error.absolute / root(value_squares);
            result.lie.push_back(error);
        }
    }
    if (options.search) result.worst = search_worst(setting, function, x, elements, rows, result.worst, monitor);
    return result;
}

} // namespace limsym::equivariance
