# SPDX-License-Identifier: MIT
# Shortens the build without changing the program or the results of tests: with GCC, common headers are parsed once
# and Eigen's products are compiled once; a folder that computes no figures is compiled as one file
# (FLATGRID_QUICK_BUILD=OFF: file by file, for work on that folder); tests are compiled with little optimization.
# Files that compute figures are compiled one by one, with the flags of the whole program, so that the bits of figures
# do not depend on these options. The `headers` test checks that every header includes what it needs.
# tests/benchmark/README.md has the time that each step saves.

set(FLATGRID_PRECOMPILED <algorithm> <cmath> <cstdint> <filesystem> <functional> <memory> <optional> <sstream>
    <string> <vector> "${PROJECT_SOURCE_DIR}/cmake/eigen_products.hpp" <fmt/format.h>)

# Folders and files that are compiled one by one.
set(FLATGRID_COMPUTES_FIGURES "^(cmake|src/(base/(decompositions|exact_dot)|grid/measurement|random|network|problem|measure|algorithm))[./]")

set(precompile_headers OFF)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  set(precompile_headers ON)
endif()
# ccache requires the first option. Garbage collection in the compiler takes 5 to 8 % of the time of a file with many
# templates.
set(flags_of_precompiled -fpch-preprocess "SHELL:--param ggc-min-heapsize=1000000")

# The names that a source defines outside of classes and functions, in `result`: lines that begin with them or with
# their type, as clang-format leaves them. Two files with a common name are not compiled as one: both may have it in
# their unnamed namespaces.
function(flatgrid_names_of source result)
  file(READ "${source}" text)
  string(REGEX MATCHALL "\n(struct|class|enum class|enum) [A-Za-z_0-9]+|\nusing [A-Za-z_0-9]+ =|\n[A-Za-z_][A-Za-z0-9_:<>,*& ]* [*&]*[A-Za-z_][A-Za-z0-9_]*( =|[({])"
         definitions "${text}")
  list(FILTER definitions EXCLUDE REGEX "^\nnamespace ")
  list(TRANSFORM definitions REPLACE "( =|[({])$" "")
  list(TRANSFORM definitions REPLACE ".*[ *&\n]" "")
  list(REMOVE_DUPLICATES definitions)
  set(${result} "${definitions}" PARENT_SCOPE)
endfunction()

# The names that the headers of a room define, in `result`; a room is the last part of a namespace flatgrid::ROOM.
function(flatgrid_names_of_room room result)
  get_property(known GLOBAL PROPERTY "flatgrid_names_of_${room}" SET)
  if(NOT known)
    file(GLOB headers "${PROJECT_SOURCE_DIR}/include/flatgrid/${room}/*.hpp"
                      "${PROJECT_SOURCE_DIR}/include/flatgrid/algorithm/${room}/*.hpp")
    set(all)
    foreach(header IN LISTS headers)
      flatgrid_names_of("${header}" names)
      list(APPEND all ${names})
    endforeach()
    set_property(GLOBAL PROPERTY "flatgrid_names_of_${room}" "${all}")
  endif()
  get_property(names GLOBAL PROPERTY "flatgrid_names_of_${room}")
  set(${result} "${names}" PARENT_SCOPE)
endfunction()

# The names of all rooms whose namespaces a source opens, in `result`.
function(flatgrid_opened_names source result)
  file(STRINGS "${source}" opened REGEX "^using namespace flatgrid::")
  set(all)
  foreach(line IN LISTS opened)
    string(REGEX REPLACE ".*::([a-z]+);.*" "\\1" room "${line}")
    flatgrid_names_of_room("${room}" names)
    list(APPEND all ${names})
  endforeach()
  set(${result} "${all}" PARENT_SCOPE)
endfunction()

# Whether two lists have a common element, in `result`.
function(flatgrid_have_common one other result)
  set(rest "${${one}}")
  list(REMOVE_ITEM rest ${${other}} "")
  list(LENGTH ${one} before)
  list(LENGTH rest after)
  if(after LESS before)
    set(${result} ON PARENT_SCOPE)
  else()
    set(${result} OFF PARENT_SCOPE)
  endif()
endfunction()

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
      file(RELATIVE_PATH relative "${PROJECT_SOURCE_DIR}" "${source}")
      get_filename_component(folder "${relative}" DIRECTORY)
      if(NOT relative MATCHES "${FLATGRID_COMPUTES_FIGURES}" AND NOT source MATCHES "/statistics.cpp$")
        flatgrid_names_of("${source}" names)
        flatgrid_have_common(names "names_of_${folder}" common)
        if(NOT common)
          list(APPEND "names_of_${folder}" ${names})
          set_source_files_properties("${source}" PROPERTIES UNITY_GROUP "${folder}")
        endif()
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
  # Each source joins the first group of less than eight files that neither defines nor opens any of its names, and that
  # defines none that the source opens.
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  get_target_property(sources ${target} SOURCES)
  foreach(source IN LISTS sources)
    get_filename_component(source "${source}" ABSOLUTE)
    flatgrid_names_of("${source}" names)
    flatgrid_opened_names("${source}" opened)
    set(group 0)
    while(TRUE)
      list(LENGTH "files_of_${group}" files)
      flatgrid_have_common(names "names_of_${group}" common)
      flatgrid_have_common(names "opened_by_${group}" hidden)
      flatgrid_have_common(opened "names_of_${group}" hiding)
      if(files LESS 8 AND NOT common AND NOT hidden AND NOT hiding)
        break()
      endif()
      math(EXPR group "${group} + 1")
    endwhile()
    list(APPEND "files_of_${group}" "${source}")
    list(APPEND "names_of_${group}" ${names})
    list(APPEND "opened_by_${group}" ${opened})
    set_source_files_properties("${source}" PROPERTIES UNITY_GROUP "tests_${group}")
  endforeach()
endfunction()
