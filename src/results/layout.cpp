// SPDX-License-Identifier: MIT
#include "flatgrid/results/layout.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "flatgrid/base/aside.hpp"
#include "flatgrid/base/error.hpp"
#include "flatgrid/grid/record.hpp"
#include "flatgrid/measure/population_loss.hpp"
#include "flatgrid/problem/data_set.hpp"
#include "flatgrid/results/data_file.hpp"
#include "flatgrid/results/netcdf.hpp"
#include "flatgrid/results/provenance.hpp"

namespace flatgrid {

namespace fs = std::filesystem;
using Dimension = NetcdfFile::Dimension;
using Dimensions = std::vector<const Dimension*>;

std::string variable_path(std::string_view variable) { return fmt::format("/{}", variable); }
std::string history_path(std::string_view variable) { return fmt::format("/history/{}", variable); }
std::string inner_path(std::int64_t width) {
  return fmt::format("/networks/width_{}/inner", width);
}
std::string outer_path(std::int64_t width) {
  return fmt::format("/networks/width_{}/outer", width);
}

namespace {

constexpr double k_nan = std::numeric_limits<double>::quiet_NaN();

/// The five axes of the grid in the file.
struct AxisDimensions {
  Dimension algorithm, samples, noise, width, seed;

  [[nodiscard]] Dimensions all() const { return {&algorithm, &samples, &noise, &width, &seed}; }
};

/// A dimension that merely counts: 0, 1, ..., size - 1.
Dimension add_counter(NetcdfFile& file, const std::string& path, std::int64_t size,
                      std::string_view long_name) {
  std::vector<std::int64_t> positions(static_cast<std::size_t>(size));
  std::iota(positions.begin(), positions.end(), 0);
  return file.add_dimension<std::int64_t>(path, positions, {"1", long_name});
}

void add_provenance(NetcdfFile& file, const Study& study, const Part& part) {
  file.add_attribute("/", "title",
                     "Flatness of the minima of two-layer networks and how they generalize");
  file.add_attribute("/", "Conventions", "CF-1.8");
  file.add_attribute<std::int32_t>("/", "flatgrid_format", std::array{k_format_version});
  file.add_attribute("/", "flatgrid_version", version());
  file.add_attribute("/", "git_commit", git_commit());
  file.add_attribute("/", "build", build_description());
  file.add_attribute("/", "created", fmt::format("{:%FT%TZ}", fmt::gmtime(std::time(nullptr))));
  file.add_attribute("/", "loss_convention", "L = (1/2n) sum_i (f(x_i) - y_i)^2");
  file.add_attribute("/", "config", canonical_text(study.configuration));
  if (!part.is_whole()) file.add_attribute("/", "part", part_text(part));
  if (const ExternalData* const external = study.problem.external()) {
    file.add_attribute("/", "data_file_crc64", data_file_checksum(*external));
  }
}

std::vector<std::string> algorithm_names(const Axes& axes) {
  std::vector<std::string> names;
  for (const Choice<Algorithm> algorithm : axes.algorithm) names.emplace_back(algorithm.name());
  return names;
}

AxisDimensions add_axes(NetcdfFile& file, const Axes& axes) {
  return {
      .algorithm = file.add_dimension<std::string>("/algorithm", algorithm_names(axes),
                                                   {"1", "algorithm that produced the network"}),
      .samples = file.add_dimension<std::int64_t>("/samples", axes.samples,
                                                  {"1", "number n of training samples"}),
      .noise = file.add_dimension<double>(
          "/noise", axes.noise, {"1", "standard deviation tau of the label noise, in units of y"}),
      .width = file.add_dimension<std::int64_t>("/width", axes.width,
                                                {"1", "number m of hidden neurons"}),
      .seed = file.add_dimension<std::int64_t>("/seed", axes.seed,
                                               {"1", "seed of the target, inputs and noise"}),
  };
}

void add_variables(NetcdfFile& file, const AxisDimensions& axes) {
  file.add_variable<std::int32_t>(k_status_path, axes.all(), 0, {"1", "state of the grid point"});
  std::array<std::int32_t, k_status_count> values;
  std::iota(values.begin(), values.end(), 0);
  std::string meanings;
  for (const std::int32_t value : values) {
    if (!meanings.empty()) meanings += ' ';
    meanings += name_of(static_cast<Status>(value));
  }
  file.add_attribute<std::int32_t>(k_status_path, "flag_values", values);
  file.add_attribute(k_status_path, "flag_meanings", meanings);

  file.add_variable<std::uint64_t>(
      k_checksum_path, axes.all(), 0,
      {"1", "CRC-64/XZ of the status, figures, history and network of the grid point"});
  const Dimension character =
      file.add_dimension("/character", hsize_t{k_message_length}, {"1", "characters of a text"});
  std::vector<const Dimension*> dimensions = axes.all();
  dimensions.push_back(&character);
  file.add_variable(
      k_message_path, dimensions, '\0',
      {"1", "why the grid point does not interpolate, diverged or failed; empty otherwise"});
  for (const Variable& variable : result_variables()) {
    file.add_variable(variable_path(variable.name), axes.all(), k_nan,
                      {variable.units, variable.long_name});
  }
}

void add_history(NetcdfFile& file, const AxisDimensions& axes,
                 const std::vector<std::int64_t>& steps) {
  file.add_group("/history");
  const Dimension checkpoint = file.add_dimension<std::int64_t>(
      "/history/checkpoint", steps, {"1", "gradient steps taken at the checkpoint"});
  Dimensions dimensions = axes.all();
  dimensions.push_back(&checkpoint);
  for (const Variable& variable : result_variables()) {
    if (!variable.in_history) continue;
    file.add_variable(history_path(variable.name), dimensions, k_nan,
                      {variable.units, variable.long_name});
  }
}

void add_networks(NetcdfFile& file, const AxisDimensions& axes, const Dimension& dimension,
                  const std::vector<std::int64_t>& widths, NetcdfFile::Storage storage) {
  file.add_group("/networks");
  for (const std::int64_t width : widths) {
    const std::string group = fmt::format("/networks/width_{}", width);
    file.add_group(group);
    const Dimension neuron = add_counter(file, group + "/neuron", width, "position of the neuron");
    Dimensions dimensions = {&axes.algorithm, &axes.samples, &axes.noise, &axes.seed, &neuron};
    file.add_variable(outer_path(width), dimensions, k_nan, {"1", "outer weights a"}, storage);
    dimensions.push_back(&dimension);
    file.add_variable(inner_path(width), dimensions, k_nan, {"1", "inner weights W"}, storage);
  }
}

void add_data(NetcdfFile& file, const AxisDimensions& axes, const Dimension& dimension,
              const Study& study) {
  const Axes& grid = study.configuration.grid;
  const std::vector<std::int64_t>& seeds = grid.seed;
  const std::int64_t samples = std::ranges::max(grid.samples);

  file.add_group("/data");
  const Dimension sample = add_counter(file, "/data/sample", samples,
                                       "position of the sample; n samples are the first n");
  const Dimension index = add_counter(file, "/data/indices", study.configuration.problem.indices,
                                      "position of the index direction");
  const Dimensions sample_shape = {&axes.seed, &sample};
  file.add_variable("/data/inputs", Dimensions{&axes.seed, &sample, &dimension}, k_nan,
                    {"1", "inputs x"});
  file.add_variable("/data/target", sample_shape, k_nan, {"1", "noise-free labels f*(x)"});
  file.add_variable("/data/noise", sample_shape, k_nan,
                    {"1", "label noise of unit variance; y = target + tau noise"});
  file.add_variable("/data/index_directions", Dimensions{&axes.seed, &index, &dimension}, k_nan,
                    {"1", "index directions u_s of the target"});
  file.add_variable("/data/coefficients", Dimensions{&axes.seed, &index}, k_nan,
                    {"1", "coefficients c_s of the target"});

  for (std::size_t row = 0; row < seeds.size(); ++row) {
    const IndexModel model = study.problem.index_model(seeds[row]);
    const DataSet data = study.problem.data_set(model, seeds[row], samples);
    // [d, n] in columns is [n, d] in rows; the directions [r, d] must be turned.
    const MatrixD directions = model.directions.transpose();
    file.write_row("/data/inputs", row, data.inputs.data());
    file.write_row("/data/target", row, data.target.data());
    file.write_row("/data/noise", row, data.noise.data());
    file.write_row("/data/index_directions", row, directions.data());
    file.write_row("/data/coefficients", row, model.coefficients.data());
  }
}

void write_layout(NetcdfFile& file, const Study& study, const Part& part) {
  const Configuration& configuration = study.configuration;
  const OutputSettings& output = configuration.output;
  add_provenance(file, study, part);
  const AxisDimensions axes = add_axes(file, configuration.grid);
  add_variables(file, axes);
  file.add_attribute(variable_path("population_loss"), "method",
                     population_loss_method(study.problem));

  const std::vector<std::int64_t> steps = history_steps(configuration);
  if (!steps.empty()) add_history(file, axes, steps);

  if (!output.networks && !output.data) return;
  const Dimension dimension =
      add_counter(file, "/dimension", configuration.problem.dimension, "component of the inputs");
  if (output.networks) {
    // The bulk of the file; that of the other parts shall take no room.
    add_networks(file, axes, dimension, configuration.grid.width,
                 part.is_whole() ? NetcdfFile::Storage::filled : NetcdfFile::Storage::sparse);
  }
  if (output.data) add_data(file, axes, dimension, study);
}

}  // namespace

void write_results_layout(const fs::path& path, const fs::path& name, const Study& study,
                          const Part& part) {
  NetcdfFile file(path, name);
  write_layout(file, study, part);
  file.close();
}

double results_bytes(const Configuration& configuration) {
  const auto [algorithms, samples, noises, widths, seeds] = configuration.grid.shape();
  const auto number = [](auto integer) { return static_cast<double>(integer); };
  const double checkpoints = number(history_steps(configuration).size());
  const double dimension = number(configuration.problem.dimension);
  const auto variables = result_variables();
  const double in_history = number(std::ranges::count_if(variables, &Variable::in_history));

  // status, checksum, message, figures and their history, a point
  double bytes = number(configuration.grid.points()) *
                 (4 + 8 + number(k_message_length) + 8 * number(variables.size()) +
                  8 * in_history * checkpoints);
  double datasets = number(9 + variables.size()) + (checkpoints > 0 ? in_history + 1 : 0);
  if (configuration.output.networks) {
    for (const std::int64_t width : configuration.grid.width) {  // W and a
      bytes += 8 * number(algorithms * samples * noises * seeds) * number(width) * (dimension + 1);
    }
    datasets += 3 * number(widths);
  }
  if (configuration.output.data) {  // inputs, target, noise; index directions and coefficients
    const double most_samples = number(std::ranges::max(configuration.grid.samples));
    bytes +=
        8 * number(seeds) *
        (most_samples * (dimension + 2) + number(configuration.problem.indices) * (dimension + 1));
    datasets += 7;
  }
  // the axes; headers and attributes, as found in files of several grids
  return bytes + 8 * number(algorithms + samples + noises + widths + seeds) + 9000 +
         1250 * datasets;
}

void create_results_file(const fs::path& file, const Study& study, const Part& part) {
  write_aside(file, Existing::refuse,
              [&](const fs::path& aside) { write_results_layout(aside, file, study, part); });
}

}  // namespace flatgrid
