#include "limsym/stable/estimation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <tuple>

#include "limsym/base/error.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/numerics/minimise.hpp"
#include "limsym/numerics/resampling.hpp"
#include "limsym/numerics/vmath.hpp"
#include "limsym/stable/exact_law.hpp"

namespace limsym::stable {

namespace {

/// Quantiles tell indices in this range.
constexpr double smallest_alpha_of_quantiles = 0.2;
/// Estimates above this are at the boundary.
constexpr double nearly_normal = 2.0 - 1e-6;

void require_spread(const arma::vec& values) {
    if (values.n_elem < 2 || values.max() == values.min()) throw base::WorkError("all values equal; scale is zero");
}

/// q.95/q.75 of S_alpha(1), falling in alpha.
double nu_of_law(double alpha) {
    const ExactLaw law(alpha);
    return std::exp(law.log_upper_quantile(0.05) - law.log_upper_quantile(0.25));
}

/// The index with q.95/q.75 = nu in the range above, cut at its ends.
std::pair<double, bool> index_of_nu(double nu) {
    static const double smallest = nu_of_law(2.0);
    static const double largest = nu_of_law(smallest_alpha_of_quantiles);
    if (nu <= smallest) return {2.0, true};
    if (nu >= largest) return {smallest_alpha_of_quantiles, true};
    const auto excess = [&](double alpha) { return std::log(nu_of_law(alpha) / nu); };
    return {numerics::find_root(excess, smallest_alpha_of_quantiles, 2.0), false};
}

} // namespace

Fit fit(const arma::vec& values, FitMethod method, std::optional<double> fixed_loc) {
    switch (method) {
    case FitMethod::quantiles:
        return fit_by_quantiles(values, fixed_loc);
    case FitMethod::characteristic_function:
        return fit_by_characteristic_function(values, fixed_loc);
    case FitMethod::likelihood:
        break;
    }
    return fit_by_likelihood(values, fixed_loc);
}

Fit fit_by_quantiles(const arma::vec& values, std::optional<double> fixed_loc) {
    require_spread(values);
    const arma::vec ascending = arma::sort(values);
    Fit fit;
    const std::array<double, 5> levels = {0.05, 0.25, 0.5, 0.75, 0.95};
    std::transform(levels.begin(), levels.end(), fit.quantiles.begin(),
                   [&](double p) { return numerics::sample_quantile(ascending, p); });
    const double middle = fit.quantiles[3] - fit.quantiles[1];
    if (!(middle > 0.0))
        throw base::WorkError("the quartiles are equal: half of the values are one number, and tell no scale");
    fit.nu_alpha = (fit.quantiles[4] - fit.quantiles[0]) / middle;
    std::tie(fit.law.alpha, fit.boundary) = index_of_nu(fit.nu_alpha);
    fit.boundary |= fit.law.alpha > nearly_normal;
    fit.law.sigma = 0.5 * middle / ExactLaw(fit.law.alpha).upper_quantile(0.25);
    fit.law.loc = fixed_loc.value_or(fit.quantiles[2]);
    return fit;
}

namespace {

constexpr std::size_t frequencies = 10; // t = 0.1, 0.2, ..., 1
/// Beyond this many scales a value's angle is not known to eight digits. Such values count with what they would say on
/// average, 0.
constexpr double known_angle = 1e8;
/// The same where angles turn too much between scales that are nearly one.
constexpr double steady_angle = 1e4;

/// |phi(t_k)|^2 of values in units of `scale`, from fixed blocks. @param farthest values beyond it count as 0
std::array<double, frequencies> squared_modulus(const arma::vec& values, double loc, double scale, double farthest) {
    constexpr std::size_t block = 4096;
    const std::size_t blocks = (values.n_elem + block - 1) / block;
    std::vector<std::array<double, 2 * frequencies>> sums(blocks);
    base::parallel_for(blocks, [&](std::size_t b) {
        const std::size_t from = b * block;
        const std::size_t count = std::min<std::size_t>(block, values.n_elem - from);
        arma::vec angle(count, arma::fill::none);
        arma::vec cosine(count, arma::fill::none);
        arma::vec sine(count, arma::fill::none);
        std::size_t near = 0;
        for (std::size_t i = 0; i < count; ++i) {
            const double z = (values(from + i) - loc) / scale;
            if (std::abs(z) <= farthest) angle(near++) = 0.1 * z;
        }
        numerics::vcos(angle.memptr(), cosine.memptr(), near);
        numerics::vsin(angle.memptr(), sine.memptr(), near);
        std::array<double, 2 * frequencies> sum{};
        for (std::size_t i = 0; i < near; ++i) {
            // e^(i k angle) by multiplication.
            double re = 1.0;
            double im = 0.0;
            for (std::size_t k = 0; k < frequencies; ++k) {
                const double turned = re * cosine(i) - im * sine(i);
                im = re * sine(i) + im * cosine(i);
                re = turned;
                sum[2 * k] += re;
                sum[2 * k + 1] += im;
            }
        }
        sums[b] = sum;
    });
    std::array<double, frequencies> squared{};
    const auto n = static_cast<double>(values.n_elem);
    for (std::size_t k = 0; k < frequencies; ++k) {
        double re = 0.0;
        double im = 0.0;
        for (const auto& sum : sums) {
            re += sum[2 * k];
            im += sum[2 * k + 1];
        }
        squared[k] = (re * re + im * im) / (n * n);
    }
    return squared;
}

/// The line log(-log |phi|^2) = log 2 + alpha log t + alpha shift through the t where phi stands out from its noise:
/// exp(shift) times the scale that the values were measured in is their own.
struct Line {
    double alpha = 0.0;
    double shift = 0.0;
};

std::optional<Line> regression(const std::array<double, frequencies>& squared, std::size_t n) {
    double count = 0.0;
    double sum_x = 0.0;
    double sum_y = 0.0;
    double sum_xx = 0.0;
    double sum_xy = 0.0;
    for (std::size_t k = 0; k < frequencies; ++k) {
        if (!(squared[k] * static_cast<double>(n) >= 9.0 && squared[k] < 1.0)) continue;
        const double x = std::log(0.1 * static_cast<double>(k + 1));
        const double y = std::log(-std::log(squared[k]));
        count += 1.0;
        sum_x += x;
        sum_y += y;
        sum_xx += x * x;
        sum_xy += x * y;
    }
    const double determinant = count * sum_xx - sum_x * sum_x;
    if (count < 2.0 || !(determinant > 0.0)) return std::nullopt;
    const double slope = (count * sum_xy - sum_x * sum_y) / determinant;
    const double alpha = std::max(slope, 0.5 * smallest_alpha);
    return Line{alpha, ((sum_y - slope * sum_x) / count - std::numbers::ln2) / alpha};
}

Line line_at(const arma::vec& values, double loc, double scale, double farthest) {
    const auto line = regression(squared_modulus(values, loc, scale, farthest), values.n_elem);
    if (!line)
        throw base::WorkError(
            "the characteristic function is lost in noise at the scale of the sample; try --method mle");
    return *line;
}

/// What the lines say on average when the values are measured in scales around `scale`.
Line average_line(const arma::vec& values, double loc, double scale) {
    constexpr int side = 10;
    constexpr double spread = 0.2; // of the logarithm, to both sides
    Line mean;
    for (int j = -side; j <= side; ++j) {
        const double offset = spread * j / side;
        const Line line = line_at(values, loc, scale * std::exp(offset), steady_angle);
        mean.alpha += line.alpha / (2 * side + 1);
        mean.shift += (offset + line.shift) / (2 * side + 1);
    }
    return mean;
}

/// The scale in which the line's shift is 0, and the line there.
struct Settled {
    double scale = 0.0;
    double alpha = 0.0;
};

/// @return nothing when steps do not shrink: then the largest values make phi so rough that there are many such scales,
/// and which is met depends on rounding
std::optional<Settled> settle(const arma::vec& values, double loc, double scale) {
    constexpr int most_rounds = 300;
    constexpr int patience = 6; // rounds in which a step must halve
    constexpr double near = 0.5;
    double reference = std::numeric_limits<double>::infinity();
    int left = patience;
    for (int i = 0; i < most_rounds; ++i) {
        const Line line = line_at(values, loc, scale, known_angle);
        const double step = std::abs(line.shift);
        // Far from the fixed point a power may throw the scale away.
        scale *= std::exp(std::clamp(line.shift, -std::numbers::ln10, std::numbers::ln10));
        if (step < 1e-12) return Settled{scale, line.alpha};
        if (reference > near) { // on the way
            reference = step;
        } else if (--left == 0) {
            if (step > 0.5 * reference) return std::nullopt;
            reference = step;
            left = patience;
        }
    }
    return std::nullopt;
}

/// The same for the average of lines.
Settled settle_on_average(const arma::vec& values, double loc, double scale) {
    constexpr int most_rounds = 6;
    Line line;
    for (int i = 0; i < most_rounds; ++i) {
        line = average_line(values, loc, scale);
        scale *= std::exp(std::clamp(line.shift, -std::numbers::ln10, std::numbers::ln10));
        if (std::abs(line.shift) < 0.1) return {scale, line.alpha};
    }
    throw base::WorkError("the regression of the characteristic function does not settle; try --method mle");
}

} // namespace

Fit fit_by_characteristic_function(const arma::vec& values, std::optional<double> fixed_loc) {
    require_spread(values);
    const arma::vec ascending = arma::sort(values);
    Fit fit;
    fit.law.loc = fixed_loc.value_or(numerics::sample_quantile(ascending, 0.5));
    double scale = 0.5 * (numerics::sample_quantile(ascending, 0.75) - numerics::sample_quantile(ascending, 0.25));
    if (!(scale > 0.0)) scale = arma::mean(arma::abs(values - fit.law.loc));
    const std::optional<Settled> met = settle(values, fit.law.loc, scale);
    const Settled settled = met ? *met : settle_on_average(values, fit.law.loc, scale);
    fit.law.alpha = std::clamp(settled.alpha, smallest_alpha, 2.0);
    fit.law.sigma = settled.scale;
    fit.boundary = settled.alpha > nearly_normal || settled.alpha < smallest_alpha;
    return fit;
}

} // namespace limsym::stable
