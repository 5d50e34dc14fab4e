// SPDX-License-Identifier: MIT
/// The start of a campaign: checks the results file, determines the work, takes the lock.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <system_error>
#include <vector>

#include "flatgrid/archive/earlier_results.hpp"
#include "flatgrid/campaign/lock.hpp"
#include "flatgrid/campaign/options.hpp"
#include "flatgrid/campaign/stop.hpp"
#include "flatgrid/grid/record.hpp"
#include "flatgrid/grid/study.hpp"
#include "flatgrid/parallel/communicator.hpp"

namespace flatgrid::campaign {

/// The arguments of `run_campaign`.
struct Campaign {
  const grid::Study& study;
  const std::filesystem::path& file;
  const parallel::Communicator& communicator;
  Stop& stop;
  const CampaignOptions& options;
};

using PointsByStatus = std::array<std::int64_t, grid::k_status_count>;

/// The number of points of a part by status; `statuses` are those of all points of the grid.
PointsByStatus count_points(const configuration::Axes& axes, const grid::Part& part,
                            const std::vector<grid::Status>& statuses);

/// The statuses of all points of a results file. Throws Error unless its configuration, part and data are
/// these.
std::vector<grid::Status> statuses_of(const grid::Study& study, const grid::Part& part,
                                      const std::filesystem::path& file);

/// Opens the results files to reuse, in one process. Throws Error if one of them cannot be used.
archive::EarlierResults checked_earlier_results(const grid::Study& study,
                                                const std::filesystem::path& file,
                                                const CampaignOptions& options);

/// Opens the results files to reuse on every rank; rank 0 checks them first. Collective; throws AgreedError
/// if one cannot be used.
archive::EarlierResults open_earlier_results(const Campaign& campaign);

/// The work of a campaign, equal on all ranks.
struct WorkToDo {
  PointsByStatus points{};  ///< points of the part, by status
  std::int64_t to_compute = 0;
  double cost = 0.0;         ///< predicted flops of the points to compute that no earlier file has
  double cost_behind = 0.0;  ///< predicted flops of the other points of the part
};

/// Removes a results file.
struct RemoveFile {
  void operator()(const std::filesystem::path* file) const {
    std::error_code ignored;
    std::filesystem::remove(*file, ignored);
  }
};

/// The state of a campaign that can start.
struct Start {
  WorkToDo work;
  /// On rank 0: the number of points to compute that no earlier file has, by seed group (forecast.hpp).
  std::vector<std::int64_t> groups;
  std::unique_ptr<CampaignLock> lock;  ///< on rank 0, if there are points to compute
  /// On rank 0: the results file if this run has created it. The destructor removes the file, so that a run that
  /// fails to start leaves none; `run_campaign` releases the pointer when the work starts.
  std::unique_ptr<const std::filesystem::path, RemoveFile> created;
};

/// Checks or creates the file on rank 0 and takes the lock if there are points to compute. Collective; throws
/// AgreedError if the campaign cannot start.
Start start_campaign(const Campaign& campaign, const archive::EarlierResults& earlier);

}  // namespace flatgrid::campaign
