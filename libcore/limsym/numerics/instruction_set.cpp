#include "limsym/numerics/instruction_set.hpp"

#include <cstdlib>
#include <string_view>

namespace limsym::numerics {

InstructionSet instruction_set() {
#if defined(__x86_64__)
    const char* wanted = std::getenv("LIMSYM_VMATH");
    const bool generic = wanted != nullptr && std::string_view(wanted) == "generic";
    const bool no_512 = generic || (wanted != nullptr && std::string_view(wanted) == "avx2");
    if (!no_512 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
        return InstructionSet::avx512;
    if (!generic && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return InstructionSet::avx2;
#endif
    return InstructionSet::generic;
}

} // namespace limsym::numerics
