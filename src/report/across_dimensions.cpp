// SPDX-License-Identifier: MIT
#include "across_dimensions.hpp"

#include <set>

namespace flatgrid::report {

std::int64_t dimension_of(const Figures& figures) {
  return figures.results().configuration().problem.dimension;
}

double samples_per_dimension(const Figures& figures, const configuration::GridPoint& point) {
  return static_cast<double>(configuration::at(figures.axes().samples, point.samples)) /
         static_cast<double>(dimension_of(figures));
}

namespace {

/// What two files or more have, ascending.
template <class ValuesOf>
std::vector<double> shared(std::span<const Figures> files, const ValuesOf& values_of) {
  std::map<double, int> counts;
  for (const Figures& figures : files) {
    for (const double value : values_of(figures)) ++counts[value];
  }
  std::vector<double> values;
  for (const auto& [value, count] : counts) {
    if (count > 1) values.push_back(value);
  }
  return values;
}

}  // namespace

std::vector<double> shared_ratios(std::span<const Figures> files) {
  return shared(files, [](const Figures& figures) {
    std::set<double> ratios;
    for (std::int64_t k = 0; k < std::ssize(figures.axes().samples); ++k) {
      ratios.insert(samples_per_dimension(figures, {.samples = k}));
    }
    return ratios;
  });
}

std::vector<double> shared_noise(std::span<const Figures> files) {
  return shared(files, [](const Figures& figures) { return figures.axes().noise; });
}

std::map<double, std::vector<SeedValue>> by_dimension(std::span<const Figures> files,
                                                      std::string_view variable,
                                                      std::string_view algorithm, double ratio,
                                                      double noise) {
  std::map<double, std::vector<SeedValue>> values;
  for (const Figures& figures : files) {
    const auto position = figures.algorithm(algorithm);
    if (!position) continue;
    for (std::int64_t i = 0; i < figures.instances(); ++i) {
      const configuration::GridPoint point = figures.instance(i);
      const std::int64_t flat = figures.flat_of(*position, i);
      if (figures.status(flat) != grid::Status::done || !figures.interpolates(flat) ||
          samples_per_dimension(figures, point) != ratio ||
          configuration::at(figures.axes().noise, point.noise) != noise) {
        continue;
      }
      values[static_cast<double>(dimension_of(figures))].push_back(
          {figures.has_one_data_set() ? 0 : configuration::at(figures.axes().seed, point.seed),
           configuration::at(figures.variable(variable), flat)});
    }
  }
  return values;
}

}  // namespace flatgrid::report
