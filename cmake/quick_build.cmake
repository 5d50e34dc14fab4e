# SPDX-License-Identifier: MIT
# Shortens the build without changing the program or the results of tests: with GCC, common headers are parsed once
# and Eigen's products are compiled once; a folder that computes no figures is compiled as one file
# (FLATGRID_QUICK_BUILD=OFF: file by file, for work on that folder); tests are compiled with little optimization.
# Files that compute figures are compiled one by one, with the flags of the whole program, so that the bits of figures
# do not depend on these options. The `headers` test checks that every header includes what it needs.
# tests/benchmark/README.md has the time that each step saves.

set(FLATGRID_PRECOMPILED <algorithm> <cmath> <cstdint> <filesystem> <functional> <memory> <optional> <sstream>
    <string> <vector> "${PROJECT_SOURCE_DIR}/cmake/eigen_products.hpp" <fmt/format.h>)

# Folders whose files are compiled one by one.
set(FLATGRID_COMPUTES_FIGURES "^(cmake|src/(base|random|network|problem|measure|algorithm|grid))(/|$)")

set(precompile_headers OFF)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  set(precompile_headers ON)
endif()
# ccache requires the first option. Garbage collection in the compiler takes 5 to 8 % of the time of a file with many
# templates.
set(flags_of_precompiled -fpch-preprocess "SHELL:--param ggc-min-heapsize=1000000")

# A library of the program: it uses the precompiled headers of flatgrid_core, which comes first.
function(flatgrid_quick_build target)
  if(precompile_headers)
    target_compile_options(${target} PRIVATE ${flags_of_precompiled})
    if(target STREQUAL "flatgrid_core")
      target_precompile_headers(${target} PRIVATE ${FLATGRID_PRECOMPILED})
      target_sources(${target} PRIVATE "${PROJECT_SOURCE_DIR}/cmake/eigen_products.cpp")
      set_source_files_properties("${PROJECT_SOURCE_DIR}/cmake/eigen_products.cpp"
                                  PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
    else()
      target_precompile_headers(${target} REUSE_FROM flatgrid_core)
    endif()
  endif()
  if(FLATGRID_QUICK_BUILD)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
    get_target_property(sources ${target} SOURCES)
    foreach(source IN LISTS sources)
      # src/report and src/report/judgement are two files: one takes 34 s and 1.8 GB.
      file(RELATIVE_PATH folder "${PROJECT_SOURCE_DIR}" "${source}")
      get_filename_component(folder "${folder}" DIRECTORY)
      if(NOT folder MATCHES "${FLATGRID_COMPUTES_FIGURES}" AND NOT source MATCHES "/statistics.cpp$")
        set_source_files_properties("${source}" PROPERTIES UNITY_GROUP "${folder}")
      endif()
    endforeach()
  endif()
endfunction()

# An executable of tests: it has its own precompiled headers, or uses those of another one.
function(flatgrid_quick_tests target)
  if(NOT precompile_headers)
    return()
  endif()
  target_compile_options(${target} PRIVATE ${flags_of_precompiled} -O1)
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
