# SPDX-License-Identifier: MIT
# The page of a report and the script that draws its charts, as texts for src/report/page.cpp.

find_file(FLATGRID_CHART_JS chart.min.js
          PATHS /usr/share/javascript/chart.js /usr/share/nodejs/chart.js/dist REQUIRED
          DOC "Chart.js 3, minified (Debian: libjs-chart.js)")
file(READ "${FLATGRID_CHART_JS}" CHART_JS)
file(READ "${PROJECT_SOURCE_DIR}/src/report/page.html" PAGE_TEMPLATE)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
             "${FLATGRID_CHART_JS}" "${PROJECT_SOURCE_DIR}/src/report/page.html")
configure_file("${CMAKE_CURRENT_LIST_DIR}/page_template.hpp.in"
               "${PROJECT_BINARY_DIR}/generated/report/page_template.hpp" @ONLY)
target_include_directories(flatgrid_report PRIVATE "${PROJECT_BINARY_DIR}/generated/report")
