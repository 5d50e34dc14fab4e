// SPDX-License-Identifier: MIT
#include "flatgrid/archive/own_build.hpp"

#include "flatgrid/results/provenance.hpp"

namespace flatgrid::archive {

bool is_of_this_build(const results::ResultsReader& results) {
  return results.attribute("flatgrid_version") == results::version() &&
         results.attribute("git_commit") == results::git_commit() &&
         results.attribute("build") == results::build_description();
}

}  // namespace flatgrid::archive
