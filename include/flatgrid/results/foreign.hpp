// SPDX-License-Identifier: MIT
/// Reading HDF5 files that somebody else has made, of which nothing is known to be whole.
#pragma once

#include <sys/time.h>

#include <array>
#include <csignal>
#include <filesystem>

namespace flatgrid::results {

/// Within its scope a file may be given to HDF5 that can make it crash or loop for ever: the program
/// then ends with one line on standard error that names the file, and exit code 2. So nothing must
/// have been changed yet. One at a time. An error that HDF5 reports passes as ever, and a silent
/// overwriting of memory within HDF5, which damaged bytes can cause in principle, goes unseen.
class ForeignFileGuard {
 public:
  explicit ForeignFileGuard(const std::filesystem::path& file);
  ~ForeignFileGuard();
  ForeignFileGuard(const ForeignFileGuard&) = delete;
  ForeignFileGuard& operator=(const ForeignFileGuard&) = delete;

  /// Gives HDF5 time to read that many bytes, from now on.
  static void allow(double bytes);

 private:
  // What an invalid access, a division by zero, a failed assertion and the limit of time send.
  static constexpr std::array k_signals = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGPROF};

  std::array<struct sigaction, k_signals.size()> before_{};
  stack_t stack_before_{};
  itimerval timer_before_{};
};

}  // namespace flatgrid::results
