// SPDX-License-Identifier: MIT
/// A rank's link to the others while it computes or waits.
#pragma once

#include <cstdint>
#include <functional>

#include "flatgrid/base/clock.hpp"
#include "flatgrid/campaign/board.hpp"
#include "flatgrid/campaign/stop.hpp"
#include "flatgrid/grid/record.hpp"
#include "flatgrid/parallel/communicator.hpp"

namespace flatgrid {

/// Called often, it lets MPI progress, notices signals and the deadline, and now and then reports
/// this rank's work and learns what the others did and whether to stop. References outlive it.
class Pulse {
 public:
  /// `on_beat` is called at every beat, `on_look` with what is on the board at every look at it.
  Pulse(const Communicator& communicator, const Clock& clock, Board& board, Stop& stop,
        std::function<void()> on_beat, std::function<void(const Board::State&)> on_look);

  /// False when this rank is to stop.
  bool beat();
  /// Reports and learns at once. Before ranks part, what this one has done and wants is on the
  /// board then; after they have met again, what all have.
  void look_around();

  void add_work(std::int64_t units) { unreported_.work += units; }
  void add_finished(Status status) { ++unreported_.finished[static_cast<std::size_t>(status)]; }
  /// The point this rank is at, by flat index; -1 = none.
  void set_under_way(std::int64_t flat) { under_way_ = flat; }

 private:
  const Communicator& communicator_;
  const Clock& clock_;
  Board& board_;
  Stop& stop_;
  std::function<void()> on_beat_;
  std::function<void(const Board::State&)> on_look_;
  Tally unreported_;
  std::int64_t under_way_ = -1;
  std::int64_t reported_under_way_ = -1;
  StopReason announced_ = StopReason::none;
  double next_look_ = 0.0;
};

}  // namespace flatgrid
