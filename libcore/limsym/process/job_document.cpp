#include "limsym/process/job_document.hpp"

#include <nlohmann/json.hpp>

#include "limsym/base/version.hpp"
#include "limsym/data/matrix.hpp"

namespace limsym::process {

data::Json job_document(const network::Network& network, const arma::mat& x, const arma::mat& y, const Grid& grid,
                        const RegressionOptions& options, Standardise standardise, bool unit_norm) {
    data::Json value = data::Json::object();
    value["version"] = std::string(base::version());
    value["network"] = network::network_sha256(network);
    value["x"] = data::matrix_sha256(x);
    value["y"] = data::matrix_sha256(y);
    value["grid"] = to_json(grid);
    std::vector<data::Json> priors{to_json_with_atoms(options.prior)};
    for (const ScalePrior& prior : grid.scale_prior)
        priors.push_back(to_json_with_atoms(prior));
    value["priors"] = std::move(priors);
    value["noise"] = options.noise ? data::Json(*options.noise) : data::Json("auto");
    value["fixed"] = options.noise_model == NoiseModel::fixed;
    value["jitter"] = options.jitter.automatic ? data::Json("auto") : data::Json(options.jitter.value);
    value["inference"] = options.inference == ScaleInference::importance;
    value["samples"] = options.importance.samples;
    value["proposal"] = options.importance.proposal == Proposal::prior;
    value["seed"] = options.importance.seed;
    value["standardise"] = std::string(standardise_name(standardise));
    value["unit_norm"] = unit_norm;
    return value;
}

} // namespace limsym::process
