// SPDX-License-Identifier: MIT
/// The progress that the user sees while a campaign runs.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <ostream>
#include <string>

#include "flatgrid/base/clock.hpp"

namespace flatgrid::campaign {

/// The predicted seconds until the end if the fraction `work_done` of the work has taken `seconds`. Empty
/// unless a thousandth of the work is done and one second has passed.
std::optional<double> seconds_left(double seconds, double work_done);

/// The progress of a campaign over all ranks.
struct ProgressState {
  std::int64_t points = 0;     ///< number of points on the grid
  std::int64_t finished = 0;   ///< points recorded in the file, including those of earlier runs
  std::int64_t failed = 0;     ///< points that failed in this run
  double work_before = 0.0;    ///< share of the predicted work done by earlier runs
  double work_fraction = 0.0;  ///< finished share of the predicted work of this run, in [0, 1]
  double elapsed = 0.0;        ///< seconds since the start of this run
  std::optional<double> seconds_left{};  ///< predicted; empty if there is no basis for a prediction
};

/// "35 of 72 points, 2 failed, 47 % of the work, 00:00:12 gone, about 00:00:14 left". Points and work
/// include earlier runs; times are those of this run. Without a prediction the last part is missing.
std::string progress_text(const ProgressState& state);

/// "[#####......]  47 %  35/72 points, 2 failed, about 00:00:14 left", fitted into a line of `columns`
/// columns; without the bar if the line is narrow.
std::string progress_bar(const ProgressState& state, int columns);

/// Prints progress: on a terminal a bar redrawn in place; into a log a line at the start, then every 30
/// seconds or every tenth of the elapsed time, whichever is longer, and at the end.
class Progress {
 public:
  /// `columns` returns the width of the terminal `stream`, at every print; empty if `stream` is a log.
  /// `begin` is the progress of earlier runs.
  Progress(std::ostream& stream, std::function<int()> columns, Clock clock, ProgressState begin);

  /// Sets the progress of this run; prints it if it is due.
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
