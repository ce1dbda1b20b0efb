# Sources that need flags of their own, and modules that are loaded on first use.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set_source_files_properties(limsym/numerics/vmath_avx2.cpp PROPERTIES COMPILE_OPTIONS "-mavx2;-mfma")
  target_link_libraries(limsym_core PRIVATE mvec)
else()
  set_source_files_properties(limsym/numerics/vmath_avx2.cpp PROPERTIES HEADER_FILE_ONLY ON)
endif()

# The tile engine's inner loops, one file an instruction set; chosen at run time (kernel/column_kernels.cpp).
set(LIMSYM_COLUMN_FLAGS -fno-trapping-math -fno-signed-zeros)
set_source_files_properties(limsym/kernel/column_kernels_generic.cpp PROPERTIES COMPILE_OPTIONS "${LIMSYM_COLUMN_FLAGS}")
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set_source_files_properties(limsym/kernel/column_kernels_avx2.cpp PROPERTIES
    COMPILE_OPTIONS "${LIMSYM_COLUMN_FLAGS};-mavx2;-mfma")
  set_source_files_properties(limsym/kernel/column_kernels_avx512.cpp PROPERTIES
    COMPILE_OPTIONS "${LIMSYM_COLUMN_FLAGS};-mavx2;-mfma;-mavx512f;-mavx512dq;-mavx512vl;-mprefer-vector-width=512")
endif()
