// SPDX-License-Identifier: MIT
/// A campaign: every point of a grid computed on many ranks into one results file.
///
/// Every rank owns a slice of the points, balanced by predicted cost; a rank that is done with its
/// own takes points from the fullest slice. No rank only hands out work. A point that throws is
/// recorded as failed and the rest goes on. A stop (signal, time limit, an error of writing) on one
/// rank stops all: finished points are in the file, and of those under way the state is kept beside
/// it (see `Checkpoints`), at intervals and at the stop, so that the next run goes on with them in
/// the middle.
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

/// A fault met once work had begun, of a disk or file system most likely: exit code 75. Everything
/// finished is saved, and the next run goes on; the message says what to mend.
class CampaignFault : public parallel::AgreedError {
 public:
  using parallel::AgreedError::AgreedError;
};

/// The same on every rank.
struct CampaignOutcome {
  std::array<std::int64_t, grid::k_status_count> points{};  ///< of the grid or the part, by status
  std::int64_t computed = 0;                                ///< points recorded in this run
  std::int64_t taken = 0;                 ///< of these, from `CampaignOptions::reuse`
  std::int64_t left = 0;                  ///< points this run should have computed too
  StopReason stopped = StopReason::none;  ///< why points are left, if any are
  double seconds = 0.0;

  [[nodiscard]] std::int64_t count(grid::Status status) const {
    return points[static_cast<std::size_t>(status)];
  }
  [[nodiscard]] std::int64_t total() const {
    return std::accumulate(points.begin(), points.end(), std::int64_t{0});
  }
  [[nodiscard]] ExitCode exit_code() const;
  /// Whether this run has changed anything on the disk: there was something to do.
  [[nodiscard]] bool changed_something() const { return computed > 0 || left > 0; }
};

/// What a run would begin with.
struct CampaignProspect {
  std::int64_t points = 0;  ///< of the grid or the part
  std::int64_t to_compute = 0;
};

/// Looks, in one process and without changing anything, whether a run into `file` can begin, whether the
/// file exists or not. Throws Error where run_campaign would refuse: `file` cannot be written or belongs
/// to another configuration, or no point can be taken from a file that is to be reused.
CampaignProspect foresee_campaign(const grid::Study& study, const std::filesystem::path& file,
                                  const CampaignOptions& options);

/// Computes what is missing in `file`, which is created if it does not exist. Points that are done,
/// do not interpolate or diverged are final; pending and failed ones are computed, so that running
/// again is how one retries after a failure. Collective; every rank hands in the same
/// configuration, file and deadline. Throws, on all ranks alike,
///   - AgreedError if `file` cannot be created or opened, is not a whole results file or belongs to
///     another configuration, or if no point can be taken from a file that is to be reused: nothing
///     on the disk is changed then, and a file just created is gone;
///   - CampaignFault if a rank can no longer write, or the file is taken away, after that.
/// Any other exception is one rank's alone (MPI is broken, say), and the others may wait for it.
CampaignOutcome run_campaign(const grid::Study& study, const std::filesystem::path& file,
                             const parallel::Communicator& communicator, Stop& stop,
                             const CampaignOptions& options = {});

}  // namespace flatgrid::campaign
