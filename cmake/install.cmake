# SPDX-License-Identifier: MIT
# What `cmake --install` installs: the program with its manual pages and completion, the libraries with
# headers and a CMake package, jobs/ and data/.
include(CMakePackageConfigHelpers)

set(libraries flatgrid_core flatgrid_parallel flatgrid_results flatgrid_archive flatgrid_campaign flatgrid_report)
foreach(library IN LISTS libraries)
  string(REPLACE "flatgrid_" "" name ${library})
  set_target_properties(${library} PROPERTIES EXPORT_NAME ${name})
  if(FLATGRID_NATIVE)
    # Eigen's alignment depends on the instruction set: a program that links the library must use the same one.
    target_compile_options(${library} INTERFACE "$<INSTALL_INTERFACE:-march=native>")
  endif()
endforeach()
install(TARGETS flatgrid)
install(TARGETS ${libraries} EXPORT flatgrid)
install(DIRECTORY include/ DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")

set(package "${CMAKE_INSTALL_LIBDIR}/cmake/flatgrid")
install(EXPORT flatgrid NAMESPACE flatgrid:: FILE flatgrid-targets.cmake DESTINATION "${package}")
configure_package_config_file(cmake/flatgrid-config.cmake.in flatgrid-config.cmake
                              INSTALL_DESTINATION "${package}")
write_basic_package_version_file(flatgrid-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/flatgrid-config.cmake"
              "${PROJECT_BINARY_DIR}/flatgrid-config-version.cmake" DESTINATION "${package}")

# The program writes manual pages and completion after it is linked, from the tables that its help uses.
set(help "${PROJECT_BINARY_DIR}/help")
if(CMAKE_CROSSCOMPILING AND NOT CMAKE_CROSSCOMPILING_EMULATOR)
  message(STATUS "No manual pages and no completion: cross-compiling without CMAKE_CROSSCOMPILING_EMULATOR")
else()
  add_custom_command(
    TARGET flatgrid POST_BUILD
    COMMAND "${CMAKE_COMMAND}" -D "PROGRAM=${CMAKE_CROSSCOMPILING_EMULATOR};$<TARGET_FILE:flatgrid>"
            -D "FOLDER=${help}" -P "${CMAKE_CURRENT_LIST_DIR}/write_help.cmake"
    VERBATIM)
  install(FILES "${help}/flatgrid.1" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1" OPTIONAL)
  install(FILES "${help}/flatgrid.5" DESTINATION "${CMAKE_INSTALL_MANDIR}/man5" OPTIONAL)
  install(FILES "${help}/flatgrid" DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions" OPTIONAL)
endif()

# Everything except the files that build the program from its sources.
install(DIRECTORY jobs DESTINATION "${CMAKE_INSTALL_DATADIR}/flatgrid" USE_SOURCE_PERMISSIONS
        PATTERN quickstart.sh EXCLUDE PATTERN experiments.sh EXCLUDE PATTERN build.sh EXCLUDE)
install(DIRECTORY data DESTINATION "${CMAKE_INSTALL_DATADIR}/flatgrid" USE_SOURCE_PERMISSIONS)
install(FILES README.md CHANGELOG.md LICENSE DESTINATION "${CMAKE_INSTALL_DOCDIR}")
install(DIRECTORY docs DESTINATION "${CMAKE_INSTALL_DOCDIR}")
