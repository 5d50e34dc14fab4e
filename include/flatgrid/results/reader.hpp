// SPDX-License-Identifier: MIT
/// Reading a results file, in one process, without MPI; also while a campaign writes it.
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

/// What the group `data` holds of one seed.
struct StoredData {
  problem::IndexModel target;
  problem::DataSet samples;  ///< of the largest number of samples on the grid
  problem::DataSplit
      split;  ///< of a data file: the rows of these samples if drawn, mean and deviation if standardized
};

/// A results file opened for reading. Every member throws Error naming the file and the object when
/// something is missing, damaged or of an unknown format version. A figure that the file does not
/// list, since it was not asked for or an earlier flatgrid did not know it, is NaN.
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
  /// The part of the grid that the file is to hold.
  [[nodiscard]] const grid::Part& part() const;
  /// What the file holds of every point: the figures that it lists.
  [[nodiscard]] const grid::StoredVariables& variables() const;
  /// A string attribute of the root group.
  [[nodiscard]] std::string attribute(std::string_view name) const;
  /// Status of every point, in the order of `flat_index`.
  [[nodiscard]] std::vector<grid::Status> statuses() const;
  /// Those of `count` consecutive seeds, from `first` on.
  [[nodiscard]] std::vector<grid::Status> statuses(const configuration::GridPoint& first,
                                                   std::int64_t count) const;
  /// A figure that the file lists over the grid, in the order of `flat_index`.
  [[nodiscard]] std::vector<double> variable(std::string_view name) const;
  /// Why points do not interpolate, diverged or failed, in the same order; empty otherwise.
  [[nodiscard]] std::vector<std::string> messages() const;
  /// Everything stored of one point, and the checksum stored with it.
  [[nodiscard]] grid::PointResult point(const configuration::GridPoint& point) const;
  [[nodiscard]] std::uint64_t stored_checksum(const configuration::GridPoint& point) const;
  /// The stored checksums of all points, in the order of `flat_index`.
  [[nodiscard]] std::vector<std::uint64_t> stored_checksums() const;
  /// The data of a seed, given by its position on the axis. The file must store data.
  [[nodiscard]] StoredData data(std::int64_t seed) const;
  /// The coordinate variables of the grid in a group ("" for the root; an axis that the group has
  /// not is empty) and of the history (none stored: empty). In a whole file they say what the
  /// configuration says.
  [[nodiscard]] configuration::Axes axes(const std::string& group = "") const;
  [[nodiscard]] std::vector<std::int64_t> history_steps() const;

 private:
  struct File;
  std::unique_ptr<File> file_;
};

}  // namespace flatgrid::results
