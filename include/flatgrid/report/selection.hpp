// SPDX-License-Identifier: MIT
/// A selection of points of a grid: "algorithm=lazy,noise=0,status=cut_short".
#pragma once

#include <array>
#include <string>
#include <vector>

#include "flatgrid/configuration/axes.hpp"
#include "flatgrid/grid/record.hpp"

namespace flatgrid::report {

/// Terms AXIS=VALUE, separated by commas; for samples, width and seed also AXIS=FIRST..LAST, the values of the
/// axis in this range; and status=NAME. A point is selected if for every named axis one of the axis' terms
/// matches, and likewise for the status. An empty text selects every point.
class Selection {
 public:
  /// Throws Error for an invalid term, an unknown axis, or a value that is not on the axis. `axes` must
  /// outlive the selection.
  Selection(const configuration::Axes& axes, const std::string& text);

  /// Whether the axes match; ignores the status.
  [[nodiscard]] bool contains(const configuration::GridPoint& point) const;
  /// Whether the status matches; true for all if no status is named.
  [[nodiscard]] bool contains(grid::Status status) const {
    return !names_statuses_ || statuses_[static_cast<std::size_t>(status)];
  }
  [[nodiscard]] bool names_statuses() const { return names_statuses_; }

 private:
  using Positions = std::vector<bool>;  ///< for each position of one axis, whether it is selected
  std::array<Positions, 5> chosen_;     ///< by axis, in storage order
  bool names_statuses_ = false;
  std::array<bool, grid::k_status_count> statuses_{};  ///< whether each status is named
};

}  // namespace flatgrid::report
