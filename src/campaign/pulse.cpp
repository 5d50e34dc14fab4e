// SPDX-License-Identifier: MIT
#include "flatgrid/campaign/pulse.hpp"

#include <algorithm>
#include <utility>

namespace flatgrid {
namespace {

/// Seconds between two looks at the board.
constexpr double k_look_period = 0.25;

}  // namespace

Pulse::Pulse(const Communicator& communicator, const Clock& clock, Board& board, Stop& stop,
             std::function<void()> on_beat, std::function<void(const Board::State&)> on_look)
    : communicator_(communicator),
      clock_(clock),
      board_(board),
      stop_(stop),
      on_beat_(std::move(on_beat)),
      on_look_(std::move(on_look)) {}

bool Pulse::beat() {
  communicator_.make_progress();
  on_beat_();
  if (clock_() >= next_look_ || stop_.reason() > announced_) look_around();
  return stop_.reason() == StopReason::none;
}

void Pulse::look_around() {
  if (stop_.reason() > announced_) {
    announced_ = stop_.reason();
    board_.ask_to_stop(announced_);
  }
  board_.add(unreported_);
  unreported_ = Tally{};
  if (under_way_ != reported_under_way_) {
    board_.set_under_way(communicator_.rank(), under_way_);
    reported_under_way_ = under_way_;
  }
  const Board::State state = board_.look();
  announced_ = std::max(announced_, state.stop);
  stop_.request(state.stop);
  on_look_(state);
  next_look_ = clock_() + k_look_period;
}

}  // namespace flatgrid
