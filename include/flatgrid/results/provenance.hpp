// SPDX-License-Identifier: MIT
/// What this program was built from; stored in every results file.
#pragma once

#include <string>
#include <string_view>

namespace flatgrid::results {

/// The version of flatgrid, "0.1.0".
std::string_view version();

/// The commit this program was built from, 40 hexadecimal digits, with "-dirty" if tracked files
/// had been changed; "unknown" when it was not built from a git checkout.
std::string_view git_commit();

/// Compiler, flags and libraries, one line.
std::string build_description();

}  // namespace flatgrid::results
