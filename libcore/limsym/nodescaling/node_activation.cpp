#include "limsym/nodescaling/node_activation.hpp"

#include <algorithm>
#include <numbers>

#include "limsym/base/error.hpp"

namespace limsym::nodescaling {

const std::vector<std::string>& NodeActivation::names() {
    static const std::vector<std::string> all{"relu", "gelu", "tanh", "erf", "swish", "softplus"};
    return all;
}

NodeActivation::NodeActivation(const std::string& name) : name_(name), relu_(name == "relu") {
    if (std::find(names().begin(), names().end(), name) == names().end())
        throw base::InputError(base::quoted(name) + " is not supported; expected one of " + base::join(names()) +
                               base::did_you_mean(name, names()));
    block_ = network::BlockActivation(network::parse_activation(name, "--activation"));
}

template <typename T>
void NodeActivation::evaluate(const T* z, T* value, T* slope, std::size_t count) const {
    if (!relu_) {
        block_.evaluate<T>(z, value, slope, nullptr, count);
        return;
    }
    if (slope != nullptr)
        for (std::size_t i = 0; i < count; ++i)
            slope[i] = z[i] > T{0} ? T{1} : T{0};
    if (value != nullptr)
        for (std::size_t i = 0; i < count; ++i)
            value[i] = z[i] > T{0} ? z[i] : T{0};
}

template void NodeActivation::evaluate<double>(const double*, double*, double*, std::size_t) const;
template void NodeActivation::evaluate<float>(const float*, float*, float*, std::size_t) const;

double NodeActivation::largest_slope() const {
    if (name_ == "erf") return 2.0 * std::numbers::inv_sqrtpi;
    if (name_ == "gelu") return 1.1289;
    if (name_ == "swish") return 1.0998;
    return 1.0;
}

} // namespace limsym::nodescaling
