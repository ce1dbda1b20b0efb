#include "limsym/nodescaling/training_task.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "limsym/base/memory.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/nodescaling/node_motion.hpp"
#include "limsym/nodescaling/tangent_gram.hpp"
#include "limsym/numerics/blas.hpp"
#include "limsym/numerics/gemm.hpp"

namespace limsym::nodescaling {

namespace {

constexpr std::size_t node_block = 64;

/// Calls use(first node, nodes, z) for blocks of pre-activations (n x nodes), in parallel.
template <typename Use>
void for_preactivations(const ShallowNetwork& network, const arma::mat& x, const Use& use) {
    numerics::use_serial_blas();
    const std::size_t n = x.n_rows;
    const std::size_t d = network.inputs();
    const std::size_t m = network.nodes();
    const double scale = 1.0 / std::sqrt(static_cast<double>(d));
    base::parallel_for((m + node_block - 1) / node_block, [&](std::size_t block) {
        const std::size_t first = block * node_block;
        const std::size_t nodes = std::min(node_block, m - first);
        arma::mat z(n, nodes, arma::fill::none);
        numerics::gemm<double>(numerics::Transpose::no, numerics::Transpose::no, n, nodes, d, scale, x.memptr(), n,
                               network.w.colptr(first), d, 0.0, z.memptr(), n);
        use(first, z);
    });
}

} // namespace

std::string loss_name(Loss loss) {
    return loss == Loss::mean ? "mean" : "half-sum";
}

double loss_slope(Loss loss, std::size_t n, std::size_t outputs) {
    return loss == Loss::half_sum ? 1.0 : 2.0 / (static_cast<double>(n) * static_cast<double>(outputs));
}

template <typename T>
double loss_of(const arma::Mat<T>& residual, Loss loss) {
    double sum = 0.0;
    for (std::size_t i = 0; i < residual.n_elem; ++i) {
        const double e = static_cast<double>(residual.memptr()[i]);
        sum += e * e;
    }
    return loss == Loss::half_sum ? 0.5 * sum : sum / static_cast<double>(residual.n_elem);
}

template double loss_of<double>(const arma::mat&, Loss);
template double loss_of<float>(const arma::fmat&, Loss);

double accuracy(const ShallowNetwork& network, const arma::mat& outputs, const std::vector<std::uint32_t>& labels) {
    std::size_t correct = 0;
    const bool units = network.units && network.units->y;
    for (std::size_t i = 0; i < outputs.n_rows; ++i) {
        std::size_t best = 0;
        double largest = -arma::datum::inf;
        for (std::size_t k = 0; k < outputs.n_cols; ++k) {
            const double value =
                units ? outputs(i, k) * network.units->y->scale(k) + network.units->y->mean(k) : outputs(i, k);
            if (value > largest) {
                largest = value;
                best = k;
            }
        }
        correct += static_cast<std::size_t>(best == labels[i]);
    }
    return static_cast<double>(correct) / static_cast<double>(outputs.n_rows);
}

Measurer::Measurer(const TrainingTask& task) : task_(&task), network_(task.initial) {
    if (task.gram_rows > task.train.x.n_rows) throw std::invalid_argument("Measurer: more rows than there are");
    if (task.gram_rows > 0) {
        gram_x_ = task.train.x.head_rows(task.gram_rows);
        initial_gram_ = tangent_gram(network_, gram_x_);
    }
    const std::size_t n = task.train.x.n_rows;
    positive_.resize(n * network_.nodes());
    for_preactivations(network_, task.train.x, [&](std::size_t first, const arma::mat& z) {
        for (std::size_t i = 0; i < z.n_elem; ++i)
            positive_[first * n + i] = z.memptr()[i] > 0.0 ? 1 : 0;
    });
}

double Measurer::count_flips() const {
    const std::size_t n = task_->train.x.n_rows;
    std::vector<std::size_t> flips((network_.nodes() + node_block - 1) / node_block, 0);
    for_preactivations(network_, task_->train.x, [&](std::size_t first, const arma::mat& z) {
        std::size_t count = 0;
        for (std::size_t i = 0; i < z.n_elem; ++i)
            count += static_cast<std::size_t>((z.memptr()[i] > 0.0) != (positive_[first * n + i] != 0));
        flips[first / node_block] = count;
    });
    std::size_t all = 0;
    for (const std::size_t count : flips)
        all += count;
    return static_cast<double>(all) / (static_cast<double>(n) * static_cast<double>(network_.nodes()));
}

GramMeasures Measurer::measure_gram() const {
    const arma::mat gram = tangent_gram(network_, gram_x_);
    const Spectrum values = spectrum(gram);
    GramMeasures result;
    result.smallest = values.smallest();
    result.largest = values.largest();
    result.difference = spectral_norm(gram - initial_gram_);
    const arma::vec y = task_->train.y.col(0).head(task_->gram_rows);
    const double size = arma::norm(gram, "fro") * arma::dot(y, y);
    result.alignment = size > 0.0 ? arma::dot(y, gram * y) / size : 0.0;
    return result;
}

TrainingMeasures Measurer::measure(std::uint64_t step, double time, const arma::mat& w, const arma::mat* residual) {
    network_.w = w;
    TrainingMeasures result;
    result.step = step;
    result.time = time;
    const LabelledRows& train = task_->train;
    const arma::mat errors = residual != nullptr ? *residual : arma::mat(outputs(network_, train.x) - train.y);
    result.train_loss = loss_of(errors, task_->loss);
    if (!train.labels.empty()) result.train_accuracy = accuracy(network_, errors + train.y, train.labels);
    if (task_->test) {
        const LabelledRows& test = *task_->test;
        const arma::mat f = outputs(network_, test.x);
        result.test_loss = loss_of(arma::mat(f - test.y), task_->loss);
        if (!test.labels.empty()) result.test_accuracy = accuracy(network_, f, test.labels);
    }
    motion_ = node_motion(w, task_->initial.w);
    result.largest_motion = motion_.max();
    result.flips = count_flips();
    if (task_->gram_rows > 0) result.gram = measure_gram();
    return result;
}

std::uint64_t Measurer::bytes(const TrainingTask& task) {
    using base::saturating_product;
    const std::uint64_t n = task.train.x.n_rows;
    const std::uint64_t m = task.initial.nodes();
    const std::uint64_t gram = task.gram_rows == 0 ? 0
                                                   : tangent_gram_bytes(task.gram_rows, m) +
                                                         saturating_product(task.gram_rows * task.gram_rows, 16);
    return gram + saturating_product(n, m) + saturating_product(task.initial.w.n_elem, sizeof(double));
}

} // namespace limsym::nodescaling
