// SPDX-License-Identifier: MIT
/// Reading HDF5 files that flatgrid has not written and that may be damaged.
#pragma once

#include <sys/time.h>

#include <array>
#include <csignal>
#include <filesystem>

namespace flatgrid::results {

/// Protects its scope against HDF5 crashing or looping forever on a damaged file: the program then ends
/// with one line on standard error that names the file, and exit code 2. So no file may have been changed
/// before. Only one guard may exist at a time. Errors that HDF5 reports are not affected. The guard does not
/// detect silent memory corruption within HDF5, which damaged bytes may cause.
class ForeignFileGuard {
 public:
  explicit ForeignFileGuard(const std::filesystem::path& file);
  ~ForeignFileGuard();
  ForeignFileGuard(const ForeignFileGuard&) = delete;
  ForeignFileGuard& operator=(const ForeignFileGuard&) = delete;

  /// Restarts the time limit, with enough time for HDF5 to read `bytes`.
  static void allow(double bytes);

 private:
  // The signals of an invalid access, a division by zero, a failed assertion and the time limit.
  static constexpr std::array k_signals = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGPROF};

  std::array<struct sigaction, k_signals.size()> before_{};
  stack_t stack_before_{};
  itimerval timer_before_{};
};

}  // namespace flatgrid::results
