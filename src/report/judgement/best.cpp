// SPDX-License-Identifier: MIT
/// The verdict whether an algorithm has a smaller population loss than the flattest.
#include <algorithm>
#include <array>
#include <iterator>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "judgement.hpp"

namespace flatgrid::report {

namespace {

/// Algorithms that are given the target and do not learn from samples.
constexpr std::array<std::string_view, 3> k_given_target = {"teacher", "approximation", "worst"};

/// The comparison of an algorithm with the flattest, for each instance on which both are shown and differ in population
/// loss.
struct Match {
  std::vector<SeedValue> better;  ///< 1 if the algorithm has the smaller population loss, else 0
  std::vector<double> sharpness;  ///< orbit minimum of the algorithm / that of the flattest
};

Match match(const Points& points, const std::vector<std::int64_t>& instances, std::int64_t other,
            std::int64_t flattest) {
  const Figures& figures = points.figures;
  const std::vector<double>& loss = figures.variable("population_loss");
  const std::vector<double>& orbit_min = figures.variable("flatness_orbit_min");
  Match result;
  for (const std::int64_t i : instances) {
    if (!points.shown(other, i) || !points.shown(flattest, i)) continue;
    const std::int64_t here = figures.flat_of(other, i), there = figures.flat_of(flattest, i);
    if (configuration::at(loss, here) == configuration::at(loss, there)) continue;
    result.better.push_back(
        {figures.data_set(i),
         configuration::at(loss, here) < configuration::at(loss, there) ? 1.0 : 0.0});
    result.sharpness.push_back(configuration::at(orbit_min, here) /
                               configuration::at(orbit_min, there));
  }
  return result;
}

}  // namespace

Verdict judge_best(const Points& points) {
  const Figures& figures = points.figures;
  const configuration::Axes& axes = points.axes();
  Verdict verdict{
      .claim = "Flattest is best",
      .statement =
          "Not a claim of the paper: no algorithm that learns from samples has a smaller "
          "population loss than the flattest on half or more of the data sets of a cell."};
  const auto flattest = figures.algorithm("flattest");
  if (!flattest) {
    verdict.reason = "The grid has no flattest.";
    return verdict;
  }
  const std::vector<Cell> cells = cells_of(points);
  std::vector<Question> questions;
  std::map<std::int64_t, std::vector<std::string>> winners;  // by noise
  for (std::int64_t a = 0; a < std::ssize(axes.algorithm); ++a) {
    const std::string_view name = configuration::at(axes.algorithm, a).name();
    if (a == *flattest || std::ranges::count(k_given_target, configuration::algorithm_of(name)) > 0)
      continue;
    std::map<std::int64_t, std::vector<std::int64_t>> instances_by_noise;
    for (const Cell& cell : cells) {
      std::ranges::copy(cell.instances, std::back_inserter(instances_by_noise[cell.point.noise]));
      const Match here = match(points, cell.instances, a, *flattest);
      if (here.better.empty()) continue;
      questions.push_back(about_share(
          {.quantity = fmt::format("{}: share of data sets with a smaller population loss than the "
                                   "flattest's",
                                   name),
           .cell = cell_text(axes, cell.point),
           .claimed = Side::below,
           .null_value = 0.5},
          here.better));
    }
    for (const auto& [noise, instances] : instances_by_noise) {
      const Match all = match(points, instances, a, *flattest);
      const auto wins = std::ranges::count(all.better, 1.0, &SeedValue::value);
      if (wins == 0) continue;
      winners[noise].push_back(fmt::format("{}, {:.3g} times as sharp, on {} of {}", name,
                                           median(all.sharpness), wins, all.better.size()));
    }
  }
  if (questions.empty()) verdict.reason = "No algorithm interpolates where the flattest does.";
  for (const auto& [noise, names] : winners) {
    verdict.remarks.push_back(fmt::format("Smaller loss than the flattest's at noise {}: {}.",
                                          configuration::at(axes.noise, noise),
                                          fmt::join(names, "; ")));
  }
  judge(verdict, questions);
  return verdict;
}

}  // namespace flatgrid::report
