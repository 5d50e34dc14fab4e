# SPDX-License-Identifier: MIT
# If the processor lacks instructions that the program was compiled for, the program names them and ends. This check
# is compiled separately, for any x86-64; the instructions that it tests are those that the compiler defines for the
# processor of this build.

if(NOT CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  return()
endif()

# processor_check(TARGET NEEDED): the check, as a part of an executable.
function(processor_check target needed)
  add_library(${target}_processor_check OBJECT "${PROJECT_SOURCE_DIR}/src/commands/processor.c")
  target_compile_options(${target}_processor_check PRIVATE -march=x86-64)
  target_compile_definitions(${target}_processor_check PRIVATE "FLATGRID_NEEDED=${needed}")
  target_sources(${target} PRIVATE $<TARGET_OBJECTS:${target}_processor_check>)
endfunction()

set(instruction_sets sse3 ssse3 sse4.1 sse4.2 popcnt avx avx2 fma bmi bmi2 avx512f avx512cd avx512bw avx512dq
    avx512vl avx512ifma avx512vbmi avx512vbmi2 avx512vnni avx512bitalg avx512vpopcntdq gfni vpclmulqdq)

separate_arguments(compiler_flags UNIX_COMMAND "${CMAKE_CXX_FLAGS}")
if(FLATGRID_NATIVE)
  list(APPEND compiler_flags -march=native)
endif()
execute_process(COMMAND "${CMAKE_CXX_COMPILER}" ${compiler_flags} -dM -E -x c++ /dev/null
                OUTPUT_VARIABLE macros ERROR_QUIET)
set(needed "")
foreach(instruction_set IN LISTS instruction_sets)
  string(TOUPPER "${instruction_set}" macro)
  string(REPLACE "." "_" macro "${macro}")
  if(macros MATCHES "#define __${macro}__ ")
    string(APPEND needed "NEED(\"${instruction_set}\") ")
  endif()
endforeach()

if(needed)
  processor_check(flatgrid "${needed}")
endif()
