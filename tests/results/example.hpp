// SPDX-License-Identifier: MIT
/// A small campaign with made-up results, for the tests of results files.
#pragma once

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "flatgrid/configuration/reading.hpp"
#include "flatgrid/grid/record.hpp"
#include "flatgrid/results/hdf5.hpp"
#include "scratch.hpp"

namespace flatgrid::example {

using test::Folder;

/// During this scope no file can be written beyond `bytes`. For a program this is like a full disk, with EFBIG
/// instead of ENOSPC.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &before_);
    signal_before_ = signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    signal(SIGXFSZ, signal_before_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
  sighandler_t signal_before_ = SIG_DFL;
};

/// 2 algorithms, 2 sample sizes, 2 noises, 2 widths, 3 seeds: 48 points.
inline configuration::Configuration configuration(const std::vector<std::string>& overrides = {}) {
  std::istringstream text(
      "[grid]\nalgorithm = teacher, lazy\nsamples = 12, 20\nnoise = 0, 0.25\nwidth = 4, 7\n"
      "seed = 3, 1..2\n[problem]\ndimension = 3\nindices = 2\n[training]\nsteps = 100\n"
      "[output]\nhistory = 5\n");
  return configuration::parse_configuration(text, "example", overrides);
}

/// Numbers that differ from point to point and from figure to figure.
inline grid::PointResult result(const configuration::Configuration& configuration,
                                const configuration::GridPoint& point) {
  const double base =
      1000.0 * static_cast<double>(1 + configuration::flat_index(configuration.grid, point));
  grid::PointResult result;
  result.record.status = grid::Status::done;
  const grid::StoredVariables stored = grid::stored_variables(configuration);
  double figure = 0;
  for (const grid::Variable& variable : stored.figures) {
    result.record.*variable.value = variable.meanings.empty() ? base + figure++ / 3 : 1;
  }
  // A figure that is not measured stays NaN.
  result.record.index_alignment = grid::Record::k_nan;
  const auto steps = static_cast<Index>(configuration::history_steps(configuration).size());
  result.history = MatrixD::NullaryExpr(
      steps, static_cast<Index>(stored.history.size()), [&](Index row, Index column) {
        return base + 100 + static_cast<double>(row) + static_cast<double>(column) / 7;
      });
  const Index width = configuration.grid.width[static_cast<std::size_t>(point.width)];
  result.network.inner =
      MatrixD::NullaryExpr(width, configuration.problem.dimension, [&](Index row, Index column) {
        return -base - static_cast<double>(row) - static_cast<double>(column) / 9;
      });
  result.network.outer =
      VectorD::NullaryExpr(width, [&](Index row) { return base / 11 + static_cast<double>(row); });
  return result;
}

inline results::hdf5::File open_for_writing(const std::filesystem::path& file) {
  const results::hdf5::Properties access = results::hdf5::access_properties();
  return results::hdf5::File(H5Fopen(file.c_str(), H5F_ACC_RDWR, access));
}

inline void write_contents(const std::filesystem::path& file, std::string_view bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}

/// Equal bit by bit, so that NaN equals NaN.
template <class Left, class Right>
bool same_bits(const Left& left, const Right& right) {
  if (left.rows() != right.rows() || left.cols() != right.cols()) return false;
  return std::memcmp(left.data(), right.data(),
                     static_cast<std::size_t>(left.size()) * sizeof(double)) == 0;
}

inline bool same_figures(const grid::Record& left, const grid::Record& right) {
  for (const grid::Variable& variable : grid::result_variables()) {
    if (std::memcmp(&(left.*variable.value), &(right.*variable.value), sizeof(double)) != 0) {
      return false;
    }
  }
  return left.status == right.status;
}

}  // namespace flatgrid::example
