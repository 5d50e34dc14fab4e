# SPDX-License-Identifier: MIT
# The page of a report and the script that draws its charts, as texts for src/report/page.cpp.

file(READ "${FLATGRID_CHART_JS}" CHART_JS)
file(READ "${PROJECT_SOURCE_DIR}/src/report/page.html" PAGE_TEMPLATE)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
             "${FLATGRID_CHART_JS}" "${PROJECT_SOURCE_DIR}/src/report/page.html")
configure_file("${CMAKE_CURRENT_LIST_DIR}/page_template.hpp.in"
               "${PROJECT_BINARY_DIR}/generated/report/page_template.hpp" @ONLY)
target_include_directories(flatgrid_report PRIVATE "${PROJECT_BINARY_DIR}/generated/report")
# The script is one string, longer than the minimum that compilers must support.
set_source_files_properties("${PROJECT_SOURCE_DIR}/src/report/page.cpp"
                            PROPERTIES COMPILE_OPTIONS -Wno-overlength-strings)
