# SPDX-License-Identifier: MIT
# The compiler is spared what changes neither the program nor what the tests see: with GCC, what nearly every
# file includes is parsed once, Eigen's products are compiled once, tests are hardly optimized. With
# FLATGRID_QUICK_BUILD, as CI builds, files are compiled together as well. CMAKE_DISABLE_PRECOMPILE_HEADERS=ON
# shows whether every file includes what it needs.

set(FLATGRID_PRECOMPILED <algorithm> <cmath> <cstdint> <filesystem> <functional> <memory> <optional> <sstream>
    <string> <vector> "${PROJECT_SOURCE_DIR}/cmake/eigen_products.hpp" <fmt/format.h>)

set(precompile_headers OFF)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" OR FLATGRID_QUICK_BUILD)
  set(precompile_headers ON)
endif()

if(FLATGRID_QUICK_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # A tenth of the time that the templates take goes into collecting the compiler's garbage.
  target_compile_options(flatgrid_options INTERFACE "SHELL:--param ggc-min-heapsize=1000000")
endif()

# A part of the program: parsed headers are those of flatgrid_core, which comes first. What computes no
# figures is compiled room by room.
function(flatgrid_quick_build target)
  if(NOT precompile_headers)
    return()
  endif()
  target_compile_options(${target} PRIVATE -fpch-preprocess)  # ccache wants it
  if(target STREQUAL "flatgrid_core")
    target_precompile_headers(${target} PRIVATE ${FLATGRID_PRECOMPILED})
    target_sources(${target} PRIVATE "${PROJECT_SOURCE_DIR}/cmake/eigen_products.cpp")
    set_source_files_properties("${PROJECT_SOURCE_DIR}/cmake/eigen_products.cpp"
                                PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
  else()
    target_precompile_headers(${target} REUSE_FROM flatgrid_core)
  endif()
  if(NOT FLATGRID_QUICK_BUILD)
    return()
  endif()
  if(target STREQUAL "flatgrid_core")
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
    foreach(room configuration grid schedule)
      file(GLOB room_sources "${PROJECT_SOURCE_DIR}/src/${room}/*.cpp")
      list(FILTER room_sources EXCLUDE REGEX "grid/measurement.cpp$")
      set_source_files_properties(${room_sources} PROPERTIES UNITY_GROUP ${room})
    endforeach()
  else()
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
  endif()
endfunction()

# An executable of tests; parsed headers are its own, or those of another one.
function(flatgrid_quick_tests target)
  if(NOT precompile_headers)
    return()
  endif()
  target_compile_options(${target} PRIVATE -fpch-preprocess -O1)
  if(ARGN)
    target_precompile_headers(${target} REUSE_FROM ${ARGN})
  else()
    target_precompile_headers(${target} PRIVATE ${FLATGRID_PRECOMPILED} <catch2/catch.hpp>)
  endif()
  if(NOT FLATGRID_QUICK_BUILD)
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
endfunction()
