// SPDX-License-Identifier: MIT
/// Checkpoints: the states of points under way, kept on disk so that a stopped or killed campaign
/// goes on in the middle of a long training.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "flatgrid/configuration/configuration.hpp"
#include "flatgrid/grid/point_state.hpp"

namespace flatgrid::campaign {

/// The folder RESULTS.checkpoints beside a results file, with a file for every point under way that
/// has cost some time, named by its flat index. A checkpoint is written aside and renamed, so that
/// a kill leaves the one before; it says which configuration, build and point it is of and carries
/// a checksum over itself, and what does not fit is ignored: the point starts again.
///
/// Every rank has its own object. None of its calls is collective.
class Checkpoints {
 public:
  /// `warn` is handed a line for the user, at most once, when a checkpoint is ignored or cannot be
  /// written; that never ends a campaign.
  Checkpoints(const std::filesystem::path& results,
              const configuration::Configuration& configuration,
              std::function<void(const std::string& warning)> warn);

  [[nodiscard]] static std::filesystem::path folder_of(const std::filesystem::path& results);

  /// The state a point was left in, if there is one.
  std::optional<grid::PointState> load(std::int64_t flat);
  void keep(std::int64_t flat, const grid::PointState& state);
  /// Forgets the checkpoints of `count` points from `first` on, once the points are recorded, if there
  /// are any.
  void remove(std::int64_t first, std::int64_t count);

  /// Removes the checkpoints of points that `is_recorded`, as a kill between a record and `remove`
  /// leaves them, what a kill left aside, and the folder once it is empty. For one rank, while no
  /// other computes.
  static void clean_up(const std::filesystem::path& results,
                       const std::function<bool(std::int64_t flat)>& is_recorded);

 private:
  [[nodiscard]] std::filesystem::path file_of(std::int64_t flat) const;
  void warn_once(const std::string& warning);

  std::filesystem::path folder_;
  std::string origin_;  // of the states: configuration and build
  std::function<void(const std::string&)> warn_;
  bool warned_ = false;
};

}  // namespace flatgrid::campaign
