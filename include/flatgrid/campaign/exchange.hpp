// SPDX-License-Identifier: MIT
/// What a rank tells the others and learns from them, a few times a second.
#pragma once

#include <cstdint>
#include <map>

#include "flatgrid/base/clock.hpp"
#include "flatgrid/campaign/counters.hpp"
#include "flatgrid/campaign/stop.hpp"
#include "flatgrid/grid/record.hpp"

namespace flatgrid::campaign {

/// Adds this rank's work to the shared counters and learns what the others did and whether to stop.
/// References outlive it. None of its calls is collective.
class Exchange {
 public:
  Exchange(int rank, const Clock& clock, CampaignCounters& counters, Stop& stop);

  /// Whether it is time to report: a quarter of a second has gone since the last time, or this rank
  /// has a graver reason to stop.
  [[nodiscard]] bool is_due();
  /// Reports and learns at once, however short ago it was. Before ranks part, the counters hold
  /// then what this one has done and wants; after they have met again, what all have.
  CampaignCounters::Totals report_and_learn();

  void add_work(std::int64_t units) { unreported_.work += units; }
  void add_taken() { ++unreported_.taken; }
  void add_finished(grid::Status status) {
    ++unreported_.finished[static_cast<std::size_t>(status)];
  }
  void add_computed(std::int64_t kind, double seconds);
  /// The point this rank is at, by flat index; -1 = none.
  void set_under_way(std::int64_t flat) { under_way_ = flat; }

 private:
  int rank_;
  const Clock& clock_;
  CampaignCounters& counters_;
  Stop& stop_;
  Tally unreported_;
  std::map<std::int64_t, KindTally> unreported_kinds_;
  std::int64_t under_way_ = -1;
  std::int64_t reported_under_way_ = -1;
  StopReason reported_stop_ = StopReason::none;
  double next_report_ = 0.0;
};

}  // namespace flatgrid::campaign
