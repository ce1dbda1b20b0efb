#include "limsym/kernel/octave_table.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <mutex>
#include <numbers>

namespace limsym::kernel {

namespace {

constexpr std::size_t points = 24;
// Below this the octaves would be too many; the integrals are asked instead.
constexpr double smallest = 0x1p-200;

struct Chebyshev {
    std::array<double, points> node;
    std::array<double, points> weight; ///< barycentric
};
Chebyshev make_chebyshev() {
    Chebyshev result{};
    for (std::size_t j = 0; j < points; ++j) {
        const double angle = (2.0 * static_cast<double>(j) + 1.0) * std::numbers::pi / (2.0 * points);
        result.node[j] = std::cos(angle);
        result.weight[j] = (j % 2 == 0 ? 1.0 : -1.0) * std::sin(angle);
    }
    return result;
}
const Chebyshev& chebyshev() {
    static const Chebyshev made = make_chebyshev();
    return made;
}

} // namespace

const arma::mat& OctaveTable::octave(int exponent) const {
    {
        const std::shared_lock lock(mutex_);
        const auto found = octaves_.find(exponent);
        if (found != octaves_.end()) return *found->second;
    }
    const std::unique_lock lock(mutex_);
    std::unique_ptr<const arma::mat>& place = octaves_[exponent];
    if (!place) {
        std::vector<double> variances(points);
        for (std::size_t j = 0; j < points; ++j)
            variances[j] = std::ldexp(1.5 + 0.5 * chebyshev().node[j], exponent);
        place = std::make_unique<const arma::mat>(exact_(variances));
    }
    return *place;
}

void OctaveTable::interpolate(double variance, std::size_t first, std::size_t count, double* out) const {
    if (!(variance > smallest)) {
        const arma::mat row = exact_({variance});
        std::copy_n(row.memptr() + first, count, out);
        return;
    }
    const int exponent = std::ilogb(variance);
    const arma::mat& table = octave(exponent);
    const Chebyshev& rule = chebyshev();
    const double t = 2.0 * std::ldexp(variance, -exponent) - 3.0;
    std::array<double, points> weight;
    double sum = 0.0;
    for (std::size_t j = 0; j < points; ++j) {
        const double distance = t - rule.node[j];
        if (distance == 0.0) {
            weight.fill(0.0);
            weight[j] = sum = 1.0;
            break;
        }
        weight[j] = rule.weight[j] / distance;
        sum += weight[j];
    }
    for (double& w : weight)
        w /= sum;
    for (std::size_t k = 0; k < count; ++k) {
        const double* values = table.colptr(first + k);
        std::array<double, 4> partial{};
        for (std::size_t j = 0; j < points; j += 4) {
            for (std::size_t l = 0; l < 4; ++l)
                partial[l] += weight[j + l] * values[j + l];
        }
        out[k] = (partial[0] + partial[1]) + (partial[2] + partial[3]);
    }
}

} // namespace limsym::kernel
