// SPDX-License-Identifier: MIT
/// The interpolator of least path norm (min-norm) and the flattest: how flat min-norm is, how large the path norm of
/// the flattest is, and which of the two has the smaller population loss.
#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "judgement.hpp"

namespace flatgrid::report {

namespace {

/// A median over the instances of a cell.
struct CellMedian {
  Statistic median;
  std::string cell;
};

/// The least and the largest median, "1.2 [1.1, 1.3] (samples 40, noise 0, width 300) to 1.9 [1.7, 2.2] (samples ...)".
std::string range_text(const std::vector<CellMedian>& medians) {
  const auto text = [](const CellMedian& at) {
    return fmt::format("{} ({})", text_of(at.median), at.cell);
  };
  const auto [least, largest] = std::ranges::minmax_element(
      medians, {}, [](const CellMedian& at) { return at.median.value; });
  return least == largest ? text(*least) : fmt::format("{} to {}", text(*least), text(*largest));
}

}  // namespace

Verdict judge_least_norm(const Points& points) {
  const Figures& figures = points.figures;
  const configuration::Axes& axes = points.axes();
  Verdict verdict{
      .claim = "Least norm",
      .statement =
          "Not a claim of the paper: of the flattest interpolator and that of least path "
          "norm the flattest has the smaller population loss on more than half of the "
          "data sets of a cell."};
  const std::int64_t flattest = figures.algorithm("flattest").value();
  const std::int64_t min_norm = figures.algorithm("min-norm").value();
  /// A variable of `Figures` for one of the two algorithms, and its median in each cell over the instances on which
  /// both interpolate.
  struct Ratio {
    std::string_view quantity;
    std::string_view variable;
    std::int64_t algorithm;
    std::vector<CellMedian> medians = {};
  };
  std::vector<Ratio> ratios = {
      {"min-norm: median of orbit minimum / least", "flatness_ratio", min_norm},
      {"min-norm: median of trace / least", "trace_ratio", min_norm},
      {"flattest: median of path norm / least path norm", "path_norm_ratio", flattest}};
  const std::vector<double>& loss = figures.variable("population_loss");
  /// On how many instances each has the smaller population loss.
  struct Wins {
    std::int64_t flattest = 0, min_norm = 0;
  };
  std::map<std::int64_t, Wins> wins;  // by noise
  std::vector<Question> questions;
  for (const Cell& cell : cells_of(points)) {
    std::vector<std::int64_t> both;  // the instances on which both are shown
    for (const std::int64_t i : cell.instances)
      if (points.shown(flattest, i) && points.shown(min_norm, i)) both.push_back(i);
    if (both.empty()) continue;
    const std::string where = cell_text(axes, cell.point);
    const auto add_median = [&](std::string_view quantity, std::vector<SeedValue> values) {
      const Statistic median = median_of(std::move(values));
      verdict.evidence.push_back(
          {fmt::format("{} at {}", quantity, where), median, std::ssize(both)});
      return median;
    };
    for (Ratio& ratio : ratios) {
      const std::vector<double>& variable = figures.variable(ratio.variable);
      const auto value = [&](std::int64_t i) {
        return configuration::at(variable, figures.flat_of(ratio.algorithm, i));
      };
      ratio.medians.push_back({add_median(ratio.quantity, values_on(figures, both, value)), where});
    }
    const auto quotient = [&](std::int64_t i) {
      return configuration::at(loss, figures.flat_of(flattest, i)) /
             configuration::at(loss, figures.flat_of(min_norm, i));
    };
    const std::vector<SeedValue> quotients = values_on(figures, both, quotient);
    add_median("median of population loss, flattest's / min-norm's", quotients);
    std::vector<SeedValue> better;
    Wins& here = wins[cell.point.noise];
    for (const auto& [data_set, value] : quotients) {
      if (value == 1 || std::isnan(value)) continue;
      ++(value < 1 ? here.flattest : here.min_norm);
      better.push_back({data_set, value < 1 ? 1.0 : 0.0});
    }
    questions.push_back(about_share(
        {.quantity = "flattest: share of data sets with a smaller population loss than min-norm's",
         .cell = where,
         .claimed = Side::above,
         .null_value = 0.5},
        std::move(better)));
  }
  if (questions.empty()) {
    verdict.reason = "There are no data on which both flattest and min-norm interpolate.";
    return verdict;
  }
  std::vector<std::string> counts, medians;
  for (const auto& [noise, of] : wins) {
    counts.push_back(fmt::format("flattest on {}, min-norm on {} of {} at noise {}", of.flattest,
                                 of.min_norm, of.flattest + of.min_norm,
                                 configuration::at(axes.noise, noise)));
  }
  for (const Ratio& ratio : ratios)
    medians.push_back(fmt::format("{} {}", ratio.quantity, range_text(ratio.medians)));
  verdict.remarks = {fmt::format("Smaller population loss: {}.", fmt::join(counts, "; ")),
                     fmt::format("{}.", fmt::join(medians, "; "))};
  judge(verdict, questions);
  return verdict;
}

}  // namespace flatgrid::report
