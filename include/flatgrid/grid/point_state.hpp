// SPDX-License-Identifier: MIT
/// A grid point in the middle of its computation: all that is needed to go on with it later, in
/// another process, to the same bits.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "flatgrid/algorithm/algorithm.hpp"
#include "flatgrid/algorithm/polish/polish.hpp"
#include "flatgrid/grid/record.hpp"

namespace flatgrid {

struct PointState {
  AlgorithmState algorithm;
  std::optional<PolishState> polish;  ///< once the training is over
  MatrixD history;                    ///< as in `PointResult`; NaN where training has not come to
  double fraction = 0;  ///< of the point's predicted work that is behind it, in [0, 1]
  double seconds = 0;   ///< spent on the point so far
};

/// The state as bytes that the same build of flatgrid reads back, and the same for a result.
std::string to_bytes(const PointState& state);
std::string to_bytes(const PointResult& result);

/// What `to_bytes` was given. Throws Error if the bytes end too early or are none of its.
PointState point_state(std::string_view bytes);
PointResult point_result(std::string_view bytes);

}  // namespace flatgrid
