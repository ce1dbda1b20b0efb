// The Jacobian NTK of a finite network and a step of robust training; and what their products alone take.
#include <string>
#include <vector>

#include "limsym/base/parallel.hpp"
#include "limsym/network/jacobian_ntk.hpp"
#include "limsym/network/robust_training.hpp"
#include "limsym/numerics/blas.hpp"
#include "limsym/numerics/gemm.hpp"
#include "measure.hpp"

namespace limsym::bench {

namespace {

network::MultilayerPerceptron gelu_network(std::size_t inputs, std::size_t width, std::size_t hidden) {
    network::Shorthand shorthand;
    shorthand.activation = network::parse_activation("gelu", "activation");
    shorthand.depth = hidden;
    shorthand.sigma_w = 1.5;
    shorthand.sigma_b = shorthand.readout_sigma_b = 0.1;
    return network::make_perceptron(network::make_network(shorthand), {.inputs = inputs, .width = width});
}

// The products of a Jacobian NTK at the rate of dgemm on all threads: for every hidden layer two halves of Gram
// matrices of `size` vectors, between hidden layers one product forward and one back.
void products(std::size_t size, std::size_t width, std::size_t hidden, const arma::mat& vectors, arma::mat& result) {
    using numerics::Transpose;
    const auto product = [&](Transpose a, const double* left, std::size_t m, std::size_t n) {
        const numerics::TileGrid tiles{m, n, 384, 384};
        base::parallel_for(tiles.count(), [&](std::size_t i) {
            const numerics::Tile t = tiles.tile(i);
            numerics::gemm<double>(a, Transpose::no, t.rows, t.columns, width, 1.0,
                                   left + t.row * (a == Transpose::yes ? width : 1), width, vectors.colptr(t.column),
                                   width, 0.0, result.colptr(t.column) + t.row, result.n_rows);
        });
    };
    for (std::size_t k = 0; k < 2 * hidden; ++k)
        product(Transpose::yes, vectors.memptr(), size, size / 2);
    for (std::size_t k = 0; k + 1 < hidden; ++k) {
        product(Transpose::no, vectors.memptr(), width, size);
        product(Transpose::yes, vectors.memptr(), width, size);
    }
}

} // namespace

void jacobian_ntk(const std::string& folder, std::size_t n, std::size_t d, std::size_t width, std::size_t hidden,
                  unsigned threads, std::size_t runs) {
    numerics::use_serial_blas();
    const base::ThreadLimit limit(threads);
    const network::MultilayerPerceptron shape = gelu_network(d, width, hidden);
    const std::vector<double> parameters = network::nested_parameters(shape, 7);
    const arma::mat x = points(n, d).t();
    write_doubles(folder + "/x.f64", x);
    write_doubles(folder + "/parameters.f64", arma::mat(parameters.data(), parameters.size(), 1));
    arma::mat kernel;
    const auto ours = [&] { kernel = network::jacobian_ntk(shape, parameters, x, 1.0); };
    const std::size_t size = n * (d + 1);
    const arma::mat vectors(width, std::max(size, width), arma::fill::value(0.01));
    arma::mat result(std::max(size, width), size);
    const Samples samples = alternate(runs, ours, [&] { products(size, width, hidden, vectors, result); });
    write_doubles(folder + "/kernel.f64", kernel);
    Record record;
    record.add("threads", threads);
    record.add("ours", samples.ours);
    record.add("products", samples.peer);
    record.print();
}

void robust_step(std::size_t n, std::size_t d, std::size_t width, std::size_t hidden, unsigned threads,
                 std::size_t runs) {
    numerics::use_serial_blas();
    const base::ThreadLimit limit(threads);
    const network::MultilayerPerceptron shape = gelu_network(d, width, hidden);
    const std::vector<double> parameters = network::nested_parameters(shape, 7);
    const arma::mat x = points(n, d).t();
    network::RobustObjective objective(shape, x, x.row(0).t(), {0.01, 0.1, true});
    network::Propagation<double> pass(shape);
    std::vector<double> gradient(shape.parameters);
    const Samples samples = alternate(
        runs, [&] { static_cast<void>(objective.gradient(parameters, gradient)); },
        [&] {
            const arma::mat residual = 0.1 * pass.forward(parameters, x) - x.row(0);
            pass.backward(parameters, residual, gradient);
        });
    Record record;
    record.add("threads", threads);
    record.add("ours", samples.ours);
    record.add("plain", samples.peer);
    record.print();
}

} // namespace limsym::bench
