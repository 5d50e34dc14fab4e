// SPDX-License-Identifier: MIT
#include "flatgrid/results/foreign.hpp"

#include <unistd.h>

#include <cmath>
#include <cstddef>
#include <string>

#include <fmt/format.h>

#include "flatgrid/base/error.hpp"

namespace flatgrid::results {

namespace {

/// Seconds of processor time: far more than all metadata of a file take.
constexpr double k_seconds = 5;
/// Bytes a second that the slowest filter gives out at least.
constexpr double k_bytes_a_second = 1e7;

// Of the only guard there is: a signal handler cannot ask for more.
std::string crash_line;
std::string loop_line;
/// A recursion without end leaves no room on the usual stack.
std::array<std::byte, 1 << 16> handler_stack;

extern "C" void end_program(int signal) {
  const std::string& line = signal == SIGPROF ? loop_line : crash_line;
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
  ::_exit(static_cast<int>(ExitCode::bad_input));
}

}  // namespace

ForeignFileGuard::ForeignFileGuard(const std::filesystem::path& file) {
  crash_line = fmt::format("flatgrid: {}: is damaged: HDF5 crashes on it\n", file.string());
  loop_line = fmt::format("flatgrid: {}: is damaged: HDF5 does not come to an end reading it\n",
                          file.string());
  const stack_t stack{
      .ss_sp = handler_stack.data(), .ss_flags = 0, .ss_size = handler_stack.size()};
  ::sigaltstack(&stack, &stack_before_);
  struct sigaction action {};
  action.sa_handler = end_program;
  action.sa_flags = SA_ONSTACK;
  for (std::size_t k = 0; k < k_signals.size(); ++k) {
    ::sigaction(k_signals[k], &action, &before_[k]);
  }
  const itimerval off{};
  ::setitimer(ITIMER_PROF, &off, &timer_before_);
  allow(0);
}

ForeignFileGuard::~ForeignFileGuard() {
  ::setitimer(ITIMER_PROF, &timer_before_, nullptr);
  for (std::size_t k = 0; k < k_signals.size(); ++k) {
    ::sigaction(k_signals[k], &before_[k], nullptr);
  }
  ::sigaltstack(&stack_before_, nullptr);
}

void ForeignFileGuard::allow(double bytes) {
  itimerval timer{};
  timer.it_value.tv_sec = static_cast<time_t>(std::ceil(k_seconds + bytes / k_bytes_a_second));
  ::setitimer(ITIMER_PROF, &timer, nullptr);
}

}  // namespace flatgrid::results
