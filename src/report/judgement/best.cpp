// SPDX-License-Identifier: MIT
/// Who generalizes better than the flattest, and on how many data sets.
#include <algorithm>
#include <array>
#include <iterator>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "judgement.hpp"

namespace flatgrid::report {

namespace {

/// Algorithms that are told the target, and learn nothing from samples.
constexpr std::array<std::string_view, 2> k_told = {"teacher", "approximation"};

/// How an algorithm stands to the flattest where both interpolate.
struct Match {
  std::vector<SeedValue> better;  ///< 1 where its population loss is smaller, 0 where it is larger
  std::vector<double> sharpness;  ///< orbit minimum / flattest's
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
          "Not a claim of the paper: of the algorithms that learn from samples none has "
          "a smaller population loss than the flattest on half of the data sets of a "
          "cell or more."};
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
    if (a == *flattest || std::ranges::find(k_told, name) != k_told.end()) continue;
    std::map<std::int64_t, std::vector<std::int64_t>> of_noise;
    for (const Cell& cell : cells) {
      std::ranges::copy(cell.instances, std::back_inserter(of_noise[cell.point.noise]));
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
    for (const auto& [noise, instances] : of_noise) {
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
