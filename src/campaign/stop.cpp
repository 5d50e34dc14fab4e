// SPDX-License-Identifier: MIT
#include "flatgrid/campaign/stop.hpp"

#include <algorithm>
#include <utility>

namespace flatgrid::campaign {
namespace {

// All that a signal handler may do is leave a note.
volatile std::sig_atomic_t signal_received = 0;

extern "C" void note_signal(int signal) { signal_received = signal; }

StopReason reason_of(int signal) {
  switch (signal) {
    case SIGUSR1:
      return StopReason::user_signal;
    case SIGINT:
      return StopReason::interrupt;
    case SIGTERM:
      return StopReason::terminate;
    default:
      return StopReason::none;
  }
}

}  // namespace

std::string_view name_of(StopReason reason) {
  switch (reason) {
    case StopReason::none:
      return "nothing";
    case StopReason::deadline:
      return "the time limit";
    case StopReason::user_signal:
      return "SIGUSR1";
    case StopReason::interrupt:
      return "SIGINT";
    case StopReason::terminate:
      return "SIGTERM";
    case StopReason::error:
      return "an error";
  }
  return "an unknown reason";
}

Stop::Stop(Clock clock) : clock_(std::move(clock)) {
  signal_received = 0;
  struct sigaction action {};
  action.sa_handler = note_signal;
  action.sa_flags = SA_RESTART;  // reads and writes of files under way are not disturbed
  sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < k_signals.size(); ++i) {
    sigaction(k_signals[i], &action, &previous_[i]);
  }
}

Stop::~Stop() {
  for (std::size_t i = 0; i < k_signals.size(); ++i) {
    sigaction(k_signals[i], &previous_[i], nullptr);
  }
}

void Stop::request(StopReason reason) {
  StopReason before = reason_;
  while (before < reason && !reason_.compare_exchange_weak(before, reason)) {
  }
}

StopReason Stop::reason() {
  request(reason_of(signal_received));
  if (deadline_ && reason_ == StopReason::none && clock_() >= *deadline_) {
    request(StopReason::deadline);
  }
  return reason_;
}

}  // namespace flatgrid::campaign
