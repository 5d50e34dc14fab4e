// SPDX-License-Identifier: MIT
/// Which points of a grid are looked at: "algorithm=lazy,noise=0,status=cut_short".
#pragma once

#include <array>
#include <string>
#include <vector>

#include "flatgrid/configuration/axes.hpp"
#include "flatgrid/grid/record.hpp"

namespace flatgrid::report {

/// Terms AXIS=VALUE, separated by commas; along samples, width and seed AXIS=FIRST..LAST too, the
/// values on the axis in that range; and status=NAME. A point is meant if, along every axis that is
/// named, one of its terms holds, and so for its status. An empty text means every point.
class Selection {
 public:
  /// Throws Error for what is no term, no axis, or not on the axis. `axes` must outlive the
  /// selection.
  Selection(const configuration::Axes& axes, const std::string& text);

  /// By the axes alone.
  [[nodiscard]] bool contains(const configuration::GridPoint& point) const;
  /// By the status alone: any, unless statuses are named.
  [[nodiscard]] bool contains(grid::Status status) const {
    return !names_statuses_ || statuses_[static_cast<std::size_t>(status)];
  }
  [[nodiscard]] bool names_statuses() const { return names_statuses_; }

 private:
  using Positions = std::vector<bool>;  ///< of one axis
  std::array<Positions, 5> chosen_;     ///< by axis, in storage order
  bool names_statuses_ = false;
  std::array<bool, grid::k_status_count> statuses_{};  ///< those that are named
};

}  // namespace flatgrid::report
