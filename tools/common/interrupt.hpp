// SIGINT and SIGTERM: the end of the process, or a question that long work asks at safe points.
#pragma once

#include <string>

namespace limsym::cli {

/// From here on SIGINT or SIGTERM ends the process at once with the line "TOOL: interrupted" and status 130 or 143;
/// files under temporary names are removed. A signal that the parent process has set to be ignored stays ignored.
void end_on_interrupt(const std::string& tool);

/// From here on the first SIGINT or SIGTERM is only remembered; the second ends the process as above.
void catch_interrupts();

/// The signal that was remembered, or 0.
[[nodiscard]] int interrupt_signal();

} // namespace limsym::cli
