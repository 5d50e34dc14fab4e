#include "flatgrid/campaign/slices.hpp"

#include <algorithm>
#include <functional>
#include <numeric>
#include <queue>
#include <tuple>

namespace flatgrid {

std::int64_t Slices::size(int slice) const {
  const auto position = static_cast<std::size_t>(slice);
  return begin[position + 1] - begin[position];
}

double Slices::cost_left(int slice, std::int64_t taken) const {
  const auto position = static_cast<std::size_t>(slice);
  const std::int64_t next = std::min(begin[position] + taken, begin[position + 1]);
  return cost_before[static_cast<std::size_t>(begin[position + 1])] -
         cost_before[static_cast<std::size_t>(next)];
}

Slices make_slices(std::span<const std::int64_t> points, std::span<const double> costs,
                   int slices) {
  std::vector<std::size_t> longest_first(points.size());
  std::iota(longest_first.begin(), longest_first.end(), std::size_t{0});
  std::stable_sort(longest_first.begin(), longest_first.end(),
                   [&](std::size_t a, std::size_t b) { return costs[a] > costs[b]; });

  // The least loaded slice on top; of equally loaded ones that with fewer points, then the first.
  using Load = std::tuple<double, std::int64_t, std::size_t>;  // cost, points, slice
  std::priority_queue<Load, std::vector<Load>, std::greater<>> loads;
  for (std::size_t slice = 0; slice < static_cast<std::size_t>(slices); ++slice) {
    loads.emplace(0.0, 0, slice);
  }
  std::vector<std::size_t> owner(points.size());
  Slices result;
  result.begin.assign(static_cast<std::size_t>(slices) + 1, 0);
  for (const std::size_t i : longest_first) {
    const auto [cost, count, slice] = loads.top();
    loads.pop();
    loads.emplace(cost + costs[i], count + 1, slice);
    owner[i] = slice;
    ++result.begin[slice + 1];
  }
  std::partial_sum(result.begin.begin(), result.begin.end(), result.begin.begin());

  result.points.resize(points.size());
  result.cost_before.assign(points.size() + 1, 0.0);
  std::vector<std::int64_t> next(result.begin.begin(), result.begin.end() - 1);
  for (const std::size_t i : longest_first) {
    const auto position = static_cast<std::size_t>(next[owner[i]]++);
    result.points[position] = points[i];
    result.cost_before[position + 1] = costs[i];
  }
  std::partial_sum(result.cost_before.begin(), result.cost_before.end(),
                   result.cost_before.begin());
  return result;
}

std::optional<int> fullest_slice(const Slices& slices, std::span<const std::int64_t> taken) {
  std::optional<int> fullest;
  double most = 0.0;
  for (int slice = 0; slice < static_cast<int>(taken.size()); ++slice) {
    const std::int64_t gone = taken[static_cast<std::size_t>(slice)];
    if (gone >= slices.size(slice)) continue;
    const double left = slices.cost_left(slice, gone);
    if (!fullest || left > most) {
      fullest = slice;
      most = left;
    }
  }
  return fullest;
}

}  // namespace flatgrid
