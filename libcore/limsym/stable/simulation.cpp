#include "limsym/stable/simulation.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>

#include <cblas.h>

#include "limsym/base/error.hpp"
#include "limsym/base/memory.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/numerics/blas.hpp"
#include "limsym/numerics/square_root.hpp"
#include "limsym/stable/law.hpp"
#include "limsym/stable/powers.hpp"

namespace limsym::stable {

namespace {

constexpr std::size_t tile_rows = 64;
constexpr std::size_t tile_columns = 1024;
constexpr std::size_t piece = 2048; // nodes of an aggregated layer that share a stream
constexpr double largest = std::numeric_limits<double>::max();

std::size_t pieces(std::size_t count, std::size_t size) {
    return (count + size - 1) / size;
}

/// Held at the ends of double; a sum of opposite infinities counts as its last finite value would: 0.
void hold_finite(arma::mat& values) {
    for (double& v : values)
        v = std::isnan(v) ? 0.0 : std::clamp(v, -largest, largest);
}

/// Scale of the stable law that a weight is, for stable and Gaussian weights.
std::optional<double> stable_scale(const WeightLaw& law) {
    if (const auto* w = std::get_if<StableWeight>(&law)) return w->scale;
    if (const auto* w = std::get_if<GaussianWeight>(&law)) return w->scale / std::sqrt(2.0);
    return std::nullopt;
}

double log_norming(const WeightLaw& law, double n, SumNorming rule) {
    if (rule == SumNorming::naive) return std::log(n) / limit_index(law);
    if (const auto* w = std::get_if<StableWeight>(&law)) return std::log(w->scale) + std::log(n) / w->alpha;
    if (const auto* w = std::get_if<ParetoWeight>(&law); w != nullptr && w->alpha < 2 && rule != SumNorming::asymptotic)
        return std::log(w->scale) + std::log(n * norming_constant(w->alpha)) / w->alpha;
    return std::log(norming(law, n,
                            rule == SumNorming::exact        ? Norming::exact
                            : rule == SumNorming::asymptotic ? Norming::asymptotic
                                                             : Norming::automatic));
}

} // namespace

double node_scale(const arma::vec& activations, double alpha, double sigma_w, double sigma_b) {
    arma::vec work = activations;
    const double mean =
        power_norm(work.memptr(), work.n_elem, alpha) * std::pow(static_cast<double>(work.n_elem), -1 / alpha);
    return combined_scale(alpha, sigma_w * mean, 1.0, sigma_b);
}

Simulation::Simulation(HeavyNetwork network, arma::mat x, const SimulationOptions& options)
    : network_(std::move(network)), x_(std::move(x)), seed_(options.seed) {
    numerics::use_serial_blas();
    const auto pointed = [&](const HeavyLayer& layer, const std::string& message) {
        return base::InputError(base::at_pointer(network_.file, layer.pointer), message);
    };
    const bool stable = std::all_of(network_.layers.begin(), network_.layers.end(),
                                    [](const HeavyLayer& layer) { return stable_scale(layer.weights).has_value(); });
    const bool applies = stable && x_.n_rows == 1 && options.nodes == 1;
    if (options.mode == SimulationMode::aggregate && !applies)
        throw base::InputError("--mode", std::string("aggregate needs ") +
                                             (!stable          ? "stable or gaussian weights in every layer"
                                              : x_.n_rows != 1 ? "one input"
                                                               : "one node") +
                                             "; expected stream");
    aggregated_ = applies && options.mode != SimulationMode::stream;
    std::size_t fan_in = x_.n_cols;
    for (std::size_t l = 0; l < network_.layers.size(); ++l) {
        const HeavyLayer& layer = network_.layers[l];
        const bool last = l + 1 == network_.layers.size();
        const std::optional<std::size_t> width = options.width ? options.width : layer.width;
        if (!last && !width) throw pointed(layer, "width is missing; expected it here, or --width");
        const Regime regime = regime_of(network_, l);
        if (regime == Regime::super) throw base::WorkError(explain(network_, l));
        const auto n = static_cast<double>(fan_in);
        Step step{last ? options.nodes : *width, fan_in, std::log(layer.sigma_w)};
        if (layer.sigma_w > 0 && (l > 0 || !network_.unit_input)) {
            try {
                step.log_factor -= log_norming(layer.weights, n, options.norming);
            } catch (const base::InputError& error) {
                throw pointed(layer, error.what());
            }
            if (regime == Regime::critical && options.norming != SumNorming::naive) {
                if (fan_in < 2) throw pointed(layer, "a critical layer after one node; expected a width of 2 or more");
                step.log_factor -= std::log(std::log(n)) / layer.alpha;
            }
        }
        const auto units = static_cast<double>(step.units);
        const double tiles =
            aggregated_ ? std::ceil(units / piece) : std::ceil(units / tile_rows) * std::ceil(n / tile_columns);
        if (tiles >= 0x1p32) throw pointed(layer, "more weights than a stream holds; expected a smaller width");
        steps_.push_back(step);
        fan_in = step.units;
    }
}

StreamName Simulation::stream_of(const char* what, std::size_t layer, std::uint64_t net, std::uint64_t tile) const {
    const Step& step = steps_[layer];
    return {seed_,
            "simulate " + std::string(what) + " " + std::to_string(layer) + ": " + std::to_string(step.units) + " x " +
                std::to_string(step.fan_in),
            net << 32U | tile};
}

std::uint64_t Simulation::bytes() const {
    if (aggregated_) return sizeof(double) * piece;
    std::uint64_t widest = x_.n_cols;
    for (const Step& step : steps_)
        widest = std::max<std::uint64_t>(widest, step.units);
    const std::uint64_t tiles = sizeof(double) * tile_rows * tile_columns * base::thread_limit();
    return base::saturating_product(base::saturating_product(widest, x_.n_rows), 3 * sizeof(double)) + tiles;
}

arma::mat Simulation::outputs(std::uint64_t net) const {
    arma::mat result = aggregated_ ? arma::mat(1, 1, arma::fill::value(aggregate(net))) : stream(net);
    hold_finite(result);
    return result;
}

double Simulation::power_sum(std::uint64_t net, std::size_t layer, double sigma) const {
    const HeavyLayer& here = network_.layers[layer];
    const HeavyLayer& next = network_.layers[layer + 1];
    const std::size_t units = steps_[layer].units;
    std::vector<double> sums(pieces(units, piece));
    base::parallel_for(sums.size(), [&](std::size_t p) {
        std::array<double, piece> z;
        const std::size_t size = std::min(piece, units - p * piece);
        fill_stable(here.alpha, sigma, stream_of("nodes", layer, net, p), z.data(), size);
        apply_activation(next, z.data(), size);
        sums[p] = power_sum_in_place(z.data(), size, next.alpha);
    });
    double total = 0.0;
    for (const double sum : sums)
        total += sum;
    return total;
}

double Simulation::aggregate(std::uint64_t net) const {
    arma::vec input = arma::vectorise(x_);
    double sum = power_sum_in_place(input.memptr(), input.n_elem, network_.layers[0].alpha);
    for (std::size_t l = 0;; ++l) {
        const HeavyLayer& layer = network_.layers[l];
        const double unit = steps_[l].log_factor + std::log(*stable_scale(layer.weights));
        const double sigma =
            combined_scale(layer.alpha, std::exp(unit + std::log(sum) / layer.alpha), 1.0, layer.sigma_b);
        if (l + 1 == network_.layers.size()) {
            double value = 0.0;
            fill_stable(layer.alpha, sigma, stream_of("nodes", l, net, 0), &value, 1);
            return value;
        }
        sum = power_sum(net, l, sigma);
    }
}

arma::mat Simulation::stream(std::uint64_t net) const {
    arma::mat state = x_.t();
    for (std::size_t l = 0; l < network_.layers.size(); ++l) {
        if (l > 0) apply_activation(network_.layers[l], state.memptr(), state.n_elem);
        state = next_layer(net, l, state);
    }
    return state;
}

// before: fan_in x k; the result: units x k
arma::mat Simulation::next_layer(std::uint64_t net, std::size_t layer, const arma::mat& before) const {
    const HeavyLayer& here = network_.layers[layer];
    const std::size_t units = steps_[layer].units;
    const std::size_t fan_in = before.n_rows;
    const std::size_t k = before.n_cols;
    const double factor = std::exp(steps_[layer].log_factor);
    const bool gaussian = here.alpha == 2 && stable_scale(here.weights) && k > 1 && k <= fan_in;
    arma::mat root; // of the covariance of a node at the k inputs
    if (gaussian) {
        const double scale = factor * *stable_scale(here.weights);
        const arma::mat gram = before.t() * before;
        root = numerics::square_root(2 * scale * scale * gram);
    }
    arma::mat after(units, k, arma::fill::none);
    base::parallel_for(pieces(units, tile_rows), [&](std::size_t t) {
        const std::size_t first = t * tile_rows;
        const std::size_t rows = std::min(tile_rows, units - first);
        arma::mat sum(rows, k, arma::fill::zeros);
        if (gaussian) {
            arma::mat normals(rows, k, arma::fill::none);
            fill_weights(GaussianWeight{}, stream_of("weights", layer, net, t), normals.memptr(), normals.n_elem);
            sum = normals * root.t();
        } else if (factor > 0) {
            const std::size_t columns_of_tiles = pieces(fan_in, tile_columns);
            arma::mat rest(rows, k, arma::fill::zeros); // what rounding loses
            arma::mat part(rows, k, arma::fill::none);
            arma::mat weights(rows, std::min(fan_in, tile_columns), arma::fill::none);
            for (std::size_t c = 0; c < columns_of_tiles; ++c) {
                const std::size_t begin = c * tile_columns;
                const std::size_t columns = std::min(tile_columns, fan_in - begin);
                fill_weights(here.weights, stream_of("weights", layer, net, t * columns_of_tiles + c), weights.memptr(),
                             rows * columns);
                cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, static_cast<int>(rows), static_cast<int>(k),
                            static_cast<int>(columns), 1.0, weights.memptr(), static_cast<int>(rows),
                            before.memptr() + begin, static_cast<int>(fan_in), 0.0, part.memptr(),
                            static_cast<int>(rows));
                // one weight may be larger than all others together by many orders of magnitude
                add_compensated(sum.memptr(), rest.memptr(), part.memptr(), part.n_elem);
            }
            for (std::size_t i = 0; i < sum.n_elem; ++i)
                sum[i] = factor * (std::isfinite(rest[i]) ? sum[i] + rest[i] : sum[i]);
        }
        if (here.sigma_b > 0) {
            std::array<double, tile_rows> bias;
            fill_stable(here.alpha, here.sigma_b, stream_of("bias", layer, net, t), bias.data(), rows);
            for (std::size_t j = 0; j < k; ++j)
                for (std::size_t i = 0; i < rows; ++i)
                    sum(i, j) += bias[i];
        }
        after.submat(first, 0, arma::size(rows, k)) = sum;
    });
    return after;
}

} // namespace limsym::stable
