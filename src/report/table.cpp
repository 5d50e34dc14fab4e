// SPDX-License-Identifier: MIT
#include "flatgrid/report/table.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <ostream>

#include <fmt/format.h>
#include <fmt/ostream.h>

namespace flatgrid {

namespace {

/// The figures of a group of points that medians are taken of.
struct Sample {
  std::vector<double> orbit_min, trace, population_loss;
};

double median(std::vector<double> values) {
  if (values.empty()) return Record::k_nan;
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

std::string figure(double value) { return std::isnan(value) ? "-" : fmt::format("{:.3g}", value); }

/// What flatness is relative to: the position of an algorithm on the axis, if there is any.
std::optional<std::int64_t> reference_of(const Axes& axes) {
  for (const std::string_view name : {"flattest", "teacher"}) {
    const auto found = std::ranges::find(axes.algorithm, name, &Choice<Algorithm>::name);
    if (found != axes.algorithm.end()) return found - axes.algorithm.begin();
  }
  return std::nullopt;
}

/// Flattest first; what has no figure goes last.
bool flatter(const AlgorithmSummary& a, const AlgorithmSummary& b) {
  return std::isnan(b.orbit_min) ? !std::isnan(a.orbit_min) : a.orbit_min < b.orbit_min;
}

}  // namespace

Summary summarize(const ResultsReader& results) {
  const Axes& axes = results.configuration().grid;
  const std::vector<Status> statuses = results.statuses();
  const std::vector<double> orbit_min = results.variable("flatness_orbit_min");
  const std::vector<double> trace = results.variable("flatness_trace");
  const std::vector<double> population_loss = results.variable("population_loss");
  const std::optional<std::int64_t> reference = reference_of(axes);

  Summary summary;
  if (reference) summary.reference = at(axes.algorithm, *reference).name();
  for (const double noise : axes.noise) {
    for (const Choice<Algorithm> algorithm : axes.algorithm) {
      summary.rows.push_back({.algorithm = std::string(algorithm.name()), .noise = noise});
    }
  }

  // Per row: the interpolating points, and those that were measured but do not interpolate.
  std::vector<Sample> interpolating(summary.rows.size());
  std::vector<Sample> others(summary.rows.size());
  for (std::size_t flat = 0; flat < statuses.size(); ++flat) {
    GridPoint point = grid_point(axes, static_cast<std::int64_t>(flat));
    const auto row =
        static_cast<std::size_t>(point.noise * std::ssize(axes.algorithm) + point.algorithm);
    const Status status = statuses[flat];
    summary.rows[row].points += status != Status::pending;
    summary.rows[row].interpolating += status == Status::done;
    if (status != Status::done && status != Status::not_interpolating) continue;
    Sample& sample = (status == Status::done ? interpolating : others)[row];
    sample.population_loss.push_back(population_loss[flat]);
    double unit_of_orbit_min = 1;
    double unit_of_trace = 1;
    if (reference) {
      point.algorithm = *reference;
      const auto other = static_cast<std::size_t>(flat_index(axes, point));
      // With noisy labels the teacher is no interpolator, and still what the others are held
      // against; a flattest that does not interpolate is none.
      const bool counts =
          statuses[other] == Status::done ||
          (statuses[other] == Status::not_interpolating && summary.reference == "teacher");
      if (!counts) continue;
      unit_of_orbit_min = orbit_min[other];
      unit_of_trace = trace[other];
    }
    sample.orbit_min.push_back(orbit_min[flat] / unit_of_orbit_min);
    sample.trace.push_back(trace[flat] / unit_of_trace);
  }

  for (std::size_t row = 0; row < summary.rows.size(); ++row) {
    Sample& sample = interpolating[row].population_loss.empty() ? others[row] : interpolating[row];
    summary.rows[row].orbit_min = median(std::move(sample.orbit_min));
    summary.rows[row].trace = median(std::move(sample.trace));
    summary.rows[row].population_loss = median(std::move(sample.population_loss));
  }
  for (auto first = summary.rows.begin(); first != summary.rows.end();) {
    const auto last = first + std::ssize(axes.algorithm);
    std::stable_sort(first, last, flatter);
    first = last;
  }
  return summary;
}

void print_result_table(std::ostream& stream, const ResultsReader& results) {
  const Axes& axes = results.configuration().grid;
  const Summary summary = summarize(results);
  const std::string unit =
      summary.reference.empty() ? "" : fmt::format("/ {}'s", summary.reference);
  constexpr std::string_view k_line = "{:<18} {:>13} {:>13} {:>16} {:>12}\n";
  const auto print_line = [&](const auto&... cells) { fmt::print(stream, k_line, cells...); };

  fmt::print(stream, "Medians over {} samples x {} widths x {} seeds, flattest algorithm first\n",
             axes.samples.size(), axes.width.size(), axes.seed.size());
  const std::size_t algorithms = axes.algorithm.size();
  for (std::size_t row = 0; row < summary.rows.size(); ++row) {
    const AlgorithmSummary& algorithm = summary.rows[row];
    if (row % algorithms == 0) {
      fmt::print(stream, "\n");
      print_line(fmt::format("noise {}", algorithm.noise), "orbit minimum", "trace",
                 "population loss", "interpolate");
      if (!unit.empty()) fmt::print(stream, "{:<18} {:>13} {:>13}\n", "", unit, unit);
    }
    print_line(algorithm.algorithm, figure(algorithm.orbit_min), figure(algorithm.trace),
               figure(algorithm.population_loss),
               fmt::format("{}/{}", algorithm.interpolating, algorithm.points));
  }
}

}  // namespace flatgrid
