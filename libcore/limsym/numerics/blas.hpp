// OpenBLAS as limsym uses it: one thread a call, parallelism from fixed tiles (base/parallel.hpp), because the bits of
// OpenBLAS's own threaded routines depend on the number of threads.
#pragma once

#include <string>

namespace limsym::numerics {

/// Makes every BLAS and LAPACK call of this process single-threaded; cheap, may be called again.
void use_serial_blas();
/// Library, version and core type ("OpenBLAS 0.3.21 SkylakeX") for --version --verbose.
[[nodiscard]] std::string blas_description();

} // namespace limsym::numerics
