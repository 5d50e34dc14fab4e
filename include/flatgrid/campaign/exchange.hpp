// SPDX-License-Identifier: MIT
/// What a rank does between two chunks of its work: report to the others and learn from them.
#pragma once

#include <cstdint>
#include <functional>
#include <map>

#include "flatgrid/base/clock.hpp"
#include "flatgrid/campaign/counters.hpp"
#include "flatgrid/campaign/stop.hpp"
#include "flatgrid/grid/record.hpp"
#include "flatgrid/parallel/communicator.hpp"

namespace flatgrid {

/// Lets MPI progress, notices signals and the deadline, and a few times a second adds this rank's
/// work to the shared counters and learns what the others did and whether to stop. References
/// outlive it.
class Exchange {
 public:
  /// `between_chunks` is called whenever this rank asks whether it may go on, `on_totals` with what
  /// the counters say whenever they are read.
  Exchange(const Communicator& communicator, const Clock& clock, CampaignCounters& counters,
           Stop& stop, std::function<void()> between_chunks,
           std::function<void(const CampaignCounters::Totals&)> on_totals);

  /// To be asked every few milliseconds, while this rank computes or waits. False when it is to
  /// stop.
  bool may_go_on();
  /// Reports and learns at once, however short ago it was. Before ranks part, the counters hold
  /// then what this one has done and wants; after they have met again, what all have.
  void report_and_learn();

  void add_work(std::int64_t units) { unreported_.work += units; }
  void add_taken() { ++unreported_.taken; }
  void add_finished(Status status) { ++unreported_.finished[static_cast<std::size_t>(status)]; }
  void add_computed(std::int64_t kind, double seconds);
  /// The point this rank is at, by flat index; -1 = none.
  void set_under_way(std::int64_t flat) { under_way_ = flat; }

 private:
  const Communicator& communicator_;
  const Clock& clock_;
  CampaignCounters& counters_;
  Stop& stop_;
  std::function<void()> between_chunks_;
  std::function<void(const CampaignCounters::Totals&)> on_totals_;
  Tally unreported_;
  std::map<std::int64_t, KindTally> unreported_kinds_;
  std::int64_t under_way_ = -1;
  std::int64_t reported_under_way_ = -1;
  StopReason reported_stop_ = StopReason::none;
  double next_report_ = 0.0;
};

}  // namespace flatgrid
