#include "limsym/satnet/start.hpp"

#include <cmath>
#include <string>

#include "limsym/base/random.hpp"
#include "limsym/numerics/variates.hpp"

namespace limsym::satnet {

bool is_unknown(double x) {
    return std::isnan(x);
}

Start random_start(std::span<const double> x, std::size_t aux, std::size_t k, std::uint64_t seed,
                   std::string_view purpose, std::uint64_t index) {
    Start start;
    start.k = k;
    start.sides.assign(x.size(), 1);
    const std::size_t variables = x.size() + aux;
    const std::string place(purpose);
    base::RandomStream order_stream(seed, place + " order", index);
    std::vector<std::size_t> permutation(variables);
    numerics::fill_permutation(order_stream, permutation.data(), variables);
    const std::string directions = place + " direction";
    for (const std::size_t i : permutation) {
        base::RandomStream stream(seed, directions, index * variables + i);
        if (i < x.size() && !is_unknown(x[i])) {
            if (x[i] > 0.0 && x[i] < 1.0 && (stream.next() & 1U) != 0) start.sides[i] = -1;
            continue;
        }
        start.order.push_back(static_cast<std::uint32_t>(i + 1));
        const std::size_t at = start.directions.size();
        start.directions.resize(at + k);
        numerics::fill_normal(stream, start.directions.data() + at, k);
    }
    return start;
}

} // namespace limsym::satnet
