// SPDX-License-Identifier: MIT
#include "flatgrid/campaign/board.hpp"

#include <algorithm>

namespace flatgrid {
namespace {

// Places of the counters.
constexpr std::int64_t k_stop = 0;
constexpr std::int64_t k_work = 1;  // followed by the points finished, by status
constexpr std::int64_t k_behind =
    k_work + 1 + k_status_count;  // points behind, by slice, then under way, by rank

}  // namespace

Board::Board(const Communicator& communicator)
    : ranks_(communicator.size()),
      counters_(communicator, k_behind + 2 * std::int64_t{communicator.size()}) {}

std::int64_t Board::raise(int slice, std::int64_t value) {
  return counters_.raise(k_behind + slice, value);
}

void Board::read(int first_slice, std::span<std::int64_t> values) {
  counters_.read(k_behind + first_slice, values);
}

// Stored as flat + 1: the counters begin at 0.

void Board::set_under_way(int rank, std::int64_t flat) {
  counters_.set(k_behind + ranks_ + rank, flat + 1);
}

std::vector<std::int64_t> Board::under_way() {
  std::vector<std::int64_t> flat(static_cast<std::size_t>(ranks_));
  counters_.read(k_behind + ranks_, flat);
  for (std::int64_t& value : flat) --value;
  return flat;
}

void Board::add(const Tally& tally) {
  std::array<std::int64_t, 1 + k_status_count> values{tally.work};
  std::copy(tally.finished.begin(), tally.finished.end(), values.begin() + 1);
  counters_.add(k_work, values);
}

void Board::ask_to_stop(StopReason reason) {
  counters_.raise(k_stop, static_cast<std::int64_t>(reason));
}

Board::State Board::look() {
  std::array<std::int64_t, k_behind> values{};
  counters_.read(k_stop, values);
  State state;
  state.stop = static_cast<StopReason>(values[k_stop]);
  state.tally.work = values[k_work];
  std::copy_n(values.begin() + k_work + 1, k_status_count, state.tally.finished.begin());
  return state;
}

}  // namespace flatgrid
