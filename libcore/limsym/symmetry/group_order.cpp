#include <boost/multiprecision/cpp_int.hpp>
#include <optional>

#include "limsym/symmetry/group.hpp"
#include "limsym/symmetry/stabiliser_chain.hpp"

namespace limsym::symmetry {

namespace {

using Integer = boost::multiprecision::cpp_int;
using Order = std::optional<Integer>;

/// low (low + 1) ... high, the factors halved so that big numbers multiply big numbers.
Integer range_product(std::uint64_t low, std::uint64_t high) {
    if (low > high) return 1;
    if (low == high) return low;
    const std::uint64_t middle = low + (high - low) / 2;
    return range_product(low, middle) * range_product(middle + 1, high);
}

Order order_of(const Group& group);

Order times(const Order& left, const Order& right) {
    if (!left || !right) return std::nullopt;
    return *left * *right;
}

struct OrderOf {
    Order operator()(const TrivialGroup& /*group*/) const { return Integer(1); }
    Order operator()(const CyclicGroup& group) const { return Integer(group.degree); }
    Order operator()(const SymmetricGroup& group) const { return range_product(2, group.degree); }
    Order operator()(const GeneratedGroup& group) const {
        if (group.degree > largest_generated_degree) return std::nullopt;
        const auto sizes = basic_orbit_sizes(group.degree, group.generators);
        if (!sizes) return std::nullopt;
        Integer product = 1;
        for (const std::size_t size : *sizes)
            product *= size;
        return product;
    }
    Order operator()(const DirectSum& group) const { return times(order_of(group.left), order_of(group.right)); }
    Order operator()(const GroupProduct& group) const { return times(order_of(group.left), order_of(group.right)); }
    Order operator()(const WreathProduct& group) const {
        const Order inner = order_of(group.inner);
        if (!inner) return std::nullopt;
        const Integer power = boost::multiprecision::pow(*inner, static_cast<unsigned>(group.outer.degree()));
        return times(power, order_of(group.outer));
    }
    Order operator()(const NamedGroup& group) const { return order_of(group.meaning); }
    Order operator()(const RelabelledGroup& group) const { return order_of(group.group); }
};

Order order_of(const Group& group) {
    return std::visit(OrderOf{}, group.form().value);
}

} // namespace

std::string group_order(const Group& group) {
    const Order order = order_of(group);
    return order ? order->str() : "";
}

} // namespace limsym::symmetry
