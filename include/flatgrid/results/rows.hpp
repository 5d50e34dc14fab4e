// SPDX-License-Identifier: MIT
/// The rows of a results file: what is stored of one grid point, in every dataset of the layout.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "flatgrid/configuration/configuration.hpp"
#include "flatgrid/grid/record.hpp"
#include "flatgrid/results/hdf5.hpp"

namespace flatgrid::results {

/// Reads and writes the rows of an open results file, with the figures that the file lists. Knows
/// nothing of how the file was opened: by one process for reading, or by all ranks of a campaign. All
/// datasets are opened at construction, so that a row is raw bytes only: no call is collective, none
/// touches the metadata of the file.
class Rows {
 public:
  /// Throws Error naming `name` and the dataset that is missing or not of the shape that the
  /// configuration demands, or the figure that this flatgrid does not know. `file` must stay open as
  /// long as the rows are used.
  Rows(hid_t file, std::filesystem::path name, const configuration::Configuration& configuration);

  [[nodiscard]] const grid::StoredVariables& variables() const { return variables_; }

  /// Writes points of consecutive seeds, from `first` on: `status` pending (a failed point may be
  /// written again), the figures, history, network, message and checksum, and `status` last, so that a
  /// kill at any moment leaves each point either pending or whole. An empty history or network stands
  /// for one of NaN, and so do multipliers that are missing. Before the status, the rows are read back
  /// and compared: throws Error if they are not what was written (Open MPI's own MPI-IO has corrupted
  /// data on some file systems, open-mpi/ompi issue 12718).
  void write(const configuration::GridPoint& first, std::span<const grid::PointResult> results);
  void write(const configuration::GridPoint& point, const grid::PointResult& result) {
    write(point, {&result, 1});
  }

  /// Everything stored of a point, or of `count` consecutive seeds from `first` on. History, network
  /// and multipliers are empty where the file stores none; figures that it does not list are NaN.
  [[nodiscard]] grid::PointResult read(const configuration::GridPoint& point) const;
  [[nodiscard]] std::vector<grid::PointResult> read(const configuration::GridPoint& first,
                                                    std::size_t count) const;
  [[nodiscard]] std::uint64_t read_checksum(const configuration::GridPoint& point) const;
  [[nodiscard]] std::vector<std::uint64_t> read_checksums() const;  ///< of all points

  /// Status of every point, and a variable over the grid, in the order of `flat_index`. Who reads a
  /// file while it is written asks for the statuses first: what is done then stays as it is.
  [[nodiscard]] std::vector<grid::Status> statuses() const;
  /// Those of `count` consecutive seeds, from `first` on.
  [[nodiscard]] std::vector<grid::Status> statuses(const configuration::GridPoint& first,
                                                   std::int64_t count) const;
  [[nodiscard]] std::vector<double> variable(std::string_view variable_name) const;
  [[nodiscard]] std::vector<std::string> messages() const;

 private:
  using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

  /// A dataset, cut into rows along its leading dimensions.
  struct RowDataset {
    std::string path;
    hdf5::Dataset dataset;
    hdf5::Space space;
    std::vector<hsize_t> row_shape;  ///< of the whole space: 1 along the leading dimensions
    std::size_t row_size;            ///< numbers of a row
  };
  /// The parameters of all networks of one width, and the multipliers of their points.
  struct NetworkDatasets {
    RowDataset inner;
    RowDataset outer;
    std::optional<RowDataset> multipliers;
  };
  using Position = std::span<const std::int64_t>;  ///< along the leading dimensions, seeds last

  [[nodiscard]] RowDataset open(hid_t file, std::string path, std::span<const std::int64_t> leading,
                                std::span<const std::int64_t> row) const;
  /// Selects `count` rows in the file; returns the space they take in memory.
  static hdf5::Space select(const RowDataset& rows, Position first, std::size_t count);
  template <class Number>
  void write_rows(const RowDataset& rows, Position first, std::size_t count, const Number* values);
  template <class Number>
  void read_rows(const RowDataset& rows, Position first, std::size_t count, Number* values) const;
  template <class Number>
  [[nodiscard]] std::vector<Number> read_all(const RowDataset& rows) const;
  void require_written(const configuration::GridPoint& first,
                       std::span<const grid::PointResult> results,
                       const std::vector<std::uint64_t>& sums) const;
  [[nodiscard]] std::vector<grid::Status> as_statuses(
      const std::vector<std::int32_t>& numbers) const;
  /// NaN, in the shape of `PointResult::history`.
  [[nodiscard]] MatrixD empty_history() const;
  [[nodiscard]] Index width_of(const configuration::GridPoint& point) const;
  /// Whether it has all that there is room for in a row, and NaN instead of what it lacks.
  [[nodiscard]] bool is_whole(const grid::PointResult& result) const;
  void fill(grid::PointResult& result, Index width) const;

  std::filesystem::path name_;
  configuration::Axes axes_;
  Index dimension_;
  Index most_samples_;  ///< of the axis
  Index steps_;         ///< of the history
  grid::StoredVariables variables_;
  RowDataset status_;
  RowDataset checksum_;
  RowDataset message_;
  std::vector<RowDataset> figures_;        ///< in the order of `variables_`
  std::vector<RowDataset> history_;        ///< likewise; empty = none stored
  std::vector<NetworkDatasets> networks_;  ///< by position of the width; empty = none stored
};

}  // namespace flatgrid::results
