// SPDX-License-Identifier: MIT
/// Files of this build and of others.
#pragma once

#include "flatgrid/results/reader.hpp"

namespace flatgrid::archive {

/// Whether this very build wrote a results file: version, commit and build description are its own.
/// What another one computes may differ in the last bits.
bool is_of_this_build(const results::ResultsReader& results);

}  // namespace flatgrid::archive
