// SPDX-License-Identifier: MIT
/// Writing the rows of a results file, from one or many ranks.
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
  /// Opens the file in this process only, without MPI-IO. Other processes may read the file meanwhile.
  ResultsWriter(const std::filesystem::path& file,
                const configuration::Configuration& configuration);
  ~ResultsWriter();
  ResultsWriter(const ResultsWriter&) = delete;
  ResultsWriter& operator=(const ResultsWriter&) = delete;

  /// Writes finished points of consecutive seeds, starting at `first`: figures, history, network, checksum,
  /// and `status` last, so that a kill at any moment leaves each point either pending or complete. Throws
  /// Error naming the file and the reason, for example a full disk.
  void write(const configuration::GridPoint& first, std::span<const grid::PointResult> results);
  void write(const configuration::GridPoint& point, const grid::PointResult& result) {
    write(point, {&result, 1});
  }

  /// The statuses of `count` consecutive seeds, starting at `first`, as currently stored in the file.
  [[nodiscard]] std::vector<grid::Status> statuses(const configuration::GridPoint& first,
                                                   std::int64_t count) const;

 private:
  struct File;
  std::unique_ptr<File> file_;
};

/// Whether the file, or its folder if the file does not exist, is on NFS, where MPI-IO is not reliable.
bool is_on_nfs(const std::filesystem::path& file);

}  // namespace flatgrid::results
