// SPDX-License-Identifier: MIT
/// The verdict on claim 1: non-generalizing families, and every interpolator that does not generalize, stay away from
/// the least flatness.
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "flatgrid/report/claims.hpp"
#include "flatgrid/report/least_ratio.hpp"
#include "flatgrid/report/wording.hpp"
#include "judgement.hpp"

namespace flatgrid::report {

namespace {

/// For each instance of a cell: the orbit minimum of a family / least, and its population loss / that of the flattest.
struct Ratios {
  std::vector<SeedValue> flatness, loss;
};

Ratios ratios_in(const Points& points, const Cell& cell, std::int64_t family,
                 std::int64_t flattest) {
  const Figures& figures = points.figures;
  const std::vector<double>& ratio = figures.variable("flatness_ratio");
  const std::vector<double>& loss = figures.variable("population_loss");
  Ratios ratios;
  for (const std::int64_t i : cell.instances) {
    const double value = configuration::at(ratio, figures.flat_of(family, i));
    if (!points.shown(family, i) || std::isnan(value)) continue;
    ratios.flatness.push_back({figures.data_set(i), value});
    ratios.loss.push_back(
        {figures.data_set(i), configuration::at(loss, figures.flat_of(family, i)) /
                                  configuration::at(loss, figures.flat_of(flattest, i))});
  }
  return ratios;
}

/// Whether the family is random-features with random-features.flattest: its networks are the flattest of all fits over
/// their first layer, so orbit minimum / least is the smallest of all these fits.
bool is_at_its_flattest(const configuration::Configuration& configuration,
                        const configuration::AlgorithmEntry& family) {
  return family->name == "random-features" &&
         configuration::configuration_of(configuration, family).training.random_features.flattest;
}

/// Adds the smallest orbit minimum / least of a family over all cells, the share of these ratios below k_away, and for
/// each noise their power law in the samples.
void add_evidence(const Points& points, std::string_view name, std::int64_t family,
                  Verdict& verdict) {
  const Figures& figures = points.figures;
  const configuration::Axes& axes = points.axes();
  const std::vector<double>& ratio = figures.variable("flatness_ratio");
  std::int64_t count = 0, below = 0;
  double least = INFINITY;
  std::map<std::int64_t, std::vector<SeedPoint>> against_samples;  // by noise
  for (std::int64_t i = 0; i < figures.instances(); ++i) {
    const double value = configuration::at(ratio, figures.flat_of(family, i));
    if (!points.shown(family, i) || std::isnan(value)) continue;
    const configuration::GridPoint point = figures.instance(i);
    ++count;
    below += value < k_away;
    least = std::min(least, value);
    against_samples[point.noise].push_back(
        {figures.data_set(i), static_cast<double>(configuration::at(axes.samples, point.samples)),
         value});
  }
  if (count == 0) return;
  if (is_at_its_flattest(figures.results().configuration(),
                         configuration::at(axes.algorithm, family))) {
    verdict.remarks.push_back(
        fmt::format("{}: its network is the flattest of all fits over the same first layer, so the "
                    "ratio is the smallest of all these fits.",
                    name));
  }
  verdict.evidence.push_back(
      {fmt::format("{}: smallest orbit minimum / least", name), {.value = least}, count});
  verdict.evidence.push_back({fmt::format("{}: share of the ratios below {}", name, k_away),
                              {.value = static_cast<double>(below) / static_cast<double>(count)},
                              count});
  for (const auto& [noise, of_noise] : against_samples) {
    const PowerLaw law = power_law(of_noise);
    const std::string what = fmt::format("{}: orbit minimum / least, noise {}", name,
                                         configuration::at(axes.noise, noise));
    add_power_law(verdict, what, "samples", law, std::ssize(of_noise));
    if (law.holds()) {
      verdict.remarks.push_back(fmt::format("{}: {}.", what, text_of(law, "samples")));
    }
  }
}

/// Questions about every interpolator that does not generalize: how near to the least flatness it can be, at the least
/// noise and the largest number of samples. The interval reaches from what upper bounds exclude to what worst finds.
void ask_of_least_ratios(const Points& points, const std::vector<Cell>& cells, Verdict& verdict,
                         std::vector<Question>& questions) {
  const Figures& figures = points.figures;
  std::set<double> ratios;
  for (const std::int64_t entry : figures.entries_of(std::array{std::string_view("worst")}))
    ratios.insert(worst_ratio(figures, entry));
  if (ratios.size() < 2) return;
  const std::int64_t noise = ends_of_noise(points.axes(), cells).least;
  const std::int64_t samples = ends_of_samples(points.axes(), cells).largest;
  std::int64_t left_out = 0, all = 0;
  BoundKinds bounds;
  for (const Cell& cell : cells) {
    if (cell.point.noise != noise || cell.point.samples != samples) continue;
    all += std::ssize(cell.instances);
    Bracket bracket;
    const std::int64_t bounds_before = bounds.all;
    for (const std::int64_t i : cell.instances) {
      const std::vector<FrontierPoint> frontier = frontier_points(figures, points.selection, i);
      left_out += frontier.empty();
      const Statistic ratio = least_ratio(frontier, k_not_generalizing);
      bracket.value.push_back({figures.data_set(i), ratio.value});
      bracket.low.push_back({figures.data_set(i), ratio.low});
      bracket.high.push_back({figures.data_set(i), ratio.high});
      for (const FrontierPoint& point : frontier) {
        bounds.all += !std::isnan(point.bound);
        bounds.certified += point.is_certified;
      }
    }
    if (count_data_sets(bracket.value) == 0) continue;
    questions.push_back(about_bracketed_median(
        {.quantity = fmt::format("every interpolator with a population loss of at least {} E f*^2: "
                                 "smallest orbit minimum / least",
                                 k_not_generalizing),
         .cell = cell_text(points.axes(), cell.point),
         .claimed = Side::above,
         .null_value = k_away,
         .largest_value = *ratios.rbegin(),
         .reason = bounds.all > bounds_before
                       ? ""
                       : "no upper bound is known (flatness.worst-loss-bound)"},
        std::move(bracket)));
  }
  bounds.add_to(verdict);
  if (left_out > 0) {
    verdict.remarks.push_back(fmt::format(
        "every interpolator: {} of {} data sets are left out: worst is not computed there or does "
        "not interpolate, as where the loss has no maximum because a half space has no sample.",
        left_out, all));
  }
}

}  // namespace

Verdict judge_claim1(const Points& points) {
  Verdict verdict{.claim = "Claim 1",
                  .statement = fmt::format(
                      "Non-generalizing families ({}) stay away from the "
                      "least flatness: in every cell in which the population "
                      "loss of a family is above that of the flattest, the "
                      "median of its orbit minimum / least is above {}. "
                      "Where the grid has worst with several ratios: at the "
                      "least noise and the largest number of samples the median of the "
                      "smallest orbit minimum / least of an interpolator with a "
                      "population loss of at least {} E f*^2 is above {}: upper bounds "
                      "can prove this, and what worst finds can disprove it.",
                      fmt::join(k_non_generalizing, ", "), k_away, k_not_generalizing, k_away)};
  const auto flattest = points.figures.algorithm("flattest");
  if (!flattest) {
    verdict.reason = "The grid has no flattest, so the least flatness is unknown.";
    return verdict;
  }
  const std::vector<Cell> cells = cells_of(points);
  std::vector<Question> questions;
  std::vector<std::string> generalizing;
  for (const std::int64_t family : points.figures.entries_of(k_non_generalizing)) {
    const std::string_view name = configuration::at(points.axes().algorithm, family).name();
    const bool interpolates = std::ranges::any_of(
        cells, [&](const Cell& cell) { return points.interpolates_in(cell, family); });
    if (!interpolates) continue;
    std::int64_t not_judged = 0;
    for (const Cell& cell : cells) {
      const Ratios ratios = ratios_in(points, cell, family, *flattest);
      const Statistic loss = median_of(ratios.loss);
      const std::string where = cell_text(points.axes(), cell.point);
      verdict.evidence.push_back(
          {fmt::format("{}: median of population loss / flattest's at {}", name, where), loss,
           std::ssize(ratios.loss)});
      // The claim is not about a cell in which the family may generalize as well as the flattest. If the loss has no
      // interval (low is NaN), usually because of too few data sets, the question is asked nevertheless.
      if (loss.low <= 1) {
        ++not_judged;
        continue;
      }
      questions.push_back(
          about_median({.quantity = fmt::format("{}: median of orbit minimum / least", name),
                        .cell = where,
                        .claimed = Side::above,
                        .null_value = k_away},
                       ratios.flatness));
    }
    if (not_judged > 0) {
      generalizing.push_back(fmt::format("{} in {} of {} cells", name, not_judged, cells.size()));
    }
    add_evidence(points, name, family, verdict);
  }
  ask_of_least_ratios(points, cells, verdict, questions);
  if (!generalizing.empty()) {
    verdict.remarks.push_back(fmt::format(
        "Not judged, because the interval of population loss / flattest's is not above 1: {}.",
        fmt::join(generalizing, ", ")));
  }
  if (questions.empty() && generalizing.empty()) {
    verdict.reason = "No non-generalizing family interpolates where the least flatness is known.";
  }
  judge(verdict, questions);
  return verdict;
}

}  // namespace flatgrid::report
