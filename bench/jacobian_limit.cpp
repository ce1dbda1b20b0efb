// The limit kernels of f and its Jacobian, dense.
#include <string>

#include "limsym/base/parallel.hpp"
#include "limsym/kernel/jacobian_jets.hpp"
#include "limsym/network/network.hpp"
#include "limsym/numerics/blas.hpp"
#include "measure.hpp"

namespace limsym::bench {

void jacobian_limit(const std::string& folder, std::size_t n, std::size_t d, std::size_t depth, unsigned threads,
                    std::size_t runs) {
    numerics::use_serial_blas();
    const base::ThreadLimit limit(threads);
    network::Shorthand shorthand;
    shorthand.activation = network::parse_activation("erf", "activation");
    shorthand.depth = depth;
    shorthand.sigma_w = shorthand.readout_sigma_w = 1.5;
    shorthand.sigma_b = shorthand.readout_sigma_b = 0.1;
    const kernel::JacobianNetwork network = kernel::make_jacobian_network(network::make_network(shorthand), d);
    const arma::mat x = points(n, d);
    write_doubles(folder + "/x.f64", x.t());
    arma::mat nngp;
    arma::mat ntk;
    const auto ours = [&] {
        const kernel::JacobianKernels kernels = kernel::jacobian_kernels(network, x, nullptr, {});
        nngp = kernel::expand(kernels.nngp, x, x, true);
        ntk = kernel::expand(kernels.ntk, x, x, true);
    };
    const Samples samples = alternate(runs, ours, [&] { ours(); });
    write_doubles(folder + "/nngp.f64", nngp);
    write_doubles(folder + "/ntk.f64", ntk);
    Record record;
    record.add("threads", threads);
    record.add("ours", samples.ours);
    record.print();
}

} // namespace limsym::bench
