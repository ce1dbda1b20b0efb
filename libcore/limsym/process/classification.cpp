#include "limsym/process/classification.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "limsym/base/number.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/numerics/vmath.hpp"

namespace limsym::process {

namespace {

constexpr double not_there = std::numeric_limits<double>::quiet_NaN();

/// What the largest of normals needs: phi(z_i - a_c) and Phi(z_i - a_c) on a grid, classes fastest.
struct NormalGrid {
    std::vector<double> density;
    std::vector<double> below;

    NormalGrid(const arma::vec& position, double low, double step, std::size_t count)
        : density(count * position.n_elem), below(density.size()) {
        const std::size_t classes = position.n_elem;
        for (std::size_t i = 0; i < count; ++i)
            for (std::size_t c = 0; c < classes; ++c) {
                const double z = low + step * static_cast<double>(i) - position(c);
                density[i * classes + c] = -0.5 * z * z;
                below[i * classes + c] = z / std::numbers::sqrt2;
            }
        numerics::vexp(density.data(), density.data(), density.size());
        numerics::verf(below.data(), below.data(), below.size());
        for (double& value : density)
            value *= 0.5 * std::numbers::inv_sqrtpi * std::numbers::sqrt2;
        for (double& value : below)
            value = 0.5 + 0.5 * value;
    }
};

/// int phi(z - a_c) prod_{k != c} Phi(z - a_k) dz for every c by the trapezoid rule.
arma::vec integrate_largest(const arma::vec& position, double step) {
    constexpr double reach = 9.0; // Phi(-9) = 1e-19
    const std::size_t classes = position.n_elem;
    const auto count = static_cast<std::size_t>(2.0 * reach / step) + 1;
    const NormalGrid grid(position, position.max() - reach, step, count);
    arma::vec result(classes, arma::fill::zeros);
    std::vector<double> after(classes + 1);
    for (std::size_t i = 0; i < count; ++i) {
        const double* below = grid.below.data() + i * classes;
        const double* density = grid.density.data() + i * classes;
        after[classes] = step;
        for (std::size_t c = classes; c-- > 0;)
            after[c] = after[c + 1] * below[c];
        double before = 1.0;
        for (std::size_t c = 0; c < classes; ++c) {
            result(c) += before * after[c + 1] * density[c];
            before *= below[c];
        }
    }
    return result;
}

/// The class or classes of the largest mean share all.
arma::vec certain_probabilities(const arma::rowvec& mean) {
    arma::vec result(mean.n_elem, arma::fill::zeros);
    const double largest = mean.max();
    double ties = 0.0;
    for (const double value : mean)
        ties += value == largest ? 1.0 : 0.0;
    for (arma::uword c = 0; c < mean.n_elem; ++c)
        if (mean(c) == largest) result(c) = 1.0 / ties;
    return result;
}

struct WeightedScale {
    double root; ///< sqrt(s)
    double weight;
};

/// The points of a law that suffice for integrals of functions that are analytic in log s: a coarser grid as long as it
/// still integrates the density.
std::vector<WeightedScale> enough_scales(const ScaleLaw& law) {
    constexpr double widest = 0.5;
    const auto mass = [&law](std::size_t stride, std::size_t offset) {
        double sum = 0.0;
        for (std::size_t j = offset; j < law.s.size(); j += stride)
            sum += std::exp(law.log_weights[j]);
        return sum * static_cast<double>(stride);
    };
    std::size_t stride = 1;
    if (law.continuous && law.s.size() > 1) {
        const double spacing = std::log(law.s[1] / law.s[0]);
        const auto serves = [&](std::size_t s) {
            constexpr double tolerance = 1e-9;
            return static_cast<double>(s) * spacing <= widest && s < law.s.size() &&
                   std::abs(mass(s, 0) - 1.0) < tolerance && std::abs(mass(s, s / 2) - 1.0) < tolerance;
        };
        while (serves(2 * stride))
            stride *= 2;
    }
    std::vector<WeightedScale> scales;
    double total = 0.0;
    for (std::size_t j = 0; j < law.s.size(); j += stride) {
        constexpr double negligible = 1e-12;
        const double weight = std::exp(law.log_weights[j]) * static_cast<double>(stride);
        if (weight < negligible) continue;
        scales.push_back({std::sqrt(law.s[j]), weight});
        total += weight;
    }
    for (WeightedScale& scale : scales)
        scale.weight /= total;
    return scales;
}

} // namespace

std::vector<std::string> sorted_classes(const std::vector<std::string>& labels) {
    std::vector<double> numbers;
    for (const std::string& label : labels)
        if (const auto number = base::parse_number(label)) numbers.push_back(*number + 0.0);
    std::vector<std::string> classes;
    if (numbers.size() == labels.size()) {
        std::sort(numbers.begin(), numbers.end());
        numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
        for (const double number : numbers)
            classes.push_back(base::number_text(number));
    } else {
        classes = labels;
        std::sort(classes.begin(), classes.end());
        classes.erase(std::unique(classes.begin(), classes.end()), classes.end());
    }
    return classes;
}

std::optional<std::size_t> class_of(const std::string& label, const std::vector<std::string>& classes) {
    auto found = std::find(classes.begin(), classes.end(), label);
    if (found == classes.end())
        if (const auto number = base::parse_number(label))
            found = std::find(classes.begin(), classes.end(), base::number_text(*number + 0.0));
    if (found == classes.end()) return std::nullopt;
    return static_cast<std::size_t>(found - classes.begin());
}

arma::mat one_hot(const std::vector<std::size_t>& labels, std::size_t classes) {
    arma::mat targets(labels.size(), classes, arma::fill::zeros);
    for (std::size_t i = 0; i < labels.size(); ++i)
        targets(i, labels[i]) = 1.0;
    return targets;
}

arma::vec largest_probabilities(const arma::vec& mean, double sd) {
    constexpr double tolerance = 1e-10;
    constexpr double finest = 1.0 / 64.0;
    const arma::vec position = (mean - mean.max()) / sd;
    double step = 0.25;
    arma::vec result = integrate_largest(position, step);
    while (std::abs(arma::accu(result) - 1.0) > tolerance && step > finest) {
        step /= 2.0;
        result = integrate_largest(position, step);
    }
    return result / arma::accu(result);
}

ClassPrediction predict_classes(const RegressionFit& fit, const TestKernel& test, PredictionKind kind,
                                const base::Monitor& monitor) {
    ScaledMoments moments = scaled_moments(fit, test, true, monitor);
    ClassPrediction result;
    result.mean = std::move(moments.mean);
    result.relative_variance = std::move(moments.variance);
    if (kind == PredictionKind::observed) result.relative_variance += fit.noise;
    const ScaleLaw& law = fit.scale.law;
    result.variance = (law.mean_exists ? law.mean : not_there) * result.relative_variance;
    result.probability.set_size(test.count, fit.outputs);
    result.entropy.set_size(test.count);
    result.label.resize(test.count);
    const std::vector<WeightedScale> scales = enough_scales(law);
    constexpr std::size_t piece = 16;
    const auto predict_row = [&](std::size_t i) {
        const arma::rowvec mean = result.mean.row(i);
        const double root = std::sqrt(result.relative_variance(i));
        arma::vec probability(fit.outputs, arma::fill::zeros);
        if (root == 0.0) {
            probability = certain_probabilities(mean);
        } else {
            for (const WeightedScale& scale : scales)
                probability += scale.weight * largest_probabilities(mean.t(), scale.root * root);
        }
        result.probability.row(i) = probability.t();
        double entropy = 0.0;
        for (const double p : probability)
            if (p > 0.0) entropy -= p * std::log(p);
        result.entropy(i) = entropy;
        result.label[i] = mean.index_max();
    };
    base::parallel_for((test.count + piece - 1) / piece,
                       [&](std::size_t block) {
                           for (std::size_t i = block * piece; i < std::min(test.count, (block + 1) * piece); ++i)
                               predict_row(i);
                       },
                       monitor, "class probabilities");
    return result;
}

arma::vec one_hot_log_density(const RegressionFit& fit, const ClassPrediction& prediction,
                              const std::vector<std::size_t>& labels) {
    arma::vec result(labels.size(), arma::fill::none);
    base::parallel_for(labels.size(), [&](std::size_t i) {
        double squares = 0.0;
        for (std::size_t c = 0; c < fit.outputs; ++c) {
            const double residual = (c == labels[i] ? 1.0 : 0.0) - prediction.mean(i, c);
            squares += residual * residual;
        }
        const double variance = prediction.relative_variance(i);
        const double density =
            log_predictive_density(fit.scale, squares / variance, std::log(variance), static_cast<double>(fit.outputs));
        result(i) = std::isfinite(density) ? density : not_there;
    });
    return result;
}

} // namespace limsym::process
