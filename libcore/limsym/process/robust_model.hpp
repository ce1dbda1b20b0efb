// A trained wide network as a document, limsym/jac-model@1, and attacks on it.
#pragma once

#include <armadillo>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "limsym/base/monitor.hpp"
#include "limsym/base/output.hpp"
#include "limsym/data/json.hpp"
#include "limsym/data/standardisation.hpp"
#include "limsym/network/network.hpp"
#include "limsym/process/robust_features.hpp"

namespace limsym::process {

/// z(x) = -kappa^2 Theta(x, X) alpha(t) in the network's coordinates.
struct RobustModel {
    network::Network network;
    RobustLoss loss;
    std::vector<TrainingTime> times;
    arma::mat x;                  ///< n x d, standardised
    std::vector<arma::vec> alpha; ///< of every time, n (d + 1)
    std::vector<std::string> features;
    std::string target;
    bool standardised = false;
    data::Standardisation x_units; ///< original units to those of x
    double y_mean = 0.0;
    double y_scale = 1.0;
};

/// A time of a model: a number, "inf", or {"rate","steps"} of gradient descent.
[[nodiscard]] data::Json to_json(const TrainingTime& time);
/// @param head "schema", "tool", ... that the document begins with
void write_robust_model(const base::ByteSink& sink, const RobustModel& model, const data::Json& head);
/// @throws InputError at FILE:/pointer
[[nodiscard]] RobustModel read_robust_model(const std::string& file);

/// Mean losses of a model whose inputs are moved within a ball of some radius.
struct AttackLoss {
    double radius;
    double clean;       ///< mean (f - y)^2
    double first_order; ///< mean (|f - y| + radius |grad f|_dual)^2
    double ascent; ///< mean of the largest (f(x + delta) - y)^2 seen along projected gradient ascent from delta = 0
};
struct AttackOptions {
    std::vector<double> radii; ///< in standardised coordinates, >= 0
    BallNorm norm = BallNorm::l2;
    std::size_t steps = 20; ///< of length 2.5 radius/steps
    std::size_t time = 0;   ///< index of the model's times
};
/// @param x m x d, original units @param y m targets
[[nodiscard]] std::vector<AttackLoss> attack(const RobustModel& model, const arma::mat& x, const arma::vec& y,
                                             const AttackOptions& options, const base::Monitor& monitor = {});

} // namespace limsym::process
