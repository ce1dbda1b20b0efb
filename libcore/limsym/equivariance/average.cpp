// Symmetrisation by the mean over a compact group.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "limsym/base/error.hpp"
#include "limsym/equivariance/symmetrised.hpp"
#include "limsym/numerics/distributions.hpp"

namespace limsym::equivariance {

using symmetry::Element;
using symmetry::LinearAction;
using symmetry::MatrixFamily;

namespace {

constexpr std::size_t replicates = 8;

/// SO(2) or O(2), perhaps on two axes of a larger space.
const LinearAction* planar(const LinearAction& group) {
    const LinearAction& inner = group.family == MatrixFamily::embedded ? group.parts[0] : group;
    const bool rotations = inner.family == MatrixFamily::special_orthogonal || inner.family == MatrixFamily::orthogonal;
    return rotations && inner.d == 2 ? &inner : nullptr;
}

arma::mat embedded(const LinearAction& group, const arma::mat& m) {
    if (group.family != MatrixFamily::embedded) return m;
    arma::mat whole(group.d, group.d, arma::fill::eye);
    for (std::size_t i = 0; i < group.axes.size(); ++i)
        for (std::size_t j = 0; j < group.axes.size(); ++j)
            whole(group.axes[i], group.axes[j]) = m(i, j);
    return whole;
}

/// The nodes of a trapezoid rule: those with an even number first, so that the first half is the rule of half as many.
std::vector<Element> trapezoid_elements(const LinearAction& group, std::size_t nodes) {
    const LinearAction& inner = *planar(group);
    std::vector<Element> elements;
    for (std::size_t first = 0; first < 2; ++first)
        for (std::size_t k = first; k < nodes; k += 2) {
            const double angle = 2.0 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(nodes);
            const arma::mat rotation{{std::cos(angle), -std::sin(angle)}, {std::sin(angle), std::cos(angle)}};
            elements.push_back({embedded(group, rotation)});
            if (inner.family == MatrixFamily::orthogonal)
                elements.push_back({embedded(group, rotation * arma::mat{{1.0, 0.0}, {0.0, -1.0}})});
        }
    return elements;
}

std::vector<std::size_t> first_primes(std::size_t count) {
    std::vector<std::size_t> primes;
    for (std::size_t n = 2; primes.size() < count; ++n)
        if (std::none_of(primes.begin(), primes.end(), [&](std::size_t p) { return n % p == 0; })) primes.push_back(n);
    return primes;
}

double radical_inverse(std::size_t n, std::size_t base) {
    double value = 0.0;
    double digit = 1.0 / static_cast<double>(base);
    for (; n > 0; n /= base, digit /= static_cast<double>(base))
        value += digit * static_cast<double>(n % base);
    return value;
}

/// Halton points through the normal quantile and QR, shifted at random modulo 1 in every replicate.
arma::mat quasi_random_rotation(const LinearAction& group, std::size_t point, const std::vector<std::size_t>& primes,
                                const std::vector<double>& shift) {
    const LinearAction& inner = group.family == MatrixFamily::embedded ? group.parts[0] : group;
    const std::size_t n = inner.d;
    arma::mat gaussian(n, n, arma::fill::none);
    for (std::size_t j = 0; j < n * n; ++j) {
        const double u = radical_inverse(point + 1, primes[j]) + shift[j];
        gaussian(j) = numerics::normal_quantile(std::clamp(u - std::floor(u), 1e-16, 1.0 - 1e-16));
    }
    arma::mat q;
    arma::mat r;
    arma::qr(q, r, gaussian);
    for (std::size_t j = 0; j < n; ++j)
        if (r(j, j) < 0.0) q.col(j) *= -1.0;
    if (inner.family == MatrixFamily::special_orthogonal && arma::det(q) < 0.0) q.col(0) *= -1.0;
    return embedded(group, q);
}

void refuse_non_compact(const LinearAction& group) {
    if (group.compact && *group.compact) return;
    throw base::InputError("--group",
                           group.name + (group.compact ? " is not compact" : " is not known to be compact") +
                               ": it has no mean over the group; expected --method frame, canonical or prob");
}

void refuse_unsampled(const LinearAction& group) {
    const std::vector<LinearAction> factors = group.is_product() ? group.parts : std::vector<LinearAction>{group};
    for (const LinearAction& factor : factors)
        if (!symmetry::has_haar_sampler(factor) && !symmetry::all_elements(factor))
            throw base::InputError("--group", "there is no sampler of Haar measure for " + factor.name +
                                                  "; expected a group by name, or --method frame");
}

Symmetrisation quasi_monte_carlo(const GroupSetting& setting, const AverageMethod& method) {
    const LinearAction& group = setting.group;
    const LinearAction& inner = group.family == MatrixFamily::embedded ? group.parts[0] : group;
    if (inner.family != MatrixFamily::special_orthogonal && inner.family != MatrixFamily::orthogonal)
        throw base::InputError("--quadrature", "qmc is for SO(n) and O(n), not for " + group.name + "; expected mc");
    const std::size_t size = (method.samples + replicates - 1) / replicates;
    const std::vector<std::size_t> primes = first_primes(inner.d * inner.d);
    Symmetrisation how;
    how.method = "average";
    how.error = ErrorRule::replicates;
    how.elements_of = [group, size, primes, seed = method.seed](std::size_t row, const arma::vec&) {
        RowElements result;
        for (std::size_t r = 0; r < replicates; ++r) {
            base::RandomStream stream(seed, "quasi-random shift", row * replicates + r);
            std::vector<double> shift(primes.size());
            for (double& s : shift)
                s = stream.uniform();
            for (std::size_t k = 0; k < size; ++k)
                result.elements.push_back({quasi_random_rotation(group, k, primes, shift)});
        }
        return result;
    };
    return how;
}

} // namespace

Quadrature automatic_quadrature(const LinearAction& group, std::size_t exact_limit) {
    if (group.lie.empty() && symmetry::all_elements(group, exact_limit)) return Quadrature::exact;
    refuse_non_compact(group);
    return planar(group) != nullptr ? Quadrature::trapezoid : Quadrature::monte_carlo;
}

Symmetrisation average_symmetrisation(const GroupSetting& setting, const AverageMethod& method) {
    Symmetrisation how;
    how.method = "average";
    if (method.quadrature != Quadrature::exact || !setting.group.lie.empty()) refuse_non_compact(setting.group);
    switch (method.quadrature) {
    case Quadrature::exact: {
        auto list = symmetry::all_elements(setting.group, method.exact_limit);
        if (!list)
            throw base::InputError("--quadrature", setting.group.name +
                                                       (setting.group.lie.empty()
                                                            ? " has more than " + std::to_string(method.exact_limit) +
                                                                  " elements (--exact-limit)"
                                                            : " is infinite") +
                                                       "; expected mc");
        how.common = std::move(*list);
        return how;
    }
    case Quadrature::trapezoid:
        if (planar(setting.group) == nullptr)
            throw base::InputError("--quadrature",
                                   "trapezoid is for SO(2) and O(2), not for " + setting.group.name + "; expected mc");
        if (method.nodes % 2 != 0)
            throw base::InputError("--nodes", std::to_string(method.nodes) + " is odd; expected an even number");
        how.common = trapezoid_elements(setting.group, method.nodes);
        how.error = ErrorRule::half_nodes;
        return how;
    case Quadrature::quasi_monte_carlo:
        return quasi_monte_carlo(setting, method);
    case Quadrature::monte_carlo:
        break;
    }
    refuse_unsampled(setting.group);
    how.error = ErrorRule::samples;
    const auto law = symmetry::ElementSampler::Law::haar;
    how.elements_of = [sampler = symmetry::ElementSampler(
                           setting.group, setting.group.is_product() ? symmetry::ElementSampler::Law::automatic : law),
                       method](std::size_t row, const arma::vec&) {
        RowElements result;
        for (std::size_t k = 0; k < method.samples; ++k) {
            base::RandomStream stream(method.seed, "symmetrise", row * method.samples + k);
            result.elements.push_back(sampler.draw(stream));
        }
        return result;
    };
    return how;
}

} // namespace limsym::equivariance
