// SPDX-License-Identifier: MIT
#include "flatgrid/results/data_file.hpp"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <initializer_list>
#include <limits>
#include <numeric>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "flatgrid/base/checksum.hpp"
#include "flatgrid/base/error.hpp"
#include "flatgrid/problem/magnitude.hpp"
#include "flatgrid/results/foreign.hpp"
#include "flatgrid/results/hdf5.hpp"

namespace flatgrid {

namespace fs = std::filesystem;
using hdf5::expect;

namespace {

double memory_bytes() {
  return static_cast<double>(::sysconf(_SC_PHYS_PAGES)) *
         static_cast<double>(::sysconf(_SC_PAGESIZE));
}

/// A dataset of numbers [items, size] as a matrix [size, items], a column an item; [items] is read
/// as [items, 1]. `axes` names its dimensions.
MatrixD read_items(hid_t file, const fs::path& name, const char* path,
                   std::initializer_list<std::string_view> axes) {
  if (H5Lexists(file, path, H5P_DEFAULT) <= 0) {
    refuse(name, fmt::format("has no dataset '{}'", path));
  }
  const hdf5::Dataset dataset(expect(H5Dopen2(file, path, H5P_DEFAULT), name, "open", path));
  const hdf5::Type type(H5Dget_type(dataset));
  if (const H5T_class_t kind = H5Tget_class(type); kind != H5T_FLOAT && kind != H5T_INTEGER) {
    refuse(name, fmt::format("'{}' must hold numbers", path));
  }
  const std::vector<hsize_t> shape = hdf5::shape_of(hdf5::Space(H5Dget_space(dataset)));
  if (shape.size() != axes.size()) {
    refuse(name, fmt::format("'{}' must have the shape [{}], not [{}]", path, fmt::join(axes, ", "),
                             fmt::join(shape, ", ")));
  }
  const double bytes = std::accumulate(
      shape.begin(), shape.end(), double{sizeof(double)},
      [](double product, hsize_t size) { return product * static_cast<double>(size); });
  if (bytes > memory_bytes()) {
    refuse(name, fmt::format("'{}' is damaged or too large: the memory of this machine does not "
                             "hold [{}] numbers",
                             path, fmt::join(shape, ", ")));
  }
  ForeignFileGuard::allow(bytes);
  // [items, size] in rows is [size, items] in columns.
  MatrixD values(shape.size() == 1 ? 1 : static_cast<Index>(shape[1]),
                 static_cast<Index>(shape[0]));
  expect(H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), name,
         "read", path);
  for (Index item = 0; item < values.cols(); ++item) {
    if (!values.col(item).allFinite()) {
      refuse(name, fmt::format("'{}' has a number that is not finite in row {}", path, item));
    }
  }
  return values;
}

void require_size(const fs::path& name, const char* path, std::string_view what, Index size,
                  std::string_view key, Index expected) {
  if (size == expected) return;
  refuse(name, fmt::format("'{}' has {} {}, but {} is {}", path, size, what, key, expected));
}

void require_magnitude(const fs::path& name, const char* path, const MatrixD& numbers) {
  const std::string fault = magnitude_fault(numbers);
  if (!fault.empty()) refuse(name, fmt::format("'{}' has {}", path, fault));
}

IndexModel read_model(hid_t file, const fs::path& name, const ProblemSettings& problem) {
  constexpr const char* k_directions = "index_directions";
  constexpr const char* k_coefficients = "coefficients";
  const bool has_directions = H5Lexists(file, k_directions, H5P_DEFAULT) > 0;
  const bool has_coefficients = H5Lexists(file, k_coefficients, H5P_DEFAULT) > 0;
  if (!has_directions && !has_coefficients) {
    constexpr double k_nan = std::numeric_limits<double>::quiet_NaN();
    return {MatrixD::Constant(problem.indices, problem.dimension, k_nan),
            VectorD::Constant(problem.indices, k_nan)};
  }
  const MatrixD directions = read_items(file, name, k_directions, {"indices", "dimension"});
  const MatrixD coefficients = read_items(file, name, k_coefficients, {"indices"});
  require_size(name, k_directions, "rows", directions.cols(), "problem.indices", problem.indices);
  require_size(name, k_directions, "columns", directions.rows(), "problem.dimension",
               problem.dimension);
  require_size(name, k_coefficients, "rows", coefficients.cols(), "problem.indices",
               problem.indices);
  constexpr double k_rounding = 1e-6;  // of unit vectors stored in single precision
  for (Index s = 0; s < directions.cols(); ++s) {
    if (std::abs(directions.col(s).norm() - 1) > k_rounding) {
      refuse(name, fmt::format("'{}' must hold unit vectors, but the norm of row {} is {}",
                               k_directions, s, directions.col(s).norm()));
    }
  }
  return {directions.transpose(), coefficients.transpose()};
}

std::uint64_t checksum(std::initializer_list<std::reference_wrapper<const MatrixD>> matrices) {
  Crc64 crc;
  for (const MatrixD& matrix : matrices) {
    crc.add(matrix.data(), static_cast<std::size_t>(matrix.size()) * sizeof(double));
  }
  return crc.value();
}

ExternalData read_data_file(const fs::path& name, const ProblemSettings& problem,
                            Index most_samples) {
  const ForeignFileGuard guard(name);
  const hdf5::File file = hdf5::open_to_read(name, "a data file");
  const MatrixD inputs = read_items(file, name, "inputs", {"samples", "dimension"});
  const MatrixD labels = read_items(file, name, "labels", {"samples"});
  require_size(name, "inputs", "columns", inputs.rows(), "problem.dimension", problem.dimension);
  require_magnitude(name, "inputs", inputs);
  require_magnitude(name, "labels", labels);
  if (labels.cols() != inputs.cols()) {
    refuse(name,
           fmt::format("'inputs' has {} rows, but 'labels' has {}", inputs.cols(), labels.cols()));
  }
  if (inputs.cols() < most_samples) {
    refuse(name, fmt::format("has {} samples, fewer than the {} of grid.samples", inputs.cols(),
                             most_samples));
  }
  const Index held_out = inputs.cols() - most_samples;
  IndexModel model = read_model(file, name, problem);
  return {.inputs = inputs.leftCols(most_samples),
          .labels = labels.leftCols(most_samples).transpose(),
          .held_out_inputs = inputs.rightCols(held_out),
          .held_out_labels = labels.rightCols(held_out).transpose(),
          .model = std::move(model),
          .checksum = checksum({inputs, labels})};
}

}  // namespace

Study read_study(Configuration configuration) {
  const ProblemSettings& problem = configuration.problem;
  std::shared_ptr<const ExternalData> external;
  if (problem.inputs->is_file()) {
    external = std::make_shared<const ExternalData>(
        read_data_file(problem.data_file, problem, std::ranges::max(configuration.grid.samples)));
  }
  return Study(std::move(configuration), std::move(external));
}

std::string data_file_checksum(const ExternalData& data) {
  return fmt::format("{:016x}", data.checksum);
}

void require_same_data(const Problem& problem, const ResultsReader& results) {
  if (problem.external() == nullptr) return;
  const std::string then = results.attribute("data_file_crc64");
  const std::string now = data_file_checksum(*problem.external());
  if (then == now) return;
  throw Error(fmt::format(
      "{}: holds other data than {} was made from: the CRC-64 was {} then and is {} now",
      problem.settings().data_file, results.path().string(), then, now));
}

}  // namespace flatgrid
