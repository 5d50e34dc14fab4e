// SPDX-License-Identifier: MIT
/// Stopping a campaign early.
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
  deadline = 1,     ///< the time of --max-time has passed
  user_signal = 2,  ///< SIGUSR1, which batch systems send before the end of a job
  interrupt = 3,    ///< SIGINT
  terminate = 4,    ///< SIGTERM
  error = 5,        ///< a fault (campaign.hpp): a rank can no longer save its results
};
/// The text after "stopped by ": "the time limit", "SIGTERM", ...
std::string_view name_of(StopReason reason);

/// Why this rank must stop. Handles SIGUSR1, SIGINT and SIGTERM from construction to destruction and stores
/// the reason. At most one object may exist at a time. After `set_deadline`, several threads may call the other
/// members at once.
class Stop {
 public:
  explicit Stop(Clock clock);
  ~Stop();
  Stop(const Stop&) = delete;
  Stop& operator=(const Stop&) = delete;

  /// Sets the time of the clock at which to stop.
  void set_deadline(double seconds) { deadline_ = seconds; }
  /// Requests a stop, for the reason of another rank or an error.
  void request(StopReason reason);
  /// Checks signals and clock. Returns the largest reason so far, `none` if there is none. Takes very little time.
  StopReason reason();

 private:
  static constexpr std::array<int, 3> k_signals = {SIGUSR1, SIGINT, SIGTERM};

  Clock clock_;
  std::optional<double> deadline_;
  std::atomic<StopReason> reason_ = StopReason::none;
  std::array<struct sigaction, k_signals.size()> previous_{};
};

}  // namespace flatgrid::campaign
