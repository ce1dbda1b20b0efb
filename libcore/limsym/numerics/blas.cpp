#include "limsym/numerics/blas.hpp"

#include <mutex>

#include <cblas.h>

namespace limsym::numerics {

void use_serial_blas() {
    static std::once_flag once;
    std::call_once(once, [] { openblas_set_num_threads(1); });
}

std::string blas_description() {
    // The configuration reads "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ...": name and version come first.
    const std::string configuration = openblas_get_config();
    const std::size_t name_end = configuration.find(' ');
    const std::size_t version_end =
        name_end == std::string::npos ? std::string::npos : configuration.find(' ', name_end + 1);
    return configuration.substr(0, version_end) + " " + openblas_get_corename();
}

} // namespace limsym::numerics
