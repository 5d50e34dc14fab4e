// SPDX-License-Identifier: MIT
#include "flatgrid/archive/own_build.hpp"

#include "flatgrid/results/provenance.hpp"

namespace flatgrid {

bool is_of_this_build(const ResultsReader& results) {
  return results.attribute("flatgrid_version") == version() &&
         results.attribute("git_commit") == git_commit() &&
         results.attribute("build") == build_description();
}

}  // namespace flatgrid
