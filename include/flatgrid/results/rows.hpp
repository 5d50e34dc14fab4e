// SPDX-License-Identifier: MIT
/// The rows of a results file: the stored data of one grid point in every dataset of the layout.
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

/// Reads and writes the rows of an open results file, with the figures that the file lists. Works for a
/// file opened by one process for reading and for a file opened by all ranks of a campaign. The constructor
/// opens all datasets, so that later calls read and write only raw bytes: no call is collective, and none
/// changes the metadata of the file.
class Rows {
 public:
  /// Throws Error naming `name` and the dataset that is missing or does not have the shape that follows from
  /// the configuration, or the figure that this flatgrid does not know. `file` must stay open as long as
  /// this object exists.
  Rows(hid_t file, std::filesystem::path name, const configuration::Configuration& configuration);

  [[nodiscard]] const grid::StoredVariables& variables() const { return variables_; }

  /// Writes points of consecutive seeds, starting at `first`: `status` pending (a failed point may be
  /// written again), the figures, history, network, message and checksum, and the final `status` last, so
  /// that a kill at any moment leaves each point either pending or complete. An empty history or network and
  /// missing multipliers are stored as NaN. Reads the rows back before it writes the status and throws Error
  /// if they differ (Open MPI's own MPI-IO has corrupted data on some file systems, open-mpi/ompi issue
  /// 12718).
  void write(const configuration::GridPoint& first, std::span<const grid::PointResult> results);
  void write(const configuration::GridPoint& point, const grid::PointResult& result) {
    write(point, {&result, 1});
  }

  /// Everything stored of a point, or of `count` consecutive seeds starting at `first`. History, network
  /// and multipliers are empty if the file does not store them; figures that it does not list are NaN.
  [[nodiscard]] grid::PointResult read(const configuration::GridPoint& point) const;
  [[nodiscard]] std::vector<grid::PointResult> read(const configuration::GridPoint& first,
                                                    std::size_t count) const;
  [[nodiscard]] std::uint64_t read_checksum(const configuration::GridPoint& point) const;
  [[nodiscard]] std::vector<std::uint64_t> read_checksums() const;  ///< of all points

  /// The status of every point, and a variable of every point, in the order of `flat_index`. To read a file
  /// while it is written, read the statuses first: points that are done then do not change.
  [[nodiscard]] std::vector<grid::Status> statuses() const;
  /// The statuses of `count` consecutive seeds, starting at `first`.
  [[nodiscard]] std::vector<grid::Status> statuses(const configuration::GridPoint& first,
                                                   std::int64_t count) const;
  [[nodiscard]] std::vector<double> variable(std::string_view variable_name) const;
  [[nodiscard]] std::vector<std::string> messages() const;

 private:
  using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

  /// A dataset, divided into rows along its leading dimensions.
  struct RowDataset {
    std::string path;
    hdf5::Dataset dataset;
    hdf5::Space space;
    std::vector<hsize_t> row_shape;  ///< of a row: 1 along the leading dimensions
    std::size_t row_size;            ///< number of numbers in a row
  };
  /// The parameters of all networks of one width, and the multipliers of their points.
  struct NetworkDatasets {
    RowDataset inner;
    RowDataset outer;
    std::vector<RowDataset> linear;  ///< the linear layers, from the inputs on
    std::optional<RowDataset> bias;
    std::optional<RowDataset> multipliers;
  };
  using Position = std::span<const std::int64_t>;  ///< leading indices, the seed last

  [[nodiscard]] RowDataset open(hid_t file, std::string path, std::span<const std::int64_t> leading,
                                std::span<const std::int64_t> row) const;
  /// Selects `count` rows in the file; returns the dataspace of these rows in memory.
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
  /// A history of NaN, in the shape of `PointResult::history`.
  [[nodiscard]] MatrixD empty_history() const;
  [[nodiscard]] Index width_of(const configuration::GridPoint& point) const;
  /// The columns of a network's inner weights that are no biases.
  [[nodiscard]] Index inner_columns() const;
  /// Whether `result` has every part that the file stores. `fill` fills missing parts with NaN.
  [[nodiscard]] bool is_whole(const grid::PointResult& result) const;
  void fill(grid::PointResult& result, Index width) const;

  std::filesystem::path name_;
  configuration::Axes axes_;
  Index dimension_;            ///< d, of the inputs
  std::vector<Index> hidden_;  ///< widths of the linear layers
  Index biases_;               ///< columns of a network's inner weights that are biases: 0 or 1
  Index most_samples_;         ///< largest value of the axis `samples`
  Index steps_;                ///< number of steps of the history
  grid::StoredVariables variables_;
  RowDataset status_;
  RowDataset checksum_;
  RowDataset message_;
  std::vector<RowDataset> figures_;  ///< in the order of `variables_`
  std::vector<RowDataset> history_;  ///< in the order of `variables_.history`; empty = none stored
  std::vector<NetworkDatasets> networks_;  ///< by position of the width; empty = none stored
};

}  // namespace flatgrid::results
