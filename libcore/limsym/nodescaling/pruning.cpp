#include "limsym/nodescaling/pruning.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include "limsym/base/parallel.hpp"
#include "limsym/base/random.hpp"
#include "limsym/numerics/blas.hpp"
#include "limsym/numerics/gemm.hpp"
#include "limsym/numerics/variates.hpp"

namespace limsym::nodescaling {

namespace {

using numerics::gemm;
using numerics::Transpose;

constexpr std::size_t row_block = 64;
constexpr std::size_t node_panel = 128;

/// phi(z) of `nodes` nodes from `first` on at `rows` rows from `row` on.
void activations(const ShallowNetwork& network, const arma::mat& x, std::size_t row, std::size_t rows,
                 std::size_t first, std::size_t nodes, arma::mat& h) {
    const std::size_t d = network.inputs();
    gemm<double>(Transpose::no, Transpose::no, rows, nodes, d, 1.0 / std::sqrt(static_cast<double>(d)),
                 x.memptr() + row, x.n_rows, network.w.colptr(first), d, 0.0, h.memptr(), rows);
    network.activation.evaluate<double>(h.memptr(), h.memptr(), nullptr, rows * nodes);
}

/// lambda_j mean phi(z_j)^2
arma::vec contributions(const ShallowNetwork& network, const arma::mat& x) {
    numerics::use_serial_blas();
    const std::size_t m = network.nodes();
    arma::vec result(m, arma::fill::zeros);
    base::parallel_for((m + node_panel - 1) / node_panel, [&](std::size_t panel) {
        const std::size_t first = panel * node_panel;
        const std::size_t nodes = std::min(node_panel, m - first);
        arma::mat h(x.n_rows, nodes, arma::fill::none);
        activations(network, x, 0, x.n_rows, first, nodes, h);
        for (std::size_t j = 0; j < nodes; ++j) {
            double sum = 0.0;
            for (std::size_t i = 0; i < x.n_rows; ++i)
                sum += h(i, j) * h(i, j);
            result(first + j) = network.lambda(first + j) * sum / static_cast<double>(x.n_rows);
        }
    });
    return result;
}

/// Sums of one block of rows at every level.
struct BlockSums {
    std::vector<double> squares;
    std::vector<std::size_t> correct;
};

/// Adds nodes to the outputs of a block of rows, most important first, and looks at them at every level.
class BlockPass {
public:
    /// @param network its nodes from the most important down @param kept ascending numbers of nodes
    BlockPass(const ShallowNetwork& network, const arma::mat& readout, const std::vector<std::size_t>& kept,
              const LabelledRows& rows, std::size_t block)
        : network_(network), readout_(readout), kept_(kept), data_(rows), row_(block * row_block),
          count_(std::min<std::size_t>(row_block, rows.x.n_rows - row_)),
          f_(count_, network.outputs(), arma::fill::zeros) {}

    BlockSums run() {
        std::size_t level = 0;
        for (; level < kept_.size() && kept_[level] == 0; ++level)
            look();
        arma::mat h(count_, node_panel, arma::fill::none);
        for (std::size_t first = 0; level < kept_.size(); first += node_panel) {
            const std::size_t nodes = std::min(node_panel, network_.nodes() - first);
            activations(network_, data_.x, row_, count_, first, nodes, h);
            std::size_t added = 0;
            for (; level < kept_.size() && kept_[level] <= first + nodes; ++level) {
                add(h, first, added, kept_[level] - first - added);
                added = kept_[level] - first;
                look();
            }
            add(h, first, added, nodes - added);
        }
        return std::move(sums_);
    }

private:
    /// The nodes first + begin ... of a panel.
    void add(const arma::mat& h, std::size_t first, std::size_t begin, std::size_t nodes) {
        if (nodes == 0) return;
        if (nodes > 1) {
            gemm<double>(Transpose::no, Transpose::no, count_, f_.n_cols, nodes, 1.0, h.memptr() + begin * count_,
                         count_, readout_.memptr() + first + begin, readout_.n_rows, 1.0, f_.memptr(), count_);
            return;
        }
        const double* const from = h.memptr() + begin * count_;
        for (std::size_t k = 0; k < f_.n_cols; ++k) {
            const double c = readout_(first + begin, k);
            double* const to = f_.colptr(k);
            for (std::size_t i = 0; i < count_; ++i)
                to[i] += c * from[i];
        }
    }

    void look() {
        double squares = 0.0;
        for (std::size_t k = 0; k < f_.n_cols; ++k) {
            const double* const y = data_.y.colptr(k) + row_;
            const double* const f = f_.colptr(k);
            for (std::size_t i = 0; i < count_; ++i)
                squares += (f[i] - y[i]) * (f[i] - y[i]);
        }
        sums_.squares.push_back(squares);
        if (data_.labels.empty()) return;
        const std::vector<std::uint32_t> labels(data_.labels.begin() + static_cast<std::ptrdiff_t>(row_),
                                                data_.labels.begin() + static_cast<std::ptrdiff_t>(row_ + count_));
        sums_.correct.push_back(
            static_cast<std::size_t>(std::lround(accuracy(network_, f_, labels) * static_cast<double>(count_))));
    }

    const ShallowNetwork& network_;
    const arma::mat& readout_;
    const std::vector<std::size_t>& kept_;
    const LabelledRows& data_;
    std::size_t row_;
    std::size_t count_;
    arma::mat f_;
    BlockSums sums_;
};

} // namespace

std::vector<std::size_t> removal_order(const ShallowNetwork& network, PruneOrder order, const arma::mat& x,
                                       std::uint64_t seed) {
    std::vector<std::size_t> nodes(network.nodes());
    if (order == PruneOrder::random) {
        base::RandomStream stream(seed, "prune order");
        numerics::fill_permutation(stream, nodes.data(), nodes.size());
        return nodes;
    }
    std::iota(nodes.begin(), nodes.end(), std::size_t{0});
    arma::vec importance = network.lambda;
    if (order == PruneOrder::magnitude)
        for (std::size_t j = 0; j < importance.n_elem; ++j)
            importance(j) *= arma::dot(network.w.col(j), network.w.col(j));
    else if (order == PruneOrder::contribution)
        importance = contributions(network, x);
    std::stable_sort(nodes.begin(), nodes.end(),
                     [&importance](std::size_t a, std::size_t b) { return importance(a) < importance(b); });
    return nodes;
}

std::vector<PruneLevel> prune_curve(const ShallowNetwork& network, const std::vector<std::size_t>& order,
                                    const std::vector<std::size_t>& pruned, const LabelledRows& rows, Loss loss) {
    numerics::use_serial_blas();
    const std::size_t m = network.nodes();
    // Levels from the fewest nodes up, whatever the order they were asked in.
    std::vector<std::size_t> by_kept(pruned.size());
    std::iota(by_kept.begin(), by_kept.end(), std::size_t{0});
    std::stable_sort(by_kept.begin(), by_kept.end(),
                     [&pruned](std::size_t a, std::size_t b) { return pruned[a] > pruned[b]; });
    std::vector<std::size_t> kept;
    for (const std::size_t level : by_kept) {
        if (pruned[level] > m) throw std::invalid_argument("prune_curve: more nodes than there are");
        kept.push_back(m - pruned[level]);
    }
    const ShallowNetwork ordered = with_nodes(network, {order.rbegin(), order.rend()});
    const arma::mat readout = ordered.readout();
    const std::size_t blocks = (rows.x.n_rows + row_block - 1) / row_block;
    std::vector<BlockSums> sums(blocks);
    base::parallel_for(blocks,
                       [&](std::size_t block) { sums[block] = BlockPass(ordered, readout, kept, rows, block).run(); });
    std::vector<PruneLevel> levels(pruned.size());
    const auto n = static_cast<double>(rows.x.n_rows);
    for (std::size_t i = 0; i < by_kept.size(); ++i) {
        double squares = 0.0;
        std::size_t correct = 0;
        for (const BlockSums& block : sums) {
            squares += block.squares[i];
            if (!rows.labels.empty()) correct += block.correct[i];
        }
        PruneLevel& level = levels[by_kept[i]];
        level.loss = loss == Loss::half_sum ? 0.5 * squares : squares / (n * static_cast<double>(network.outputs()));
        if (!rows.labels.empty()) level.accuracy = static_cast<double>(correct) / n;
    }
    return levels;
}

ShallowNetwork pruned_network(const ShallowNetwork& network, const std::vector<std::size_t>& order, std::size_t kept) {
    std::vector<std::size_t> nodes(order.end() - static_cast<std::ptrdiff_t>(kept), order.end());
    std::sort(nodes.begin(), nodes.end());
    return with_nodes(network, nodes);
}

} // namespace limsym::nodescaling
