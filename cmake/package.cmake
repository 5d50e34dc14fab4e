# SPDX-License-Identifier: MIT
# `cpack -G DEB` makes a Debian package of what `cmake --install` installs; the target `uninstall` removes what the
# last `cmake --install` from this build folder wrote.
if(NOT PROJECT_IS_TOP_LEVEL)
  return()
endif()

# CMake's install_manifest.txt does not include DESTDIR, and cpack overwrites it: with it, `uninstall` would remove
# the files of a package that is installed in /usr.
set(installed "${PROJECT_BINARY_DIR}/installed_files.txt")
install(CODE "
  if(NOT \"\$ENV{DESTDIR}\" MATCHES \"/_CPack_Packages/\")
    list(TRANSFORM CMAKE_INSTALL_MANIFEST_FILES PREPEND \"\$ENV{DESTDIR}\" OUTPUT_VARIABLE files)
    list(JOIN files \"\\n\" files)
    file(WRITE \"${installed}\" \"\${files}\\n\")
  endif()")
add_custom_target(uninstall COMMAND "${CMAKE_COMMAND}" -D "INSTALLED=${installed}"
                                    -P "${CMAKE_CURRENT_LIST_DIR}/uninstall.cmake" VERBATIM)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "The flatgrid developers")
set(CPACK_RESOURCE_FILE_LICENSE "${PROJECT_SOURCE_DIR}/LICENSE")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)  # the libraries that the program is linked to
if(debian_mpi STREQUAL mpich)
  set(CPACK_DEBIAN_PACKAGE_DEPENDS mpich)  # mpirun
else()
  set(CPACK_DEBIAN_PACKAGE_DEPENDS openmpi-bin)
endif()
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS gnuplot-nox)  # figures for papers
# The headers that programs using the library include.
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "g++, cmake, libeigen3-dev, libspectra-dev, librandom123-dev, libcereal-dev, \
libboost-program-options-dev, libfmt-dev, nlohmann-json3-dev, lib${debian_mpi}-dev, libhdf5-${debian_mpi}-dev")
set(CPACK_PROJECT_CONFIG_FILE "${CMAKE_CURRENT_LIST_DIR}/check_package.cmake")
set(CPACK_FLATGRID_NATIVE "${FLATGRID_NATIVE}")
include(CPack)
