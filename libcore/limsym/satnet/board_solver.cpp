#include "limsym/satnet/board_solver.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <type_traits>

namespace limsym::satnet {

namespace {

constexpr double pi = 3.14159265358979323846;
constexpr double smallest_sine = 1e-12; // below, the tangent does not exist

template <typename T>
void add_rows(std::size_t count, const T* c, const T* from, T* to) {
    for (std::size_t i = 0; i < count; ++i)
        to[i] += *c * from[i];
}

} // namespace

template <typename T>
BoardSolver<T>::BoardSolver(const Couplings<T>& couplings)
    : couplings_(&couplings), order_of_(satnet::order_of(couplings)) {}

template <typename T>
std::size_t BoardSolver<T>::row_of(std::size_t position) const {
    return std::holds_alternative<SumCouplings<T>>(*couplings_) ? order_[position] : position;
}

template <typename T>
const T* BoardSolver<T>::vector(std::size_t position) const {
    return v_.data() + row_of(position) * stride_;
}

template <typename T>
const T* BoardSolver<T>::adjoint_vector(std::size_t position) const {
    return u_.data() + row_of(position) * stride_;
}

template <typename T>
void BoardSolver<T>::load(std::span<const double> x, const Start& start) {
    if (start.k < 2 || start.sides.size() != x.size() || x.size() >= order_of_)
        throw std::invalid_argument("BoardSolver::load: sizes");
    k_ = start.k;
    stride_ = padded<T>(k_);
    order_ = start.order;
    known_.assign(1, 0);
    known0_.assign(1, T{1});
    known1_.assign(1, T{0});
    for (std::size_t i = 0; i < x.size(); ++i) {
        if (is_unknown(x[i])) continue;
        known_.push_back(static_cast<std::uint32_t>(i + 1));
        const bool whole = x[i] == 0.0 || x[i] == 1.0;
        known0_.push_back(static_cast<T>(whole ? (x[i] == 0.0 ? -1.0 : 1.0) : -std::cos(pi * x[i])));
        known1_.push_back(static_cast<T>(whole ? 0.0 : start.sides[i] * std::sin(pi * x[i])));
    }
    const std::size_t count = order_.size();
    if (known_.size() + count != order_of_)
        throw std::invalid_argument("BoardSolver::load: an order of other variables");
    const auto* const sums = std::get_if<SumCouplings<T>>(couplings_);
    v_.resize((sums != nullptr ? sums->table->rows : count) * stride_);
    for (std::size_t p = 0; p < count; ++p) {
        const double* const from = start.directions.data() + p * k_;
        double square = 0.0;
        for (std::size_t l = 0; l < k_; ++l)
            square += from[l] * from[l];
        const double scale = square > 0.0 ? 1.0 / std::sqrt(square) : 0.0;
        T* const to = v_.data() + row_of(p) * stride_;
        for (std::size_t l = 0; l < k_; ++l)
            to[l] = static_cast<T>(scale * from[l]);
    }
    norms_.assign(count, T{0});
    scratch_.resize(stride_);
    if (sums != nullptr)
        load_sums(*sums);
    else if (const auto* const factors = std::get_if<FactorCouplings<T>>(couplings_))
        load_factors(*factors);
    else
        load_dense(std::get<DenseCouplings<T>>(*couplings_));
}

template <typename T>
void BoardSolver<T>::load_dense(const DenseCouplings<T>& c) {
    const std::size_t count = order_.size();
    block_stride_ = padded<T>(count);
    block_.resize(count * block_stride_);
    pull0_.assign(count, T{0});
    pull1_.assign(count, T{0});
    for (std::size_t p = 0; p < count; ++p) {
        const T* const row = c.values.data() + order_[p] * c.order;
        T* const to = block_.data() + p * block_stride_;
        for (std::size_t q = 0; q < count; ++q)
            to[q] = row[order_[q]];
        double pull0 = 0.0;
        double pull1 = 0.0;
        for (std::size_t q = 0; q < known_.size(); ++q) {
            const double coupling = static_cast<double>(row[known_[q]]);
            pull0 += coupling * static_cast<double>(known0_[q]);
            pull1 += coupling * static_cast<double>(known1_[q]);
        }
        pull0_[p] = static_cast<T>(pull0);
        pull1_[p] = static_cast<T>(pull1);
    }
}

template <typename T>
void BoardSolver<T>::load_factors(const FactorCouplings<T>& c) {
    const std::size_t count = order_.size();
    block_stride_ = c.stride;
    block_.resize(count * c.stride);
    squares_.resize(count);
    for (std::size_t p = 0; p < count; ++p) {
        std::copy_n(c.S.data() + order_[p] * c.stride, c.stride, block_.data() + p * c.stride);
        squares_[p] = c.squares[order_[p]];
    }
    rebuild_sums();
}

template <typename T>
void BoardSolver<T>::load_sums(const SumCouplings<T>& c) {
    pull0_.resize(order_.size());
    for (std::size_t p = 0; p < order_.size(); ++p)
        pull0_[p] = c.upper[order_[p]];
    for (std::size_t q = 1; q < known_.size(); ++q) {
        T* const row = v_.data() + known_[q] * stride_;
        row[0] = known0_[q];
        row[1] = known1_[q];
    }
    rebuild_sums();
}

// What sweeps keep besides the vectors, from the vectors.
template <typename T>
void BoardSolver<T>::rebuild_sums() {
    if (const auto* const sums = std::get_if<SumCouplings<T>>(couplings_)) {
        const SumTable& table = *sums->table;
        const auto& kernels = sweep_kernels<T>();
        std::fill(v_.data() + table.order * stride_, v_.data() + table.rows * stride_, T{0});
        for (std::size_t i = 1; i < table.order; ++i) {
            // the first row that a variable writes is its own
            const std::uint32_t begin = table.write_begin[i] + 1;
            kernels.scatter(table.write_begin[i + 1] - begin, table.write_row.data() + begin, v_.data() + i * stride_,
                            stride_, v_.data());
        }
    } else if (const auto* const c = std::get_if<FactorCouplings<T>>(couplings_)) {
        W_.resize(c->factors * stride_);
        for (std::size_t p = 0; p < order_.size(); ++p) {
            const T* const row = block_.data() + p * block_stride_;
            for (std::size_t f = 0; f < c->factors; ++f)
                add_rows(stride_, row + f, v_.data() + p * stride_, W_.data() + f * stride_);
        }
        for (std::size_t q = 0; q < known_.size(); ++q) {
            const T* const row = c->S.data() + known_[q] * c->stride;
            for (std::size_t f = 0; f < c->factors; ++f) {
                W_[f * stride_] += row[f] * known0_[q];
                W_[f * stride_ + 1] += row[f] * known1_[q];
            }
        }
    }
}

template <typename T>
DenseSystem<T> BoardSolver<T>::dense_system() {
    return {order_.size(), stride_, block_.data(), block_stride_, pull0_.data(), pull1_.data(), scratch_.data()};
}

template <typename T>
FactorSystem<T> BoardSolver<T>::factor_system(T* W) {
    const auto& c = std::get<FactorCouplings<T>>(*couplings_);
    return {order_.size(), stride_, c.factors, block_.data(), block_stride_, squares_.data(), W, scratch_.data()};
}

template <typename T>
SumSystem<T> BoardSolver<T>::sum_system(const SumCouplings<T>& c) {
    const SumTable& table = *c.table;
    return {order_.size(),          stride_,
            order_.data(),          table.read_begin.data(),
            table.read_row.data(),  table.coefficient_begin.data(),
            c.coefficients.data(),  table.write_begin.data(),
            table.write_row.data(), pull0_.data(),
            scratch_.data()};
}

template <typename T>
double BoardSolver<T>::sweep() {
    const auto& kernels = sweep_kernels<T>();
    const ForwardRows<T> rows{v_.data(), norms_.data()};
    if (const auto* const sums = std::get_if<SumCouplings<T>>(couplings_))
        return kernels.forward_sums(sum_system(*sums), rows);
    if (std::holds_alternative<FactorCouplings<T>>(*couplings_))
        return kernels.forward_factors(factor_system(W_.data()), rows);
    return kernels.forward_dense(dense_system(), rows);
}

template <typename T>
ForwardResult BoardSolver<T>::forward(const StopRule& stop) {
    ForwardResult result;
    double tolerance = 0.0;
    for (; result.iters < stop.max_iter; ++result.iters) {
        const double decrease = sweep();
        result.decreases.push_back(decrease);
        if (result.iters > 0 && decrease < tolerance) {
            result.converged = true;
            break;
        }
        if (result.iters == 0) tolerance = std::max(stop.eps * decrease, stop.least);
    }
    return result;
}

template <typename T>
ForwardResult BoardSolver<T>::forward_accelerated(const StopRule& stop) {
    constexpr std::size_t period = 4; // sweeps from one extrapolation to the next
    constexpr double largest_factor = 100.0;
    ForwardResult result;
    double tolerance = 0.0;
    for (; result.iters < stop.max_iter; ++result.iters) {
        const std::size_t phase = result.iters % period;
        if (phase == period - 1) before_.assign(v_.data(), v_.data() + v_.size());
        const double decrease = sweep();
        const double last = result.decreases.empty() ? 0.0 : result.decreases.back();
        result.decreases.push_back(decrease);
        if (result.iters > 0 && decrease < tolerance) {
            result.converged = true;
            break;
        }
        if (result.iters == 0) tolerance = std::max(stop.eps * decrease, stop.least);
        if (phase == period - 1 && decrease > 0.0 && decrease < last) {
            // near the fixed point changes shrink by `rate` a sweep, what they gain by its square
            const double rate = std::sqrt(decrease / last);
            extrapolate(std::min(rate / (1.0 - rate), largest_factor));
        }
    }
    return result;
}

template <typename T>
void BoardSolver<T>::extrapolate(double factor) {
    kept_.assign(v_.data(), v_.data() + v_.size());
    const double energy_before = free_energy();
    for (std::size_t p = 0; p < order_.size(); ++p) {
        T* const v = v_.data() + row_of(p) * stride_;
        const T* const earlier = before_.data() + row_of(p) * stride_;
        T square = 0;
        for (std::size_t l = 0; l < stride_; ++l) {
            v[l] += static_cast<T>(factor) * (v[l] - earlier[l]);
            square += v[l] * v[l];
        }
        if (!(square > 0)) continue;
        const T scale = 1 / std::sqrt(square);
        for (std::size_t l = 0; l < stride_; ++l)
            v[l] *= scale;
    }
    rebuild_sums();
    if (free_energy() < energy_before) return;
    std::copy(kept_.begin(), kept_.end(), v_.data());
    rebuild_sums();
}

template <typename T>
void BoardSolver<T>::export_vectors(Start& start) const {
    for (std::size_t p = 0; p < order_.size(); ++p)
        for (std::size_t l = 0; l < k_; ++l)
            start.directions[p * k_ + l] = static_cast<double>(vector(p)[l]);
}

template <typename T>
typename BoardSolver<T>::Output BoardSolver<T>::output(std::size_t position) const {
    const T* const v = vector(position);
    double square = 0.0;
    for (std::size_t l = 1; l < k_; ++l)
        square += static_cast<double>(v[l]) * static_cast<double>(v[l]);
    const double sine = std::sqrt(square);
    const double cosine = -static_cast<double>(v[0]);
    return {std::atan2(sine, cosine) / pi, std::atan2(sine, -cosine) / pi, sine};
}

// g of a position at the vectors in `rows`
template <typename T>
void BoardSolver<T>::field(std::size_t position, const T* rows, T* W, T* g) {
    const auto& kernels = sweep_kernels<T>();
    if (const auto* const sums = std::get_if<SumCouplings<T>>(couplings_)) {
        const SumTable& table = *sums->table;
        const std::uint32_t i = order_[position];
        const std::uint32_t begin = table.read_begin[i];
        kernels.combine_indexed(table.read_begin[i + 1] - begin, sums->coefficients.data() + table.coefficient_begin[i],
                                table.read_row.data() + begin, rows, stride_, g);
        g[0] += pull0_[position];
    } else if (const auto* const factors = std::get_if<FactorCouplings<T>>(couplings_)) {
        kernels.combine(factors->factors, block_.data() + position * block_stride_, W, stride_, g);
        const T* const own = rows + position * stride_;
        for (std::size_t l = 0; l < stride_; ++l)
            g[l] -= squares_[position] * own[l];
    } else {
        kernels.combine(order_.size(), block_.data() + position * block_stride_, rows, stride_, g);
        g[0] += pull0_[position];
        g[1] += pull1_[position];
    }
}

template <typename T>
void BoardSolver<T>::refresh_norms() {
    const auto& kernels = sweep_kernels<T>();
    T* const g = scratch_.data();
    for (std::size_t p = 0; p < order_.size(); ++p) {
        field(p, v_.data(), W_.data(), g);
        norms_[p] = std::sqrt(kernels.dot(stride_, g, g));
    }
}

template <typename T>
double BoardSolver<T>::energy() {
    double total = free_energy();
    if (std::holds_alternative<SumCouplings<T>>(*couplings_)) return total;
    for (std::size_t a = 0; a < known_.size(); ++a)
        for (std::size_t b = 0; b < a; ++b)
            total += 2.0 * coupling(known_[a], known_[b]) *
                     (static_cast<double>(known0_[a]) * static_cast<double>(known0_[b]) +
                      static_cast<double>(known1_[a]) * static_cast<double>(known1_[b]));
    return total;
}

template <typename T>
double BoardSolver<T>::coupling(std::size_t i, std::size_t j) const {
    if (const auto* const dense = std::get_if<DenseCouplings<T>>(couplings_))
        return static_cast<double>(dense->values[i * dense->order + j]);
    const auto& c = std::get<FactorCouplings<T>>(*couplings_);
    double sum = 0.0;
    for (std::size_t f = 0; f < c.factors; ++f)
        sum += static_cast<double>(c.S[i * c.stride + f]) * static_cast<double>(c.S[j * c.stride + f]);
    return sum;
}

// E without the pairs of known variables (of sums: with them).
template <typename T>
double BoardSolver<T>::free_energy() {
    const auto& kernels = sweep_kernels<T>();
    T* const g = scratch_.data();
    double total = 0.0;
    if (const auto* const sums = std::get_if<SumCouplings<T>>(couplings_)) {
        // 2 pull + what the others pull with, for every variable
        const SumTable& table = *sums->table;
        for (std::size_t i = 1; i < table.order; ++i) {
            const std::uint32_t begin = table.read_begin[i];
            kernels.combine_indexed(table.read_begin[i + 1] - begin,
                                    sums->coefficients.data() + table.coefficient_begin[i],
                                    table.read_row.data() + begin, v_.data(), stride_, g);
            g[0] += 2 * sums->upper[i];
            total += static_cast<double>(kernels.dot(stride_, g, v_.data() + i * stride_));
        }
        return total;
    }
    // v.g counts pairs of two unknown variables twice and pairs with a known one once.
    const auto* const factors = std::get_if<FactorCouplings<T>>(couplings_);
    for (std::size_t p = 0; p < order_.size(); ++p) {
        field(p, v_.data(), W_.data(), g);
        double extra0 = 0.0;
        double extra1 = 0.0;
        if (factors == nullptr) {
            extra0 = static_cast<double>(pull0_[p]);
            extra1 = static_cast<double>(pull1_[p]);
        } else {
            for (std::size_t q = 0; q < known_.size(); ++q) {
                const double c = coupling(order_[p], known_[q]);
                extra0 += c * static_cast<double>(known0_[q]);
                extra1 += c * static_cast<double>(known1_[q]);
            }
        }
        const T* const v = vector(p);
        total += static_cast<double>(kernels.dot(stride_, g, v)) + extra0 * static_cast<double>(v[0]) +
                 extra1 * static_cast<double>(v[1]);
    }
    return total;
}

template <typename T>
std::size_t BoardSolver<T>::adjoint(std::span<const double> slopes, const AdjointRule& rule) {
    const std::size_t count = order_.size();
    right_.resize(count * stride_);
    for (std::size_t p = 0; p < count; ++p) {
        if (slopes[p] == 0.0) continue;
        const double sine = output(p).sine;
        if (sine < smallest_sine) continue;
        const T* const v = vector(p);
        T* const to = right_.data() + p * stride_;
        const double factor = slopes[p] / pi;
        const double x = static_cast<double>(v[0]);
        to[0] = static_cast<T>(factor * sine);
        for (std::size_t l = 1; l < k_; ++l)
            to[l] = static_cast<T>(-factor * x * (static_cast<double>(v[l]) / sine));
    }
    if (rule.fresh_norms) refresh_norms();
    const auto* const sums = std::get_if<SumCouplings<T>>(couplings_);
    u_.resize((sums != nullptr ? sums->table->rows : count) * stride_);
    if (const auto* const factors = std::get_if<FactorCouplings<T>>(couplings_))
        Phi_.resize(factors->factors * stride_);
    const auto& kernels = sweep_kernels<T>();
    const AdjointRows<T> rows{v_.data(), u_.data(), right_.data(), norms_.data(), static_cast<T>(rule.prox)};
    std::size_t sweep = 0;
    while (sweep < rule.sweeps) {
        AdjointChange change{};
        if (sums != nullptr)
            change = kernels.adjoint_sums(sum_system(*sums), rows);
        else if (std::holds_alternative<FactorCouplings<T>>(*couplings_))
            change = kernels.adjoint_factors(factor_system(Phi_.data()), rows);
        else
            change = kernels.adjoint_dense(dense_system(), rows);
        ++sweep;
        if (rule.tolerance > 0.0 && change.change <= rule.tolerance * rule.tolerance * change.size) break;
    }
    return sweep;
}

template <typename T>
void BoardSolver<T>::copy_rows(T* u, T* v, std::size_t boards, std::size_t slot) const {
    const std::size_t column = boards * stride_;
    const std::size_t at = slot * stride_;
    for (std::size_t q = 0; q < known_.size(); ++q) {
        T* const to = v + known_[q] * column + at;
        std::fill_n(to, stride_, T{0});
        to[0] = known0_[q];
        to[1] = known1_[q];
        std::fill_n(u + known_[q] * column + at, stride_, T{0});
    }
    for (std::size_t p = 0; p < order_.size(); ++p) {
        std::copy_n(vector(p), stride_, v + order_[p] * column + at);
        std::copy_n(adjoint_vector(p), stride_, u + order_[p] * column + at);
    }
}

template <typename T>
void BoardSolver<T>::add_sum_gradient(std::span<double> coefficients, std::span<double> upper) {
    const auto& c = std::get<SumCouplings<T>>(*couplings_);
    const SumTable& table = *c.table;
    const auto& kernels = sweep_kernels<T>();
    for (std::size_t p = 0; p < order_.size(); ++p) {
        const std::uint32_t i = order_[p];
        const T* const u = u_.data() + i * stride_;
        for (std::uint32_t r = table.read_begin[i]; r < table.read_begin[i + 1]; ++r)
            coefficients[table.coefficient_begin[i] + (r - table.read_begin[i])] +=
                static_cast<double>(kernels.dot(stride_, u, v_.data() + table.read_row[r] * stride_));
        upper[i - 1] += static_cast<double>(u[0]);
    }
}

template class BoardSolver<double>;
template class BoardSolver<float>;

} // namespace limsym::satnet
