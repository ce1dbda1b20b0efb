// Files under temporary names, which must go when a signal ends the process before they are finished.
#pragma once

#include <string>

namespace limsym::base {

/// From here on remove_unfinished_files() removes `path`; forget_unfinished() with the same text ends that. At most 64
/// at a time, further ones and paths of 4096 bytes are not remembered. Safe from any thread.
void remember_unfinished(const std::string& path);
void forget_unfinished(const std::string& path);

/// May be called from a signal handler, once, before the process ends.
void remove_unfinished_files() noexcept;

} // namespace limsym::base
