#include "limsym/base/version.hpp"

namespace limsym::base {

std::string_view version() {
    return LIMSYM_VERSION;
}

} // namespace limsym::base
