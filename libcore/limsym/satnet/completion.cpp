#include "limsym/satnet/completion.hpp"

#include <algorithm>
#include <cmath>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/base/random.hpp"
#include "limsym/numerics/variates.hpp"

namespace limsym::satnet {

namespace {

constexpr double no_pull = 1e-13; // |g| below that part of the couplings' sizes is rounding

bool is_whole(double x) {
    return x == 0.0 || x == 1.0;
}

double spin_of(double x) {
    return x == 1.0 ? 1.0 : -1.0;
}

/// sum over j of |C_ij|, j != i
std::vector<double> coupling_sizes(const Model& model) {
    const arma::mat C = coupling_matrix(model);
    std::vector<double> sizes(C.n_cols, 0.0);
    for (std::size_t j = 0; j < C.n_cols; ++j)
        for (std::size_t i = 0; i < C.n_rows; ++i)
            if (i != j) sizes[j] += std::abs(C(i, j));
    return sizes;
}

} // namespace

Rounding parse_rounding(std::string_view text, std::string_view option) {
    const std::size_t colon = text.find(':');
    const std::string_view name = text.substr(0, colon);
    Rounding rounding;
    if (name == "prob" && colon == std::string_view::npos) {
        rounding.rule = RoundingRule::prob;
    } else if (name == "argmax" && colon == std::string_view::npos) {
        rounding.rule = RoundingRule::argmax;
    } else if (name == "hyperplane") {
        rounding.rule = RoundingRule::hyperplane;
        if (colon != std::string_view::npos) {
            std::string_view number = text.substr(colon + 1);
            if (number.starts_with("T=")) number.remove_prefix(2);
            const auto trials = base::parse_integer(number);
            if (!trials || *trials < 1 || *trials > 100'000'000)
                throw base::InputError(option,
                                       "'" + base::quoted(text) + "'; expected hyperplane:T with T >= 1 trials");
            rounding.trials = static_cast<std::size_t>(*trials);
        }
    } else {
        throw base::InputError(option, "'" + base::quoted(text) + "'" +
                                           base::did_you_mean(name, {"prob", "argmax", "hyperplane"}) +
                                           "; expected prob, argmax or hyperplane[:T]");
    }
    return rounding;
}

std::string to_text(const Rounding& rounding) {
    if (rounding.rule == RoundingRule::hyperplane) return "hyperplane:" + std::to_string(rounding.trials);
    return rounding.rule == RoundingRule::prob ? "prob" : "argmax";
}

void round_cells(const std::vector<std::size_t>& cells, const std::vector<double>& known, const std::vector<double>& z,
                 std::vector<double>& x) {
    std::size_t begin = 0;
    for (const std::size_t size : cells) {
        std::optional<std::size_t> best;
        bool has_one = false;
        for (std::size_t i = begin; i < begin + size; ++i) {
            if (!is_unknown(known[i])) {
                x[i] = known[i] >= 0.5 ? 1.0 : 0.0;
                has_one = has_one || x[i] == 1.0;
                continue;
            }
            x[i] = 0.0;
            if (!best || z[i] > z[*best]) best = i;
        }
        if (size == 1)
            x[begin] = z[begin] >= 0.5 ? 1.0 : 0.0;
        else if (best && !has_one)
            x[*best] = 1.0;
        begin += size;
    }
}

Completer::Completer(const Model& model, CompletionOptions options)
    : model_(&model), options_(options), couplings_(couplings_of<double>(model.parameters)),
      rough_couplings_(couplings_of<float>(model.parameters)), scale_(coupling_sizes(model)), pool_(couplings_),
      rough_pool_(rough_couplings_) {}

// Most sweeps of a large problem run in single precision; double precision ends with the same stop.
ForwardResult Completer::solve(BoardSolver<double>& solver, const std::vector<double>& x, Start& start) {
    constexpr std::size_t large = 64;
    constexpr double rough_eps = 1e-11; // gains below that part of the first drown in single precision's roundings
    StopRule stop = options_.stop;
    std::size_t before = 0;
    if (start.order.size() >= large && stop.eps >= rough_eps) {
        rough_pool_.with([&](BoardSolver<float>& rough) {
            rough.load(x, start);
            const ForwardResult result = rough.forward_accelerated(stop);
            rough.export_vectors(start);
            before = result.iters;
            stop.least = stop.eps * result.decreases.front();
        });
        constexpr std::size_t few = 8; // sweeps that double precision may always make
        stop.max_iter = std::max(stop.max_iter - before, few);
    }
    solver.load(x, start);
    ForwardResult result = solver.forward_accelerated(stop);
    result.iters += before;
    return result;
}

Completion Completer::complete(const std::vector<double>& x, std::uint64_t index) {
    Completion result;
    pool_.with([&](BoardSolver<double>& solver) {
        Start start = random_start(x, model_->aux, options_.k.value_or(model_->k), options_.seed, "complete", index);
        const ForwardResult forward = solve(solver, x, start);
        result.iters = forward.iters;
        result.converged = forward.converged || solver.unknown() == 0;
        result.z = x;
        for (std::size_t p = 0; p < solver.unknown(); ++p) {
            const std::size_t i = solver.variable(p);
            if (i > model_->n) continue;
            if (solver.norm(p) <= no_pull * scale_[i]) {
                result.z[i - 1] = 0.5;
                result.undetermined.push_back(i);
            } else {
                result.z[i - 1] = solver.output(p).z;
            }
        }
        std::sort(result.undetermined.begin(), result.undetermined.end());
        result.sdp = solver.energy();
        round(result, x, solver, index);
    });
    result.violations = violated(*model_, result.x);
    return result;
}

void Completer::round(Completion& result, const std::vector<double>& x, const BoardSolver<double>& solver,
                      std::uint64_t index) const {
    const std::size_t n = model_->n;
    std::vector<double> rounded(n);
    if (options_.rounding.rule == RoundingRule::argmax && !model_->cells.empty()) {
        round_cells(model_->cells, x, result.z, rounded);
    } else {
        for (std::size_t i = 0; i < n; ++i)
            rounded[i] = result.z[i] >= 0.5 ? 1.0 : 0.0;
    }
    for (const std::size_t i : result.undetermined)
        if (options_.rounding.rule != RoundingRule::argmax || model_->cells.empty()) rounded[i - 1] = 0.0;
    std::vector<double> spins(model_->order(), 1.0);
    for (std::size_t i = 0; i < n; ++i)
        spins[i + 1] = spin_of(rounded[i]);
    std::vector<std::uint32_t> movable;
    for (std::size_t p = 0; p < solver.unknown(); ++p) {
        const std::uint32_t i = solver.variable(p);
        movable.push_back(i);
        if (i > n) spins[i] = solver.output(p).z >= 0.5 ? 1.0 : -1.0;
    }
    if (options_.rounding.rule == RoundingRule::hyperplane) {
        base::RandomStream stream(options_.seed, "complete hyperplane", index);
        std::vector<double> normal(solver.dimension());
        std::optional<double> best;
        std::vector<double> trial = spins;
        for (std::size_t t = 0; t < options_.rounding.trials; ++t) {
            numerics::fill_normal(stream, normal.data(), normal.size());
            for (std::size_t p = 0; p < solver.unknown(); ++p) {
                const double* const v = solver.vector(p);
                double along = 0.0;
                for (std::size_t l = 0; l < normal.size(); ++l)
                    along += v[l] * normal[l];
                trial[solver.variable(p)] = (along >= 0.0) == (normal[0] >= 0.0) ? 1.0 : -1.0;
            }
            for (const std::size_t i : result.undetermined)
                trial[i] = -1.0;
            SpinState state(couplings_, trial);
            if (options_.rounding.local_search) descend(state, movable);
            const double energy = state.energy();
            if (best && energy >= *best) continue;
            best = energy;
            spins = state.spins();
        }
        result.objective = *best;
    } else {
        SpinState state(couplings_, spins);
        if (options_.rounding.local_search) descend(state, movable);
        result.objective = state.energy();
        spins = state.spins();
    }
    result.x.resize(n);
    for (std::size_t i = 0; i < n; ++i)
        result.x[i] = !is_unknown(x[i]) && is_whole(x[i]) ? x[i] : (spins[i + 1] > 0.0 ? 1.0 : 0.0);
}

} // namespace limsym::satnet
