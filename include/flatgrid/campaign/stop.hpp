// SPDX-License-Identifier: MIT
/// Stopping a campaign early, whoever asks for it.
#pragma once

#include <array>
#include <atomic>
#include <csignal>
#include <cstdint>
#include <optional>
#include <string_view>

#include "flatgrid/base/clock.hpp"

namespace flatgrid::campaign {

/// Why a campaign stops early. Of several reasons the largest counts. Ranks exchange the numbers.
enum class StopReason : std::int64_t {
  none = 0,
  deadline = 1,     ///< --max-time is over
  user_signal = 2,  ///< SIGUSR1, which batch systems send ahead of the end of a job
  interrupt = 3,    ///< SIGINT
  terminate = 4,    ///< SIGTERM
  error = 5,        ///< a rank can no longer save its results
};
/// "the time limit", "SIGTERM" ..., to follow "stopped by ".
std::string_view name_of(StopReason reason);

/// The one object that answers whether to stop. It listens to SIGUSR1, SIGINT and SIGTERM from
/// construction to destruction, and remembers the reason. At most one exists at a time. Threads may
/// ask at the same time, once the deadline is set.
class Stop {
 public:
  explicit Stop(Clock clock);
  ~Stop();
  Stop(const Stop&) = delete;
  Stop& operator=(const Stop&) = delete;

  /// From `seconds` on the clock on, stop.
  void set_deadline(double seconds) { deadline_ = seconds; }
  /// Asks for a stop for a reason found elsewhere: another rank's, or an error.
  void request(StopReason reason);
  /// Looks at signals and clock, cheaply; `none` while all may go on.
  StopReason reason();

 private:
  static constexpr std::array<int, 3> k_signals = {SIGUSR1, SIGINT, SIGTERM};

  Clock clock_;
  std::optional<double> deadline_;
  std::atomic<StopReason> reason_ = StopReason::none;
  std::array<struct sigaction, k_signals.size()> previous_{};
};

}  // namespace flatgrid::campaign
