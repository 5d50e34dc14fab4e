// SPDX-License-Identifier: MIT
#include "flatgrid/results/layout.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <ctime>
#include <iterator>
#include <limits>
#include <map>
#include <numeric>
#include <span>
#include <system_error>
#include <vector>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "flatgrid/base/aside.hpp"
#include "flatgrid/base/error.hpp"
#include "flatgrid/measure/population_loss.hpp"
#include "flatgrid/problem/data_set.hpp"
#include "flatgrid/results/data_file.hpp"
#include "flatgrid/results/format.hpp"
#include "flatgrid/results/netcdf.hpp"
#include "flatgrid/results/provenance.hpp"
#include "flatgrid/results/seal.hpp"

namespace flatgrid::results {

namespace fs = std::filesystem;
using Dimension = NetcdfFile::Dimension;
using Dimensions = std::vector<const Dimension*>;

namespace {

constexpr double k_nan = std::numeric_limits<double>::quiet_NaN();

/// About the number of inputs that are drawn before they are written.
constexpr std::size_t k_numbers_at_once = 1 << 17;

/// The axes of the grid in a group, by name.
using AxisDimensions = std::map<std::string_view, Dimension>;

const std::vector<std::string_view> k_grid_axes(configuration::k_axis_names.begin(),
                                                configuration::k_axis_names.end());
const std::vector<std::string_view> k_network_axes = {"algorithm", "samples", "noise", "seed"};
const std::vector<std::string_view> k_variant_axes = {"algorithm"};
const std::vector<std::string_view> k_data_axes = {"seed"};

std::string network_group(std::int64_t width) { return fmt::format("/networks/width_{}", width); }

/// The dimensions of a variable: some axes of the grid, then other dimensions.
Dimensions dimensions_of(const AxisDimensions& axes, const std::vector<std::string_view>& names,
                         const std::vector<const Dimension*>& others = {}) {
  Dimensions dimensions;
  for (const std::string_view name : names) dimensions.push_back(&axes.at(name));
  dimensions.insert(dimensions.end(), others.begin(), others.end());
  return dimensions;
}

std::string names_of(const std::vector<grid::Variable>& variables) {
  std::vector<std::string_view> names;
  std::ranges::transform(variables, std::back_inserter(names), &grid::Variable::name);
  return fmt::format("{}", fmt::join(names, " "));
}

/// A dimension with the coordinates 0, 1, ..., size - 1.
Dimension add_counter(NetcdfFile& file, const std::string& path, std::int64_t size,
                      std::string_view long_name) {
  std::vector<std::int64_t> positions(static_cast<std::size_t>(size));
  std::iota(positions.begin(), positions.end(), 0);
  return file.add_dimension<std::int64_t>(path, positions, {"1", long_name});
}

void add_provenance(NetcdfFile& file, const grid::Study& study, const grid::Part& part) {
  file.add_attribute("/", "title",
                     "Flatness of the minima of two-layer networks and how they generalize");
  // CF-1.8 allows groups and strings of variable length, CF-1.9 64-bit and unsigned integers.
  file.add_attribute("/", "Conventions", "CF-1.9");
  file.add_attribute<std::int32_t>("/", "flatgrid_format", std::array{k_format_version});
  file.add_attribute("/", "flatgrid_version", version());
  file.add_attribute("/", "git_commit", git_commit());
  file.add_attribute("/", "build", build_description());
  file.add_attribute("/", "created", fmt::format("{:%FT%TZ}", fmt::gmtime(std::time(nullptr))));
  file.add_attribute("/", "loss_convention", "L = (1/2n) sum_i (f(x_i) - y_i)^2");
  file.add_attribute("/", "config", configuration::canonical_text(study.configuration));
  if (!part.is_whole()) file.add_attribute("/", "part", grid::part_text(part));
  if (const problem::ExternalData* const external = study.problem.external()) {
    file.add_attribute("/", "data_file_crc64", data_file_checksum(*external));
  }
}

/// Adds the coordinate variables of these axes to a group.
AxisDimensions add_axes(NetcdfFile& file, const std::string& group, const configuration::Axes& axes,
                        const std::vector<std::string_view>& names) {
  AxisDimensions dimensions;
  const auto add = [&]<class Value>(std::string_view name, const std::vector<Value>& values,
                                    std::string_view long_name) {
    if (std::ranges::find(names, name) == names.end()) return;
    dimensions.emplace(name, file.add_dimension<Value>(fmt::format("{}/{}", group, name), values,
                                                       {"1", long_name}));
  };
  std::vector<std::string> algorithms;
  for (const configuration::AlgorithmEntry& algorithm : axes.algorithm) {
    algorithms.emplace_back(algorithm.name());
  }
  add("algorithm", algorithms, "algorithm that produced the network");
  add("samples", axes.samples, "number n of training samples");
  add("noise", axes.noise, "standard deviation tau of the label noise, in units of y");
  add("width", axes.width, "number m of hidden neurons");
  add("seed", axes.seed, "seed of the target, inputs and noise");
  return dimensions;
}

/// Adds the attributes of the CF conventions for the meanings of the values 0, 1, 2, ... of a variable.
void add_flags(NetcdfFile& file, const std::string& path,
               std::span<const std::string_view> meanings) {
  std::vector<std::int32_t> values(meanings.size());
  std::iota(values.begin(), values.end(), 0);
  file.add_attribute<std::int32_t>(path, "flag_values", values);
  file.add_attribute(path, "flag_meanings", fmt::format("{}", fmt::join(meanings, " ")));
}

void add_variables(NetcdfFile& file, const AxisDimensions& axes,
                   const std::vector<grid::Variable>& variables) {
  const Dimensions grid = dimensions_of(axes, k_grid_axes);
  file.add_variable<std::int32_t>(k_status_path, grid, 0, {"1", "state of the grid point"});
  std::vector<std::string_view> meanings;
  for (int value = 0; value < grid::k_status_count; ++value) {
    meanings.push_back(grid::name_of(static_cast<grid::Status>(value)));
  }
  add_flags(file, k_status_path, meanings);

  file.add_variable<std::uint64_t>(
      k_checksum_path, grid, 0,
      {"1", "CRC-64/XZ of the status, figures, history and network of the grid point"});
  const Dimension character =
      file.add_dimension("/character", hsize_t{k_message_length}, {"1", "characters of a text"});
  file.add_variable(
      k_message_path, dimensions_of(axes, k_grid_axes, {&character}), '\0',
      {"1",
       "why the grid point does not interpolate, was cut short, diverged or failed; empty "
       "otherwise"});
  for (const grid::Variable& variable : variables) {
    const std::string path = variable_path(variable.name);
    const NetcdfFile::Description description{variable.units, variable.long_name};
    if (variable.meanings.empty()) {
      file.add_variable(path, grid, k_nan, description);
    } else {
      file.add_variable<std::int32_t>(path, grid, 0, description);
      add_flags(file, path, variable.meanings);
    }
  }
  file.add_attribute("/", k_variables_attribute, names_of(variables));
}

void add_history(NetcdfFile& file, const configuration::Axes& grid,
                 const std::vector<grid::Variable>& variables,
                 const std::vector<std::int64_t>& steps) {
  const std::string group = "/history";
  file.add_group(group);
  const AxisDimensions axes = add_axes(file, group, grid, k_grid_axes);
  const Dimension step = file.add_dimension<std::int64_t>(
      k_history_steps_path, steps,
      {"1", "steps taken; the last row is the end, after the polish, whenever it came"});
  const Dimensions dimensions = dimensions_of(axes, k_grid_axes, {&step});
  for (const grid::Variable& variable : variables) {
    file.add_variable(history_path(variable.name), dimensions, k_nan,
                      {variable.units, variable.long_name});
  }
  file.add_attribute(group, k_variables_attribute, names_of(variables));

  // The default plot of viewers of NeXus files: population loss against steps. They cannot use an axis of
  // strings.
  file.add_attribute("/", "default", "history");
  file.add_attribute(group, "NX_class", "NXdata");
  file.add_attribute(group, "signal", "population_loss_history");
  file.add_attribute(group, "axes",
                     std::vector<std::string>{".", "samples", "noise", "width", "seed", "step"});
}

/// The keys that some variant sets, in the order of the table of keys.
std::vector<const configuration::ConfigurationKey*> keys_of_variants(
    const configuration::Axes& axes) {
  std::vector<const configuration::ConfigurationKey*> keys;
  for (const configuration::ConfigurationKey& key : configuration::configuration_keys()) {
    const bool is_set =
        std::ranges::any_of(axes.algorithm, [&](const configuration::AlgorithmEntry& entry) {
          return std::ranges::count(entry.settings(), key.name,
                                    &configuration::VariantSetting::key) > 0;
        });
    if (is_set) keys.push_back(&key);
  }
  return keys;
}

/// What the coordinates of `algorithm` stand for: the algorithm, and what it runs with of the keys that
/// variants set.
void add_variants(NetcdfFile& file, const grid::Study& study) {
  const configuration::Configuration& configuration = study.configuration;
  const std::string group = "/variants";
  file.add_group(group);
  const AxisDimensions axes = add_axes(file, group, configuration.grid, k_variant_axes);
  const Dimension& algorithm = axes.at("algorithm");
  const std::vector<configuration::AlgorithmEntry>& entries = configuration.grid.algorithm;
  std::vector<std::string> names;
  for (const configuration::AlgorithmEntry& entry : entries) names.emplace_back(entry->name);
  file.add_texts(k_algorithm_name_path, algorithm, names,
                 {"1", "name of the algorithm, without settings of its own"});
  for (const configuration::ConfigurationKey* const key : keys_of_variants(configuration.grid)) {
    std::vector<std::string> values;
    for (const configuration::AlgorithmEntry& entry : entries) {
      const bool is_read = entry->reads(key->name, study.activation->degree());
      values.push_back(is_read ? key->text(configuration::configuration_of(configuration, entry))
                               : "");
    }
    const std::string path = variant_path(key->name);
    file.add_texts(
        path, algorithm, values,
        {"1", "value of a key that variants set; empty where the algorithm does not read it"});
    file.add_attribute(path, "key", key->name);
  }
}

constexpr std::string_view k_sample_name = "position of the sample; n samples are the first n";

void add_networks(NetcdfFile& file, const configuration::Configuration& configuration,
                  const grid::StoredVariables& variables, NetcdfFile::Storage storage) {
  file.add_group("/networks");
  for (const std::int64_t width : configuration.grid.width) {
    const std::string group = network_group(width);
    file.add_group(group);
    const AxisDimensions axes = add_axes(file, group, configuration.grid, k_network_axes);
    const Dimension neuron = add_counter(file, group + "/neuron", width, "position of the neuron");
    const Dimension dimension = add_counter(
        file, group + "/dimension", configuration.problem.dimension, "component of the inputs");
    const std::vector<Index> hidden =
        network::linear_widths(configuration.network, configuration.problem.dimension);
    std::vector<Dimension> outputs;
    for (std::size_t l = 0; l < hidden.size(); ++l) {
      outputs.push_back(add_counter(file, fmt::format("{}/hidden_{}", group, l + 1), hidden[l],
                                    fmt::format("output of linear layer {}", l + 1)));
    }
    file.add_variable(outer_path(width), dimensions_of(axes, k_network_axes, {&neuron}), k_nan,
                      {"1", "outer weights a"}, storage);
    const Dimension& inputs_of_neurons = outputs.empty() ? dimension : outputs.back();
    file.add_variable(inner_path(width),
                      dimensions_of(axes, k_network_axes, {&neuron, &inputs_of_neurons}), k_nan,
                      {"1", "inner weights W"}, storage);
    for (std::size_t l = 0; l < outputs.size(); ++l) {
      const Dimension& inputs = l == 0 ? dimension : outputs[l - 1];
      file.add_variable(linear_path(width, l + 1),
                        dimensions_of(axes, k_network_axes, {&outputs[l], &inputs}), k_nan,
                        {"1", fmt::format("weights V_{} of a linear layer", l + 1)}, storage);
    }
    if (configuration.network.bias->exists) {
      file.add_variable(bias_path(width), dimensions_of(axes, k_network_axes, {&neuron}), k_nan,
                        {"1", "biases b"}, storage);
    }
    if (!variables.multipliers) continue;
    const Dimension sample = add_counter(
        file, group + "/sample", std::ranges::max(configuration.grid.samples), k_sample_name);
    file.add_variable(
        multipliers_path(width), dimensions_of(axes, k_network_axes, {&sample}), k_nan,
        {"1", "multipliers l of the samples that the lower bound follows from"}, storage);
  }
}

void add_data(NetcdfFile& file, const grid::Study& study) {
  const configuration::Configuration& configuration = study.configuration;
  const problem::ProblemSettings& problem = configuration.problem;
  const std::vector<std::int64_t>& seeds = configuration.grid.seed;
  const std::int64_t samples = std::ranges::max(configuration.grid.samples);

  file.add_group("/data");
  const AxisDimensions axes = add_axes(file, "/data", configuration.grid, k_data_axes);
  const Dimension sample = add_counter(file, "/data/sample", samples, k_sample_name);
  const Dimension index =
      add_counter(file, "/data/indices", problem.indices, "position of the index direction");
  const Dimension dimension =
      add_counter(file, "/data/dimension", problem.dimension, "component of the inputs");
  const auto along = [&](const std::vector<const Dimension*>& others) {
    return dimensions_of(axes, k_data_axes, others);
  };
  file.add_variable("/data/inputs", along({&sample, &dimension}), k_nan, {"1", "inputs x"});
  file.add_variable("/data/target", along({&sample}), k_nan, {"1", "noise-free labels f*(x)"});
  file.add_variable("/data/label_noise", along({&sample}), k_nan,
                    {"1", "label noise of unit variance; y = target + tau label_noise"});
  file.add_variable("/data/index_directions", along({&index, &dimension}), k_nan,
                    {"1", "index directions u_s of the target"});
  file.add_variable("/data/coefficients", along({&index}), k_nan,
                    {"1", "coefficients c_s of the target"});

  if (problem.data_split->draws) {
    file.add_variable<std::int64_t>("/data/row", along({&sample}), -1,
                                    {"1", "row of the data file, the first being 0"});
  }
  if (problem.standardize) {
    file.add_variable("/data/input_mean", along({&dimension}), k_nan,
                      {"1", "mean m of the inputs; inputs = (those of the data file - m) / s"});
    file.add_variable("/data/input_deviation", along({&dimension}), k_nan,
                      {"1", "standard deviation s of the inputs"});
  }

  std::vector<double> inputs, target, noise, directions, coefficients, means, deviations;
  std::vector<std::int64_t> drawn;
  const auto add = [](std::vector<double>& rows, const auto& values) {
    rows.insert(rows.end(), values.data(), values.data() + values.size());
  };
  std::size_t written = 0;
  for (std::size_t seed = 0; seed < seeds.size(); ++seed) {
    const problem::IndexModel model = study.problem.index_model(seeds[seed]);
    const problem::DataSet data = study.problem.data_set(model, seeds[seed], samples);
    // [d, n] column-major is [n, d] row-major; the directions [r, d] must be transposed.
    add(inputs, MatrixD(data.inputs.topRows(problem.dimension)));
    add(target, data.target);
    add(noise, data.noise);
    add(directions, MatrixD(model.directions.transpose()));
    add(coefficients, model.coefficients);
    if (problem.data_split->draws || problem.standardize) {
      const problem::DataSplit split = study.problem.data_split(seeds[seed]);
      drawn.insert(drawn.end(), split.rows.begin(), split.rows.begin() + samples);
      add(means, split.mean);
      add(deviations, split.deviation);
    }
    // Writes many small data sets at once.
    if (inputs.size() < k_numbers_at_once && seed + 1 < seeds.size()) continue;
    const auto write = [&]<class Number>(const char* path, const std::vector<Number>& rows) {
      file.write_rows<Number>(path, written, seed + 1 - written, rows);
    };
    write("/data/inputs", inputs);
    write("/data/target", target);
    write("/data/label_noise", noise);
    write("/data/index_directions", directions);
    write("/data/coefficients", coefficients);
    if (problem.data_split->draws) write("/data/row", drawn);
    if (problem.standardize) {
      write("/data/input_mean", means);
      write("/data/input_deviation", deviations);
    }
    for (auto* rows : {&inputs, &target, &noise, &directions, &coefficients, &means, &deviations}) {
      rows->clear();
    }
    drawn.clear();
    written = seed + 1;
  }
}

void write_layout(NetcdfFile& file, const grid::Study& study,
                  const grid::StoredVariables& variables, const grid::Part& part) {
  const configuration::Configuration& configuration = study.configuration;
  add_provenance(file, study, part);
  add_variables(file, add_axes(file, "", configuration.grid, k_grid_axes), variables.figures);
  file.add_attribute(variable_path("population_loss"), "method",
                     measure::population_loss_method(study.problem));
  if (!keys_of_variants(configuration.grid).empty()) add_variants(file, study);
  if (!variables.history.empty()) {
    add_history(file, configuration.grid, variables.history,
                configuration::history_steps(configuration));
  }
  if (variables.networks) {
    // The networks are most of the file; those of other parts must take no disk space.
    add_networks(file, configuration, variables,
                 part.is_whole() ? NetcdfFile::Storage::filled : NetcdfFile::Storage::sparse);
  }
  if (configuration.output.data) add_data(file, study);
}

/// Refuses to create a file that would exceed the limit on the size of files: HDF5 1.10 crashes at the end of
/// the program if it has reached this limit.
void require_permitted_size(const fs::path& name, double bytes) {
  rlimit limit{};
  if (getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return;
  if (bytes <= static_cast<double>(limit.rlim_cur)) return;
  throw Error(fmt::format(
      "{}: cannot create: {}: creating it takes {:.0f} kB, and the limit on the size of files "
      "(ulimit -f) is "
      "{:.0f} kB",
      name.string(), std::generic_category().message(EFBIG), std::ceil(bytes / 1000),
      std::floor(static_cast<double>(limit.rlim_cur) / 1000)));
}

}  // namespace

std::vector<LayoutGroup> layout_groups(const configuration::Configuration& configuration) {
  std::vector<LayoutGroup> groups = {{.path = "", .axes = k_grid_axes}};
  if (!keys_of_variants(configuration.grid).empty()) {
    groups.push_back({"/variants", k_variant_axes});
  }
  if (configuration.output.history > 0) groups.push_back({"/history", k_grid_axes});
  if (configuration.output.networks) {
    for (const std::int64_t width : configuration.grid.width) {
      groups.push_back({network_group(width), k_network_axes});
    }
  }
  if (configuration.output.data) groups.push_back({"/data", k_data_axes});
  return groups;
}

void write_results_layout(const fs::path& path, const fs::path& name, const grid::Study& study,
                          const grid::StoredVariables& variables, const grid::Part& part) {
  require_permitted_size(name, results_bytes(study.configuration) + NetcdfFile::k_spare_bytes);
  NetcdfFile file(path, name);
  write_layout(file, study, variables, part);
  file.close();
  seal_file(path, name);
}

double results_bytes(const configuration::Configuration& configuration) {
  const auto [algorithms, samples, noises, widths, seeds] = configuration.grid.shape();
  const auto number = [](auto integer) { return static_cast<double>(integer); };
  const grid::StoredVariables variables = grid::stored_variables(configuration);
  const double steps = number(configuration::history_steps(configuration).size());
  const double dimension = number(configuration.problem.dimension);
  const double indices = number(configuration.problem.indices);

  // status, checksum, message, figures and their history, for each point
  double bytes = number(configuration.grid.points()) *
                 (4 + 8 + number(k_message_length) + 8 * number(variables.figures.size()) +
                  8 * number(variables.history.size()) * steps);
  double datasets = 3 + number(variables.figures.size() + variables.history.size());
  double coordinates = 2;  // character, step
  const double most_samples = number(std::ranges::max(configuration.grid.samples));
  const double networks = number(algorithms * samples * noises * seeds);  // for each width
  if (variables.networks) {
    const double biases = configuration.network.bias->exists ? 1 : 0;
    const std::vector<Index> hidden =
        network::linear_widths(configuration.network, configuration.problem.dimension);
    double inputs = dimension;
    for (const Index outputs : hidden) {
      bytes += 8 * networks * number(widths) * number(outputs) * inputs;
      inputs = number(outputs);
    }
    for (const std::int64_t width : configuration.grid.width) {  // W, a and b
      bytes += 8 * networks * number(width) * (inputs + 1 + biases);
    }
    datasets += (2 + biases + number(hidden.size())) * number(widths);
    coordinates += (2 + number(hidden.size())) * number(widths);
  }
  if (variables.multipliers) {
    bytes += 8 * (networks + 1) * number(widths) * most_samples;
    datasets += number(widths);
    coordinates += number(widths);
  }
  if (configuration.output.data) {  // inputs, target, label noise; index directions, coefficients
    bytes += 8 * number(seeds) * (most_samples * (dimension + 2) + indices * (dimension + 1));
    datasets += 5;
    coordinates += 3;
    if (configuration.problem.data_split->draws) {
      bytes += 8 * number(seeds) * most_samples;
      datasets += 1;
    }
    if (configuration.problem.standardize) {
      bytes += 8 * number(seeds) * 2 * dimension;
      datasets += 2;
    }
  }
  if (const std::size_t keys = keys_of_variants(configuration.grid).size(); keys > 0) {
    bytes += 16 * number(algorithms) * number(1 + keys);
    datasets += number(1 + keys);
  }
  const std::map<std::string_view, std::int64_t> lengths = {{"algorithm", algorithms},
                                                            {"samples", samples},
                                                            {"noise", noises},
                                                            {"width", widths},
                                                            {"seed", seeds}};
  for (const LayoutGroup& group : layout_groups(configuration)) {
    for (const std::string_view axis : group.axes) bytes += 8 * number(lengths.at(axis));
    coordinates += number(group.axes.size());
  }
  // Headers and attributes: measured in the files of several grids.
  return bytes + 3000 + 1530 * datasets + 770 * coordinates;
}

void create_results_file(const fs::path& file, const grid::Study& study, const grid::Part& part) {
  write_aside(file, Existing::refuse, [&](const fs::path& aside) {
    write_results_layout(aside, file, study, grid::stored_variables(study.configuration), part);
  });
}

}  // namespace flatgrid::results
