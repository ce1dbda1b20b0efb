#include "limsym/symmetry/elements.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <unordered_set>

#include "limsym/base/error.hpp"
#include "limsym/numerics/variates.hpp"

namespace limsym::symmetry {

namespace {

constexpr double rotation_scale = 1.0;
constexpr double boost_scale = 0.3;
constexpr double key_step = 1e-6;

std::string key_of(const arma::mat& m) {
    std::string key;
    key.reserve(m.n_elem * sizeof(std::int64_t));
    for (const double entry : m) {
        const auto rounded = static_cast<std::int64_t>(std::llround(std::clamp(entry / key_step, -1e18, 1e18)));
        key.append(reinterpret_cast<const char*>(&rounded), sizeof rounded);
    }
    return key;
}

std::optional<std::vector<arma::mat>> closure(const LinearAction& action, std::size_t limit) {
    std::vector<arma::mat> elements{arma::mat(action.d, action.d, arma::fill::eye)};
    std::unordered_set<std::string> seen{key_of(elements[0])};
    for (std::size_t at = 0; at < elements.size(); ++at)
        for (const arma::mat& h : action.discrete) {
            const arma::mat next = h * elements[at];
            if (!next.is_finite() || !seen.insert(key_of(next)).second) continue;
            if (elements.size() == limit) return std::nullopt;
            elements.push_back(next);
        }
    return elements;
}

arma::mat haar_orthogonal(std::size_t n, bool special, base::RandomStream& stream) {
    arma::mat gaussian(n, n, arma::fill::none);
    numerics::fill_normal(stream, gaussian.memptr(), gaussian.n_elem);
    arma::mat q;
    arma::mat r;
    arma::qr(q, r, gaussian);
    for (std::size_t j = 0; j < n; ++j)
        if (r(j, j) < 0.0) q.col(j) *= -1.0;
    if (special && arma::det(q) < 0.0) q.col(0) *= -1.0;
    return q;
}

arma::mat random_permutation(std::size_t n, base::RandomStream& stream) {
    std::vector<std::size_t> images(n);
    numerics::fill_permutation(stream, images.data(), n);
    arma::mat m(n, n, arma::fill::zeros);
    for (std::size_t i = 0; i < n; ++i)
        m(images[i], i) = 1.0;
    return m;
}

arma::mat power(const arma::mat& m, std::uint64_t exponent) {
    arma::mat result(m.n_rows, m.n_cols, arma::fill::eye);
    arma::mat square = m;
    for (; exponent > 0; exponent /= 2) {
        if (exponent % 2 != 0) result = square * result;
        square = square * square;
    }
    return result;
}

arma::mat haar(const LinearAction& g, base::RandomStream& stream) {
    switch (g.family) {
    case MatrixFamily::special_orthogonal:
        return haar_orthogonal(g.d, true, stream);
    case MatrixFamily::orthogonal:
        return haar_orthogonal(g.d, false, stream);
    case MatrixFamily::symmetric:
        return random_permutation(g.d, stream);
    case MatrixFamily::cyclic_shift:
    case MatrixFamily::planar_cyclic:
        return power(g.discrete[0], stream.below(g.p));
    case MatrixFamily::planar_dihedral: {
        const arma::mat rotation = power(g.discrete[0], stream.below(g.p));
        return stream.below(2) == 0 ? rotation : arma::mat(g.discrete[1] * rotation);
    }
    case MatrixFamily::embedded: {
        const arma::mat inner = haar(g.parts[0], stream);
        arma::mat m(g.d, g.d, arma::fill::eye);
        for (std::size_t i = 0; i < g.axes.size(); ++i)
            for (std::size_t j = 0; j < g.axes.size(); ++j)
                m(g.axes[i], g.axes[j]) = inner(i, j);
        return m;
    }
    default:
        return arma::mat(g.d, g.d, arma::fill::eye); // Trivial
    }
}

bool is_rotation(const arma::mat& a) {
    return arma::abs(a + a.t()).max() <= 1e-12;
}

arma::mat lie_normal(const LinearAction& g, std::optional<double> scale, base::RandomStream& stream) {
    arma::mat exponent(g.d, g.d, arma::fill::zeros);
    for (const arma::mat& a : g.lie)
        exponent += (scale ? *scale : is_rotation(a) ? rotation_scale : boost_scale) * numerics::normal(stream) * a;
    arma::mat m = matrix_exponential(exponent);
    // A word: every generator is there or not, twice over; of commuting reflections this is uniform.
    const int passes = g.lie.empty() ? 40 : 2; // a long word where the discrete part is all there is
    for (int pass = 0; pass < passes; ++pass)
        for (const arma::mat& h : g.discrete)
            if (stream.below(2) != 0) m = m * h;
    return m;
}

} // namespace

arma::mat matrix_exponential(const arma::mat& a) {
    const double size = arma::norm(a, 1);
    int halvings = 0;
    if (size > 0.25) halvings = std::max(0, static_cast<int>(std::ceil(std::log2(size / 0.25))));
    const arma::mat scaled = a * std::ldexp(1.0, -halvings);
    // Taylor's series to double precision for a norm of at most 1/4: 0.25^14/14! < 1e-19.
    arma::mat sum(a.n_rows, a.n_cols, arma::fill::eye);
    for (int k = 14; k >= 1; --k)
        sum = arma::mat(a.n_rows, a.n_cols, arma::fill::eye) + scaled * sum / k;
    for (int k = 0; k < halvings; ++k)
        sum = sum * sum;
    return sum;
}

bool has_haar_sampler(const LinearAction& g) {
    switch (g.family) {
    case MatrixFamily::trivial:
    case MatrixFamily::special_orthogonal:
    case MatrixFamily::orthogonal:
    case MatrixFamily::symmetric:
    case MatrixFamily::cyclic_shift:
    case MatrixFamily::planar_cyclic:
    case MatrixFamily::planar_dihedral:
        return true;
    case MatrixFamily::embedded:
        return has_haar_sampler(g.parts[0]);
    default:
        return false;
    }
}

std::string_view measure_name(Measure measure) {
    return measure == Measure::haar ? "haar" : measure == Measure::lie_normal ? "lie-normal" : "enumerated";
}

std::optional<std::vector<Element>> all_elements(const LinearAction& action, std::size_t limit) {
    if (!action.lie.empty()) return std::nullopt;
    if (action.family == MatrixFamily::symmetric || action.family == MatrixFamily::cyclic_shift ||
        action.family == MatrixFamily::planar_cyclic || action.family == MatrixFamily::planar_dihedral) {
        double order = static_cast<double>(action.p) * (action.family == MatrixFamily::planar_dihedral ? 2.0 : 1.0);
        if (action.family == MatrixFamily::symmetric) order = std::tgamma(static_cast<double>(action.p) + 1.0);
        if (order > static_cast<double>(limit)) return std::nullopt;
    }
    if (!action.is_product()) {
        const auto list = closure(action, limit);
        if (!list) return std::nullopt;
        std::vector<Element> elements;
        for (const arma::mat& m : *list)
            elements.push_back({m});
        return elements;
    }
    std::vector<Element> elements{{}};
    for (const LinearAction& part : action.parts) {
        const auto list = all_elements(part, limit);
        if (!list || list->size() > limit / elements.size()) return std::nullopt;
        std::vector<Element> longer;
        for (const Element& before : elements)
            for (const Element& g : *list) {
                longer.push_back(before);
                longer.back().push_back(g.front());
            }
        elements = std::move(longer);
    }
    return elements;
}

ElementSampler::ElementSampler(const LinearAction& action, Law law, std::optional<double> scale, std::size_t limit)
    : action_(action), measure_(Measure::haar), scale_(scale) {
    const std::vector<LinearAction> factors = action.is_product() ? action.parts : std::vector<LinearAction>{action};
    // Factors of a product are sampled one by one; a finite group from its list.
    const bool haar_known =
        std::all_of(factors.begin(), factors.end(), [](const LinearAction& g) { return has_haar_sampler(g); });
    if (law == Law::automatic || law == Law::enumerate) list_ = all_elements(action, limit);
    if (law == Law::enumerate && !list_)
        throw base::InputError("--measure", action.name +
                                                (action.lie.empty() ? " has more than " + std::to_string(limit) +
                                                                          " elements (--exact-limit)"
                                                                    : " is infinite") +
                                                "; expected haar or lie-normal");
    if (law == Law::haar && !haar_known) {
        if (action.compact && !*action.compact)
            throw base::InputError("--measure",
                                   action.name + " is not compact and has no Haar measure; expected lie-normal");
        list_ = all_elements(action, limit);
        if (!list_)
            throw base::InputError("--measure",
                                   "there is no Haar sampler for " + action.name + "; expected lie-normal");
        measure_ = Measure::haar;
        return;
    }
    if (list_) {
        measure_ = Measure::enumerated;
    } else if (law == Law::lie_normal || !haar_known) {
        measure_ = Measure::lie_normal;
    }
}

Element ElementSampler::draw(base::RandomStream& stream) const {
    if (list_) return (*list_)[stream.below(list_->size())];
    const auto one = [&](const LinearAction& g) {
        const bool by_haar = measure_ == Measure::haar || (g.lie.empty() && has_haar_sampler(g));
        return by_haar ? haar(g, stream) : lie_normal(g, scale_, stream);
    };
    if (!action_.is_product()) return {one(action_)};
    Element g;
    for (const LinearAction& part : action_.parts)
        g.push_back(one(part));
    return g;
}

} // namespace limsym::symmetry
