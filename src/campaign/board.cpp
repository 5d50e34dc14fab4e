#include "flatgrid/campaign/board.hpp"

#include <algorithm>

namespace flatgrid {
namespace {

// Places of the counters.
constexpr std::int64_t k_stop = 0;
constexpr std::int64_t k_work = 1;  // followed by the points finished, by status
constexpr std::int64_t k_taken = k_work + 1 + k_status_count;  // points taken, by slice

}  // namespace

Board::Board(const Communicator& communicator, const Slices& slices)
    : slices_(slices),
      counters_(communicator, k_taken + communicator.size()),
      taken_(static_cast<std::size_t>(communicator.size())) {}

std::optional<std::int64_t> Board::take(int rank) {
  if (const auto position = take_from(rank)) return position;
  for (;;) {
    counters_.read(k_taken, taken_);
    const std::optional<int> fullest = fullest_slice(slices_, taken_);
    if (!fullest) return std::nullopt;
    // Another rank may have been quicker: look again.
    if (const auto position = take_from(*fullest)) return position;
  }
}

std::optional<std::int64_t> Board::take_from(int slice) {
  const std::int64_t taken = counters_.take(k_taken + slice);
  if (taken >= slices_.size(slice)) return std::nullopt;
  return slices_.begin[static_cast<std::size_t>(slice)] + taken;
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
  std::array<std::int64_t, k_taken> values{};
  counters_.read(k_stop, values);
  State state;
  state.stop = static_cast<StopReason>(values[k_stop]);
  state.tally.work = values[k_work];
  std::copy_n(values.begin() + k_work + 1, k_status_count, state.tally.finished.begin());
  return state;
}

}  // namespace flatgrid
