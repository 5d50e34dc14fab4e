// SPDX-License-Identifier: MIT
/// The state of a partly computed grid point. Another process can continue from it later and gets the same
/// bits.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "flatgrid/grid/record.hpp"

namespace flatgrid::grid {

struct PointState {
  std::string run;                    ///< the saved `Run`
  std::optional<std::string> polish;  ///< the saved `Polish`, if the run has finished
  MatrixD history;                    ///< as in `PointResult`; NaN for steps not reached yet
  double seconds = 0;                 ///< spent on the point so far
};

/// The progress of a point during its computation.
struct PointUnderWay {
  double fraction = 0;   ///< finished part of the point's predicted work, in [0, 1]
  bool trained = false;  ///< whether only polish and measures are left
  double seconds = 0;    ///< spent on the point so far
  std::function<PointState()> state = [] { return PointState{}; };  ///< saves the current state
};

/// Results of neighbouring points: points with consecutive seeds that are otherwise equal.
struct NeighbouringResults {
  std::int64_t first = 0;  ///< `flat_index` of the first
  std::vector<PointResult> results;
};

/// Converts a state or results to bytes that the same build of flatgrid can read.
std::string to_bytes(const PointState& state);
std::string to_bytes(const NeighbouringResults& points);

/// The inverse of `to_bytes`. Throws Error if the bytes end too early or were not made by `to_bytes`.
PointState point_state(std::string_view bytes);
NeighbouringResults neighbouring_results(std::string_view bytes);

}  // namespace flatgrid::grid
