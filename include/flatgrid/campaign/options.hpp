// SPDX-License-Identifier: MIT
/// Options of a campaign that are not in its configuration.
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

/// Computes one grid point, as `compute_point` does; tests pass simple replacements. It may throw: then the
/// point is recorded as failed, with the exception's message in the log.
using PointFunction = std::function<std::optional<grid::PointResult>(
    const grid::Study& study, const configuration::GridPoint& point, const grid::GoOn& go_on,
    std::optional<grid::PointState> kept)>;

struct CampaignOptions {
  grid::Part part;  ///< the part of the grid to compute, into a file for this part
  /// Results files whose points are copied instead of computed.
  std::vector<std::filesystem::path> reuse;
  PointFunction compute = grid::compute_point;
  Clock clock = monotonic_seconds;
  std::ostream* log = &std::cerr;  ///< progress from rank 0, failed points from every rank
  /// The number of columns of the terminal `log`, on which progress is a bar redrawn in place; empty if
  /// `log` is no terminal.
  std::function<int()> columns;
  std::string notice;  ///< written to the log before the first point is computed, unless empty
  /// Seconds of computation between two checkpoints of a point.
  double checkpoint_interval = 300.0;
  /// Seconds from the moment this rank is told to stop until it no longer waits for an orderly stop.
  std::function<double(StopReason)> seconds_to_stop = [](StopReason) { return 3.0; };
  /// Called after these seconds; does not return in a real run. Rank 0 has already removed
  /// RESULTS.running.
  std::function<void()> give_up = [] {};

  /// Writes a line into the log, after erasing the progress bar.
  void say(const std::string& line) const {
    *log << (columns ? "\r\033[K" : "") + ("flatgrid: " + line + "\n") << std::flush;
  }
};

}  // namespace flatgrid::campaign
