// SPDX-License-Identifier: MIT
/// Writing the rows of a results file, from many ranks or from one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "flatgrid/configuration/configuration.hpp"
#include "flatgrid/grid/record.hpp"
#include "flatgrid/parallel/communicator.hpp"

namespace flatgrid::results {

/// A results file opened by all ranks of a communicator (parallel HDF5, independent raw writes).
/// Construction and destruction are collective, `write` is not.
class ResultsWriter {
 public:
  /// Throws an AgreedError naming the file and the reason on all ranks if any rank cannot open it.
  ResultsWriter(const std::filesystem::path& file,
                const configuration::Configuration& configuration, MPI_Comm communicator);
  /// Opened by this process alone and not through MPI-IO. Others may read the file meanwhile.
  ResultsWriter(const std::filesystem::path& file,
                const configuration::Configuration& configuration);
  ~ResultsWriter();
  ResultsWriter(const ResultsWriter&) = delete;
  ResultsWriter& operator=(const ResultsWriter&) = delete;

  /// Writes finished points of consecutive seeds, from `first` on: figures, history, network,
  /// checksum, and `status` last, so that a kill at any moment leaves each point either pending or
  /// whole. Throws Error naming file and reason (a full disk, say).
  void write(const configuration::GridPoint& first, std::span<const grid::PointResult> results);
  void write(const configuration::GridPoint& point, const grid::PointResult& result) {
    write(point, {&result, 1});
  }

  /// Statuses of `count` consecutive seeds, from `first` on, as they are in the file now.
  [[nodiscard]] std::vector<grid::Status> statuses(const configuration::GridPoint& first,
                                                   std::int64_t count) const;

 private:
  struct File;
  std::unique_ptr<File> file_;
};

/// Whether the file, or the folder it will be in, is on NFS, where MPI-IO cannot be trusted.
bool is_on_nfs(const std::filesystem::path& file);

}  // namespace flatgrid::results
