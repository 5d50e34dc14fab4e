/// Which rank computes which grid points: a plan by predicted cost, and whom to help when done.
/// Pure functions, without MPI; memory and time O(points + ranks) up to logarithms.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace flatgrid {

/// The points to compute cut into slices, one a rank, which may be empty. Within a slice the
/// points are taken from the front, the longest first.
struct Slices {
  std::vector<std::int64_t> points;  ///< flat indices; slice r is [begin[r], begin[r + 1]) of them
  std::vector<std::int64_t> begin;   ///< [slices + 1]
  std::vector<double> cost_before;   ///< [points + 1]: predicted cost of all that stands before

  [[nodiscard]] std::int64_t size(int slice) const;
  /// Predicted cost of what is left of a slice after `taken` points; 0 if nothing is.
  [[nodiscard]] double cost_left(int slice, std::int64_t taken) const;
};

/// Cuts `points` with predicted `costs` (finite, at least 0, any unit) into `slices` >= 1 slices,
/// by the rule "longest processing time first" (Graham 1969): each point in order of falling cost
/// goes to the slice with the least so far, so that no slice exceeds 4/3 - 1/(3 slices) of the best
/// possible. Depends on the arguments alone.
Slices make_slices(std::span<const std::int64_t> points, std::span<const double> costs, int slices);

/// The slice with the largest predicted cost left, given how many points were `taken` from each
/// ([slices]; counts beyond the size of a slice mean it is empty); the first of several. Empty when
/// no point is left anywhere.
std::optional<int> fullest_slice(const Slices& slices, std::span<const std::int64_t> taken);

}  // namespace flatgrid
