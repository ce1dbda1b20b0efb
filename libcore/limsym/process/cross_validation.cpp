#include "limsym/process/cross_validation.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <mutex>
#include <nlohmann/json.hpp>

#include "limsym/base/error.hpp"
#include "limsym/base/hash.hpp"
#include "limsym/base/number.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/process/job_document.hpp"
#include "limsym/process/prediction.hpp"
#include "limsym/process/score.hpp"

namespace limsym::process {

namespace {

constexpr std::array<const char*, 6> metrics{"log_evidence", "rmse",       "mae",
                                             "nll_observed", "nll_latent", "coverage_90"};

struct Parts {
    TrainingData training;
    arma::mat test_x;
    arma::mat test_y;
};

Parts parts_of(const CrossValidation& work, const std::vector<std::size_t>& test) {
    Parts parts;
    std::vector<arma::uword> inside(test.begin(), test.end());
    std::vector<arma::uword> outside;
    for (std::size_t i = 0; i < work.x.n_rows; ++i)
        if (!std::binary_search(test.begin(), test.end(), i)) outside.push_back(i);
    parts.test_x = work.x.rows(arma::uvec(inside));
    parts.test_y = work.y.rows(arma::uvec(inside));
    parts.training.x = work.x.rows(arma::uvec(outside));
    parts.training.y = work.y.rows(arma::uvec(outside));
    parts.training.standardise = work.standardise;
    parts.training.unit_norm = work.unit_norm;
    parts.training.measure();
    return parts;
}

data::Json number_or_null(const std::optional<double>& value) {
    return value && std::isfinite(*value) ? data::Json(*value) : data::Json(nullptr);
}

struct SplitResult {
    data::Json record;
    bool constant_feature = false;
    std::optional<double> sample_size; ///< effective, of importance sampling
};

/// Hands results over in order while they arrive in any.
class InOrder {
public:
    InOrder(const std::vector<SplitResult>& results, const UseRecord& use)
        : results_(results), use_(use), done_(results.size(), 0) {}
    void finished(std::size_t k) {
        if (!use_) return;
        const std::lock_guard lock(mutex_);
        done_[k] = 1;
        for (; next_ < done_.size() && done_[next_] != 0; ++next_)
            use_(results_[next_].record);
    }

private:
    const std::vector<SplitResult>& results_;
    const UseRecord& use_;
    std::mutex mutex_;
    std::vector<char> done_;
    std::size_t next_ = 0;
};

/// The best point of the grid; nothing needs to be evaluated when there is one only.
Trial choose(const CrossValidation& work, const arma::mat& x, const arma::mat& y) {
    if (work.grid.size() > 1 || !(work.options.noise || !work.grid.noise.empty()))
        return best_trial(evaluate_grid(work.network, x, y, work.grid, work.options, {.objective = work.objective}));
    Trial trial;
    if (!work.grid.sigma_w.empty()) trial.sigma_w = work.grid.sigma_w[0];
    if (!work.grid.sigma_b.empty()) trial.sigma_b = work.grid.sigma_b[0];
    trial.noise = work.grid.noise.empty() ? *work.options.noise : work.grid.noise[0];
    trial.scale_prior = work.grid.scale_prior.empty() ? work.options.prior : work.grid.scale_prior[0];
    return trial;
}

SplitResult run_split(const CrossValidation& work, std::size_t index) {
    const Parts parts = parts_of(work, work.splits[index]);
    const arma::mat x = parts.training.working_x();
    const arma::mat y = parts.training.working_y();
    const Trial choice = choose(work, x, y);
    const network::Network network = network_of(work.network, choice);
    const RegressionFit fit = fit_regression(kernel_of(network, x), y, x, options_of(work.options, choice),
                                             work.place + " (rows of the training part)");
    const arma::mat test = parts.training.x_units.apply(parts.test_x);
    const TestKernel kernel = test_kernel(network, x, test);
    PredictionOptions options;
    options.quantiles = {0.05, 0.95};
    const Score observed = score(predict(fit, kernel, options, parts.training.y_units, parts.test_y), work.place);
    options.kind = PredictionKind::latent;
    options.quantiles.clear();
    const Score latent = score(predict(fit, kernel, options, parts.training.y_units, parts.test_y), work.place);

    SplitResult result;
    result.constant_feature = !parts.training.x_units.constant.empty();
    result.sample_size = fit.scale.law.effective_sample_size;
    data::Json& record = result.record;
    record["schema"] = "limsym/cv-split@1";
    record["split"] = index;
    record["n_train"] = x.n_rows;
    record["n_test"] = test.n_rows;
    data::Json chosen = data::Json::object();
    append_choice(chosen, choice);
    record["choice"] = std::move(chosen);
    record["log_evidence"] = fit.log_evidence;
    record["rmse"] = observed.rmse;
    record["mae"] = observed.mae;
    record["nll_observed"] = number_or_null(observed.nll);
    record["nll_latent"] = number_or_null(latent.nll);
    record["coverage_90"] = observed.intervals.front().coverage;
    if (!observed.nll || !latent.nll) record["reasons"] = {{"nll", "a predictive variance is 0"}};
    return result;
}

} // namespace

CrossValidated cross_validate(const CrossValidation& work, const std::vector<std::size_t>& which,
                              const base::MemoryBudget& memory, const base::Monitor& monitor, const UseRecord& use) {
    std::vector<SplitResult> results(which.size());
    InOrder in_order(results, use);
    const auto body = [&](std::size_t k) {
        try {
            results[k] = run_split(work, which[k]);
        } catch (const base::WorkError& error) {
            throw base::WorkError("split " + std::to_string(which[k]), error.what());
        }
        in_order.finished(k);
    };
    const std::uint64_t one = regression_bytes(work.x.n_rows, work.options);
    memory.require(one, "the covariance matrix of a split");
    if (base::saturating_product(one, base::thread_limit()) <= memory.bytes) {
        base::parallel_for(which.size(), body, monitor, "splits");
    } else { // one split at a time, in parallel inside
        for (std::size_t k = 0; k < which.size(); ++k) {
            monitor.advance(static_cast<double>(k), static_cast<double>(which.size()), "splits");
            body(k);
        }
    }
    if (std::any_of(results.begin(), results.end(), [](const SplitResult& r) { return r.constant_feature; }))
        monitor.warning("a feature is constant in the training part of a split; it is taken as 0 there");
    CrossValidated validated;
    for (SplitResult& result : results) {
        if (result.sample_size)
            validated.smallest_sample_size =
                std::min(*result.sample_size, validated.smallest_sample_size.value_or(*result.sample_size));
        validated.records.push_back(std::move(result.record));
    }
    return validated;
}

void append_summary(data::Json& record, const std::vector<data::Json>& splits) {
    record["splits"] = splits.size();
    data::Json mean = data::Json::object();
    data::Json error = data::Json::object();
    bool missing = false;
    for (const char* metric : metrics) {
        std::vector<double> values;
        for (const data::Json& split : splits)
            if (split.contains(metric) && split[metric].is_number()) values.push_back(split[metric].get<double>());
        if (values.size() != splits.size()) {
            mean[metric] = nullptr;
            error[metric] = nullptr;
            missing = true;
            continue;
        }
        const auto count = static_cast<double>(values.size());
        double sum = 0.0;
        for (const double v : values)
            sum += v;
        double squares = 0.0;
        for (const double v : values)
            squares += (v - sum / count) * (v - sum / count);
        mean[metric] = sum / count;
        error[metric] =
            values.size() > 1 ? data::Json(std::sqrt(squares / (count - 1.0) / count)) : data::Json(nullptr);
    }
    record["mean"] = std::move(mean);
    record["stderr"] = std::move(error);
    data::Json reasons = data::Json::object();
    if (splits.size() == 1) reasons["stderr"] = "one split has no standard error";
    if (missing) reasons["mean"] = "a split lacks the value";
    if (!reasons.empty()) record["reasons"] = std::move(reasons);
}

std::string job_of(const CrossValidation& work) {
    data::Json value =
        job_document(work.network, work.x, work.y, work.grid, work.options, work.standardise, work.unit_norm);
    value["splits"] = work.splits;
    value["loo"] = work.objective == Objective::leave_one_out;
    return base::sha256_hex(data::to_text(value));
}

} // namespace limsym::process
