// SPDX-License-Identifier: MIT
#include "flatgrid/report/dimensions.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "chart_parts.hpp"
#include "flatgrid/base/error.hpp"
#include "flatgrid/report/statistics.hpp"

namespace flatgrid {

namespace {

std::int64_t dimension_of(const Figures& figures) {
  return figures.results().configuration().problem.dimension;
}

/// Samples per dimension. Equal ratios of whole numbers are equal in double, too.
double samples_per_dimension(const Figures& figures, const GridPoint& point) {
  return static_cast<double>(at(figures.axes().samples, point.samples)) /
         static_cast<double>(dimension_of(figures));
}

/// What two files or more have: n / d, ascending, or levels of noise.
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

/// A variable of an algorithm at n / d and a level of noise, by dimension.
std::map<double, std::vector<SeedValue>> by_dimension(std::span<const Figures> files,
                                                      std::string_view variable,
                                                      std::string_view algorithm, double ratio,
                                                      double noise) {
  std::map<double, std::vector<SeedValue>> values;
  for (const Figures& figures : files) {
    const auto position = figures.algorithm(algorithm);
    if (!position) continue;
    for (std::int64_t i = 0; i < figures.instances(); ++i) {
      const GridPoint point = figures.instance(i);
      const std::int64_t flat = figures.flat_of(*position, i);
      if (figures.status(flat) != Status::done || !figures.interpolates(flat) ||
          samples_per_dimension(figures, point) != ratio ||
          at(figures.axes().noise, point.noise) != noise) {
        continue;
      }
      values[static_cast<double>(dimension_of(figures))].push_back(
          {at(figures.axes().seed, point.seed), at(figures.variable(variable), flat)});
    }
  }
  return values;
}

}  // namespace

void require_comparable(std::span<const Figures> files) {
  const ResultsReader& first = files.front().results();
  std::set<std::int64_t> dimensions;
  for (const Figures& figures : files) {
    const ResultsReader& results = figures.results();
    const auto refuse = [&](const std::string& reason) {
      throw Error(fmt::format("{}: {}", results.path().string(), reason));
    };
    if (!dimensions.insert(dimension_of(figures)).second) {
      refuse(fmt::format(
          "problem.dimension = {} in another file too: results of one dimension are one grid",
          dimension_of(figures)));
    }
    for (const ConfigurationKey& key : configuration_keys()) {
      const bool compared = key.name.starts_with("problem.") || key.name.starts_with("network.");
      if (!compared || key.name == "problem.dimension") continue;
      const std::string here = key.text(results.configuration());
      const std::string there = key.text(first.configuration());
      if (here != there) {
        refuse(fmt::format("{} = {} here, {} in {}", key.name, here, there, first.path().string()));
      }
    }
  }
  if (shared_ratios(files).empty()) {
    throw Error(fmt::format(
        "{}: no number of samples per dimension, n / d, is in two of the files together",
        first.path().string()));
  }
}

std::vector<Chart> dimension_charts(std::span<const Figures> files) {
  std::vector<Chart> charts;
  const bool relative = std::ranges::all_of(files, &Figures::has_least);
  const std::string_view flatness = relative ? "flatness_ratio" : "flatness_orbit_min";
  for (const auto& [variable, id, title] :
       {std::tuple(flatness, "ratio", "Orbit minimum"),
        std::tuple(std::string_view("population_loss"), "loss", "Population loss")}) {
    int number = 0;
    for (const double noise : shared_noise(files)) {
      for (const double ratio : shared_ratios(files)) {
        Chart chart{
            .id = fmt::format("{}-dimension-{}", id, number++),
            .title = fmt::format("{} against dimension, n = {} d, noise {}", title, ratio, noise),
            .caption =
                "Medians over interpolating points, 95 % bootstrap intervals over "
                "seeds.",
            .x = {"dimension", true},
            .y = {label_of(variable), true}};
        for (const std::string_view algorithm : algorithms_of(files)) {
          Series series{.name = std::string(algorithm), .line = true};
          for (const auto& [dimension, values] :
               by_dimension(files, variable, algorithm, ratio, noise)) {
            const Statistic statistic = median_of(values);
            if (!(statistic.value > 0)) continue;
            series.marks.push_back(
                mark_of(dimension, statistic, fmt::format("{} points", values.size())));
          }
          if (!series.marks.empty()) chart.series.push_back(std::move(series));
        }
        if (!chart.series.empty()) charts.push_back(std::move(chart));
      }
    }
  }
  return charts;
}

Verdict dimension_verdict(std::span<const Figures> files) {
  Verdict verdict{.claim = "Claim 1 with the dimension",
                  .statement = fmt::format(
                      "At the same number of samples per dimension the non-generalizing families "
                      "({}) do not come nearer to the least flatness as the dimension grows: the "
                      "exponent of orbit minimum / least in d is not below 0.",
                      fmt::join(k_non_generalizing, ", "))};
  std::vector<std::string> staying, nearing;
  for (const std::string_view family : k_non_generalizing) {
    for (const double noise : shared_noise(files)) {
      for (const double ratio : shared_ratios(files)) {
        std::vector<SeedPoint> points;
        for (const auto& [dimension, values] :
             by_dimension(files, "flatness_ratio", family, ratio, noise)) {
          for (const SeedValue& value : values) {
            points.push_back({value.seed, dimension, value.value});
          }
        }
        const Statistic exponent = exponent_of(points);
        if (std::isnan(exponent.low)) continue;
        verdict.evidence.push_back(
            {fmt::format("{}: exponent of orbit minimum / least in d, n = {} d, noise {}", family,
                         ratio, noise),
             exponent, std::ssize(points)});
        (exponent.high < 0 ? nearing : staying)
            .push_back(fmt::format("{} d^{} (n = {} d, noise {})", family, text_of(exponent), ratio,
                                   noise));
      }
    }
  }
  if (staying.empty() && nearing.empty()) {
    verdict.words = fmt::format(
        "No such family interpolates in two dimensions, from {} seeds on, where the least is "
        "known.",
        k_fewest_seeds);
    return verdict;
  }
  if (!staying.empty()) {
    verdict.words = fmt::format("Not nearer: {}.", fmt::join(staying, "; "));
  }
  if (!nearing.empty()) {
    verdict.words +=
        fmt::format("{}Nearer: {}.", verdict.words.empty() ? "" : " ", fmt::join(nearing, "; "));
  }
  verdict.outcome = outcome_of(!staying.empty(), !nearing.empty());
  return verdict;
}

}  // namespace flatgrid
