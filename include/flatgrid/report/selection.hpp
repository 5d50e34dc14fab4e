// SPDX-License-Identifier: MIT
/// Which points of a grid are looked at: "algorithm=lazy,noise=0".
#pragma once

#include <array>
#include <string>
#include <vector>

#include "flatgrid/configuration/axes.hpp"

namespace flatgrid {

/// Terms AXIS=VALUE, separated by commas; along samples, width and seed AXIS=FIRST..LAST too, the
/// values on the axis in that range. A point is meant if, along every axis that is named, one of its
/// terms holds. An empty text means every point.
class Selection {
 public:
  /// Throws Error for what is no term, no axis, or not on the axis. `axes` must outlive the
  /// selection.
  Selection(const Axes& axes, const std::string& text);

  [[nodiscard]] bool contains(const GridPoint& point) const;

 private:
  using Positions = std::vector<bool>;  ///< of one axis
  std::array<Positions, 5> chosen_;     ///< by axis, in storage order
};

}  // namespace flatgrid
