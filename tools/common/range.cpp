#include <cmath>
#include <limits>

#include "common/command.hpp"
#include "limsym/base/number.hpp"

namespace limsym::cli {

namespace {
constexpr double infinity = std::numeric_limits<double>::infinity();
}

Range Range::any() {
    return {-infinity, infinity};
}
Range Range::positive() {
    return {0.0, infinity, true};
}
Range Range::not_negative() {
    return {0.0, infinity};
}
Range Range::closed(double low, double high) {
    return {low, high};
}
Range Range::open(double low, double high) {
    return {low, high, true, true};
}

bool Range::holds(double value) const {
    return std::isfinite(value) && (open_low ? value > low : value >= low) &&
           (open_high ? value < high : value <= high);
}

std::string Range::text(const std::string& name) const {
    const bool below = std::isfinite(high);
    const bool above = std::isfinite(low);
    if (!below && !above) return "a finite number";
    const std::string upper = (open_high ? "< " : "<= ") + base::number_text(below ? high : 0.0);
    const std::string lower = (open_low ? "> " : ">= ") + base::number_text(above ? low : 0.0);
    if (!below) return lower;
    if (!above) return upper;
    return base::number_text(low) + (open_low ? " < " : " <= ") + name + " " + upper;
}

} // namespace limsym::cli
