# SPDX-License-Identifier: MIT
# Finds the dependencies of flatgrid. Lists every missing one with its name, its Debian package and the variable for its
# location.

set(missing)
macro(flatgrid_missing name package variable)
  list(APPEND missing "  ${name}: Debian package ${package}, or -D ${variable}")
endmacro()

# A header-only library: VARIABLE is the folder that contains HEADER.
macro(flatgrid_find_headers name package variable header)
  find_path(${variable} ${header})
  if(NOT EXISTS "${${variable}}/${header}")
    flatgrid_missing("${name}" ${package} "${variable}=FOLDER (the one with ${header})")
  endif()
endmacro()

find_package(Eigen3 3.4 QUIET NO_MODULE)
if(NOT Eigen3_FOUND)
  flatgrid_missing("Eigen 3.4" libeigen3-dev Eigen3_ROOT=FOLDER)
endif()
find_package(Boost 1.74 QUIET CONFIG COMPONENTS program_options)
if(NOT Boost_FOUND)
  flatgrid_missing("Boost 1.74 with Program_options" libboost-program-options-dev Boost_ROOT=FOLDER)
endif()
find_package(fmt QUIET)
if(NOT fmt_FOUND)
  flatgrid_missing(fmt libfmt-dev fmt_ROOT=FOLDER)
endif()
find_package(nlohmann_json 3.9 QUIET)
if(NOT nlohmann_json_FOUND)
  flatgrid_missing("nlohmann_json 3.9" nlohmann-json3-dev nlohmann_json_ROOT=FOLDER)
endif()
find_package(Threads REQUIRED)
flatgrid_find_headers(Random123 librandom123-dev RANDOM123_INCLUDE_DIR Random123/philox.h)
flatgrid_find_headers(cereal libcereal-dev CEREAL_INCLUDE_DIR cereal/cereal.hpp)
flatgrid_find_headers(Spectra libspectra-dev SPECTRA_INCLUDE_DIR Spectra/SymEigsSolver.h)

find_file(FLATGRID_CHART_JS chart.min.js
          PATH_SUFFIXES share/javascript/chart.js share/nodejs/chart.js/dist
                        node_modules/chart.js/dist lib/node_modules/chart.js/dist
          DOC "Chart.js 3, minified (Debian: libjs-chart.js)")
if(NOT EXISTS "${FLATGRID_CHART_JS}")
  flatgrid_missing("Chart.js 3" libjs-chart.js "FLATGRID_CHART_JS=FILE (dist/chart.min.js of npm's chart.js@3)")
endif()

if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64|ppc64")
  # binary128 for base/extended_precision.hpp. The header is in GCC's own folder, which other compilers do not search.
  find_path(QUADMATH_INCLUDE_DIR quadmath.h HINTS ${CMAKE_CXX_IMPLICIT_LINK_DIRECTORIES} PATH_SUFFIXES include)
  if(NOT EXISTS "${QUADMATH_INCLUDE_DIR}/quadmath.h")
    flatgrid_missing("quadmath of GCC" "g++" "QUADMATH_INCLUDE_DIR=FOLDER (the one with quadmath.h)")
  endif()
endif()

find_package(MPI COMPONENTS CXX)
if(MPI_FOUND)
  # Two families of MPI that are not binary compatible: Open MPI, and MPICH with its relatives (Intel MPI, MVAPICH,
  # Cray MPICH).
  set(source "${PROJECT_BINARY_DIR}/CMakeFiles/is_open_mpi.cpp")
  file(WRITE "${source}" "#include <mpi.h>\n#ifndef OMPI_MAJOR_VERSION\n#error\n#endif\nint main() {}\n")
  try_compile(is_open_mpi "${PROJECT_BINARY_DIR}/CMakeFiles" SOURCES "${source}" LINK_LIBRARIES MPI::MPI_CXX)
  if(is_open_mpi)
    set(mpi "Open MPI")
    set(debian_mpi openmpi)
  else()
    set(mpi MPICH)
    set(debian_mpi mpich)
  endif()
else()
  flatgrid_missing(MPI "libopenmpi-dev" MPI_HOME=FOLDER)
endif()

set(HDF5_PREFER_PARALLEL ON)
if(MPI_FOUND AND NOT HDF5_ROOT AND "$ENV{HDF5_ROOT}" STREQUAL "" AND NOT HDF5_DIR)
  # Debian has an HDF5 for each MPI. The search first calls Debian's compiler wrapper, which belongs to one of them and
  # fails in a path with a space. The wrapper of another HDF5 takes precedence.
  find_program(wrapper NAMES h5pcc h5cc NAMES_PER_DIR NO_CACHE)
  set(of_debian "/usr/lib/${CMAKE_LIBRARY_ARCHITECTURE}/hdf5/${debian_mpi}")
  if(EXISTS "${of_debian}" AND (NOT wrapper OR wrapper MATCHES "^(/usr)?/bin/"))
    set(HDF5_ROOT "${of_debian}")
  endif()
endif()
find_package(HDF5 1.10.5 COMPONENTS C HL)
if(NOT HDF5_FOUND OR NOT HDF5_IS_PARALLEL)
  if(NOT MPI_FOUND)
    set(debian_mpi openmpi)
  endif()
  flatgrid_missing("HDF5 1.10.5 built with MPI" libhdf5-${debian_mpi}-dev HDF5_ROOT=FOLDER)
endif()

# A changed setting starts a new search for HDF5.
function(flatgrid_forget_hdf5)
  get_directory_property(variables CACHE_VARIABLES)
  list(FILTER variables INCLUDE REGEX "^HDF5_")
  list(REMOVE_ITEM variables HDF5_ROOT)
  foreach(variable IN LISTS variables)
    unset(${variable} CACHE)
  endforeach()
endfunction()

if(missing)
  flatgrid_forget_hdf5()
  list(JOIN missing "\n" missing)
  message(FATAL_ERROR "Dependencies of flatgrid are missing:\n${missing}")
endif()

get_target_property(hdf5_library hdf5::hdf5 LOCATION)
if(EXISTS "${hdf5_library}")
  # Open MPI defines MPI_COMM_WORLD and similar objects as variables with these names.
  file(STRINGS "${hdf5_library}" names_of_open_mpi REGEX "ompi_mpi_" LIMIT_COUNT 1)
  if(names_of_open_mpi)
    set(mpi_of_hdf5 "Open MPI")
  else()
    set(mpi_of_hdf5 MPICH)
  endif()
  if(NOT mpi_of_hdf5 STREQUAL mpi)
    flatgrid_forget_hdf5()
    message(FATAL_ERROR "  ${hdf5_library} is built for ${mpi_of_hdf5}, but the MPI found (${MPI_CXX_COMPILER}) is \
${mpi}: set HDF5_ROOT to an HDF5 of ${mpi} (Debian: libhdf5-${debian_mpi}-dev), or MPI_HOME or MPI_CXX_COMPILER to \
${mpi_of_hdf5}")
  endif()
endif()
