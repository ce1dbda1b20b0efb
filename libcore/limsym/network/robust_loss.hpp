// The loss of training with a penalty on the input-output Jacobian, for finite networks and for their limit.
#pragma once

namespace limsym::network {

/// (1/2N) sum_i [ (F(x_i) - y_i)^2 + lambda |grad F(x_i)|^2 ],  F = kappa f,  N = n (mean) or 1 (sum).
struct RobustLoss {
    double lambda = 0.01; ///< >= 0; at 0 the Jacobian drops out
    double kappa = 1.0;   ///< output scale of the network, > 0
    bool mean = true;     ///< loss / n
};

} // namespace limsym::network
