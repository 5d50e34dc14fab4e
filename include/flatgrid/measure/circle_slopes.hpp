// SPDX-License-Identifier: MIT
/// The slopes of a smooth function of directions on a half circle.
#pragma once

#include "flatgrid/base/linear_algebra.hpp"

namespace flatgrid::measure {

/// Slopes on a half circle of a function that is homogeneous of degree 1, even + linear: at the points
/// x w + y v, x = 1 - |y|, y = -1 ... 1 in equal steps.
struct CircleSlopes {
  MatrixD even;            ///< [nodes, 2]: slopes of the even part along w and v
  Eigen::Vector2d linear;  ///< the linear part along w and v

  [[nodiscard]] Index nodes() const { return even.rows(); }
};

}  // namespace flatgrid::measure
