// SIGINT and SIGTERM as a question that long work asks at safe points.
#pragma once

namespace limsym::cli {

/// From here on the first SIGINT or SIGTERM is only remembered; the second ends the process.
void catch_interrupts();

/// The signal that was remembered, or 0.
[[nodiscard]] int interrupt_signal();

} // namespace limsym::cli
