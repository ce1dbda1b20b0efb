#include "limsym/process/trial.hpp"

#include <nlohmann/json.hpp>

#include "limsym/base/error.hpp"

namespace limsym::process {

namespace {

data::Json number_or_null(const std::optional<double>& value) {
    return value ? data::Json(*value) : data::Json(nullptr);
}

std::optional<double> optional_number(const data::Json& record, const char* key) {
    const auto found = record.find(key);
    if (found == record.end() || !found->is_number()) return std::nullopt;
    return found->get<double>();
}

[[noreturn]] void all_failed(const std::string& reason) {
    throw base::WorkError("no trial can be fitted; the first: " + reason);
}

} // namespace

std::optional<std::size_t> best_of(const std::vector<std::optional<double>>& objectives) {
    std::optional<std::size_t> best;
    for (std::size_t i = 0; i < objectives.size(); ++i)
        if (objectives[i] && (!best || *objectives[i] > *objectives[*best])) best = i;
    return best;
}

const Trial& best_trial(const std::vector<Trial>& trials) {
    std::vector<std::optional<double>> objectives;
    for (const Trial& trial : trials)
        objectives.push_back(trial.objective);
    const auto best = best_of(objectives);
    if (!best) all_failed(trials.front().reason);
    return trials[*best];
}

network::Network network_of(const network::Network& network, const Trial& trial) {
    return network::with_scales(network, trial.sigma_w, trial.sigma_b);
}

RegressionOptions options_of(const RegressionOptions& options, const Trial& trial) {
    RegressionOptions result = options;
    result.noise = trial.noise;
    result.prior = trial.scale_prior;
    return result;
}

void append_choice(data::Json& record, const Trial& trial) {
    record["sigma_w"] = number_or_null(trial.sigma_w);
    record["sigma_b"] = number_or_null(trial.sigma_b);
    record["noise"] = trial.noise;
    record["scale_prior"] = to_json(trial.scale_prior);
}

data::Json trial_record(const Trial& trial) {
    data::Json record{{"schema", "limsym/nngp-trial@1"}, {"trial", trial.index}};
    append_choice(record, trial);
    record["log_evidence"] = number_or_null(trial.log_evidence);
    record["objective"] = number_or_null(trial.objective);
    if (!trial.objective) record["reason"] = trial.reason;
    return record;
}

void append_best(data::Json& record, const std::string& by, const std::vector<data::Json>& trials,
                 const network::Network& network) {
    std::vector<std::optional<double>> objectives;
    for (const data::Json& trial : trials)
        objectives.push_back(optional_number(trial, "objective"));
    const auto best = best_of(objectives);
    if (!best) all_failed(trials.empty() ? "there is none" : trials.front().value("reason", ""));
    data::Json chosen = trials[*best];
    chosen.erase("schema");
    record["by"] = by;
    record["trials"] = trials.size();
    record["best"] = chosen;
    record["network"] = network::to_json_with_scales(
        network::with_scales(network, optional_number(chosen, "sigma_w"), optional_number(chosen, "sigma_b")));
}

} // namespace limsym::process
