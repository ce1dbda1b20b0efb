# Sources that need flags of their own, and modules that are loaded on first use.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set_source_files_properties(limsym/numerics/vmath_avx2.cpp PROPERTIES COMPILE_OPTIONS "-mavx2;-mfma")
  target_link_libraries(limsym_core PRIVATE mvec)
else()
  set_source_files_properties(limsym/numerics/vmath_avx2.cpp PROPERTIES HEADER_FILE_ONLY ON)
endif()

# The loops of training over single numbers (network/element_kernels.cpp chooses at run time).
set_source_files_properties(limsym/network/element_kernels_generic.cpp PROPERTIES COMPILE_OPTIONS -fno-trapping-math)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set_source_files_properties(limsym/network/element_kernels_avx2.cpp PROPERTIES
    COMPILE_OPTIONS "-fno-trapping-math;-mavx2;-mfma")
else()
  set_source_files_properties(limsym/network/element_kernels_avx2.cpp PROPERTIES HEADER_FILE_ONLY ON)
endif()

# The inner loops of the tile engine and of the image engine, one file an instruction set; chosen at run time
# (kernel/column_kernels.cpp, kernel/image_kernels.cpp).
set(LIMSYM_COLUMN_FLAGS -fno-trapping-math -fno-signed-zeros)
foreach(loops column image)
  set_source_files_properties(limsym/kernel/${loops}_kernels_generic.cpp PROPERTIES
    COMPILE_OPTIONS "${LIMSYM_COLUMN_FLAGS}")
endforeach()
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  foreach(loops column image)
    set_source_files_properties(limsym/kernel/${loops}_kernels_avx2.cpp PROPERTIES
      COMPILE_OPTIONS "${LIMSYM_COLUMN_FLAGS};-mavx2;-mfma")
    set_source_files_properties(limsym/kernel/${loops}_kernels_avx512.cpp PROPERTIES
      COMPILE_OPTIONS "${LIMSYM_COLUMN_FLAGS};-mavx2;-mfma;-mavx512f;-mavx512dq;-mavx512vl;-mprefer-vector-width=512")
  endforeach()
endif()

# The loops of stable variates and tables likewise (stable/sampler.cpp, stable/law_table.cpp).
set_source_files_properties(limsym/stable/sampler_generic.cpp PROPERTIES COMPILE_OPTIONS "-O3;-fno-trapping-math")
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set_source_files_properties(limsym/stable/sampler_avx2.cpp PROPERTIES
    COMPILE_OPTIONS "-O3;-fno-trapping-math;-mavx2;-mfma")
  set_source_files_properties(limsym/stable/sampler_avx512.cpp PROPERTIES
    COMPILE_OPTIONS "-O3;-fno-trapping-math;-mavx2;-mfma;-mavx512f;-mavx512dq;-mavx512vl;-mprefer-vector-width=512")
endif()

# The sweeps of the SDP layer (satnet/sweep_kernels.cpp); products may be fused into sums there.
set(LIMSYM_SWEEP_FLAGS -O3 -fno-trapping-math -ffp-contract=fast)
set_source_files_properties(limsym/satnet/sweep_kernels_generic.cpp PROPERTIES COMPILE_OPTIONS "${LIMSYM_SWEEP_FLAGS}")
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set_source_files_properties(limsym/satnet/sweep_kernels_avx2.cpp PROPERTIES
    COMPILE_OPTIONS "${LIMSYM_SWEEP_FLAGS};-mavx2;-mfma")
  set_source_files_properties(limsym/satnet/sweep_kernels_avx512.cpp PROPERTIES
    COMPILE_OPTIONS "${LIMSYM_SWEEP_FLAGS};-mavx2;-mfma;-mavx512f;-mavx512dq;-mavx512vl;-mprefer-vector-width=512")
else()
  set_source_files_properties(limsym/satnet/sweep_kernels_avx2.cpp limsym/satnet/sweep_kernels_avx512.cpp
    PROPERTIES HEADER_FILE_ONLY ON)
endif()

# The loops of a training step of shallow networks likewise (nodescaling/descent_kernels.cpp).
set(LIMSYM_DESCENT_FLAGS "-O3;-fno-trapping-math;-ffp-contract=fast")
set_source_files_properties(limsym/nodescaling/descent_kernels_generic.cpp PROPERTIES
  COMPILE_OPTIONS "${LIMSYM_DESCENT_FLAGS}")
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set_source_files_properties(limsym/nodescaling/descent_kernels_avx2.cpp PROPERTIES
    COMPILE_OPTIONS "${LIMSYM_DESCENT_FLAGS};-mavx2;-mfma")
  set_source_files_properties(limsym/nodescaling/descent_kernels_avx512.cpp PROPERTIES
    COMPILE_OPTIONS "${LIMSYM_DESCENT_FLAGS};-mavx2;-mfma;-mavx512f;-mavx512dq;-mavx512vl;-mprefer-vector-width=512")
else()
  set_source_files_properties(limsym/nodescaling/descent_kernels_avx2.cpp
    limsym/nodescaling/descent_kernels_avx512.cpp PROPERTIES HEADER_FILE_ONLY ON)
endif()

# HDF5: limsym_hdf5.so, which libcore/limsym/data/hdf5.cpp loads when a file of that format is met.
find_path(HDF5_INCLUDE hdf5.h PATH_SUFFIXES hdf5/serial)
find_library(HDF5_LIBRARY NAMES hdf5_serial hdf5 PATH_SUFFIXES hdf5/serial)
set_source_files_properties(limsym/data/hdf5.cpp PROPERTIES COMPILE_DEFINITIONS
  "LIMSYM_LIBDIR=\"${CMAKE_INSTALL_LIBDIR}\";LIMSYM_MODULE_DIR=\"${CMAKE_INSTALL_FULL_LIBDIR}/limsym\"")
if(HDF5_INCLUDE AND HDF5_LIBRARY)
  add_library(limsym_hdf5 MODULE limsym/data/hdf5_module.cpp)
  target_include_directories(limsym_hdf5 PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_include_directories(limsym_hdf5 SYSTEM PRIVATE ${HDF5_INCLUDE})
  target_link_libraries(limsym_hdf5 PRIVATE limsym::compile ${HDF5_LIBRARY})
  set_target_properties(limsym_hdf5 PROPERTIES PREFIX "" CXX_VISIBILITY_PRESET hidden
    LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib/limsym)
  add_dependencies(limsym_core limsym_hdf5) # whoever reads files finds it
  install(TARGETS limsym_hdf5 LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/limsym COMPONENT runtime)
else()
  message(STATUS "HDF5 not found: .h5 files will be refused (Debian: libhdf5-dev)")
endif()
