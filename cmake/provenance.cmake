# SPDX-License-Identifier: MIT
# Provenance of the build for src/results/provenance.cpp. Runs at every build, not only at configure,
# so that the commit recorded in results files is the one that was compiled.

string(TOUPPER "${CMAKE_BUILD_TYPE}" build_type)
get_target_property(options flatgrid_options INTERFACE_COMPILE_OPTIONS)
list(FILTER options EXCLUDE REGEX "^-W")
list(JOIN options " " options)
string(STRIP "${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${build_type}} ${options}" flags)
if(FLATGRID_NATIVE)
  # Machine code and bits differ between processors, which are identified by the macros that the compiler
  # defines for them.
  execute_process(COMMAND "${CMAKE_CXX_COMPILER}" -march=native -dM -E -x c++ /dev/null
                  OUTPUT_VARIABLE macros ERROR_QUIET)
  string(SHA1 processor "${macros}")
  string(SUBSTRING "${processor}" 0 8 processor)
  string(APPEND flags " (${processor})")
endif()

set(provenance "${PROJECT_BINARY_DIR}/generated/provenance_of_build.hpp")
add_custom_target(
  flatgrid_provenance
  COMMAND ${CMAKE_COMMAND} -D "SOURCE=${PROJECT_SOURCE_DIR}"
          -D "TEMPLATE=${CMAKE_CURRENT_LIST_DIR}/provenance_of_build.hpp.in" -D "OUTPUT=${provenance}"
          -D "VERSION=${PROJECT_VERSION}"
          -D "COMPILER=${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}" -D "FLAGS=${flags}"
          -P "${CMAKE_CURRENT_LIST_DIR}/write_provenance.cmake"
  BYPRODUCTS "${provenance}"
  COMMENT "Recording the commit of this build"
  VERBATIM)
add_dependencies(flatgrid_results flatgrid_provenance)
target_include_directories(flatgrid_results PRIVATE "${PROJECT_BINARY_DIR}/generated")
