// SPDX-License-Identifier: MIT
/// The source and build of this program; stored in every results file.
#pragma once

#include <string>
#include <string_view>

namespace flatgrid::results {

/// The version of flatgrid, "0.1.0".
std::string_view version();

/// The commit of the source, 40 hexadecimal digits, with "-dirty" if tracked files were changed; "unknown"
/// if the source was no git checkout.
std::string_view git_commit();

/// Compiler, flags and libraries, one line.
std::string build_description();

}  // namespace flatgrid::results
