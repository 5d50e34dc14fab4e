// SPDX-License-Identifier: MIT
/// What a campaign can be told beside its configuration and its file.
#pragma once

#include <filesystem>
#include <functional>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "flatgrid/base/clock.hpp"
#include "flatgrid/campaign/stop.hpp"
#include "flatgrid/grid/part.hpp"
#include "flatgrid/grid/pipeline.hpp"

namespace flatgrid::campaign {

/// Computes one grid point, as `compute_point` does; tests hand in deliberately silly ones. It may
/// throw: the point is then recorded as failed, with the exception's message in the log.
using PointFunction = std::function<std::optional<grid::PointResult>(
    const grid::Study& study, const configuration::GridPoint& point, const grid::GoOn& go_on,
    std::optional<grid::PointState> kept)>;

struct CampaignOptions {
  grid::Part part;  ///< what of the grid is computed, into a file that is for this part
  /// Results files whose points are taken instead of computed, where they have them.
  std::vector<std::filesystem::path> reuse;
  PointFunction compute = grid::compute_point;
  Clock clock = monotonic_seconds;
  std::ostream* log = &std::cerr;  ///< progress from rank 0, failed points from every rank
  /// Columns of the terminal that `log` is, where progress is a bar redrawn in place; empty: it is
  /// none.
  std::function<int()> columns;
  std::string notice;  ///< said in the log once there is something to compute, if it is not empty
  /// Seconds spent on a point between two checkpoints of it.
  double checkpoint_interval = 300.0;
  /// Seconds from the moment this rank learns of a stop to the moment it gives up on an orderly end.
  std::function<double(StopReason)> seconds_to_stop = [](StopReason) { return 3.0; };
  /// Called when these are over; does not return in a real run. Rank 0 has removed
  /// RESULTS.running by then.
  std::function<void()> give_up = [] {};

  /// Writes a line into the log, not into the progress bar.
  void say(const std::string& line) const {
    *log << (columns ? "\r\033[K" : "") + ("flatgrid: " + line + "\n") << std::flush;
  }
};

}  // namespace flatgrid::campaign
