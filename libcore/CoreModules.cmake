# Sources that need flags of their own, and modules that are loaded on first use.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set_source_files_properties(limsym/numerics/vmath_avx2.cpp PROPERTIES COMPILE_OPTIONS "-mavx2;-mfma")
  target_link_libraries(limsym_core PRIVATE mvec)
else()
  set_source_files_properties(limsym/numerics/vmath_avx2.cpp PROPERTIES HEADER_FILE_ONLY ON)
endif()
