# limsym::compile carries the flags of our own sources; installed consumers never see it.
add_library(limsym_compile INTERFACE)
add_library(limsym::compile ALIAS limsym_compile)

target_compile_options(limsym_compile INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual -Wdouble-promotion -Wformat=2
  -fno-math-errno -ffp-contract=off)
# g++ 12 sees overlapping copies in plain string concatenation (its bug 105651).
target_compile_options(limsym_compile INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
if(LIMSYM_WERROR)
  target_compile_options(limsym_compile INTERFACE -Werror)
endif()
if(LIMSYM_SANITIZE)
  target_compile_options(limsym_compile INTERFACE
    -fsanitize=${LIMSYM_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(limsym_compile INTERFACE -fsanitize=${LIMSYM_SANITIZE})
endif()
if(LIMSYM_COVERAGE)
  target_compile_options(limsym_compile INTERFACE --coverage)
  target_link_options(limsym_compile INTERFACE --coverage)
endif()
target_compile_definitions(limsym_compile INTERFACE $<$<CONFIG:Debug>:_GLIBCXX_ASSERTIONS>)
