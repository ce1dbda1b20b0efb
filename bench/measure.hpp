// Timing of two pieces of work in turn, and results as one line of JSON.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include <armadillo>

namespace limsym::bench {

struct Samples {
    std::vector<double> ours; ///< seconds
    std::vector<double> peer;
};

template <typename Work>
[[nodiscard]] double seconds(const Work& work) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// One unmeasured run of each, then `runs` of each, alternating.
template <typename Ours, typename Peer>
[[nodiscard]] Samples alternate(std::size_t runs, const Ours& ours, const Peer& peer) {
    ours();
    peer();
    Samples samples;
    for (std::size_t i = 0; i < runs; ++i) {
        samples.ours.push_back(seconds(ours));
        samples.peer.push_back(seconds(peer));
    }
    return samples;
}

/// "name":value pairs in the order given.
class Record {
public:
    void add(const std::string& name, double value);
    void add(const std::string& name, const std::string& text);
    void add(const std::string& name, const std::vector<double>& values);
    void print() const;

private:
    std::vector<std::pair<std::string, std::string>> fields_;
};

/// Reproducible points, one a row.
[[nodiscard]] arma::mat points(std::size_t rows, std::size_t columns);
/// 1/(1 + |i-j|) + n I: positive definite, well scaled, no denormal numbers in products.
[[nodiscard]] arma::mat well_scaled_matrix(std::size_t n);
/// Column-major doubles, as NumPy writes them with order F.
[[nodiscard]] arma::mat read_doubles(const std::string& file, std::size_t rows, std::size_t columns);
void write_doubles(const std::string& file, const arma::mat& matrix);

// The measurements; arguments as main.cpp lists them.
void gram_against_syrk(std::size_t n, std::size_t d, std::size_t layers, unsigned threads, std::size_t runs);
void gram_against_activations(std::size_t n, std::size_t d, std::size_t layers, unsigned threads, std::size_t runs);
void gram_of_files(const std::string& network_file, const std::string& points_file, std::size_t n, std::size_t d,
                   const std::string& kind, const std::string& dtype, unsigned threads, const std::string& result_file);
void factor_against_lapack(std::size_t n, unsigned threads, std::size_t runs);
void fit_and_predict(const std::string& folder, std::size_t n, std::size_t m, double noise, unsigned threads);
void multiply_rate(std::size_t n, unsigned threads, std::size_t runs);
void read_csv(const std::string& file, std::size_t runs);
void stable_variates(double alpha, std::size_t n, std::size_t runs);
void stable_map(double alpha, const std::string& pairs_file, std::size_t n, const std::string& result_file);
void stable_density(double alpha, const std::string& method, const std::string& points_file, std::size_t n,
                    std::size_t runs, const std::string& result_file);
void stable_likelihood(double alpha, std::size_t n, unsigned threads, std::size_t runs);
void aggregated_networks(double alpha, std::size_t width, std::size_t nets, unsigned threads, std::size_t runs,
                         const std::string& result_file);
/// Writes the constraints (file "-": not) and the basis for the peer.
void invariant_vectors(const std::string& group, const std::string& representation, std::size_t runs,
                       const std::string& constraints_file, const std::string& basis_file);
/// One output each of finite ReLU networks at the input 1.
void dependent_networks(const std::string& prior, std::size_t depth, std::size_t width, std::size_t nets,
                        unsigned threads, std::size_t runs, const std::string& result_file);
void node_variance_draws(const std::string& prior, std::size_t width, std::size_t draws, unsigned threads,
                         std::size_t runs, const std::string& result_file);
/// Seconds a value, the making of the table included.
void inverse_tails(const std::string& prior, const std::string& arguments_file, std::size_t n, unsigned threads,
                   std::size_t runs, const std::string& result_file);
/// Seconds a kernel of the limit, n x n; the result is the entry (n - 1, 0) of each.
void random_kernels(const std::string& prior, std::size_t depth, double tail, const std::string& inputs_file,
                    std::size_t n, std::size_t d, std::size_t draws, unsigned threads, std::size_t runs,
                    const std::string& result_file);
/// Also writes the data, start and order of the epoch below `folder`, for the peer.
void training_epoch(const std::string& folder, std::size_t features, std::size_t width, std::size_t hidden,
                    std::size_t classes, std::size_t rows, std::size_t batch, const std::string& precision,
                    unsigned threads, std::size_t runs);
/// Also writes points and both kernels below `folder`, for the peer.
void jacobian_limit(const std::string& folder, std::size_t n, std::size_t d, std::size_t depth, unsigned threads,
                    std::size_t runs);
/// Also writes points, parameters and kernel below `folder`, for the peer.
void jacobian_ntk(const std::string& folder, std::size_t n, std::size_t d, std::size_t width, std::size_t hidden,
                  unsigned threads, std::size_t runs);
void robust_step(std::size_t n, std::size_t d, std::size_t width, std::size_t hidden, unsigned threads,
                 std::size_t runs);
/// Also writes the generators, 32-bit images one permutation after another, for the peer.
void pair_orbits(const std::string& expression, std::size_t runs, const std::string& generators_file);
/// Seconds a step of gradient descent; also writes data, start and the outputs after all steps below `folder`.
void shallow_steps(const std::string& folder, std::size_t n, std::size_t d, std::size_t m, const std::string& precision,
                   std::size_t steps, unsigned threads, std::size_t runs);
/// The exponential integrator against gradient descent at rate 1 to the same time.
void shallow_flow(double gamma, double alpha, double time, unsigned threads, std::size_t runs);
/// All levels of pruning in one pass against one forward pass a level.
void shallow_pruning(std::size_t n, std::size_t d, std::size_t m, unsigned threads, std::size_t runs);
void shallow_tangents(const std::string& folder, std::size_t n, std::size_t d, std::size_t m, unsigned threads,
                      std::size_t runs);
/// Seconds a coordinate update of the SDP layer, dense and by sums; of SATNet's kernel where it was compiled in.
void satnet_layer(std::size_t runs);
void versions();

} // namespace limsym::bench
