#include "limsym/process/score.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/numerics/distributions.hpp"

namespace limsym::process {

namespace {

/// 1 - 2p without the noise of binary fractions: .9, not .8999999999999999.
double interval_level(double p) {
    return std::round((1.0 - 2.0 * p) * 1e12) / 1e12;
}

std::vector<IntervalScore> interval_scores(const Prediction& prediction) {
    std::vector<IntervalScore> intervals;
    const auto count = static_cast<double>(prediction.y.n_elem);
    for (std::size_t low = 0; low < prediction.probabilities.size(); ++low) {
        for (std::size_t high = 0; high < prediction.probabilities.size(); ++high) {
            const double p = prediction.probabilities[low];
            if (p >= 0.5 || std::abs(1.0 - p - prediction.probabilities[high]) > 1e-12) continue;
            IntervalScore interval;
            interval.level = interval_level(p);
            for (std::size_t i = 0; i < prediction.y.n_elem; ++i) {
                const double lower = prediction.quantiles[low](i);
                const double upper = prediction.quantiles[high](i);
                interval.coverage += prediction.y(i) >= lower && prediction.y(i) <= upper ? 1.0 : 0.0;
                interval.width += upper - lower;
            }
            interval.coverage /= count;
            interval.width /= count;
            intervals.push_back(interval);
        }
    }
    std::sort(intervals.begin(), intervals.end(),
              [](const IntervalScore& a, const IntervalScore& b) { return a.level < b.level; });
    return intervals;
}

std::optional<double> mean_crps(const Prediction& p) {
    const bool student = p.df && *p.df > 1.0 && !p.scale.empty();
    const arma::mat& scale = student ? p.scale : p.sd;
    if (scale.empty() || scale.has_nan()) return std::nullopt;
    double sum = 0.0;
    for (std::size_t i = 0; i < p.y.n_elem; ++i) {
        const double error = p.y(i) - p.mean(i);
        if (scale(i) > 0.0) {
            const double z = error / scale(i);
            sum += scale(i) * (student ? numerics::student_t_crps(z, *p.df) : numerics::normal_crps(z));
        } else {
            sum += std::abs(error);
        }
    }
    return sum / static_cast<double>(p.y.n_elem);
}

} // namespace

Score score(const Prediction& prediction, const std::string& place) {
    if (prediction.y.empty() || prediction.y.has_nan())
        throw base::InputError(place, "the true values are missing; expected a column y (predict for a table that has "
                                      "the target column)");
    Score result;
    result.n = prediction.y.n_elem;
    const auto count = static_cast<double>(result.n);
    for (std::size_t i = 0; i < result.n; ++i) {
        const double error = prediction.y(i) - prediction.mean(i);
        result.rmse += error * error;
        result.mae += std::abs(error);
    }
    result.rmse = std::sqrt(result.rmse / count);
    result.mae /= count;
    if (!prediction.logpdf.empty() && !prediction.logpdf.has_nan()) {
        double sum = 0.0;
        for (const double value : prediction.logpdf)
            sum += value;
        result.nll = -sum / count;
    }
    result.intervals = interval_scores(prediction);
    result.crps = mean_crps(prediction);
    return result;
}

void append_score(data::Json& record, const Score& score) {
    record["n"] = score.n;
    record["rmse"] = score.rmse;
    record["mae"] = score.mae;
    if (score.nll) {
        record["nll"] = *score.nll;
    } else {
        record["nll"] = nullptr;
        record["nll_reason"] = "a log density is missing";
    }
    data::Json coverage = data::Json::object();
    data::Json width = data::Json::object();
    for (const IntervalScore& interval : score.intervals) {
        coverage[base::number_text(interval.level)] = interval.coverage;
        width[base::number_text(interval.level)] = interval.width;
    }
    record["coverage"] = std::move(coverage);
    record["interval_width"] = std::move(width);
    if (score.crps) {
        record["crps"] = *score.crps;
    } else {
        record["crps"] = nullptr;
        record["crps_reason"] = "a standard deviation is missing or infinite";
    }
}

} // namespace limsym::process
