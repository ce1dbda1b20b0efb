// Laws of node variances: lambda_{p,j}, the variance shared by all weights that leave node j of a layer of width p.
//
// Text: family[:key=value,...], independent terms joined by '+' ("constant:c=0.2+gamma:eta=1,beta=2"). C is standard
// Cauchy, IG inverse gamma, Ga(shape, rate). The limits p -> infinity are those of levy_measure.hpp, the laws at finite
// p those of node_law.hpp. Source: Lee, Ayed, Jung, Lee, Yang, Caron, JMLR 24 (2023).
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <variant>
#include <vector>

namespace limsym::mixture {

/// c / p: iid Gaussian weights.
struct Constant {
    double c = 1.0;
};
/// IG(shape, scale) / p for shape > 1, / (p ln p) for shape = 1, / p^(1/shape) for shape < 1.
struct InverseGamma {
    double shape = 2.0;
    double scale = 1.0;
};
/// Ga((m + 1) / 2, p (m + 1) / (2 c)) with m outputs: columns of density exp(-const ||w||).
struct GroupLasso {
    double c = 1.0;
    double outputs = 1.0; ///< a whole number >= 1
};
/// Ga(eta / p, beta)
struct Gamma {
    double eta = 1.0;
    double beta = 1.0;
};
/// Beta(eta / p, b)
struct Beta {
    double eta = 0.5;
    double b = 0.5;
};
/// Ga(eta / p, 1) / Ga(b, 1)
struct BetaPrime {
    double eta = 1.0;
    double b = 2.5;
};
/// (s C / p)^2
struct Horseshoe {
    double s = 1.5707963267948966; // pi / 2
};
/// S / (1 + c S), S = (s C / p)^2
struct RegularisedHorseshoe {
    double s = 1.0;
    double c = 1.0;
};
/// (c / (p U))^(1 / alpha), U uniform: Pareto
struct Stable {
    double alpha = 0.5;
    double c = 1.0;
};
/// `value` with probability c / p, else 0
struct Bernoulli {
    double c = 1.0;
    double value = 1.0;
};
/// Ga(shape, rate) with probability c / p, else spike / p
struct SpikeSlab {
    double c = 1.0;
    double shape = 1.0;
    double rate = 1.0;
    double spike = 0.0;
};
/// Exponentially tilted BFRY
struct Ggp {
    double alpha = 0.5;
    double beta = 1.0;
    double eta = 1.0;
};
/// Generalised BFRY, scaled to limiting mean `mean`
struct Gbfry {
    double alpha = 0.5;
    double tau = 2.0;
    double mean = 1.0;

    [[nodiscard]] double eta() const { return tau - alpha; }
    [[nodiscard]] double scale() const { return mean * (tau - 1.0) / (tau - alpha); }
};

using Family = std::variant<Constant, InverseGamma, GroupLasso, Gamma, Beta, BetaPrime, Horseshoe, RegularisedHorseshoe,
                            Stable, Bernoulli, SpikeSlab, Ggp, Gbfry>;

/// The law of the sum of independent variances, at least one.
struct Prior {
    std::vector<Family> terms;
};

/// @param place names the text in messages ("--prior", "m.json:/layers/2/dense/node_variances/prior")
/// @throws InputError "PLACE: unknown family 'hoarseshoe'; did you mean horseshoe?" and its like
[[nodiscard]] Prior parse_prior(const std::string& text, const std::string& place = "--prior");

/// "gbfry", "inverse-gamma", ...
[[nodiscard]] std::string family_name(const Family& family);
/// Canonical text: every key with its value. parse_prior reads it back to the same law.
[[nodiscard]] std::string to_text(const Prior& prior);

/// Families that need c <= width.
/// @throws InputError "PLACE: bernoulli: c: 20 is out of range; expected c <= width"
void check_width(const Prior& prior, double width, const std::string& place = "--prior");

} // namespace limsym::mixture
