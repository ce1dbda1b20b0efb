// The version that results carry.
#pragma once

#include <string_view>

namespace limsym::base {

/// "MAJOR.MINOR.PATCH" of the build.
[[nodiscard]] std::string_view version();

} // namespace limsym::base
