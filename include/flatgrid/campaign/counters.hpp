// SPDX-License-Identifier: MIT
/// The data that the ranks of a running campaign share: claimed work, finished work, a requested stop.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "flatgrid/campaign/forecast.hpp"
#include "flatgrid/campaign/stop.hpp"
#include "flatgrid/grid/record.hpp"
#include "flatgrid/parallel/communicator.hpp"
#include "flatgrid/parallel/shared_counters.hpp"

namespace flatgrid::campaign {

/// Finished work of one rank or of all ranks.
struct Tally {
  std::int64_t work = 0;   ///< finished share of the predicted work, in units of 1 / `k_work_units`
  std::int64_t taken = 0;  ///< recorded points that were not computed but reused
  std::array<std::int64_t, grid::k_status_count> finished{};  ///< points recorded, by status
};

/// The predicted work of a whole run in the units of `Tally::work`.
inline constexpr double k_work_units = 1e12;

/// The shared data of the ranks, in one-sided counters on rank 0: [2 ranks + 2 seed groups + 8] integers.
/// Construction and destruction are collective, the other members are not.
class CampaignCounters {
 public:
  /// `groups`: the number of seed groups (forecast.hpp).
  CampaignCounters(const parallel::Communicator& communicator, std::int64_t groups);

  [[nodiscard]] int ranks() const { return ranks_; }

  /// The counters of the slices, for `PointSource`.
  std::int64_t raise(int slice, std::int64_t value);
  void read(int first_slice, std::span<std::int64_t> values);

  /// The flat index of the point that each rank has been computing for a while; -1 = none. [ranks]
  void set_under_way(int rank, std::int64_t flat);
  std::vector<std::int64_t> under_way();

  void add(const Tally& tally);
  /// Adds computed points of a seed group.
  void add(std::int64_t group, const SeedGroupTally& tally);
  /// The computed points, by seed group.
  std::vector<SeedGroupTally> computed();
  void request_stop(StopReason reason);

  /// The sum over all ranks, and the largest reason to stop.
  struct Totals {
    Tally tally;
    StopReason stop = StopReason::none;
  };
  Totals totals();

 private:
  int ranks_;
  std::int64_t groups_;
  parallel::SharedCounters counters_;
};

}  // namespace flatgrid::campaign
