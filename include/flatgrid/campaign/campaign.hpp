// SPDX-License-Identifier: MIT
/// A campaign: computes every point of a grid on many ranks and writes one results file.
///
/// Every rank owns a slice of the points; the slices are balanced by predicted price. A rank that has
/// finished its slice takes points from the slice with the most points left. No rank only distributes work.
/// A point whose computation throws is recorded as failed, and the campaign continues. A stop (signal, time limit, write
/// error) on one rank stops all ranks: finished points are in the file, and the states of unfinished points
/// are saved beside it (see `Checkpoints`), at intervals and at the stop, so that the next run continues from
/// these states.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <numeric>

#include "flatgrid/base/error.hpp"
#include "flatgrid/campaign/options.hpp"
#include "flatgrid/campaign/stop.hpp"
#include "flatgrid/grid/record.hpp"
#include "flatgrid/grid/study.hpp"
#include "flatgrid/parallel/agreement.hpp"
#include "flatgrid/parallel/communicator.hpp"

namespace flatgrid::campaign {

/// A fault after the work has started, usually of a disk or file system: exit code 75. All finished points
/// are saved, and the next run continues; the message says what to repair.
class CampaignFault : public parallel::AgreedError {
 public:
  using parallel::AgreedError::AgreedError;
};

/// The result of a campaign, equal on all ranks.
struct CampaignOutcome {
  std::array<std::int64_t, grid::k_status_count>
      points{};                           ///< points of the grid or the part, by status
  std::int64_t computed = 0;              ///< points recorded in this run, computed or copied
  std::int64_t taken = 0;                 ///< those of them copied from `CampaignOptions::reuse`
  std::int64_t left = 0;                  ///< points that are still to be computed
  StopReason stopped = StopReason::none;  ///< why points are left
  double seconds = 0.0;

  [[nodiscard]] std::int64_t count(grid::Status status) const {
    return points[static_cast<std::size_t>(status)];
  }
  [[nodiscard]] std::int64_t total() const {
    return std::accumulate(points.begin(), points.end(), std::int64_t{0});
  }
  /// `work_left` if points are left, else `points_failed` if any point of the file has failed, else `success`.
  [[nodiscard]] ExitCode exit_code() const;
  /// Whether this run had points to compute, so that it may have changed the file.
  [[nodiscard]] bool changed_something() const { return computed > 0 || left > 0; }
};

/// The points of a campaign before it starts.
struct CampaignProspect {
  std::int64_t points = 0;  ///< number of points of the grid or the part
  std::int64_t to_compute = 0;
};

/// Checks in one process, without changing any file, whether a run into `file` can start. `file` may exist
/// or not. Throws Error if run_campaign would: `file` cannot be written or belongs to another configuration,
/// or no point of a file of `CampaignOptions::reuse` can be used.
CampaignProspect foresee_campaign(const grid::Study& study, const std::filesystem::path& file,
                                  const CampaignOptions& options);

/// Computes the missing points of `file`, which is created if it does not exist. Points that are done, do
/// not interpolate or diverged are final; pending and failed points are computed, so another run retries
/// failed points. Collective; every rank passes the same configuration, file and deadline. All ranks throw
///   - AgreedError if `file` cannot be created or opened, is damaged or belongs to another configuration, or
///     if no point of a file of `CampaignOptions::reuse` can be used: then no file is changed, and a new
///     file is removed;
///   - CampaignFault if later a rank can no longer write or the file is removed.
/// Any other exception is thrown by a single rank (for example if MPI fails); the others may then wait forever.
CampaignOutcome run_campaign(const grid::Study& study, const std::filesystem::path& file,
                             const parallel::Communicator& communicator, Stop& stop,
                             const CampaignOptions& options = {});

}  // namespace flatgrid::campaign
