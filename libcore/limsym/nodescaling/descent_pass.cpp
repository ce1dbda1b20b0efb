#include "limsym/nodescaling/descent_pass.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "limsym/base/memory.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/nodescaling/descent_kernels.hpp"

namespace limsym::nodescaling {

namespace {

constexpr std::size_t sample_chunk = 1024; ///< samples whose pre-activations are in the cache; divides into sign blocks
constexpr std::size_t inner_chunk = 512;   ///< coordinates of one product
constexpr std::size_t most_pieces = 64;
constexpr std::size_t groups_per_piece = 4;

std::size_t round_up(std::size_t value, std::size_t unit) {
    return (value + unit - 1) / unit * unit;
}

/// Rows of a matrix in panels of two vectors, the last perhaps of one.
template <typename T>
class Panels {
public:
    /// value(row, k) for row < rows, k < inner; rows and inner indices beyond `rows` and `filled` are 0.
    template <typename Value>
    Panels(std::size_t rows, std::size_t filled, std::size_t inner, std::size_t lanes, const Value& value)
        : lanes_(lanes), inner_(inner), rows_(round_up(rows, lanes)), data_(rows_ * inner, T{0}) {
        for (std::size_t row = 0; row < rows; ++row) {
            const std::size_t first = row / (2 * lanes) * 2 * lanes;
            const std::size_t width = vectors_at(first) * lanes;
            for (std::size_t k = 0; k < filled; ++k)
                data_[first * inner + k * width + (row - first)] = value(row, k);
        }
    }
    [[nodiscard]] std::size_t rows() const { return rows_; }
    /// Vectors of the panel that begins at a row.
    [[nodiscard]] std::size_t vectors_at(std::size_t first) const {
        return std::min<std::size_t>(2, (rows_ - first) / lanes_);
    }
    /// The panel that begins at a row, from inner index k on.
    [[nodiscard]] const T* at(std::size_t first, std::size_t k) const {
        return data_.data() + first * inner_ + k * vectors_at(first) * lanes_;
    }

private:
    std::size_t lanes_;
    std::size_t inner_;
    std::size_t rows_;
    std::vector<T> data_;
};

/// What one worker holds of a group.
template <typename T>
struct Workspace {
    std::vector<T> block;    ///< pre-activations, or residuals spread to nodes: group x chunk
    std::vector<T> gradient; ///< group x padded coordinates
};

} // namespace

template <typename T>
struct DescentPass<T>::State {
    State(const ShallowNetwork& network, const arma::mat& x)
        : kernels(descent_kernels<T>()), activation(network.activation), n(x.n_rows), d(x.n_cols), m(network.nodes()),
          outputs(network.outputs()), padded_n(round_up(n, kernels.lanes)), groups((m + group_nodes - 1) / group_nodes),
          by_sample(make_panels(x, true)), by_coordinate(make_panels(x, false)),
          words(round_up(n, kernels.sign_block) / (8 * sizeof(T))) {
        if (x.n_cols != network.inputs()) throw std::invalid_argument("DescentPass: other inputs than the network's");
        pieces = std::clamp<std::size_t>(groups / groups_per_piece, 1, most_pieces);
        w.assign(d * groups * group_nodes, T{0});
        readout.assign(groups * outputs * group_nodes, T{0});
        const arma::mat c = network.readout();
        for (std::size_t j = 0; j < m; ++j)
            for (std::size_t k = 0; k < outputs; ++k)
                readout[(j / group_nodes * outputs + k) * group_nodes + j % group_nodes] = static_cast<T>(c(j, k));
        slopes.assign(groups * group_nodes * slope_stride(), T{0});
        partial.assign(pieces * outputs * padded_n, T{0});
        residual.assign(outputs * padded_n, T{0});
        f.set_size(n, outputs);
        take(arma::conv_to<arma::Mat<T>>::from(network.w));
    }

    [[nodiscard]] Panels<T> make_panels(const arma::mat& x, bool samples) const {
        const double scale = 1.0 / std::sqrt(static_cast<double>(d));
        if (samples)
            return Panels<T>(n, d, d, kernels.lanes,
                             [&](std::size_t i, std::size_t c) { return static_cast<T>(x(i, c) * scale); });
        return Panels<T>(d, n, padded_n, kernels.lanes,
                         [&](std::size_t c, std::size_t i) { return static_cast<T>(x(i, c) * scale); });
    }

    /// Numbers of T that a node's phi' takes.
    [[nodiscard]] std::size_t slope_stride() const { return activation.is_relu() ? words : padded_n; }
    [[nodiscard]] T* slopes_of(std::size_t group, std::size_t sample) {
        return slopes.data() + group * group_nodes * slope_stride() +
               (activation.is_relu() ? sample / (8 * sizeof(T)) : sample);
    }

    void take(const arma::Mat<T>& from) {
        if (from.n_rows != d || from.n_cols != m) throw std::invalid_argument("DescentPass: weights of another shape");
        std::copy(from.begin(), from.end(), w.begin());
    }

    void take_residual(const arma::Mat<T>& from) {
        if (from.n_rows != n || from.n_cols != outputs)
            throw std::invalid_argument("DescentPass: a residual of another shape");
        for (std::size_t k = 0; k < outputs; ++k)
            std::copy_n(from.colptr(k), n, residual.begin() + static_cast<std::ptrdiff_t>(k * padded_n));
    }

    [[nodiscard]] Workspace<T> workspace() const {
        return {std::vector<T>(group_nodes * std::min(sample_chunk, padded_n)),
                std::vector<T>(group_nodes * by_coordinate.rows())};
    }

    /// The gradient of a group's nodes into space.gradient.
    void back(std::size_t group, Workspace<T>& space) {
        const std::size_t stride = std::min(sample_chunk, padded_n);
        const T* const c = readout.data() + group * outputs * group_nodes;
        for (std::size_t begin = 0; begin < padded_n; begin += sample_chunk) {
            const std::size_t count = std::min(sample_chunk, padded_n - begin);
            const auto spread = activation.is_relu() ? kernels.spread_signs : kernels.spread_slopes;
            spread(slopes_of(group, begin), slope_stride(), residual.data() + begin, padded_n, c, outputs,
                   space.block.data(), stride, count);
            for (std::size_t row = 0; row < by_coordinate.rows(); row += 2 * kernels.lanes)
                kernels.product(by_coordinate.vectors_at(row), by_coordinate.at(row, begin), count, space.block.data(),
                                stride, space.gradient.data() + row, by_coordinate.rows(), begin > 0);
        }
    }

    void change(std::size_t group, T rate, const Workspace<T>& space) {
        for (std::size_t j = 0; j < group_nodes; ++j) {
            T* const node = w.data() + (group * group_nodes + j) * d;
            const T* const slope = space.gradient.data() + j * by_coordinate.rows();
            for (std::size_t c = 0; c < d; ++c)
                node[c] -= rate * slope[c];
        }
    }

    /// Adds a group's outputs to `to` (outputs x padded_n), keeping its phi'.
    void forward(std::size_t group, Workspace<T>& space, T* to) {
        const std::size_t stride = std::min(sample_chunk, padded_n);
        const T* const nodes = w.data() + group * group_nodes * d;
        T* const z = space.block.data();
        for (std::size_t begin = 0; begin < padded_n; begin += sample_chunk) {
            const std::size_t count = std::min(sample_chunk, padded_n - begin);
            for (std::size_t row = begin; row < begin + count; row += 2 * kernels.lanes)
                for (std::size_t k = 0; k < d; k += inner_chunk)
                    kernels.product(by_sample.vectors_at(row), by_sample.at(row, k), std::min(inner_chunk, d - k),
                                    nodes + k, d, z + (row - begin), stride, k > 0);
            T* const kept = slopes_of(group, begin);
            if (activation.is_relu())
                kernels.rectify(z, stride, count, kept, slope_stride());
            else
                for (std::size_t j = 0; j < group_nodes; ++j)
                    activation.evaluate<T>(z + j * stride, z + j * stride, kept + j * slope_stride(), count);
            kernels.accumulate(z, stride, count, readout.data() + group * outputs * group_nodes, outputs, to + begin,
                               padded_n);
        }
    }

    [[nodiscard]] std::size_t first_group(std::size_t piece) const { return piece * groups / pieces; }

    /// One sweep: with a rate the weights move first.
    void sweep(const double* rate) {
        base::parallel_for(pieces, [&](std::size_t piece) {
            Workspace<T> space = workspace();
            T* const to = partial.data() + piece * outputs * padded_n;
            std::fill_n(to, outputs * padded_n, T{0});
            for (std::size_t group = first_group(piece); group < first_group(piece + 1); ++group) {
                if (rate != nullptr) {
                    back(group, space);
                    change(group, static_cast<T>(*rate), space);
                }
                forward(group, space, to);
            }
        });
        for (std::size_t k = 0; k < outputs; ++k) {
            T* const sum = f.colptr(k);
            std::copy_n(partial.data() + k * padded_n, n, sum);
            for (std::size_t piece = 1; piece < pieces; ++piece) {
                const T* const part = partial.data() + (piece * outputs + k) * padded_n;
                for (std::size_t i = 0; i < n; ++i)
                    sum[i] += part[i];
            }
        }
    }

    const DescentKernels<T>& kernels;
    NodeActivation activation;
    std::size_t n;
    std::size_t d;
    std::size_t m;
    std::size_t outputs;
    std::size_t padded_n;
    std::size_t groups;
    std::size_t pieces = 1;
    Panels<T> by_sample;
    Panels<T> by_coordinate;
    std::size_t words;      ///< numbers of T that hold the signs of a node
    std::vector<T> w;       ///< d numbers a node; nodes beyond m are 0
    std::vector<T> readout; ///< by group and output, six nodes each
    std::vector<T> slopes;
    std::vector<T> partial; ///< outputs of every piece
    std::vector<T> residual;
    arma::Mat<T> f;
};

template <typename T>
DescentPass<T>::DescentPass(const ShallowNetwork& network, const arma::mat& x)
    : state_(std::make_unique<State>(network, x)) {
    state_->sweep(nullptr);
}

template <typename T>
DescentPass<T>::DescentPass(DescentPass&&) noexcept = default;
template <typename T>
DescentPass<T>& DescentPass<T>::operator=(DescentPass&&) noexcept = default;
template <typename T>
DescentPass<T>::~DescentPass() = default;

template <typename T>
const arma::Mat<T>& DescentPass<T>::outputs() const {
    return state_->f;
}

template <typename T>
void DescentPass<T>::descend(const arma::Mat<T>& residual, double rate) {
    state_->take_residual(residual);
    state_->sweep(&rate);
}

template <typename T>
void DescentPass<T>::gradient(const arma::Mat<T>& residual, arma::Mat<T>& result) const {
    State& state = *state_;
    state.take_residual(residual);
    result.set_size(state.d, state.m);
    base::parallel_for(state.pieces, [&](std::size_t piece) {
        Workspace<T> space = state.workspace();
        for (std::size_t group = state.first_group(piece); group < state.first_group(piece + 1); ++group) {
            state.back(group, space);
            for (std::size_t j = group * group_nodes; j < std::min(state.m, (group + 1) * group_nodes); ++j)
                std::copy_n(space.gradient.data() + (j % group_nodes) * state.by_coordinate.rows(), state.d,
                            result.colptr(j));
        }
    });
}

template <typename T>
arma::Mat<T> DescentPass<T>::weights() const {
    return arma::Mat<T>(state_->w.data(), state_->d, state_->m);
}

template <typename T>
void DescentPass<T>::set_weights(const arma::Mat<T>& w) {
    state_->take(w);
    state_->sweep(nullptr);
}

template <typename T>
std::uint64_t DescentPass<T>::bytes(std::size_t n, std::size_t d, std::size_t m, std::size_t outputs, bool relu) {
    using base::saturating_product;
    const std::uint64_t slopes = saturating_product(n, m) / (relu ? 8 * sizeof(T) : 1);
    const std::uint64_t inputs = saturating_product(2 * n, d);
    const std::uint64_t partial = saturating_product(saturating_product(n, outputs), most_pieces + 3);
    return saturating_product(slopes + inputs + partial + saturating_product(m, d + outputs), sizeof(T));
}

template class DescentPass<double>;
template class DescentPass<float>;

} // namespace limsym::nodescaling
