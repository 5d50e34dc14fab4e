// SPDX-License-Identifier: MIT
/// The exchange of a rank with the shared counters, a few times per second.
#pragma once

#include <cstdint>
#include <map>

#include "flatgrid/base/clock.hpp"
#include "flatgrid/campaign/counters.hpp"
#include "flatgrid/campaign/stop.hpp"
#include "flatgrid/grid/record.hpp"

namespace flatgrid::campaign {

/// Adds this rank's work to the shared counters and reads the work of the others and a requested stop.
/// References must outlive it. No member is collective.
class Exchange {
 public:
  Exchange(int rank, const Clock& clock, CampaignCounters& counters, Stop& stop);

  /// Whether to report now: a quarter of a second has passed since the last report, or this rank has a reason
  /// to stop that is larger than the one in the counters.
  [[nodiscard]] bool is_due();
  /// Adds everything unreported to the counters, reads the totals, and requests a stop of this rank if another
  /// rank has requested one; even if it is not due. After the last call of all ranks the counters have the work
  /// of all.
  CampaignCounters::Totals report_and_learn();

  /// The members add_... add to the unreported work. `units` as in `Tally::work`.
  void add_work(std::int64_t units) { unreported_.work += units; }
  /// A recorded point that was copied from an earlier file.
  void add_taken() { ++unreported_.taken; }
  /// A recorded point, computed or copied.
  void add_finished(grid::Status status) {
    ++unreported_.finished[static_cast<std::size_t>(status)];
  }
  /// A computed point of a seed group, and the time it took.
  void add_computed(std::int64_t group, double seconds);
  /// The flat index of the point that this rank computes; -1 = none.
  void set_under_way(std::int64_t flat) { under_way_ = flat; }

 private:
  int rank_;
  const Clock& clock_;
  CampaignCounters& counters_;
  Stop& stop_;
  Tally unreported_;
  std::map<std::int64_t, SeedGroupTally> unreported_groups_;
  std::int64_t under_way_ = -1;
  std::int64_t reported_under_way_ = -1;
  StopReason reported_stop_ = StopReason::none;  ///< the largest reason known to be in the counters
  double next_report_ = 0.0;
};

}  // namespace flatgrid::campaign
