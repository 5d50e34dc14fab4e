// SPDX-License-Identifier: MIT
#include "flatgrid/schedule/simulation.hpp"

#include <algorithm>
#include <queue>
#include <utility>
#include <vector>

namespace flatgrid::schedule {
namespace {

/// The slices' counters in this process.
class LocalCounters {
 public:
  explicit LocalCounters(int slices) : values_(static_cast<std::size_t>(slices)) {}

  std::int64_t raise(int slice, std::int64_t value) {
    std::int64_t& counter = values_[static_cast<std::size_t>(slice)];
    return std::exchange(counter, std::max(counter, value));
  }
  void read(int first, std::span<std::int64_t> values) {
    std::copy_n(values_.begin() + first, values.size(), values.begin());
  }

 private:
  std::vector<std::int64_t> values_;
};

}  // namespace

SimulatedCampaign simulate_campaign(
    const Slices& slices,
    const std::function<double(const configuration::GridPoint& point)>& seconds_of) {
  const int ranks = slices.count();
  LocalCounters counters(ranks);
  std::vector<PointSource<LocalCounters>> sources;
  sources.reserve(static_cast<std::size_t>(ranks));
  using Event = std::pair<double, int>;  // when a rank is free
  std::priority_queue<Event, std::vector<Event>, std::greater<>> free;
  for (int rank = 0; rank < ranks; ++rank) {
    sources.emplace_back(slices, rank, counters,
                         [](const configuration::GridPoint&) { return true; });
    free.emplace(0.0, rank);
  }

  SimulatedCampaign result;
  while (!free.empty()) {
    const auto [now, rank] = free.top();
    free.pop();
    const std::optional<configuration::GridPoint> point =
        sources[static_cast<std::size_t>(rank)].take();
    if (!point) continue;
    const double seconds = seconds_of(*point);
    ++result.points;
    result.work += seconds;
    result.longest_point = std::max(result.longest_point, seconds);
    result.makespan = std::max(result.makespan, now + seconds);
    free.emplace(now + seconds, rank);
  }
  return result;
}

}  // namespace flatgrid::schedule
