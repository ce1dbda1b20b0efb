// British and American spelling of option names: one is documented, both are accepted.
#pragma once

#include <optional>
#include <string>

namespace limsym::cli {

/// The name as the other side of the Atlantic spells it ("--standardise" <-> "--standardize"), or nothing.
[[nodiscard]] std::optional<std::string> other_spelling(const std::string& name);

} // namespace limsym::cli
