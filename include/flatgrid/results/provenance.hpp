// SPDX-License-Identifier: MIT
/// What this program was built from; stored in every results file.
#pragma once

#include <string>
#include <string_view>

namespace flatgrid {

class ResultsReader;

/// The version of flatgrid, "0.1.0".
std::string_view version();

/// The commit this program was built from, 40 hexadecimal digits, with "-dirty" if tracked files
/// had been changed; "unknown" when it was not built from a git checkout.
std::string_view git_commit();

/// Compiler, flags and libraries, one line.
std::string build_description();

/// Whether this very build wrote a results file: version, commit and build description are its own.
/// What another one computes may differ in the last bits.
bool is_of_this_build(const ResultsReader& results);

}  // namespace flatgrid
