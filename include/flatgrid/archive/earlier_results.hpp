// SPDX-License-Identifier: MIT
/// Reusing the points of results files of earlier, usually smaller grids.
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

/// Results files opened for reading in one process, without MPI; campaigns may write them meanwhile. A point
/// corresponds to the point with the same values on the axes, at any position there. It is reused only if it
/// has the same bits as a computed one: see `first_obstacle`.
class EarlierResults {
 public:
  /// Throws Error naming the file and the reason why no point can be reused: it cannot be read, is given
  /// twice, a key has a conflicting value, it was computed from other external data, or the grids have no
  /// common point. Files of another build are no error but are ignored: their points may have other bits.
  EarlierResults(const grid::Study& study, const std::vector<std::filesystem::path>& files);

  [[nodiscard]] const std::vector<std::filesystem::path>& of_another_build() const {
    return of_another_build_;
  }

  /// Whether some file has the point, by flat index. Failed points do not count.
  [[nodiscard]] std::vector<bool> finished() const;

  /// Everything stored of a finished point, with the seconds of its computation; empty if no file has it.
  /// A point that cannot be read or whose checksum does not match counts as missing; then calls `complain`
  /// with one line.
  [[nodiscard]] std::optional<grid::PointResult> point(
      const configuration::GridPoint& point,
      const std::function<void(const std::string& line)>& complain) const;

 private:
  struct Source {
    results::ResultsReader results;
    /// For each axis and each position on this grid: the position on the file's grid, -1 if it has not the
    /// value.
    std::array<std::vector<std::int64_t>, configuration::k_axis_names.size()> positions;
  };

  [[nodiscard]] static std::optional<configuration::GridPoint> find(
      const Source& source, const configuration::GridPoint& point);

  configuration::Axes axes_;
  std::vector<Source> sources_;
  std::vector<std::filesystem::path> of_another_build_;
};

}  // namespace flatgrid::archive
