# SPDX-License-Identifier: MIT
# cpack reads this file first.
if(CPACK_FLATGRID_NATIVE)
  message(FATAL_ERROR "This build is for the processor of this machine (FLATGRID_NATIVE=ON) and may not run on another. "
                      "Build the package from the preset `package`: cmake --preset package")
endif()
