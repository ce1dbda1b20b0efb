// One step of the kernel recursion as a document: {"activation","sigma_w","sigma_b","a","points":[J],"normals":[J x n],
// "K":[n x n] | "inputs":[n x d]}.
#pragma once

#include <armadillo>
#include <string>
#include <vector>

#include "limsym/mixture/random_kernel.hpp"

namespace limsym::mixture {

struct StepDocument {
    KernelStep step;
    std::vector<double> points;
    arma::mat normals; ///< J x n
    arma::mat k;       ///< n x n; of inputs: sigma_b^2 + sigma_w^2 x.x'/d
};

/// @throws InputError "step.json:/normals/1: 2 numbers; expected 3", "step.json:/K: not positive semidefinite ..."
[[nodiscard]] StepDocument read_step(const std::string& file);
/// The next kernel, with zeta = R normals^T, R the lower Cholesky factor of K (a root by eigenvectors where K is
/// singular).
[[nodiscard]] arma::mat apply_step(const StepDocument& document);

} // namespace limsym::mixture
