#include "limsym/network/finite.hpp"

#include <cmath>
#include <string>
#include <vector>

#include <cblas.h>

#include "limsym/base/error.hpp"
#include "limsym/base/memory.hpp"
#include "limsym/numerics/blas.hpp"
#include "limsym/numerics/variates.hpp"

namespace limsym::network {

namespace {

class Forward {
public:
    Forward(const Network& network, std::size_t width, std::size_t outputs, double readout_scale,
            base::RandomStream& stream)
        : network_(network), width_(width), outputs_(outputs), readout_scale_(readout_scale), stream_(stream) {}

    arma::mat run(const arma::mat& x) {
        numerics::use_serial_blas();
        arma::mat state = x;
        layers(network_.layers, "/layers", state, true);
        return state;
    }

private:
    void layers(const std::vector<Layer>& list, const std::string& pointer, arma::mat& state, bool top) {
        for (std::size_t i = 0; i < list.size(); ++i) {
            const bool readout = top && i + 1 == list.size();
            std::visit([&](const auto& layer) { apply(layer, pointer + "/" + std::to_string(i), state, readout); },
                       list[i].value);
        }
    }

    // u = sigma_w / sqrt(fan_in) W h + sigma_b b with standard normal W and b: the law of both parameterisations.
    void apply(const Dense& layer, const std::string& pointer, arma::mat& state, bool readout) {
        if (layer.node_variances) refuse(pointer + "/dense/node_variances", "node_variances");
        const std::size_t units = readout ? outputs_ : layer.width.value_or(width_);
        const std::size_t fan_in = state.n_cols;
        const double fan = input_ && network_.unit_input ? 1.0 : static_cast<double>(fan_in);
        const double scale = layer.sigma_w * (readout ? readout_scale_ : 1.0) / std::sqrt(fan);
        arma::mat weights(fan_in, units, arma::fill::none);
        numerics::fill_normal(stream_, weights.memptr(), weights.n_elem);
        arma::mat next(state.n_rows, units, arma::fill::none);
        cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, static_cast<int>(state.n_rows), static_cast<int>(units),
                    static_cast<int>(fan_in), scale, state.memptr(), static_cast<int>(state.n_rows), weights.memptr(),
                    static_cast<int>(fan_in), 0.0, next.memptr(), static_cast<int>(next.n_rows));
        if (layer.sigma_b > 0) {
            std::vector<double> bias(units);
            numerics::fill_normal(stream_, bias.data(), units);
            for (std::size_t k = 0; k < units; ++k)
                next.col(k) += layer.sigma_b * bias[k];
        }
        state = std::move(next);
        input_ = false;
    }
    void apply(const ActivationLayer& layer, const std::string&, arma::mat& state, bool) {
        const ScalarFunction function = scalar_function(layer.activation);
        for (double& value : state)
            value = function.value(value);
    }
    void apply(const LayerNorm& layer, const std::string&, arma::mat& state, bool) {
        const auto units = static_cast<double>(state.n_cols);
        for (std::size_t i = 0; i < state.n_rows; ++i) {
            double mean = 0.0;
            for (std::size_t k = 0; k < state.n_cols; ++k)
                mean += state(i, k);
            mean /= units;
            double variance = 0.0;
            for (std::size_t k = 0; k < state.n_cols; ++k)
                variance += (state(i, k) - mean) * (state(i, k) - mean);
            const double divisor = std::sqrt(variance / units + layer.eps);
            for (std::size_t k = 0; k < state.n_cols; ++k)
                state(i, k) = (state(i, k) - mean) / divisor;
        }
    }
    void apply(const Dropout& layer, const std::string&, arma::mat& state, bool) {
        for (double& value : state)
            value = stream_.uniform() < layer.keep ? value / layer.keep : 0.0;
    }
    void apply(const Residual& layer, const std::string& pointer, arma::mat& state, bool) {
        arma::mat shortcut = state;
        const bool input = input_;
        layers(layer.branch, pointer + "/residual/branch", state, false);
        input_ = input;
        layers(layer.shortcut, pointer + "/residual/shortcut", shortcut, false);
        if (shortcut.n_cols != state.n_cols)
            throw base::InputError(base::at_pointer(network_.file, pointer + "/residual"),
                                   "branch and shortcut have " + std::to_string(state.n_cols) + " and " +
                                       std::to_string(shortcut.n_cols) + " units; expected as many");
        state += shortcut;
    }
    void apply(const Repeat& layer, const std::string& pointer, arma::mat& state, bool) {
        for (std::size_t k = 0; k < layer.times; ++k)
            layers(layer.layers, pointer + "/repeat/layers", state, false);
    }
    [[noreturn]] void refuse(const std::string& pointer, const std::string& name) const {
        throw base::InputError(base::at_pointer(network_.file, pointer),
                               name + " is not supported in finite networks; expected dense layers");
    }
    void apply(const Convolution&, const std::string& pointer, arma::mat&, bool) { refuse(pointer, "conv"); }
    void apply(const Pool& layer, const std::string& pointer, arma::mat&, bool) {
        refuse(pointer, layer.sum ? "sum_pool" : "avg_pool");
    }
    void apply(const Flatten&, const std::string& pointer, arma::mat&, bool) { refuse(pointer, "flatten"); }
    void apply(const GlobalAveragePool&, const std::string& pointer, arma::mat&, bool) {
        refuse(pointer, "global_avg_pool");
    }
    void apply(const Attention&, const std::string& pointer, arma::mat&, bool) { refuse(pointer, "attention"); }

    const Network& network_;
    std::size_t width_;
    std::size_t outputs_;
    double readout_scale_;
    base::RandomStream& stream_;
    bool input_ = true;
};

} // namespace

arma::mat random_forward(const Network& network, const arma::mat& x, std::size_t width, std::size_t outputs,
                         double readout_scale, base::RandomStream& stream) {
    return Forward(network, width, outputs, readout_scale, stream).run(x);
}

namespace {

// The widest layer of a description whose dense layers have `width` units unless they say otherwise.
std::uint64_t widest(const std::vector<Layer>& layers, std::uint64_t width) {
    std::uint64_t most = width;
    for (const Layer& layer : layers) {
        if (const auto* dense = std::get_if<Dense>(&layer.value))
            most = std::max<std::uint64_t>(most, dense->width.value_or(0));
        if (const auto* repeat = std::get_if<Repeat>(&layer.value))
            most = std::max(most, widest(repeat->layers, width));
        if (const auto* residual = std::get_if<Residual>(&layer.value))
            most = std::max({most, widest(residual->branch, width), widest(residual->shortcut, width)});
    }
    return most;
}

} // namespace

std::uint64_t random_forward_bytes(const Network& network, std::uint64_t rows, std::uint64_t features,
                                   std::uint64_t width) {
    using base::saturating_product;
    constexpr std::uint64_t states = 4;
    const std::uint64_t units = widest(network.layers, width);
    const std::uint64_t numbers =
        std::max(saturating_product(units, std::max(units, features)), saturating_product(states * rows, units));
    return saturating_product(saturating_product(2, numbers), sizeof(double));
}

} // namespace limsym::network
