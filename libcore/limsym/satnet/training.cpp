#include "limsym/satnet/training.hpp"

#include <algorithm>
#include <cmath>

#include "limsym/base/error.hpp"
#include "limsym/base/memory.hpp"
#include "limsym/base/random.hpp"
#include "limsym/network/training.hpp"
#include "limsym/numerics/variates.hpp"

namespace limsym::satnet {

Parameters initial_factors(std::size_t order, std::size_t m, std::uint64_t seed) {
    arma::mat S(order, m, arma::fill::none);
    base::RandomStream stream(seed, "symsat initial S");
    numerics::fill_normal(stream, S.memptr(), S.n_elem);
    S *= std::sqrt(0.5 / static_cast<double>(order + m));
    return FactorParameters{std::move(S)};
}

Parameters initial_matrix(std::size_t order, std::uint64_t seed) {
    arma::mat C(order, order, arma::fill::zeros);
    base::RandomStream stream(seed, "symsat initial C");
    const double scale = 0.25 / std::sqrt(static_cast<double>(order));
    for (std::size_t j = 0; j < order; ++j)
        for (std::size_t i = 0; i < j; ++i)
            C(i, j) = C(j, i) = scale * numerics::normal(stream);
    return MatrixParameters{std::move(C)};
}

Parameters initial_orbital(std::shared_ptr<const OrbitalLayout> layout, bool free_upper, std::uint64_t seed) {
    OrbitalParameters orbital;
    orbital.layout = std::move(layout);
    orbital.values.resize(orbital.layout->parameters.size());
    orbital.upper.resize(free_upper ? orbital.layout->classes.degree : orbital.layout->points.count());
    base::RandomStream values(seed, "symsat initial orbitals");
    numerics::fill_normal(values, orbital.values.data(), orbital.values.size());
    for (std::size_t t = 0; t < orbital.values.size(); ++t)
        orbital.values[t] /= std::sqrt(orbital.layout->size(t));
    base::RandomStream upper(seed, "symsat initial row 0");
    numerics::fill_normal(upper, orbital.upper.data(), orbital.upper.size());
    if (!free_upper)
        for (double& value : orbital.upper)
            value *= 0.1;
    return orbital;
}

std::vector<double> flatten(const Parameters& parameters) {
    if (const auto* const factors = std::get_if<FactorParameters>(&parameters))
        return {factors->S.begin(), factors->S.end()};
    std::vector<double> flat;
    if (const auto* const matrix = std::get_if<MatrixParameters>(&parameters)) {
        for (std::size_t j = 0; j < matrix->C.n_cols; ++j)
            for (std::size_t i = 0; i < j; ++i)
                flat.push_back(matrix->C(i, j));
        return flat;
    }
    const auto& orbital = std::get<OrbitalParameters>(parameters);
    for (std::size_t t = 0; t < orbital.values.size(); ++t)
        flat.push_back(orbital.values[t] * std::sqrt(orbital.layout->size(t)));
    flat.insert(flat.end(), orbital.upper.begin(), orbital.upper.end());
    return flat;
}

void unflatten(const std::vector<double>& flat, Parameters& parameters) {
    if (auto* const factors = std::get_if<FactorParameters>(&parameters)) {
        std::copy(flat.begin(), flat.end(), factors->S.begin());
    } else if (auto* const matrix = std::get_if<MatrixParameters>(&parameters)) {
        std::size_t at = 0;
        for (std::size_t j = 0; j < matrix->C.n_cols; ++j)
            for (std::size_t i = 0; i < j; ++i)
                matrix->C(i, j) = matrix->C(j, i) = flat[at++];
    } else {
        auto& orbital = std::get<OrbitalParameters>(parameters);
        const std::size_t count = orbital.values.size();
        for (std::size_t t = 0; t < count; ++t)
            orbital.values[t] = flat[t] / std::sqrt(orbital.layout->size(t));
        std::copy(flat.begin() + static_cast<std::ptrdiff_t>(count), flat.end(), orbital.upper.begin());
    }
}

void train_model(Model& model, const std::vector<Assignment>& records, const TrainingOptions& options,
                 std::string_view resume, const std::function<void(const EpochReport&)>& after,
                 const base::Monitor& monitor, std::size_t first_epoch) {
    network::TrainingPlan plan;
    plan.samples = records.size();
    plan.batch = std::min(options.batch, records.size());
    plan.epochs = options.epochs;
    plan.seed = options.seed;
    plan.schedule = network::ConstantRate{options.rate};
    if (options.optimiser == OptimiserKind::sgd) plan.rule = network::GradientDescent{};
    network::TrainingState<double> state(flatten(model.parameters), plan.rule);
    state.epoch = first_epoch;
    if (!resume.empty()) state.restore(resume);
    BatchGradient batch(model, records, options);
    network::train<double>(
        plan, state,
        [&](std::span<const std::size_t> samples, std::span<const double> flat, std::span<double> gradient) {
            return batch(samples, state.epoch, flat, gradient);
        },
        [&](const network::Epoch& epoch) {
            unflatten(state.parameters, model.parameters);
            const BatchGradient::Tally tally = batch.take_tally();
            const auto share = [](std::size_t part, std::size_t whole) {
                return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
            };
            EpochReport report;
            report.epoch = epoch.number;
            report.loss = epoch.loss;
            report.board = share(tally.boards_right, tally.boards);
            report.cell = share(tally.cells_right, tally.cells);
            report.iters_mean = share(tally.iters, tally.boards);
            report.unconverged = share(tally.unconverged, tally.boards);
            report.state = [&state] { return state.bytes(); };
            if (after) after(report);
            return true;
        },
        monitor);
    unflatten(state.parameters, model.parameters);
}

std::uint64_t training_bytes(const Model& model, const TrainingOptions& options) {
    const std::uint64_t order = model.order();
    const std::uint64_t number = options.precision == Precision::double_ ? sizeof(double) : sizeof(float);
    std::uint64_t parameters = 0;
    std::uint64_t rows = 0;
    if (const auto* const factors = std::get_if<FactorParameters>(&model.parameters))
        parameters = base::saturating_product(order, factors->S.n_cols);
    else
        parameters = std::holds_alternative<MatrixParameters>(model.parameters) ? order * order / 2 : 0;
    const auto* const orbital = std::get_if<OrbitalParameters>(&model.parameters);
    const bool dense = orbital == nullptr || !orbital->layout->sums;
    if (dense) {
        rows = base::saturating_product(2 * order * padded<double>(model.k), options.batch);
        parameters += base::saturating_product(order, order);
    }
    return base::saturating_product(parameters, 6 * sizeof(double)) + base::saturating_product(rows, number);
}

} // namespace limsym::satnet
