#include "limsym/stable/bootstrap.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "limsym/base/error.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/base/random.hpp"
#include "limsym/numerics/goodness_of_fit.hpp"
#include "limsym/stable/agreement.hpp"
#include "limsym/stable/sampler.hpp"

namespace limsym::stable {

namespace {

constexpr std::size_t most_exact = 100'000;

double value_of(Statistic statistic, const Law& law, const arma::vec& values) {
    switch (statistic) {
    case Statistic::ks:
        return kolmogorov_smirnov(law, values);
    case Statistic::ad:
        return anderson_darling(law, values);
    case Statistic::ecf:
        break;
    }
    return characteristic_distance(law, values);
}

void add_known_p_value(TestResult& result, std::size_t n) {
    if (result.statistic == Statistic::ks) {
        const bool exact = n <= most_exact;
        result.p_method = exact ? "exact" : "asymptotic";
        result.p_value = exact ? numerics::kolmogorov_upper_tail(result.value, n)
                               : numerics::kolmogorov_upper_tail_asymptotic(result.value, n);
    } else if (result.statistic == Statistic::ad) {
        result.p_method = "asymptotic";
        result.p_value = numerics::anderson_darling_upper_tail_asymptotic(result.value);
    }
}

arma::vec bootstrap_sample(const TestRequest& request, std::size_t b, std::size_t n) {
    arma::vec values(n, arma::fill::none);
    const base::StreamKey key{request.seed, base::purpose_hash("bootstrap"), b};
    fill_variates(VariateKind::symmetric, request.law.alpha, key, 0, values.memptr(), n);
    constexpr double largest = std::numeric_limits<double>::max() / 4.0;
    for (double& value : values)
        value = request.law.loc + std::clamp(request.law.sigma * value, -largest, largest);
    return values;
}

} // namespace

std::string statistic_name(Statistic statistic) {
    switch (statistic) {
    case Statistic::ks:
        return "ks";
    case Statistic::ad:
        return "ad";
    case Statistic::ecf:
        break;
    }
    return "ecf";
}

Statistic statistic_of(const std::string& name) {
    if (name == "ks") return Statistic::ks;
    if (name == "ad") return Statistic::ad;
    if (name == "ecf") return Statistic::ecf;
    throw std::logic_error("statistic_of: unknown name " + name);
}

std::vector<TestResult> test(const TestRequest& request, const arma::vec& values, const base::Monitor& monitor) {
    std::vector<TestResult> results;
    for (const Statistic statistic : request.statistics)
        results.push_back({statistic, value_of(statistic, request.law, values), {}, {}});
    if (request.bootstrap == 0) {
        for (TestResult& result : results)
            add_known_p_value(result, values.n_elem);
        return results;
    }
    // extreme[b] has a bit a statistic.
    std::vector<unsigned> extreme(request.bootstrap, 0);
    const auto all = static_cast<unsigned>((1U << results.size()) - 1U);
    base::parallel_for(
        request.bootstrap,
        [&](std::size_t b) {
            const arma::vec sample = bootstrap_sample(request, b, values.n_elem);
            try {
                const Law law = request.refit ? fit(sample, *request.refit).law : request.law;
                for (std::size_t s = 0; s < results.size(); ++s)
                    if (value_of(results[s].statistic, law, sample) >= results[s].value) extreme[b] |= 1U << s;
            } catch (const base::WorkError&) {
                extreme[b] = all;
            }
        },
        monitor, "bootstrap");
    for (std::size_t s = 0; s < results.size(); ++s) {
        const auto count = std::count_if(extreme.begin(), extreme.end(), [&](unsigned bits) { return bits >> s & 1U; });
        results[s].p_method = "bootstrap";
        results[s].p_value = (1.0 + static_cast<double>(count)) / (static_cast<double>(request.bootstrap) + 1.0);
    }
    return results;
}

} // namespace limsym::stable
