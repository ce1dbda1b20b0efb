// Which compiled version of the inner loops this processor runs.
#pragma once

namespace limsym::numerics {

enum class InstructionSet { generic, avx2, avx512 };

/// The best set that the processor has; the environment variable LIMSYM_VMATH=generic or avx2 asks for less.
[[nodiscard]] InstructionSet instruction_set();

} // namespace limsym::numerics
