// Laws of single weights, symmetric, each in the domain of attraction of a stable law, and the constants a_n by which
// their sums are divided: a_n^-1 sum_{j<=n} W_j -> S_alpha(1).
//
// a_n = inf{t > 0 : t^-alpha L0(t) <= 1/n} with L0(t) = C_alpha t^alpha P(|W| > t) for alpha < 2 (a_n is then the
// quantile of |W| with upper tail 1/(n C_alpha)) and L0(t) = int_0^t y P(|W| > y) dy for alpha = 2.
#pragma once

#include <armadillo>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace limsym::stable {

/// S_alpha(scale)
struct StableWeight {
    double alpha;
    double scale = 1.0;
};
/// P(|W| > t) = (t/scale)^-alpha, t >= scale; alpha > 0
struct ParetoWeight {
    double alpha;
    double scale = 1.0;
};
/// scale times Student's t with nu > 0 degrees of freedom
struct StudentWeight {
    double nu;
    double scale = 1.0;
};
/// P(|W| > t) = t^-alpha (1 + c log t), t >= 1; 0 < alpha < 2, 0 <= c <= alpha
struct LogParetoWeight {
    double alpha;
    double c;
};
/// N(0, scale^2)
struct GaussianWeight {
    double scale = 1.0;
};
/// uniform on [-scale, scale]
struct UniformWeight {
    double scale = 1.0;
};
/// density exp(-|w|/scale)/(2 scale)
struct LaplaceWeight {
    double scale = 1.0;
};
/// scale or -scale
struct RademacherWeight {
    double scale = 1.0;
};

using WeightLaw = std::variant<StableWeight, ParetoWeight, StudentWeight, LogParetoWeight, GaussianWeight,
                               UniformWeight, LaplaceWeight, RademacherWeight>;

/// "stable", "pareto", ...
[[nodiscard]] std::string_view family_name(const WeightLaw& law);
/// The parameters by their names, in the order of the structs above.
[[nodiscard]] std::map<std::string, double> parameters_of(const WeightLaw& law);
/// The names of all families, in the order of the page.
[[nodiscard]] const std::vector<std::string>& family_names();

/// What is wrong with a family or one of its parameters; `parameter` is empty when it is the family itself.
struct WeightProblem {
    std::string parameter;
    std::string message;
};
/// A law from its name and parameters. @param alpha the index that stable, pareto, student (below 2) and logpareto take
/// when the parameters do not say it; nothing: they must say it (norming), as logpareto then does
[[nodiscard]] std::variant<WeightLaw, WeightProblem> make_weight_law(const std::string& family,
                                                                     const std::map<std::string, double>& parameters,
                                                                     std::optional<double> alpha);

/// The index of the stable law that attracts the sums.
[[nodiscard]] double limit_index(const WeightLaw& law);
/// +infinity where there is none.
[[nodiscard]] double variance(const WeightLaw& law);

enum class Norming {
    automatic,  ///< asymptotic where the variance is finite, else exact
    exact,      ///< the infimum
    asymptotic, ///< sqrt(n variance/2)
};
[[nodiscard]] std::string_view norming_name(Norming norming);
/// The rule that `automatic` stands for.
[[nodiscard]] Norming resolved(const WeightLaw& law, Norming norming);

/// a_n for n >= 1. Stable weights have scale n^(1/alpha) exactly under either rule.
/// @throws InputError where the infimum is 0 (n < 3 at alpha 2 under the exact rule), or `asymptotic` without a
/// variance
[[nodiscard]] double norming(const WeightLaw& law, double n, Norming rule = Norming::automatic);

/// a_n of numbers as they were measured: the (floor(m/(n C_alpha)) + 1)-th largest |w|, alpha < 2.
struct EmpiricalNorming {
    double value;
    bool beyond_data; ///< m < n C_alpha: the largest |w|, for want of more
};
[[nodiscard]] EmpiricalNorming empirical_norming(const arma::vec& sorted_magnitudes, double alpha, double n);

/// The name of a random stream, as base::RandomStream takes it.
struct StreamName {
    std::uint64_t seed = 0;
    std::string purpose;
    std::uint64_t index = 0;
};

/// Independent weights; each uses a fixed number of words of the stream, so that the i-th does not depend on `count`.
void fill_weights(const WeightLaw& law, const StreamName& stream, double* out, std::size_t count);
/// Independent variates of S_alpha(sigma), likewise.
void fill_stable(double alpha, double sigma, const StreamName& stream, double* out, std::size_t count);

} // namespace limsym::stable
