// SPDX-License-Identifier: MIT
/// The points of a grid that files of earlier grids hold already: a grid that has grown.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "flatgrid/configuration/configuration.hpp"
#include "flatgrid/grid/record.hpp"
#include "flatgrid/grid/study.hpp"
#include "flatgrid/results/reader.hpp"

namespace flatgrid::archive {

/// Results files opened for reading, by one process, without MPI; campaigns may write them
/// meanwhile. A point is the one of the same values on the axes, wherever it stands there, and its
/// bits are those it has here: see `first_obstacle`.
class EarlierResults {
 public:
  /// Throws Error naming the file and why no point can be taken from it: it cannot be read, is given
  /// twice, a key stands in the way, it was made from other external data, or the grids have no
  /// point in common. Only files of another build are left aside instead: their points may have
  /// other bits.
  EarlierResults(const grid::Study& study, const std::vector<std::filesystem::path>& files);

  [[nodiscard]] const std::vector<std::filesystem::path>& of_another_build() const {
    return of_another_build_;
  }

  /// Which points some file holds, by flat index. What failed counts as not there.
  [[nodiscard]] std::vector<bool> finished() const;

  /// All that is stored of a finished point, its seconds those it took then; empty if no file holds
  /// it. One that cannot be read, or whose checksum is not that of its numbers, counts as not there:
  /// `complain` is handed a line.
  [[nodiscard]] std::optional<grid::PointResult> point(
      const configuration::GridPoint& point,
      const std::function<void(const std::string& line)>& complain) const;

 private:
  struct Source {
    results::ResultsReader results;
    /// By axis, and by position on it here: the position there, -1 if the value is not there.
    std::array<std::vector<std::int64_t>, configuration::k_axis_names.size()> positions;
  };

  [[nodiscard]] static std::optional<configuration::GridPoint> find(
      const Source& source, const configuration::GridPoint& point);

  configuration::Axes axes_;
  std::vector<Source> sources_;
  std::vector<std::filesystem::path> of_another_build_;
};

}  // namespace flatgrid::archive
