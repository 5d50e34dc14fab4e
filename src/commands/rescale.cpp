// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/program_options/value_semantic.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "command.hpp"
#include "flatgrid/archive/verification.hpp"
#include "flatgrid/base/text.hpp"
#include "flatgrid/grid/measurement.hpp"
#include "flatgrid/grid/point_task.hpp"
#include "flatgrid/network/symmetry.hpp"

namespace flatgrid::commands {
namespace {

namespace options = boost::program_options;

constexpr double k_largest_factor = 1e6;
/// Factors on either side of 1.
constexpr int k_factors_a_side = 3;

/// The exponents of the powers of two nearest to S^-1, S^-2/3, ..., S. Multiplication by a power of two is
/// exact, so every change of a figure comes from the symmetry.
std::vector<int> exponents(double largest_factor) {
  std::vector<int> result;
  for (int k = -k_factors_a_side; k <= k_factors_a_side; ++k) {
    const double exponent = std::log2(largest_factor) * k / k_factors_a_side;
    result.push_back(static_cast<int>(std::lround(exponent)));
  }
  return result;
}

/// "1/128", "128"
std::string power_text(int exponent) {
  const std::int64_t power = std::int64_t{1} << std::abs(exponent);
  return exponent < 0 ? fmt::format("1/{}", power) : fmt::format("{}", power);
}

/// The position on its axis of the value given by the user; empty if none was given.
template <class Value>
std::optional<std::int64_t> chosen(const ParsedOptions& parsed, const char* axis,
                                   const std::vector<Value>& values) {
  if (parsed.values.count(axis) == 0) return std::nullopt;
  const auto value = parsed.values[axis].as<Value>();
  const auto found = std::ranges::find(values, value);
  if (found == values.end()) {
    throw Error(
        fmt::format("rescale: --{} {}: the grid has {}", axis, value, fmt::join(values, ", ")));
  }
  return found - values.begin();
}

/// For every algorithm the first selected point that interpolates, else the first that was measured.
std::vector<configuration::GridPoint> choose_points(const ParsedOptions& parsed,
                                                    const results::ResultsReader& results) {
  const configuration::Axes& axes = results.configuration().grid;
  std::vector<std::string> names;
  for (const configuration::AlgorithmEntry& algorithm : axes.algorithm)
    names.emplace_back(algorithm.name());
  const auto algorithm = chosen(parsed, "algorithm", names);
  const auto samples = chosen(parsed, "samples", axes.samples);
  const auto noise = chosen(parsed, "noise", axes.noise);
  const auto width = chosen(parsed, "width", axes.width);
  const auto seed = chosen(parsed, "seed", axes.seed);

  struct Found {
    std::optional<configuration::GridPoint> interpolating, measured;
  };
  std::vector<Found> found(axes.algorithm.size());
  const std::vector<grid::Status> statuses = results.statuses();
  for (std::int64_t flat = 0; flat < axes.points(); ++flat) {
    const configuration::GridPoint point = configuration::grid_point(axes, flat);
    if (point.algorithm != algorithm.value_or(point.algorithm) ||
        point.samples != samples.value_or(point.samples) ||
        point.noise != noise.value_or(point.noise) || point.width != width.value_or(point.width) ||
        point.seed != seed.value_or(point.seed)) {
      continue;
    }
    Found& of_algorithm = found[static_cast<std::size_t>(point.algorithm)];
    const grid::Status status = configuration::at(statuses, flat);
    if (status == grid::Status::done && !of_algorithm.interpolating)
      of_algorithm.interpolating = point;
    if (grid::is_measured(status) && !of_algorithm.measured) of_algorithm.measured = point;
  }
  std::vector<configuration::GridPoint> points;
  for (const Found& of_algorithm : found) {
    const auto& point =
        of_algorithm.interpolating ? of_algorithm.interpolating : of_algorithm.measured;
    if (point) points.push_back(*point);
  }
  return points;
}

/// |value / reference - 1|, 0 where they are equal.
double relative_change(double value, double reference) {
  return value == reference ? 0 : std::abs(value - reference) / std::abs(reference);
}

/// s, 1/s, s, 1/s, ...
VectorD alternating(int exponent, Index size) {
  VectorD factors(size);
  for (Index k = 0; k < size; ++k) factors(k) = std::ldexp(1.0, k % 2 == 0 ? exponent : -exponent);
  return factors;
}

/// The table of one network: its figures for every factor, and their largest change.
std::string table(const results::ResultsReader& results, const grid::Study& study,
                  const configuration::GridPoint& position,
                  const std::vector<int>& factor_exponents) {
  const results::StoredData data = results.data(position.seed);
  const grid::PointTask point_task(study, position, data.target, data.samples);
  const int degree = study.activation->degree();
  const network::Network<double> stored = results.point(position).network;
  grid::Record reference;
  grid::measure_network(point_task.task(), point_task.truth(), stored, reference);

  std::vector<std::vector<std::string>> rows = {
      {"s", "trace", "train loss", "population loss", "orbit minimum"}};
  grid::Record moved{.train_loss = 0, .population_loss = 0, .flatness_orbit_min = 0};
  double least_trace = reference.flatness_trace;
  double largest_trace = reference.flatness_trace;
  for (const int exponent : factor_exponents) {
    network::Network<double> network = stored;
    const VectorD factors = VectorD::Constant(network.width(), std::ldexp(1.0, exponent));
    network::rescale(network, degree, factors);
    for (std::size_t l = 0; l < network.linear.size(); ++l)
      network::rescale_linear(network, l, alternating(exponent, network.linear[l].rows()));
    grid::Record record;
    grid::measure_network(point_task.task(), point_task.truth(), network, record);
    rows.push_back({power_text(exponent), fmt::format("{:.4g}", record.flatness_trace),
                    fmt::format("{:.12g}", record.train_loss),
                    fmt::format("{:.12g}", record.population_loss),
                    fmt::format("{:.12g}", record.flatness_orbit_min)});
    least_trace = std::min(least_trace, record.flatness_trace);
    largest_trace = std::max(largest_trace, record.flatness_trace);
    for (const auto figure : {&grid::Record::train_loss, &grid::Record::population_loss,
                              &grid::Record::flatness_orbit_min}) {
      moved.*figure = std::max(moved.*figure, relative_change(record.*figure, reference.*figure));
    }
  }
  rows.push_back({"moves by", fmt::format("x {:.3g}", largest_trace / least_trace),
                  fmt::format("{:.1g} of it", moved.train_loss),
                  fmt::format("{:.1g} of it", moved.population_loss),
                  fmt::format("{:.1g} of it", moved.flatness_orbit_min)});
  const std::size_t columns = output_columns();
  return wrapped(fmt::format("\n{}\n", configuration::describe(study.configuration.grid, position)),
                 columns) +
         aligned(rows, columns);
}

ExitCode execute_rescale(const Command& command, const std::vector<std::string>& arguments) {
  const ParsedOptions parsed = parse_options(command, arguments);
  const std::string& file = parsed.argument;
  const auto largest_factor = parsed.values["factor"].as<double>();
  if (!(largest_factor >= 1 && largest_factor <= k_largest_factor)) {
    throw Error(fmt::format("rescale: --factor {}: must be from 1 to {}", largest_factor,
                            k_largest_factor));
  }
  const results::ResultsReader results(file);
  archive::require_networks_and_data(results, file, "rescale");
  if (!results.configuration().network.has_rescaling_symmetry()) {
    throw Error(
        fmt::format("{}: {}: neurons whose weights are not all trained cannot be rescaled", file,
                    results.configuration().network.bias->frozen ? "network.bias = frozen"
                                                                 : "network.outer = signs"));
  }
  const std::vector<configuration::GridPoint> points = choose_points(parsed, results);
  if (points.empty()) throw Error(fmt::format("{}: no such point has been measured", file));

  const grid::Study study = archive::study_with_data(results);
  const int degree = study.activation->degree();
  write_output(wrapped(
      study.problem.appends_one()
          ? fmt::format(
                "Every neuron (a, w, b) replaced by (s^-{} a, s w, s b): the same function\n",
                degree)
          : fmt::format("Every neuron (a, w) replaced by (s^-{} a, s w): the same function\n",
                        degree),
      output_columns()));
  if (results.configuration().network.has_linear_layers()) {
    write_output(
        wrapped("and the outputs of every linear layer multiplied by s, 1/s, s, 1/s, ..., "
                "the inputs of the next layer divided by them: the same function\n",
                output_columns()));
  }
  for (const configuration::GridPoint& point : points) {
    if (!write_output(table(results, study, point, exponents(largest_factor)))) break;
  }
  return ExitCode::success;
}

}  // namespace

Command rescale_command() {
  Command command{
      .name = "rescale",
      .argument = "RESULTS",
      .purpose = "Show that rescaling neurons moves the trace and nothing else; changes nothing",
      .options = {},
      .remarks =
          "Takes the first stored network of every algorithm that interpolates, multiplies its "
          "inner "
          "weights (and biases) by s and divides its outer weights by s^k, k the degree of the "
          "activation. This "
          "does not change the function (Dinh et al. 2017), its losses or the orbit minimum, but "
          "the "
          "trace can become arbitrarily large. s is a power of two, so that the multiplication is "
          "exact. Outputs of linear layers are multiplied by s, 1/s, s, ..., and the next layer "
          "is divided by them. Requires output.networks and output.data, and weights that are all "
          "trained.\n",
      .execute = execute_rescale};
  command.options.add_options()(
      "factor", options::value<double>()->default_value(1000, "1000")->value_name("S"),
      "the largest s; the smallest is 1 / S")(
      "algorithm", options::value<std::string>()->value_name("NAME"),
      "only points of this algorithm")("samples", options::value<std::int64_t>()->value_name("n"),
                                       "only points with this number of samples")(
      "noise", options::value<double>()->value_name("tau"), "only points with this noise")(
      "width", options::value<std::int64_t>()->value_name("m"), "only points with this width")(
      "seed", options::value<std::int64_t>()->value_name("number"), "only points with this seed");
  return command;
}

}  // namespace flatgrid::commands
