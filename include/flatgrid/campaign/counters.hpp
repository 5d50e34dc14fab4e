// SPDX-License-Identifier: MIT
/// What the ranks of a running campaign tell each other: work taken, work done, a stop asked for.
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

/// Work done, by one rank or by all.
struct Tally {
  std::int64_t work = 0;   ///< predicted work behind us, in parts of `k_work_units`
  std::int64_t taken = 0;  ///< points recorded that were not computed
  std::array<std::int64_t, grid::k_status_count> finished{};  ///< points recorded, by status
};

/// The predicted work of a whole run in the units of `Tally::work`.
inline constexpr double k_work_units = 1e12;

/// What the ranks of a campaign share, in one-sided counters on rank 0: [2 ranks + 2 kinds + 8]
/// integers. Construction and destruction are collective, everything else is not.
class CampaignCounters {
 public:
  /// `kinds` of points, see forecast.hpp.
  CampaignCounters(const parallel::Communicator& communicator, std::int64_t kinds);

  [[nodiscard]] int ranks() const { return ranks_; }

  /// The slices' counters, as `PointSource` wants them.
  std::int64_t raise(int slice, std::int64_t value);
  void read(int first_slice, std::span<std::int64_t> values);

  /// The point each rank has been computing for a while, as flat index; -1 = none. [ranks]
  void set_under_way(int rank, std::int64_t flat);
  std::vector<std::int64_t> under_way();

  void add(const Tally& tally);
  /// Adds to what has been computed of a kind.
  void add(std::int64_t kind, const KindTally& tally);
  /// What has been computed, by kind.
  std::vector<KindTally> computed();
  void request_stop(StopReason reason);

  /// The sum of what all ranks have added, and the gravest reason to stop.
  struct Totals {
    Tally tally;
    StopReason stop = StopReason::none;
  };
  Totals totals();

 private:
  int ranks_;
  std::int64_t kinds_;
  parallel::SharedCounters counters_;
};

}  // namespace flatgrid::campaign
