// SPDX-License-Identifier: MIT
#include "flatgrid/report/frontier_charts.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "across_dimensions.hpp"
#include "chart_parts.hpp"
#include "flatgrid/base/text.hpp"
#include "flatgrid/report/claims.hpp"
#include "flatgrid/report/least_ratio.hpp"
#include "flatgrid/report/statistics.hpp"

namespace flatgrid::report {

namespace {

/// Builds the charts of one level of noise.
class FrontierBuilder {
 public:
  FrontierBuilder(const Figures& figures, const Selection& selection, std::int64_t level)
      : figures_(figures),
        selection_(selection),
        level_(level),
        noise_(configuration::at(figures.axes().noise, level)),
        worst_(figures.entries_of(std::array{std::string_view("worst")})) {
    std::ranges::sort(worst_, {}, [&](std::int64_t entry) { return worst_ratio(figures, entry); });
  }

  /// Loss against ratio.
  [[nodiscard]] Chart against_ratio() const {
    const std::int64_t most = most_samples();
    Chart chart{
        .id = fmt::format("frontier-{}", level_),
        .title = fmt::format("Population loss within a ratio of the least, noise {}", noise_),
        .caption = fmt::format(
            "Medians with their intervals at {} samples. Line with marks: the largest loss found "
            "within the ratio; line without: upper bound for every interpolator within it.",
            configuration::at(figures_.axes().samples, most)),
        .x = {label_of("flatness_ratio"), true},
        .y = {"population loss", true}};
    Series found{.name = "largest found", .line = true};
    Series bound{.name = "upper bound", .line = true, .bare = true};
    for (const std::int64_t entry : worst_) {
      const double ratio = worst_ratio(figures_, entry);
      add(found, ratio, median_at(most, entry, value_of(entry, "population_loss")));
      add(bound, ratio, median_at(most, entry, value_of(entry, "worst_loss_bound")));
    }
    chart.series = {std::move(found), std::move(bound)};
    for (std::int64_t a = 0; a < std::ssize(figures_.axes().algorithm); ++a) {
      if (std::ranges::find(worst_, a) != worst_.end()) continue;
      Series series = series_of_algorithm(figures_, a);
      add(series, median_at(most, a, value_of(a, "flatness_ratio")).value,
          median_at(most, a, value_of(a, "population_loss")));
      chart.series.push_back(std::move(series));
    }
    std::erase_if(chart.series, [](const Series& series) { return series.marks.empty(); });
    return chart;
  }

  /// Loss against samples.
  [[nodiscard]] Chart against_samples() const {
    const configuration::Axes& axes = figures_.axes();
    Chart chart{.id = fmt::format("frontier-samples-{}", level_),
                .title = fmt::format("Largest population loss against samples, noise {}", noise_),
                .caption =
                    "Medians with their intervals. Lines with marks: what is found; lines "
                    "without: their upper bounds.",
                .x = {"samples", true, grid_axis(axes, "samples").values},
                .y = {"population loss", true}};
    for (const std::int64_t entry : worst_)
      add_pair(chart, fmt::format("within {} times the least", worst_ratio(figures_, entry)), entry,
               value_of(entry, "population_loss"), value_of(entry, "worst_loss_bound"));
    if (const auto flattest = figures_.algorithm("flattest")) {
      const auto times_least = [&](std::string_view radius) {
        return [flatness = value_of(*flattest, "flatness_orbit_min"),
                value = value_of(*flattest, radius)](std::int64_t i) {
          return flatness(i) * flatness(i) * value(i);
        };
      };
      add_pair(chart, "null-space radius times F*^2", *flattest, times_least("null_space_radius"),
               times_least("null_space_radius_bound"));
      Series series = series_of_algorithm(figures_, *flattest, true);
      add_along_samples(series, *flattest, value_of(*flattest, "population_loss"));
      if (!series.marks.empty()) chart.series.push_back(std::move(series));
    }
    add_slope(chart);
    return chart;
  }

  [[nodiscard]] bool has_several_ratios() const {
    return worst_ratio(figures_, worst_.front()) < worst_ratio(figures_, worst_.back());
  }

  /// Least ratio of an interpolator that does not generalize against samples.
  [[nodiscard]] Chart least_ratio_against_samples() const {
    const configuration::Axes& axes = figures_.axes();
    Chart chart{
        .id = fmt::format("frontier-least-ratio-{}", level_),
        .title = fmt::format("Smallest orbit minimum / least with a loss of {} E f*^2, noise {}",
                             k_not_generalizing, noise_),
        .caption = fmt::format(
            "Medians with their intervals of the smallest orbit minimum / least of an interpolator "
            "with a population loss of at least {} E f*^2. Line with marks: from the losses found, "
            "no mark or no interval where it is above the largest ratio; line without: lower "
            "bound.",
            k_not_generalizing),
        .x = {"samples", true, grid_axis(axes, "samples").values},
        .y = {label_of("flatness_ratio"), true}};
    Series found{.name = "found", .line = true};
    Series bound{.name = "lower bound", .line = true, .bare = true};
    for (std::int64_t k = 0; k < std::ssize(axes.samples); ++k) {
      std::vector<SeedValue> values, lows;
      for (std::int64_t i = 0; i < figures_.instances(); ++i) {
        const configuration::GridPoint point = figures_.instance(i);
        if (point.noise != level_ || point.samples != k) continue;
        const std::vector<FrontierPoint> frontier = frontier_points(figures_, selection_, i);
        const Statistic ratio = least_ratio(frontier, k_not_generalizing);
        values.push_back({figures_.data_set(i), ratio.value});
        const bool is_bounded = std::ranges::any_of(
            frontier, [](const FrontierPoint& at) { return !std::isnan(at.bound); });
        if (is_bounded) lows.push_back({figures_.data_set(i), ratio.low});
      }
      const auto samples = static_cast<double>(configuration::at(axes.samples, k));
      Statistic ratio = median_of(std::move(values));
      if (std::isinf(ratio.high)) ratio.low = ratio.high = grid::Record::k_nan;
      add(found, samples, ratio);
      add(bound, samples, median_of(std::move(lows)));
    }
    chart.series = {std::move(found), std::move(bound)};
    std::erase_if(chart.series, [](const Series& series) { return series.marks.empty(); });
    return chart;
  }

 private:
  using Value = std::function<double(std::int64_t instance)>;

  [[nodiscard]] Value value_of(std::int64_t entry, std::string_view variable) const {
    return [this, entry, values = &figures_.variable(variable)](std::int64_t i) {
      return configuration::at(*values, figures_.flat_of(entry, i));
    };
  }

  /// The position of the largest number of samples at which some `worst` is shown.
  [[nodiscard]] std::int64_t most_samples() const {
    std::int64_t most = 0;
    for (const std::int64_t entry : worst_) {
      for (std::int64_t i = 0; i < figures_.instances(); ++i) {
        const configuration::GridPoint point = figures_.instance(i);
        if (point.noise == level_ && is_shown(figures_, selection_, figures_.flat_of(entry, i)) &&
            configuration::at(figures_.axes().samples, point.samples) >
                configuration::at(figures_.axes().samples, most))
          most = point.samples;
      }
    }
    return most;
  }

  /// The median over the shown points of an entry at a position on the axis of samples.
  [[nodiscard]] Statistic median_at(std::int64_t samples, std::int64_t entry,
                                    const Value& value) const {
    std::vector<SeedValue> values;
    for (std::int64_t i = 0; i < figures_.instances(); ++i) {
      const configuration::GridPoint point = figures_.instance(i);
      if (point.noise != level_ || point.samples != samples ||
          !is_shown(figures_, selection_, figures_.flat_of(entry, i)))
        continue;
      values.push_back({figures_.data_set(i), value(i)});
    }
    return median_of(std::move(values));
  }

  /// Adds a mark if both axes can show it.
  static void add(Series& series, double x, const Statistic& y) {
    if (x > 0 && y.value > 0 && std::isfinite(y.value)) series.marks.push_back(mark_of(x, y));
  }

  void add_along_samples(Series& series, std::int64_t entry, const Value& value) const {
    const std::vector<std::int64_t>& samples = figures_.axes().samples;
    for (std::int64_t k = 0; k < std::ssize(samples); ++k)
      add(series, static_cast<double>(configuration::at(samples, k)), median_at(k, entry, value));
  }

  /// Adds what is found, and its upper bound, which has the same colour.
  void add_pair(Chart& chart, const std::string& name, std::int64_t entry, const Value& found,
                const Value& bound) const {
    Series marks{.name = name, .line = true};
    Series line{.name = fmt::format("{}, bound", name), .line = true, .bare = true};
    add_along_samples(marks, entry, found);
    add_along_samples(line, entry, bound);
    if (marks.marks.empty()) return;
    chart.series.push_back(std::move(marks));
    if (!line.marks.empty()) chart.series.push_back(std::move(line));
  }

  /// Puts a line of slope -(d+1)/(d-1) first, through the last mark of the first series.
  void add_slope(Chart& chart) const {
    const auto d = static_cast<double>(dimension_of(figures_));
    if (d == 1 || chart.series.empty() || chart.series.front().marks.size() < 2) return;
    const double exponent = -(d + 1) / (d - 1);
    const Mark first = chart.series.front().marks.front(), last = chart.series.front().marks.back();
    chart.series.insert(
        chart.series.begin(),
        Series{.name = fmt::format("samples^{:.3g}", exponent),
               .marks = {{.x = first.x, .y = last.y * std::pow(first.x / last.x, exponent)},
                         {.x = last.x, .y = last.y}},
               .line = true,
               .bare = true});
  }

  const Figures& figures_;
  const Selection& selection_;
  std::int64_t level_;
  double noise_;
  std::vector<std::int64_t> worst_;  ///< its entries, by ratio
};

}  // namespace

std::vector<Chart> frontier_charts(const Figures& figures, const Selection& selection) {
  std::vector<Chart> charts;
  if (!figures.algorithm("worst")) return charts;
  const std::int64_t levels = std::min(k_most_levels, std::ssize(figures.axes().noise));
  for (std::int64_t level = 0; level < levels; ++level) {
    const FrontierBuilder builder(figures, selection, level);
    charts.push_back(builder.against_ratio());
    charts.push_back(builder.against_samples());
    if (charts.back().series.size() < 2) charts.pop_back();
    if (!builder.has_several_ratios()) continue;
    charts.push_back(builder.least_ratio_against_samples());
    if (charts.back().series.empty()) charts.pop_back();
  }
  return charts;
}

}  // namespace flatgrid::report
