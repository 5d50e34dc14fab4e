// SPDX-License-Identifier: MIT
#include "flatgrid/results/writer.hpp"

#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>
#include <system_error>

#include <fmt/format.h>
#include <linux/magic.h>

#include "flatgrid/base/error.hpp"
#include "flatgrid/parallel/agreement.hpp"
#include "flatgrid/results/hdf5.hpp"
#include "flatgrid/results/rows.hpp"
#include "flatgrid/results/seal.hpp"

namespace flatgrid::results {

namespace fs = std::filesystem;

namespace {

/// Opens the file on all ranks. Collective.
hdf5::File open_on_all_ranks(const fs::path& file, MPI_Comm communicator) {
  const hdf5::Properties access = hdf5::access_properties();
  H5Pset_fapl_mpio(access, communicator, MPI_INFO_NULL);
  return hdf5::File(hdf5::expect(H5Fopen(file.c_str(), H5F_ACC_RDWR, access), file, "open"));
}

}  // namespace

struct ResultsWriter::File {
  hdf5::File file;
  std::optional<Rows> rows;
};

ResultsWriter::ResultsWriter(const fs::path& file,
                             const configuration::Configuration& configuration,
                             MPI_Comm communicator)
    : file_(std::make_unique<File>()) {
  const parallel::Communicator ranks(communicator);
  // Opening is collective: what one rank alone may meet (a node without the file system, a file it
  // may not write) must be agreed on before, and closing is: so again before any rank unwinds.
  parallel::agreed(ranks, [&] {
    if (::access(file.c_str(), R_OK | W_OK) != 0) {
      throw Error(fmt::format("{}: cannot open for writing: {}", file.string(),
                              std::generic_category().message(errno)));
    }
  });
  parallel::agreed_on_root(ranks, [&] { require_sealed(file); });
  parallel::agreed(ranks, [&] { file_->file = open_on_all_ranks(file, communicator); });
  parallel::agreed(ranks, [&] { file_->rows.emplace(file_->file, file, configuration); });
}

ResultsWriter::ResultsWriter(const fs::path& file,
                             const configuration::Configuration& configuration)
    : file_(std::make_unique<File>()) {
  require_sealed(file);
  file_->file = hdf5::File(
      hdf5::expect(H5Fopen(file.c_str(), H5F_ACC_RDWR, hdf5::access_properties()), file, "open"));
  // That one campaign alone writes is seen to elsewhere.
  hdf5::release_lock(file_->file, file);
  file_->rows.emplace(file_->file, file, configuration);
}

ResultsWriter::~ResultsWriter() = default;

void ResultsWriter::write(const configuration::GridPoint& first,
                          std::span<const grid::PointResult> results) {
  file_->rows->write(first, results);
}

std::vector<grid::Status> ResultsWriter::statuses(const configuration::GridPoint& first,
                                                  std::int64_t count) const {
  return file_->rows->statuses(first, count);
}

bool is_on_nfs(const fs::path& file) {
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  struct statfs system {};
  return ::statfs(folder.c_str(), &system) == 0 && system.f_type == NFS_SUPER_MAGIC;
}

}  // namespace flatgrid::results
