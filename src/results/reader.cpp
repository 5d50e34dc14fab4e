// SPDX-License-Identifier: MIT
#include "flatgrid/results/reader.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <sstream>
#include <type_traits>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "flatgrid/base/error.hpp"
#include "flatgrid/configuration/reading.hpp"
#include "flatgrid/configuration/variants.hpp"
#include "flatgrid/results/format.hpp"
#include "flatgrid/results/hdf5.hpp"
#include "flatgrid/results/rows.hpp"
#include "flatgrid/results/seal.hpp"

namespace flatgrid::results {

namespace fs = std::filesystem;
using hdf5::expect;

namespace {

/// Refuses files that flatgrid did not write, and files with another layout.
void require_format(hid_t file, const fs::path& name) {
  constexpr const char* k_attribute = "flatgrid_format";
  if (H5Aexists(file, k_attribute) <= 0) {
    refuse(name, "is an HDF5 file, but no results file of flatgrid");
  }
  const hdf5::Attribute attribute(
      expect(H5Aopen(file, k_attribute, H5P_DEFAULT), name, "open attribute", k_attribute));
  const hdf5::Space space(H5Aget_space(attribute));
  std::int32_t format = 0;
  if (H5Sget_simple_extent_npoints(space) == 1) {
    expect(H5Aread(attribute, H5T_NATIVE_INT32, &format), name, "read attribute", k_attribute);
  }
  if (format != k_format_version) refuse(name, explain_format(format));
}

/// Reads the values of a coordinate variable: numbers or strings.
template <class Value>
std::vector<Value> read_coordinates(hid_t file, const fs::path& name, const std::string& path) {
  const hdf5::Dataset dataset(
      expect(H5Dopen2(file, path.c_str(), H5P_DEFAULT), name, "open", path));
  const std::vector<hsize_t> shape = hdf5::shape_of(hdf5::Space(H5Dget_space(dataset)));
  if (shape.size() != 1) {
    refuse(name, fmt::format("'{}' is damaged: it is not one-dimensional", path));
  }
  const auto read = [&](hid_t type, void* values) {
    expect(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), name, "read", path);
  };
  if constexpr (std::is_same_v<Value, std::string>) {
    std::vector<char*> pointers(shape[0], nullptr);
    read(hdf5::text_type(), pointers.data());
    std::vector<std::string> texts;
    for (char* pointer : pointers) {
      texts.emplace_back(pointer == nullptr ? "" : pointer);
      H5free_memory(pointer);
    }
    return texts;
  } else {
    std::vector<Value> values(shape[0]);
    read(hdf5::type_of<Value>(), values.data());
    return values;
  }
}

/// Row `row` of a dataset [rows, items, size] or [rows, items], whose shape must be `shape`, as a
/// matrix [size, items] with an item in each column, or [items, 1].
template <class Number = double>
auto read_row(hid_t file, const fs::path& name, const std::string& path, std::vector<hsize_t> shape,
              std::int64_t row) {
  const hdf5::Dataset dataset(
      expect(H5Dopen2(file, path.c_str(), H5P_DEFAULT), name, "open", path));
  const hdf5::Space space(expect(H5Dget_space(dataset), name, "read the shape of", path));
  if (const std::vector<hsize_t> stored = hdf5::shape_of(space); stored != shape) {
    refuse(name, fmt::format("'{}' is damaged: its shape is ({}), not ({})", path,
                             fmt::join(stored, ", "), fmt::join(shape, ", ")));
  }
  std::vector<hsize_t> start(shape.size(), 0);
  start.front() = static_cast<hsize_t>(row);
  shape.front() = 1;
  H5Sselect_hyperslab(space, H5S_SELECT_SET, start.data(), nullptr, shape.data(), nullptr);
  const hdf5::Space row_space(
      H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr));
  const auto items = static_cast<Index>(shape[1]);
  using Matrix = Eigen::Matrix<Number, Eigen::Dynamic, Eigen::Dynamic>;
  Matrix values =
      shape.size() == 2 ? Matrix(items, 1) : Matrix(static_cast<Index>(shape[2]), items);
  expect(H5Dread(dataset, hdf5::type_of<Number>(), row_space, space, H5P_DEFAULT, values.data()),
         name, "read", path);
  return values;
}

configuration::Configuration parse(const std::string& text, const fs::path& name) {
  std::istringstream stream(text);
  return configuration::parse_configuration(stream,
                                            fmt::format("{}: attribute 'config'", name.string()));
}

/// The part of the grid; the whole grid if the file has no attribute for it.
grid::Part read_part(hid_t file, const fs::path& name) {
  if (H5Aexists(file, "part") <= 0) return {};
  const std::string text = hdf5::read_text(file, name, "/", "part");
  try {
    return grid::parse_part(text);
  } catch (const Error& error) {
    refuse(name, fmt::format("attribute 'part' is damaged: '{}' {}", text, error.what()));
  }
}

}  // namespace

struct ResultsReader::File {
  explicit File(const fs::path& path) : name(path), file(open_sealed(path)) {
    hdf5::release_lock(file, name);
    require_format(file, name);
    configuration_text = hdf5::read_text(file, name, "/", "config");
    configuration = parse(configuration_text, name);
    part = read_part(file, name);
    rows.emplace(file, name, configuration);
  }

  fs::path name;
  hdf5::File file;
  std::string configuration_text;
  configuration::Configuration configuration;
  grid::Part part;
  std::optional<Rows> rows;
};

ResultsReader::ResultsReader(const fs::path& file) : file_(std::make_unique<File>(file)) {}
ResultsReader::~ResultsReader() = default;
ResultsReader::ResultsReader(ResultsReader&&) noexcept = default;
ResultsReader& ResultsReader::operator=(ResultsReader&&) noexcept = default;

const fs::path& ResultsReader::path() const { return file_->name; }

const configuration::Configuration& ResultsReader::configuration() const {
  return file_->configuration;
}

const std::string& ResultsReader::configuration_text() const { return file_->configuration_text; }

const grid::Part& ResultsReader::part() const { return file_->part; }

const grid::StoredVariables& ResultsReader::variables() const { return file_->rows->variables(); }

std::string ResultsReader::attribute(std::string_view name) const {
  return hdf5::read_text(file_->file, file_->name, "/", std::string(name));
}

std::vector<grid::Status> ResultsReader::statuses() const { return file_->rows->statuses(); }

std::vector<grid::Status> ResultsReader::statuses(const configuration::GridPoint& first,
                                                  std::int64_t count) const {
  return file_->rows->statuses(first, count);
}

std::vector<double> ResultsReader::variable(std::string_view name) const {
  return file_->rows->variable(name);
}

std::vector<std::string> ResultsReader::messages() const { return file_->rows->messages(); }

grid::PointResult ResultsReader::point(const configuration::GridPoint& point) const {
  return file_->rows->read(point);
}

std::uint64_t ResultsReader::stored_checksum(const configuration::GridPoint& point) const {
  return file_->rows->read_checksum(point);
}

std::vector<std::uint64_t> ResultsReader::stored_checksums() const {
  return file_->rows->read_checksums();
}

StoredData ResultsReader::data(std::int64_t seed) const {
  const problem::ProblemSettings& problem = file_->configuration.problem;
  const configuration::Axes& grid = file_->configuration.grid;
  const hsize_t seeds = grid.seed.size();
  const auto samples = static_cast<hsize_t>(std::ranges::max(grid.samples));
  const auto indices = static_cast<hsize_t>(problem.indices);
  const auto dimension = static_cast<hsize_t>(problem.dimension);
  const auto row = [&](const char* path, std::vector<hsize_t> shape) {
    return read_row(file_->file, file_->name, path, std::move(shape), seed);
  };
  const MatrixD directions = row("/data/index_directions", {seeds, indices, dimension});
  problem::DataSplit split;
  if (problem.data_split->draws) {
    const auto rows =
        read_row<std::int64_t>(file_->file, file_->name, "/data/row", {seeds, samples}, seed);
    split.rows.assign(rows.data(), rows.data() + rows.size());
  }
  if (problem.standardize) {
    split.mean = row("/data/input_mean", {seeds, dimension});
    split.deviation = row("/data/input_deviation", {seeds, dimension});
  }
  MatrixD inputs = row("/data/inputs", {seeds, samples, dimension});
  if (file_->configuration.network.bias->exists) {
    inputs.conservativeResize(inputs.rows() + 1, Eigen::NoChange);
    inputs.bottomRows(1).setOnes();
  }
  return {.target = {.directions = directions.transpose(),
                     .coefficients = row("/data/coefficients", {seeds, indices})},
          .samples = {.inputs = std::move(inputs),
                      .target = row("/data/target", {seeds, samples}),
                      .noise = row("/data/label_noise", {seeds, samples})},
          .split = std::move(split)};
}

configuration::Axes ResultsReader::axes(const std::string& group) const {
  const auto read = [&]<class Value>(std::string_view axis, std::vector<Value>& values) {
    const std::string path = fmt::format("{}/{}", group, axis);
    if (H5Lexists(file_->file, path.c_str(), H5P_DEFAULT) <= 0) return;
    values = read_coordinates<Value>(file_->file, file_->name, path);
  };
  configuration::Axes axes;
  std::vector<std::string> algorithms;
  read("algorithm", algorithms);
  for (const std::string& algorithm : algorithms) {
    try {
      std::ranges::move(configuration::read_algorithms(algorithm),
                        std::back_inserter(axes.algorithm));
    } catch (const Error& error) {
      refuse(file_->name, fmt::format("'{}/algorithm' is damaged: {}", group, error.what()));
    }
  }
  read("samples", axes.samples);
  read("noise", axes.noise);
  read("width", axes.width);
  read("seed", axes.seed);
  return axes;
}

std::vector<std::int64_t> ResultsReader::history_steps() const {
  if (variables().history.empty()) return {};
  return read_coordinates<std::int64_t>(file_->file, file_->name, k_history_steps_path);
}

}  // namespace flatgrid::results
