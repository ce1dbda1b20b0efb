// Tests of a sample against a stable law, with exact, asymptotic or bootstrap p-values.
#pragma once

#include <armadillo>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "limsym/base/monitor.hpp"
#include "limsym/stable/estimation.hpp"
#include "limsym/stable/law.hpp"

namespace limsym::stable {

enum class Statistic { ks, ad, ecf };

/// "ks", "ad", "ecf"
[[nodiscard]] std::string statistic_name(Statistic statistic);
/// Of one of these names.
[[nodiscard]] Statistic statistic_of(const std::string& name);

struct TestRequest {
    Law law; ///< sigma > 0
    std::vector<Statistic> statistics;
    std::size_t bootstrap = 0;      ///< samples of the law; 0: known distributions
    std::optional<FitMethod> refit; ///< the law was fitted so: fit it again to every bootstrap sample
    std::uint64_t seed = 0;
};

struct TestResult {
    Statistic statistic = Statistic::ks;
    double value = 0.0;
    std::optional<double> p_value;
    std::string p_method; ///< "exact", "asymptotic", "bootstrap", or empty
};

/// In the order of the request. Bootstrap sample b is stream (seed, "bootstrap", b); a sample that cannot be fitted
/// counts as one at least as extreme.
[[nodiscard]] std::vector<TestResult> test(const TestRequest& request, const arma::vec& values,
                                           const base::Monitor& monitor = {});

} // namespace limsym::stable
