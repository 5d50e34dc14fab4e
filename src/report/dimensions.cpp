// SPDX-License-Identifier: MIT
#include "flatgrid/report/dimensions.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "across_dimensions.hpp"
#include "chart_parts.hpp"
#include "flatgrid/base/error.hpp"
#include "flatgrid/base/text.hpp"
#include "flatgrid/configuration/algorithm_entry.hpp"
#include "flatgrid/report/statistics.hpp"

namespace flatgrid::report {

void require_comparable(std::span<const Figures> files) {
  const results::ResultsReader& first = files.front().results();
  std::set<std::int64_t> dimensions;
  for (const Figures& figures : files) {
    const results::ResultsReader& results = figures.results();
    const auto refuse = [&](const std::string& reason) {
      throw Error(fmt::format("{}: {}", results.path().string(), reason));
    };
    if (!dimensions.insert(dimension_of(figures)).second) {
      refuse(
          fmt::format("problem.dimension = {} also in another file: results of one dimension "
                      "belong in one grid",
                      dimension_of(figures)));
    }
    for (const configuration::ConfigurationKey& key : configuration::configuration_keys()) {
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
    throw Error(
        fmt::format("{}: no number of samples per dimension, n / d, occurs in two of the files",
                    first.path().string()));
  }
}

std::vector<Chart> dimension_charts(std::span<const Figures> files) {
  std::vector<Chart> charts;
  std::vector<double> dimensions;
  for (const Figures& figures : files) {
    dimensions.push_back(static_cast<double>(dimension_of(figures)));
  }
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
                "Medians over interpolating points; 95 % intervals over the seeds for marks of one "
                "cell.",
            .x = {"dimension", true, dimensions},
            .y = {label_of(variable), true}};
        std::vector<std::string> zero;
        const std::vector<std::string_view> algorithms = algorithms_of(files);
        for (std::size_t a = 0; a < algorithms.size(); ++a) {
          const std::string_view algorithm = algorithms[a];
          Series series{.name = std::string(algorithm),
                        .line = true,
                        .variant = variant_number(algorithms, a)};
          for (const auto& [dimension, values] :
               by_dimension(files, variable, algorithm, ratio, noise)) {
            const Statistic statistic = median_of(values);
            if (statistic.value == 0) note_zero(zero, series.name);
            if (!(statistic.value > 0)) continue;
            series.marks.push_back(
                mark_of(dimension, statistic, counted(std::ssize(values), "point")));
          }
          if (series.marks.empty()) continue;
          chart.series.push_back(std::move(series));
          if (variable != "population_loss" || configuration::algorithm_of(algorithm) != "worst")
            continue;
          Series bound{
              .name = fmt::format("{}, upper bound", algorithm), .line = true, .bare = true};
          for (const auto& [dimension, values] :
               by_dimension(files, "worst_loss_bound", algorithm, ratio, noise))
            if (const Statistic statistic = median_of(values); std::isfinite(statistic.value))
              bound.marks.push_back(mark_of(dimension, statistic));
          if (!bound.marks.empty()) chart.series.push_back(std::move(bound));
        }
        chart.caption += zero_text(zero);
        if (!chart.series.empty()) charts.push_back(std::move(chart));
      }
    }
  }
  return charts;
}

}  // namespace flatgrid::report
