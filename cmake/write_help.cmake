# SPDX-License-Identifier: MIT
# Script: PROGRAM writes its manual pages and its completion into FOLDER. If the program does not run on this machine
# (compiled for another processor), both are omitted, and the build does not fail.

file(REMOVE_RECURSE "${FOLDER}")
file(MAKE_DIRECTORY "${FOLDER}")
foreach(page "flatgrid.1 --man" "flatgrid.5 --man keys" "flatgrid --completion")
  string(REPLACE " " ";" words "${page}")
  list(POP_FRONT words name)
  execute_process(COMMAND ${PROGRAM} help ${words}
                  OUTPUT_FILE "${FOLDER}/${name}" ERROR_VARIABLE errors RESULT_VARIABLE result)
  if(NOT result EQUAL 0)
    file(REMOVE_RECURSE "${FOLDER}")
    message("No manual pages and no completion: the program does not run on this machine (${result})\n${errors}")
    return()
  endif()
endforeach()
