#include <variant>

#include "limsym/base/error.hpp"
#include "limsym/kernel/gram.hpp"
#include "limsym/process/gradient_flow.hpp"

namespace limsym::process {

namespace {

/// sigma_b and sigma_w of the last layer.
struct Readout {
    double* sigma_w;
    double* sigma_b;
};

Readout readout_of(network::Network& network) {
    auto& last = network.layers.back().value;
    if (auto* dense = std::get_if<network::Dense>(&last)) return {&dense->sigma_w, &dense->sigma_b};
    auto& convolution = std::get<network::Convolution>(last);
    return {&convolution.sigma_w, &convolution.sigma_b};
}

kernel::Gram<double> in_range(kernel::Gram<double> gram, const network::Network& network) {
    if (gram.log2_scale != 0)
        throw base::WorkError(network.file, "the kernels leave the range of double (factor 2^" +
                                                std::to_string(gram.log2_scale) +
                                                "); try a sigma_w nearer to the critical one");
    return gram;
}

void fill_blocks(FlowBlocks& blocks, const network::Network& network, const arma::mat& x, const arma::mat& test,
                 const kernel::GramOptions& options, const base::Monitor& monitor) {
    kernel::Gram<double> gram = in_range(kernel::gram<double>(network, x, options, monitor), network);
    blocks.covariance = std::move(gram.nngp);
    blocks.tangent = std::move(gram.ntk);
    if (test.n_rows == 0) return;
    gram = in_range(kernel::gram<double>(network, test, x, options, monitor), network);
    blocks.test_covariance = std::move(gram.nngp);
    blocks.test_tangent = std::move(gram.ntk);
    blocks.test_variance = in_range(kernel::gram_diagonal(network, test, {}), network).nngp.col(0);
}

} // namespace

FlowKernels flow_kernels(const network::Network& network, const arma::mat& x, const arma::mat& test,
                         TrainedLayers layers, const base::Monitor& monitor) {
    FlowKernels kernels;
    network::Network scaled = network;
    const Readout readout = readout_of(scaled);
    kernels.fixed_covariance = *readout.sigma_b * *readout.sigma_b;
    *readout.sigma_b = 0.0;
    kernel::GramOptions options;
    options.ntk = layers == TrainedLayers::all && network.layers.size() > 1;
    fill_blocks(kernels.scaled, scaled, x, test, options, monitor);
    if (!options.ntk || !network.standard) return kernels;

    // Standard parameterisation: the gradient of the readout's own weights does not grow with their variance.
    network::Network fixed = network;
    *readout_of(fixed).sigma_w = 0.0;
    options.nngp = false;
    FlowBlocks blocks;
    fill_blocks(blocks, fixed, x, test, options, monitor);
    kernels.fixed_tangent = std::move(blocks.tangent);
    kernels.fixed_test_tangent = std::move(blocks.test_tangent);
    // `scaled` has lost the bias; has_bias of its description stayed, so that both hold the constant of its gradient.
    kernels.scaled.tangent -= kernels.fixed_tangent;
    kernels.scaled.test_tangent -= kernels.fixed_test_tangent;
    return kernels;
}

} // namespace limsym::process
