// SPDX-License-Identifier: MIT
#include "flatgrid/results/rows.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <numeric>
#include <sstream>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "flatgrid/base/error.hpp"
#include "flatgrid/results/format.hpp"
#include "flatgrid/results/provenance.hpp"

namespace flatgrid::results {

using hdf5::expect;

namespace {

std::array<std::int64_t, 5> grid_position(const configuration::GridPoint& point) {
  return {point.algorithm, point.samples, point.noise, point.width, point.seed};
}

/// The axes of networks: the width is no axis, because each width has its own dataset.
std::array<std::int64_t, 4> network_position(const configuration::GridPoint& point) {
  return {point.algorithm, point.samples, point.noise, point.seed};
}

/// The figures that `group` lists, in the order of the list.
std::vector<grid::Variable> listed_variables(hid_t file, const std::filesystem::path& name,
                                             const std::string& group,
                                             const configuration::Configuration& configuration) {
  const auto known = grid::result_variables();
  std::vector<grid::Variable> variables;
  std::istringstream list(hdf5::read_text(file, name, group, k_variables_attribute));
  for (std::string listed; list >> listed;) {
    const auto found = std::ranges::find(known, listed, &grid::Variable::name);
    if (found == known.end()) {
      throw Error(
          fmt::format("{}: has the figure '{}', which this flatgrid {} does not know: read it "
                      "with a later version",
                      name.string(), listed, version()));
    }
    variables.push_back(grid::described(*found, configuration));
  }
  return variables;
}

}  // namespace

Rows::Rows(hid_t file, std::filesystem::path name,
           const configuration::Configuration& configuration)
    : name_(std::move(name)),
      axes_(configuration.grid),
      dimension_(configuration.problem.dimension),
      hidden_(network::linear_widths(configuration.network, dimension_)),
      biases_(configuration.network.bias->exists ? 1 : 0),
      most_samples_(std::ranges::max(axes_.samples)),
      steps_(static_cast<Index>(configuration::history_steps(configuration).size())),
      variables_{.figures = listed_variables(file, name_, "/", configuration),
                 .history = {},
                 .networks = configuration.output.networks,
                 .biases = configuration.output.networks && biases_ > 0,
                 .linear_layers = configuration.output.networks ? hidden_.size() : 0} {
  if (steps_ > 0) variables_.history = listed_variables(file, name_, "/history", configuration);
  const auto grid = axes_.shape();
  status_ = open(file, k_status_path, grid, {});
  checksum_ = open(file, k_checksum_path, grid, {});
  message_ = open(file, k_message_path, grid, std::array{k_message_length});
  for (const grid::Variable& variable : variables_.figures) {
    figures_.push_back(open(file, variable_path(variable.name), grid, {}));
  }
  for (const grid::Variable& variable : variables_.history) {
    history_.push_back(
        open(file, history_path(variable.name), grid, std::array{std::int64_t{steps_}}));
  }
  if (!variables_.networks) return;
  const auto [algorithms, samples, noises, widths, seeds] = grid;
  const std::array leading = {algorithms, samples, noises, seeds};
  variables_.multipliers =
      H5Lexists(file, multipliers_path(axes_.width.front()).c_str(), H5P_DEFAULT) > 0;
  for (const std::int64_t width : axes_.width) {
    networks_.push_back(
        {.inner = open(file, inner_path(width), leading, std::array{width, inner_columns()}),
         .outer = open(file, outer_path(width), leading, std::array{width}),
         .linear = {},
         .bias = std::nullopt,
         .multipliers = std::nullopt});
    if (biases_ > 0)
      networks_.back().bias = open(file, bias_path(width), leading, std::array{width});
    for (std::size_t l = 0; l < hidden_.size(); ++l) {
      const Index columns = l == 0 ? dimension_ : hidden_[l - 1];
      networks_.back().linear.push_back(
          open(file, linear_path(width, l + 1), leading, std::array{hidden_[l], columns}));
    }
    if (!variables_.multipliers) continue;
    networks_.back().multipliers =
        open(file, multipliers_path(width), leading, std::array<std::int64_t, 1>{most_samples_});
  }
}

Rows::RowDataset Rows::open(hid_t file, std::string path, std::span<const std::int64_t> leading,
                            std::span<const std::int64_t> row) const {
  hdf5::Dataset dataset(expect(H5Dopen2(file, path.c_str(), H5P_DEFAULT), name_, "open", path));
  hdf5::Space space(expect(H5Dget_space(dataset), name_, "read the shape of", path));

  std::vector<hsize_t> shape(leading.begin(), leading.end());
  shape.insert(shape.end(), row.begin(), row.end());
  if (const std::vector<hsize_t> stored = hdf5::shape_of(space); stored != shape) {
    throw Error(fmt::format("{}: '{}' is damaged: its shape is ({}), not ({})", name_.string(),
                            path, fmt::join(stored, ", "), fmt::join(shape, ", ")));
  }
  std::fill_n(shape.begin(), leading.size(), 1);
  const std::size_t size =
      std::accumulate(shape.begin(), shape.end(), std::size_t{1}, std::multiplies{});
  return {std::move(path), std::move(dataset), std::move(space), std::move(shape), size};
}

hdf5::Space Rows::select(const RowDataset& rows, Position first, std::size_t count) {
  std::array<hsize_t, H5S_MAX_RANK> start{}, shape{};
  std::ranges::copy(first, start.begin());
  std::ranges::copy(rows.row_shape, shape.begin());
  shape[first.size() - 1] = count;
  H5Sselect_hyperslab(rows.space, H5S_SELECT_SET, start.data(), nullptr, shape.data(), nullptr);
  const hsize_t size = count * rows.row_size;
  return hdf5::Space(H5Screate_simple(1, &size, nullptr));
}

// H5P_DEFAULT transfers are independent of other ranks, also if many ranks have opened the file.

template <class Number>
void Rows::write_rows(const RowDataset& rows, Position first, std::size_t count,
                      const Number* values) {
  const hdf5::Space in_memory = select(rows, first, count);
  expect(
      H5Dwrite(rows.dataset, hdf5::type_of<Number>(), in_memory, rows.space, H5P_DEFAULT, values),
      name_, "write", rows.path);
}

template <class Number>
void Rows::read_rows(const RowDataset& rows, Position first, std::size_t count,
                     Number* values) const {
  const hdf5::Space in_memory = select(rows, first, count);
  expect(H5Dread(rows.dataset, hdf5::type_of<Number>(), in_memory, rows.space, H5P_DEFAULT, values),
         name_, "read", rows.path);
}

template <class Number>
std::vector<Number> Rows::read_all(const RowDataset& rows) const {
  std::vector<Number> values(static_cast<std::size_t>(H5Sget_simple_extent_npoints(rows.space)));
  expect(
      H5Dread(rows.dataset, hdf5::type_of<Number>(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()),
      name_, "read", rows.path);
  return values;
}

Index Rows::width_of(const configuration::GridPoint& point) const {
  return axes_.width[static_cast<std::size_t>(point.width)];
}

Index Rows::inner_columns() const { return hidden_.empty() ? dimension_ : hidden_.back(); }

MatrixD Rows::empty_history() const {
  if (history_.empty()) return {};
  const auto columns = std::ranges::count_if(grid::result_variables(), &grid::Variable::in_history);
  return MatrixD::Constant(steps_, columns, grid::Record::k_nan);
}

bool Rows::is_whole(const grid::PointResult& result) const {
  return (result.history.size() > 0 || history_.empty()) &&
         (result.network.width() > 0 || networks_.empty()) &&
         (result.multipliers.size() == most_samples_ || !variables_.multipliers);
}

void Rows::fill(grid::PointResult& result, Index width) const {
  if (result.history.size() == 0) result.history = empty_history();
  if (result.network.width() == 0 && !networks_.empty()) {
    result.network = network::Network<double>::zero(width, dimension_, hidden_);
    result.network.inner.resize(width, inner_columns() + biases_);
    network::for_each_layer([](auto& layer) { layer.setConstant(grid::Record::k_nan); },
                            result.network);
  }
  if (variables_.multipliers) {
    const Index size = result.multipliers.size();
    result.multipliers.conservativeResize(most_samples_);
    result.multipliers.tail(most_samples_ - size).setConstant(grid::Record::k_nan);
  }
}

void Rows::write(const configuration::GridPoint& first,
                 std::span<const grid::PointResult> results) {
  if (!std::ranges::all_of(results, [&](const auto& result) { return is_whole(result); })) {
    std::vector<grid::PointResult> whole(results.begin(), results.end());
    for (grid::PointResult& result : whole) fill(result, width_of(first));
    return write(first, whole);
  }

  const auto position = grid_position(first);
  const std::size_t count = results.size();
  std::vector<std::int32_t> statuses(count, static_cast<std::int32_t>(grid::Status::pending));
  write_rows(status_, position, count, statuses.data());

  std::vector<double> numbers;
  const auto write_all = [&](const RowDataset& rows, Position where, const auto& values_of) {
    numbers.clear();
    for (const grid::PointResult& result : results) {
      const auto& values = values_of(result);
      numbers.insert(numbers.end(), values.data(), values.data() + values.size());
    }
    write_rows(rows, where, count, numbers.data());
  };
  // HDF5 converts figures that are integers in the file.
  for (std::size_t k = 0; k < figures_.size(); ++k) {
    write_all(figures_[k], position, [&](const grid::PointResult& result) {
      return std::span(&(result.record.*variables_.figures[k].value), 1);
    });
  }
  for (std::size_t k = 0; k < history_.size(); ++k) {
    write_all(history_[k], position, [&](const grid::PointResult& result) {
      return result.history.col(grid::history_column(variables_.history[k]));
    });
  }
  if (!networks_.empty()) {
    const NetworkDatasets& network = networks_[static_cast<std::size_t>(first.width)];
    const auto where = network_position(first);
    write_all(network.inner, where, [&](const grid::PointResult& result) {
      return RowMajor(result.network.inner.leftCols(inner_columns()));
    });
    if (network.bias) {
      write_all(*network.bias, where, [&](const grid::PointResult& result) {
        return VectorD(result.network.inner.col(dimension_));
      });
    }
    for (std::size_t l = 0; l < network.linear.size(); ++l) {
      write_all(network.linear[l], where, [&](const grid::PointResult& result) {
        return RowMajor(result.network.linear[l]);
      });
    }
    write_all(
        network.outer, where,
        [](const grid::PointResult& result) -> auto& { return result.network.outer; });
    if (network.multipliers) {
      write_all(
          *network.multipliers, where,
          [](const grid::PointResult& result) -> auto& { return result.multipliers; });
    }
  }
  std::string messages;
  std::vector<std::uint64_t> sums;
  for (const grid::PointResult& result : results) {
    messages.append(result.message, 0, k_message_length);
    sums.push_back(grid::checksum(result, variables_));
    messages.resize(sums.size() * k_message_length);
  }
  write_rows(message_, position, count, messages.data());
  write_rows(checksum_, position, count, sums.data());
  require_written(first, results, sums);

  std::ranges::transform(results, statuses.begin(), [](const grid::PointResult& result) {
    return static_cast<std::int32_t>(result.record.status);
  });
  write_rows(status_, position, count, statuses.data());
}

void Rows::require_written(const configuration::GridPoint& first,
                           std::span<const grid::PointResult> results,
                           const std::vector<std::uint64_t>& sums) const {
  std::vector<grid::PointResult> stored = read(first, results.size());
  std::vector<std::uint64_t> stored_sums(sums.size());
  read_rows(checksum_, grid_position(first), sums.size(), stored_sums.data());
  for (std::size_t i = 0; i < results.size(); ++i) {
    stored[i].record.status = results[i].record.status;
    if (grid::checksum(stored[i], variables_) == sums[i] && stored_sums[i] == sums[i] &&
        stored[i].message == results[i].message.substr(0, k_message_length)) {
      continue;
    }
    configuration::GridPoint point = first;
    point.seed += static_cast<std::int64_t>(i);
    throw Error(fmt::format(
        "{}: {}: the bytes read back differ from the bytes written: MPI-IO is not reliable on this "
        "file system; set OMPI_MCA_io=romio321 in the environment, or output.writer = gather",
        name_.string(), configuration::describe(axes_, point)));
  }
}

grid::PointResult Rows::read(const configuration::GridPoint& point) const {
  return std::move(read(point, 1).front());
}

std::vector<grid::PointResult> Rows::read(const configuration::GridPoint& first,
                                          std::size_t count) const {
  const auto position = grid_position(first);
  std::vector<grid::PointResult> results(count);
  std::vector<std::int32_t> statuses(count);
  read_rows(status_, position, count, statuses.data());
  std::string messages(count * k_message_length, '\0');
  read_rows(message_, position, count, messages.data());
  for (std::size_t i = 0; i < count; ++i) {
    results[i].record.status = static_cast<grid::Status>(statuses[i]);
    results[i].message = messages.substr(i * k_message_length, k_message_length).c_str();
  }

  std::vector<double> numbers;
  const auto read_all = [&](const RowDataset& rows, Position where, const auto& keep) {
    numbers.resize(count * rows.row_size);
    read_rows(rows, where, count, numbers.data());
    for (std::size_t i = 0; i < count; ++i) keep(results[i], &numbers[i * rows.row_size]);
  };
  for (std::size_t k = 0; k < figures_.size(); ++k) {
    read_all(figures_[k], position, [&](grid::PointResult& result, const double* values) {
      result.record.*variables_.figures[k].value = *values;
    });
  }
  if (!history_.empty()) {
    for (grid::PointResult& result : results) result.history = empty_history();
  }
  for (std::size_t k = 0; k < history_.size(); ++k) {
    read_all(history_[k], position, [&](grid::PointResult& result, const double* values) {
      result.history.col(grid::history_column(variables_.history[k])) =
          Eigen::Map<const VectorD>(values, steps_);
    });
  }
  if (!networks_.empty()) {
    const NetworkDatasets& network = networks_[static_cast<std::size_t>(first.width)];
    const auto where = network_position(first);
    const Index width = width_of(first);
    read_all(network.inner, where, [&](grid::PointResult& result, const double* values) {
      result.network.inner.resize(width, inner_columns() + biases_);
      result.network.inner.leftCols(inner_columns()) =
          Eigen::Map<const RowMajor>(values, width, inner_columns());
    });
    for (std::size_t l = 0; l < network.linear.size(); ++l) {
      const Index columns = l == 0 ? dimension_ : hidden_[l - 1];
      read_all(network.linear[l], where, [&](grid::PointResult& result, const double* values) {
        result.network.linear.emplace_back(Eigen::Map<const RowMajor>(values, hidden_[l], columns));
      });
    }
    if (network.bias) {
      read_all(*network.bias, where, [&](grid::PointResult& result, const double* values) {
        result.network.inner.col(dimension_) = Eigen::Map<const VectorD>(values, width);
      });
    }
    read_all(network.outer, where, [&](grid::PointResult& result, const double* values) {
      result.network.outer = Eigen::Map<const VectorD>(values, width);
    });
    if (network.multipliers) {
      read_all(*network.multipliers, where, [&](grid::PointResult& result, const double* values) {
        result.multipliers = Eigen::Map<const VectorD>(values, most_samples_);
      });
    }
  }
  return results;
}

std::uint64_t Rows::read_checksum(const configuration::GridPoint& point) const {
  std::uint64_t sum = 0;
  read_rows(checksum_, grid_position(point), 1, &sum);
  return sum;
}

std::vector<std::uint64_t> Rows::read_checksums() const {
  return read_all<std::uint64_t>(checksum_);
}

std::vector<grid::Status> Rows::as_statuses(const std::vector<std::int32_t>& numbers) const {
  std::vector<grid::Status> statuses(numbers.size());
  std::ranges::transform(numbers, statuses.begin(), [&](std::int32_t number) {
    if (number < 0 || number >= grid::k_status_count) {
      throw Error(fmt::format("{}: '{}' is damaged: {} is no status", name_.string(), status_.path,
                              number));
    }
    return static_cast<grid::Status>(number);
  });
  return statuses;
}

std::vector<grid::Status> Rows::statuses() const {
  return as_statuses(read_all<std::int32_t>(status_));
}

std::vector<grid::Status> Rows::statuses(const configuration::GridPoint& first,
                                         std::int64_t count) const {
  std::vector<std::int32_t> numbers(static_cast<std::size_t>(count));
  read_rows(status_, grid_position(first), numbers.size(), numbers.data());
  return as_statuses(numbers);
}

std::vector<std::string> Rows::messages() const {
  const std::vector<char> characters = read_all<char>(message_);
  std::vector<std::string> messages;
  for (auto begin = characters.begin(); begin != characters.end(); begin += k_message_length) {
    messages.emplace_back(begin, std::find(begin, begin + k_message_length, '\0'));
  }
  return messages;
}

std::vector<double> Rows::variable(std::string_view variable_name) const {
  const auto found = std::ranges::find(variables_.figures, variable_name, &grid::Variable::name);
  if (found == variables_.figures.end()) {
    throw Error(fmt::format("{}: there is no variable '{}'", name_.string(), variable_name));
  }
  return read_all<double>(figures_[static_cast<std::size_t>(found - variables_.figures.begin())]);
}

}  // namespace flatgrid::results
