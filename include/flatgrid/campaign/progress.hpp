// SPDX-License-Identifier: MIT
/// What a person sees while a campaign runs.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <ostream>
#include <string>

#include "flatgrid/base/clock.hpp"

namespace flatgrid::campaign {

/// Seconds until the end, of work of which the fraction `work_done` has taken `seconds`, at the rate
/// so far. Empty while too little is behind to extrapolate from, a thousandth of it or a second.
std::optional<double> seconds_left(double seconds, double work_done);

/// How far a campaign is, over all ranks.
struct ProgressState {
  std::int64_t points = 0;     ///< on the grid
  std::int64_t finished = 0;   ///< recorded in the file, those of earlier runs included
  std::int64_t failed = 0;     ///< in this run
  double work_before = 0.0;    ///< share of the predicted work that earlier runs have done
  double work_fraction = 0.0;  ///< of the predicted work of this run, in [0, 1]
  double elapsed = 0.0;        ///< seconds since this run began
  std::optional<double> seconds_left{};  ///< predicted, if there is something to judge by
};

/// "35 of 72 points, 2 failed, 47 % of the work, 00:00:12 gone, about 00:00:14 left"; points and work
/// of this and all earlier runs, times of this one; no estimate before there is something to base it
/// on.
std::string progress_text(const ProgressState& state);

/// "[#####......]  47 %  35/72 points, 2 failed, about 00:00:14 left", fitted into a line of so many
/// columns; in a narrow one there is no bar.
std::string progress_bar(const ProgressState& state, int columns);

/// Prints progress: on a terminal a bar redrawn in place; into a log a line at the start, then
/// every 30 seconds or tenth of the elapsed time, whichever is longer, and at the end.
class Progress {
 public:
  /// `columns` of the terminal that `stream` is, asked at every print; empty: it is a log. `begin` is
  /// how far earlier runs have come.
  Progress(std::ostream& stream, std::function<int()> columns, Clock clock, ProgressState begin);

  /// What has changed since the start; prints if it is time to.
  void show(std::int64_t finished, std::int64_t failed, double work_fraction,
            std::optional<double> seconds_left);
  /// Prints the final state, the bar followed by a line end.
  void end();

 private:
  void print();

  std::ostream& stream_;
  std::function<int()> columns_;
  Clock clock_;
  std::int64_t finished_before_;
  double start_;
  double next_print_ = 0.0;  // in elapsed seconds
  ProgressState state_;
};

}  // namespace flatgrid::campaign
