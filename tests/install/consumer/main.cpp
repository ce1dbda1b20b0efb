// A program of a stranger: the kernel of a two-layer ReLU network at two points, from installed headers alone.
#include <cstdio>

#include "limsym/base/version.hpp"
#include "limsym/kernel/gram.hpp"

int main() {
    limsym::network::Shorthand shorthand;
    shorthand.activation = limsym::network::parse_activation("relu", "activation");
    const limsym::network::Network network = limsym::network::make_network(shorthand);
    const arma::mat x = {{1.0, 0.0}, {0.0, 1.0}};
    const limsym::kernel::Gram<double> gram = limsym::kernel::gram<double>(network, x, {});
    std::printf("%s %.6f %.6f\n", std::string(limsym::base::version()).c_str(), gram.nngp(0, 0), gram.nngp(0, 1));
    return 0;
}
