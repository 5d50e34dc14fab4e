// SPDX-License-Identifier: MIT
/// Reading a results file in one process, without MPI; also while a campaign writes it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "flatgrid/configuration/configuration.hpp"
#include "flatgrid/grid/part.hpp"
#include "flatgrid/grid/record.hpp"
#include "flatgrid/problem/data_set.hpp"

namespace flatgrid::results {

/// The content of the group `data` for one seed.
struct StoredData {
  problem::IndexModel target;
  problem::DataSet samples;  ///< for the largest number of samples on the grid
  problem::DataSplit
      split;  ///< for a data file: the rows of these samples if drawn, mean and deviation if standardized
};

/// A results file opened for reading. Every member throws Error naming the file and the object if it is
/// missing, damaged or of an unknown format version. A figure that the file does not list, because it was
/// not requested or an earlier flatgrid did not have it, is NaN.
class ResultsReader {
 public:
  explicit ResultsReader(const std::filesystem::path& file);
  ~ResultsReader();
  ResultsReader(ResultsReader&&) noexcept;
  ResultsReader& operator=(ResultsReader&&) noexcept;

  [[nodiscard]] const std::filesystem::path& path() const;
  [[nodiscard]] const configuration::Configuration& configuration() const;
  /// The root attribute `config`, character for character.
  [[nodiscard]] const std::string& configuration_text() const;
  /// The part of the grid that belongs to the file.
  [[nodiscard]] const grid::Part& part() const;
  /// The variables that the file lists.
  [[nodiscard]] const grid::StoredVariables& variables() const;
  /// A string attribute of the root group.
  [[nodiscard]] std::string attribute(std::string_view name) const;
  /// The status of every point, in the order of `flat_index`.
  [[nodiscard]] std::vector<grid::Status> statuses() const;
  /// The statuses of `count` consecutive seeds, starting at `first`.
  [[nodiscard]] std::vector<grid::Status> statuses(const configuration::GridPoint& first,
                                                   std::int64_t count) const;
  /// A figure of every point, in the order of `flat_index`. The file must list it.
  [[nodiscard]] std::vector<double> variable(std::string_view name) const;
  /// The messages of points that do not interpolate, diverged or failed, in the order of `flat_index`; empty
  /// for other points.
  [[nodiscard]] std::vector<std::string> messages() const;
  /// Everything stored of one point, and its stored checksum.
  [[nodiscard]] grid::PointResult point(const configuration::GridPoint& point) const;
  [[nodiscard]] std::uint64_t stored_checksum(const configuration::GridPoint& point) const;
  /// The stored checksums of all points, in the order of `flat_index`.
  [[nodiscard]] std::vector<std::uint64_t> stored_checksums() const;
  /// The data of the seed at position `seed` of the axis. The file must store data.
  [[nodiscard]] StoredData data(std::int64_t seed) const;
  /// The coordinate variables of the grid in a group ("" for the root; an axis that the group does not have
  /// is empty) and of the history (empty if none is stored). In an undamaged file they agree with the
  /// configuration.
  [[nodiscard]] configuration::Axes axes(const std::string& group = "") const;
  [[nodiscard]] std::vector<std::int64_t> history_steps() const;

 private:
  struct File;
  std::unique_ptr<File> file_;
};

}  // namespace flatgrid::results
