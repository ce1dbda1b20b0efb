// --which of commands that read a kernel.
#pragma once

#include <optional>
#include <string>

namespace limsym::tools {

/// The kernel that --which asks for; nothing when it was not given (the value is empty then).
[[nodiscard]] inline std::optional<std::string> asked_kernel(const std::string& which) {
    return which.empty() ? std::nullopt : std::optional<std::string>(which);
}

} // namespace limsym::tools
