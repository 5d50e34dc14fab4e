// SPDX-License-Identifier: MIT
/// How a campaign begins: what there is in its results file, what is to be done, and the lock.
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

/// A campaign as `run_campaign` was asked for it.
struct Campaign {
  const grid::Study& study;
  const std::filesystem::path& file;
  const parallel::Communicator& communicator;
  Stop& stop;
  const CampaignOptions& options;
};

using PointsByStatus = std::array<std::int64_t, grid::k_status_count>;

/// The points of a part, of all points' `statuses`.
PointsByStatus count_points(const configuration::Axes& axes, const grid::Part& part,
                            const std::vector<grid::Status>& statuses);

/// Statuses of all points of a results file. Throws Error unless it is of this configuration, part
/// and data.
std::vector<grid::Status> statuses_of(const grid::Study& study, const grid::Part& part,
                                      const std::filesystem::path& file);

/// The results files to be reused, in one process. Throws Error if one of them cannot be.
archive::EarlierResults checked_earlier_results(const grid::Study& study,
                                                const std::filesystem::path& file,
                                                const CampaignOptions& options);

/// The results files to be reused, on every rank. Rank 0 says which cannot be, as it sees them first.
/// Collective; throws AgreedError if one cannot be.
archive::EarlierResults open_earlier_results(const Campaign& campaign);

/// What a campaign has to do, the same on all ranks.
struct WorkToDo {
  PointsByStatus points{};  ///< of the part
  std::int64_t to_compute = 0;
  double cost = 0.0;         ///< predicted, of the points to compute that no earlier file holds
  double cost_behind = 0.0;  ///< of the others
};

/// Removes a results file.
struct RemoveFile {
  void operator()(const std::filesystem::path* file) const {
    std::error_code ignored;
    std::filesystem::remove(*file, ignored);
  }
};

/// A campaign that may begin.
struct Start {
  WorkToDo work;
  std::vector<std::int64_t> kinds;     ///< on rank 0: points that cost, by kind, see forecast.hpp
  std::unique_ptr<CampaignLock> lock;  ///< on rank 0, if there is anything to compute
  /// On rank 0, the results file if this run has created it. It is removed again unless it is released
  /// when work begins: whoever is told that nothing was changed finds nothing changed.
  std::unique_ptr<const std::filesystem::path, RemoveFile> created;
};

/// Checks or creates the file on rank 0 and, if there is anything to compute, locks out every other
/// campaign. Collective; throws AgreedError if the campaign cannot begin.
Start start_campaign(const Campaign& campaign, const archive::EarlierResults& earlier);

}  // namespace flatgrid::campaign
