// SPDX-License-Identifier: MIT
/// Checkpoints: the states of unfinished points on disk, from which a stopped or killed campaign continues.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "flatgrid/configuration/configuration.hpp"
#include "flatgrid/grid/point_state.hpp"

namespace flatgrid::campaign {

/// The folder RESULTS.checkpoints beside a results file, with one file for every unfinished point that has
/// taken some time, named by its flat index. A checkpoint is written under another name and renamed, so that
/// a kill leaves the previous one. It contains its configuration, build, point and checksum; one that does
/// not match is ignored, and the point starts again.
///
/// Every rank has its own object. No member is collective.
class Checkpoints {
 public:
  /// Calls `warn` with one line for the user, at most once, if a checkpoint is ignored or cannot be written;
  /// neither ends the campaign.
  Checkpoints(const std::filesystem::path& results,
              const configuration::Configuration& configuration,
              std::function<void(const std::string& warning)> warn);

  [[nodiscard]] static std::filesystem::path folder_of(const std::filesystem::path& results);

  /// The saved state of a point, if there is one.
  std::optional<grid::PointState> load(std::int64_t flat);
  void keep(std::int64_t flat, const grid::PointState& state);
  /// Removes the checkpoints of `count` points starting at `first`, after these points were recorded.
  void remove(std::int64_t first, std::int64_t count);

  /// Removes the checkpoints of points for which `is_recorded` is true (left by a kill between a record and
  /// `remove`), unfinished files of killed processes, and the folder if it is empty. Only one rank may call
  /// it, while no other rank computes.
  static void clean_up(const std::filesystem::path& results,
                       const std::function<bool(std::int64_t flat)>& is_recorded);

 private:
  [[nodiscard]] std::filesystem::path file_of(std::int64_t flat) const;
  void warn_once(const std::string& warning);

  std::filesystem::path folder_;
  std::string origin_;  // configuration and build of the states
  std::function<void(const std::string&)> warn_;
  bool warned_ = false;
};

}  // namespace flatgrid::campaign
