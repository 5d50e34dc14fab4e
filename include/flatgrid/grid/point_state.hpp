// SPDX-License-Identifier: MIT
/// A grid point in the middle of its computation: all that is needed to go on with it later, in
/// another process, to the same bits.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "flatgrid/grid/record.hpp"

namespace flatgrid::grid {

struct PointState {
  std::string run;                    ///< saved by `Run`
  std::optional<std::string> polish;  ///< saved by `Polish`, once the run has finished
  MatrixD history;                    ///< as in `PointResult`; NaN where the run has not come to
  double seconds = 0;                 ///< spent on the point so far
};

/// How far a point is, told while it is computed.
struct PointUnderWay {
  double fraction = 0;   ///< of the point's predicted work that is behind it, in [0, 1]
  bool trained = false;  ///< what is left takes as long as it takes: polish, extras
  double seconds = 0;    ///< spent on the point so far
  std::function<PointState()> state = [] { return PointState{}; };  ///< saves what there is
};

/// Results of neighbouring points: those of consecutive seeds that differ in nothing else.
struct NeighbouringResults {
  std::int64_t first = 0;  ///< `flat_index` of the first
  std::vector<PointResult> results;
};

/// The state as bytes that the same build of flatgrid reads back, and the same for results.
std::string to_bytes(const PointState& state);
std::string to_bytes(const NeighbouringResults& points);

/// What `to_bytes` was given. Throws Error if the bytes end too early or are none of its.
PointState point_state(std::string_view bytes);
NeighbouringResults neighbouring_results(std::string_view bytes);

}  // namespace flatgrid::grid
