#include "limsym/satnet/spins.hpp"

#include <cmath>

namespace limsym::satnet {

SpinState::SpinState(const Couplings<double>& couplings, std::vector<double> spins)
    : couplings_(&couplings), spins_(std::move(spins)) {
    if (const auto* const c = std::get_if<SumCouplings<double>>(couplings_)) {
        const SumTable& table = *c->table;
        sums_.assign(table.rows, 0.0);
        for (std::size_t i = 1; i < table.order; ++i)
            for (std::uint32_t w = table.write_begin[i]; w < table.write_begin[i + 1]; ++w)
                sums_[table.write_row[w]] += spins_[i];
    } else if (const auto* const f = std::get_if<FactorCouplings<double>>(couplings_)) {
        sums_.assign(f->factors, 0.0);
        for (std::size_t i = 0; i < f->order; ++i)
            for (std::size_t a = 0; a < f->factors; ++a)
                sums_[a] += spins_[i] * f->S[i * f->stride + a];
    } else {
        const auto& d = std::get<DenseCouplings<double>>(*couplings_);
        sums_.assign(d.order, 0.0);
        for (std::size_t i = 0; i < d.order; ++i)
            for (std::size_t j = 0; j < d.order; ++j)
                sums_[i] += d.values[i * d.order + j] * spins_[j];
    }
}

double SpinState::field(std::size_t i) const {
    if (const auto* const c = std::get_if<SumCouplings<double>>(couplings_)) {
        const SumTable& table = *c->table;
        if (i == 0) {
            double field = 0.0;
            for (std::size_t j = 1; j < table.order; ++j)
                field += c->upper[j] * spins_[j];
            return field;
        }
        double field = c->upper[i];
        const double* const coefficients = c->coefficients.data() + table.coefficient_begin[i];
        for (std::uint32_t r = table.read_begin[i]; r < table.read_begin[i + 1]; ++r)
            field += coefficients[r - table.read_begin[i]] * sums_[table.read_row[r]];
        return field;
    }
    if (const auto* const f = std::get_if<FactorCouplings<double>>(couplings_)) {
        double field = -f->squares[i] * spins_[i];
        for (std::size_t a = 0; a < f->factors; ++a)
            field += f->S[i * f->stride + a] * sums_[a];
        return field;
    }
    return sums_[i];
}

double SpinState::energy() const {
    double total = 0.0;
    for (std::size_t i = 0; i < spins_.size(); ++i)
        total += spins_[i] * field(i);
    return total;
}

void SpinState::flip(std::size_t i) {
    const double change = -2.0 * spins_[i];
    spins_[i] = -spins_[i];
    if (const auto* const c = std::get_if<SumCouplings<double>>(couplings_)) {
        const SumTable& table = *c->table;
        for (std::uint32_t w = table.write_begin[i]; w < table.write_begin[i + 1]; ++w)
            sums_[table.write_row[w]] += change;
    } else if (const auto* const f = std::get_if<FactorCouplings<double>>(couplings_)) {
        for (std::size_t a = 0; a < f->factors; ++a)
            sums_[a] += change * f->S[i * f->stride + a];
    } else {
        const auto& d = std::get<DenseCouplings<double>>(*couplings_);
        const double* const row = d.values.data() + i * d.order;
        for (std::size_t j = 0; j < d.order; ++j)
            sums_[j] += change * row[j];
    }
}

void descend(SpinState& state, const std::vector<std::uint32_t>& variables) {
    constexpr double rounding = 1e-12;
    const double scale = 1.0 + std::abs(state.energy());
    for (bool moved = true; moved;) {
        moved = false;
        for (const std::uint32_t i : variables) {
            // x_i -> -x_i changes the energy by -4 x_i field_i
            if (4.0 * state.spins()[i] * state.field(i) <= rounding * scale) continue;
            state.flip(i);
            moved = true;
        }
    }
}

} // namespace limsym::satnet
