# SPDX-License-Identifier: MIT
# Script: writes OUTPUT from TEMPLATE with the current commit of SOURCE and the other values. The file is
# written only if it changes, so that nothing is rebuilt without need.

set(GIT_COMMIT "unknown")
find_program(GIT git)
if(GIT)
  execute_process(COMMAND "${GIT}" rev-parse --show-prefix
                  WORKING_DIRECTORY "${SOURCE}" RESULT_VARIABLE failed OUTPUT_VARIABLE prefix
                  OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  # A prefix means that the sources are a folder in the checkout of another project.
  if(NOT failed AND prefix STREQUAL "")
    execute_process(COMMAND "${GIT}" describe --always --dirty --abbrev=40 --exclude=*
                    WORKING_DIRECTORY "${SOURCE}" RESULT_VARIABLE failed OUTPUT_VARIABLE commit
                    OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    if(NOT failed)
      set(GIT_COMMIT "${commit}")
    endif()
  endif()
endif()

configure_file("${TEMPLATE}" "${OUTPUT}" @ONLY)
