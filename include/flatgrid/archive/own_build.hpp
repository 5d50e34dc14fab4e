// SPDX-License-Identifier: MIT
/// Distinguishes results files of this build from those of other builds.
#pragma once

#include "flatgrid/results/reader.hpp"

namespace flatgrid::archive {

/// Whether this build wrote a results file: version, commit and build description are equal. The results of
/// another build may differ in the last bits.
bool is_of_this_build(const results::ResultsReader& results);

}  // namespace flatgrid::archive
