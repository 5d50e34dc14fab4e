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
#include "flatgrid/results/layout.hpp"
#include "flatgrid/results/provenance.hpp"

namespace flatgrid {

using hdf5::expect;

namespace {

std::array<std::int64_t, 5> grid_position(const GridPoint& point) {
  return {point.algorithm, point.samples, point.noise, point.width, point.seed};
}

/// Networks have a dataset a width instead of a dimension for it.
std::array<std::int64_t, 4> network_position(const GridPoint& point) {
  return {point.algorithm, point.samples, point.noise, point.seed};
}

/// The figures that `group` lists, in its order.
std::vector<Variable> listed_variables(hid_t file, const std::filesystem::path& name,
                                       const std::string& group) {
  const auto known = result_variables();
  std::vector<Variable> variables;
  std::istringstream list(hdf5::read_text(file, name, group, k_variables_attribute));
  for (std::string listed; list >> listed;) {
    const auto found = std::ranges::find(known, listed, &Variable::name);
    if (found == known.end()) {
      throw Error(
          fmt::format("{}: holds '{}', a figure that this flatgrid {} does not know: read it "
                      "with a later one",
                      name.string(), listed, version()));
    }
    variables.push_back(*found);
  }
  return variables;
}

}  // namespace

Rows::Rows(hid_t file, std::filesystem::path name, const Configuration& configuration)
    : name_(std::move(name)),
      axes_(configuration.grid),
      dimension_(configuration.problem.dimension),
      most_samples_(std::ranges::max(axes_.samples)),
      steps_(static_cast<Index>(history_steps(configuration).size())),
      variables_{.figures = listed_variables(file, name_, "/"),
                 .history = {},
                 .networks = configuration.output.networks} {
  if (steps_ > 0) variables_.history = listed_variables(file, name_, "/history");
  const auto grid = axes_.shape();
  status_ = open(file, k_status_path, grid, {});
  checksum_ = open(file, k_checksum_path, grid, {});
  message_ = open(file, k_message_path, grid, std::array{k_message_length});
  for (const Variable& variable : variables_.figures) {
    figures_.push_back(open(file, variable_path(variable.name), grid, {}));
  }
  for (const Variable& variable : variables_.history) {
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
        {.inner = open(file, inner_path(width), leading, std::array{width, dimension_}),
         .outer = open(file, outer_path(width), leading, std::array{width}),
         .multipliers = std::nullopt});
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
  const hsize_t size = std::accumulate(shape.begin(), shape.end(), hsize_t{1}, std::multiplies{});
  return {std::move(path), std::move(dataset), std::move(space), std::move(shape),
          hdf5::Space(H5Screate_simple(1, &size, nullptr))};
}

void Rows::select(const RowDataset& rows, Position position) {
  std::array<hsize_t, H5S_MAX_RANK> start{};
  std::ranges::copy(position, start.begin());
  H5Sselect_hyperslab(rows.space, H5S_SELECT_SET, start.data(), nullptr, rows.row_shape.data(),
                      nullptr);
}

// H5P_DEFAULT transfers are independent of other ranks also where the file is open on many.

template <class Number>
void Rows::write_row(const RowDataset& rows, Position position, const Number* values) {
  select(rows, position);
  expect(H5Dwrite(rows.dataset, hdf5::type_of<Number>(), rows.row_space, rows.space, H5P_DEFAULT,
                  values),
         name_, "write", rows.path);
}

template <class Number>
void Rows::read_row(const RowDataset& rows, Position position, Number* values) const {
  select(rows, position);
  expect(H5Dread(rows.dataset, hdf5::type_of<Number>(), rows.row_space, rows.space, H5P_DEFAULT,
                 values),
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

Index Rows::width_of(const GridPoint& point) const {
  return axes_.width[static_cast<std::size_t>(point.width)];
}

MatrixD Rows::empty_history() const {
  if (history_.empty()) return {};
  const auto columns = std::ranges::count_if(result_variables(), &Variable::in_history);
  return MatrixD::Constant(steps_, columns, Record::k_nan);
}

void Rows::write(const GridPoint& point, const PointResult& result) {
  const Index width = width_of(point);
  const bool without_history = result.history.size() == 0 && !history_.empty();
  const bool without_network = result.network.width() == 0 && !networks_.empty();
  const bool short_of_multipliers =
      variables_.multipliers && result.multipliers.size() < most_samples_;
  if (without_history || without_network || short_of_multipliers) {
    PointResult whole = result;
    if (without_history) whole.history = empty_history();
    if (without_network) {
      whole.network = {MatrixD::Constant(width, dimension_, Record::k_nan),
                       VectorD::Constant(width, Record::k_nan)};
    }
    if (short_of_multipliers) {
      whole.multipliers = VectorD::Constant(most_samples_, Record::k_nan);
      whole.multipliers.head(result.multipliers.size()) = result.multipliers;
    }
    return write(point, whole);
  }

  const auto position = grid_position(point);
  const auto write_status = [&](Status status) {
    const auto number = static_cast<std::int32_t>(status);
    write_row(status_, position, &number);
  };
  write_status(Status::pending);

  // HDF5 converts the figures that are whole numbers in the file.
  for (std::size_t k = 0; k < figures_.size(); ++k) {
    write_row(figures_[k], position, &(result.record.*variables_.figures[k].value));
  }
  for (std::size_t k = 0; k < history_.size(); ++k) {
    write_row(history_[k], position,
              result.history.col(history_column(variables_.history[k])).data());
  }
  if (!networks_.empty()) {
    const NetworkDatasets& network = networks_[static_cast<std::size_t>(point.width)];
    inner_ = result.network.inner;
    write_row(network.inner, network_position(point), inner_.data());
    write_row(network.outer, network_position(point), result.network.outer.data());
    if (network.multipliers) {
      write_row(*network.multipliers, network_position(point), result.multipliers.data());
    }
  }
  message_text_ = result.message;
  message_text_.resize(k_message_length);
  write_row(message_, position, message_text_.data());
  const std::uint64_t sum = checksum(result, variables_);
  write_row(checksum_, position, &sum);
  require_written(point, result.record.status, sum);
  write_status(result.record.status);
}

void Rows::require_written(const GridPoint& point, Status status, std::uint64_t sum) const {
  PointResult stored = read(point);
  stored.record.status = status;
  stored.message.resize(k_message_length);
  if (checksum(stored, variables_) == sum && read_checksum(point) == sum &&
      stored.message == message_text_) {
    return;
  }
  throw Error(fmt::format(
      "{}: {}: what is read back is not what was written: MPI-IO cannot be trusted with this file "
      "system; set OMPI_MCA_io=romio321 in the environment, or output.writer = gather",
      name_.string(), describe(axes_, point)));
}

PointResult Rows::read(const GridPoint& point) const {
  const auto position = grid_position(point);
  PointResult result;
  std::int32_t status = 0;
  read_row(status_, position, &status);
  result.record.status = static_cast<Status>(status);
  std::string message(k_message_length, '\0');
  read_row(message_, position, message.data());
  result.message = message.c_str();
  for (std::size_t k = 0; k < figures_.size(); ++k) {
    read_row(figures_[k], position, &(result.record.*variables_.figures[k].value));
  }
  result.history = empty_history();
  for (std::size_t k = 0; k < history_.size(); ++k) {
    read_row(history_[k], position,
             result.history.col(history_column(variables_.history[k])).data());
  }
  if (!networks_.empty()) {
    const NetworkDatasets& network = networks_[static_cast<std::size_t>(point.width)];
    const Index width = width_of(point);
    RowMajor inner(width, dimension_);
    read_row(network.inner, network_position(point), inner.data());
    result.network.inner = inner;
    result.network.outer.resize(width);
    read_row(network.outer, network_position(point), result.network.outer.data());
    if (network.multipliers) {
      result.multipliers.resize(most_samples_);
      read_row(*network.multipliers, network_position(point), result.multipliers.data());
    }
  }
  return result;
}

std::uint64_t Rows::read_checksum(const GridPoint& point) const {
  std::uint64_t sum = 0;
  read_row(checksum_, grid_position(point), &sum);
  return sum;
}

std::vector<std::uint64_t> Rows::read_checksums() const {
  return read_all<std::uint64_t>(checksum_);
}

std::vector<Status> Rows::as_statuses(const std::vector<std::int32_t>& numbers) const {
  std::vector<Status> statuses(numbers.size());
  std::ranges::transform(numbers, statuses.begin(), [&](std::int32_t number) {
    if (number < 0 || number >= k_status_count) {
      throw Error(fmt::format("{}: '{}' is damaged: {} is no status", name_.string(), status_.path,
                              number));
    }
    return static_cast<Status>(number);
  });
  return statuses;
}

std::vector<Status> Rows::statuses() const { return as_statuses(read_all<std::int32_t>(status_)); }

std::vector<Status> Rows::statuses(const GridPoint& first, std::int64_t count) const {
  std::vector<std::int32_t> numbers(static_cast<std::size_t>(count));
  std::array<hsize_t, 5> start{};
  std::ranges::copy(grid_position(first), start.begin());
  const std::array<hsize_t, 5> shape = {1, 1, 1, 1, numbers.size()};
  H5Sselect_hyperslab(status_.space, H5S_SELECT_SET, start.data(), nullptr, shape.data(), nullptr);
  const hdf5::Space row_space(H5Screate_simple(1, &shape.back(), nullptr));
  expect(H5Dread(status_.dataset, hdf5::type_of<std::int32_t>(), row_space, status_.space,
                 H5P_DEFAULT, numbers.data()),
         name_, "read", status_.path);
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
  const auto found = std::ranges::find(variables_.figures, variable_name, &Variable::name);
  if (found == variables_.figures.end()) {
    throw Error(fmt::format("{}: there is no variable '{}'", name_.string(), variable_name));
  }
  return read_all<double>(figures_[static_cast<std::size_t>(found - variables_.figures.begin())]);
}

}  // namespace flatgrid
