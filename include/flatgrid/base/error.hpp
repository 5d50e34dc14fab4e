// SPDX-License-Identifier: MIT
/// The one exception type of flatgrid and the exit codes of its commands.
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string_view>

namespace flatgrid {

/// Exit codes of every command; scripts and batch jobs rely on them.
enum class ExitCode : int {
  success = 0,        ///< everything requested was done
  bad_input = 2,      ///< bad configuration, file or usage; no file was changed
  points_failed = 3,  ///< finished, but some points failed or, for `verify`, are damaged
  work_left = 75,  ///< stopped early (also by a disk error); finished points are saved: run again
};

/// An error with a message for the user: one line that names the file, key and value and says what to
/// do. Caught once per grid point (the point is recorded as failed) and once in `main`.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Throws an Error about a file: "FILE: what".
[[noreturn]] void refuse(const std::filesystem::path& file, std::string_view what);

}  // namespace flatgrid
