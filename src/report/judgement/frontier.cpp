// SPDX-License-Identifier: MIT
/// The verdict whether the largest population loss of all interpolators within a ratio of the least flatness decreases
/// with the samples.
#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "../across_dimensions.hpp"
#include "flatgrid/report/wording.hpp"
#include "judgement.hpp"

namespace flatgrid::report {

namespace {

/// A quantity of an instance that may decrease with the samples; NaN if the instance does not have it.
struct Decreasing {
  std::string name;
  std::function<double(std::int64_t instance)> value;
};

/// The values of a quantity at the noise and the width of a cell, against the samples; those that are 0 up to rounding
/// or infinite are left out.
std::vector<SeedPoint> against_samples(const Points& points, const std::vector<Cell>& cells,
                                       const Cell& like, const Decreasing& quantity) {
  std::vector<SeedPoint> fit;
  for (const Cell& cell : cells) {
    if (cell.point.noise != like.point.noise || cell.point.width != like.point.width) continue;
    const auto samples =
        static_cast<double>(configuration::at(points.axes().samples, cell.point.samples));
    for (const std::int64_t i : cell.instances) {
      const double value = quantity.value(i);
      if (value > k_zero_loss && std::isfinite(value))
        fit.push_back({points.figures.data_set(i), samples, value});
    }
  }
  return fit;
}

/// Whether the exponent of a quantity in the samples is below 0.
void ask_for_exponent(const std::string& name, const std::string& where,
                      const std::vector<SeedPoint>& fit, Verdict& verdict,
                      std::vector<Question>& questions) {
  const PowerLaw law = power_law(fit);
  if (law.sizes.size() < 2) return;
  std::vector<SeedValue> values;
  for (const SeedPoint& point : fit) values.push_back({point.seed, point.y});
  Finding finding{.quantity = fmt::format("{}: exponent in the samples", name),
                  .cell = where,
                  .claimed = Side::below,
                  .null_value = 0,
                  .data_sets = count_data_sets(values)};
  add_power_law(verdict, fmt::format("{}, {}", name, where), "samples", law, std::ssize(fit));
  if (law.holds()) {
    questions.push_back({std::move(finding),
                         [fit](double error) { return power_law(fit, error).exponent; },
                         [](double) { return k_fewest_for_mean; }});
    return;
  }
  finding.reason = text_of(law, "samples");
  finding.outcome = law.is_tested() ? Outcome::undecided : Outcome::not_enough_data;
  verdict.findings.push_back(std::move(finding));
}

}  // namespace

Verdict judge_frontier(const Points& points) {
  const Figures& figures = points.figures;
  const auto dimension = static_cast<double>(dimension_of(figures));
  Verdict verdict{
      .claim = "Frontier",
      .statement =
          "Claim 2 for every nearly flattest interpolator: at the least noise the largest "
          "population loss within a ratio of the least flatness, as found by worst and as bounded, "
          "and the null-space radius times the squared least flatness are power laws of the "
          "samples with exponents below 0."};
  if (dimension > 1) {
    verdict.remarks.push_back(
        fmt::format("A bump between the samples lets the exponent of the largest loss approach "
                    "-(d+1)/(d-1) = {:.3g} for many samples (heuristic).",
                    -(dimension + 1) / (dimension - 1)));
  }
  const auto shown = [&](std::int64_t entry, std::string_view variable) {
    return [&, entry, values = &figures.variable(variable)](std::int64_t i) {
      return points.shown(entry, i) ? configuration::at(*values, figures.flat_of(entry, i))
                                    : grid::Record::k_nan;
    };
  };
  const std::vector<std::int64_t> worst = figures.entries_of(std::array{std::string_view("worst")});
  std::vector<Decreasing> quantities;
  for (const std::int64_t entry : worst) {
    const std::string within = fmt::format("largest population loss within {} times the least",
                                           worst_ratio(figures, entry));
    quantities.push_back({within + ", found", shown(entry, "population_loss")});
    quantities.push_back({within + ", upper bound", shown(entry, "worst_loss_bound")});
  }
  const auto flattest = figures.algorithm("flattest");
  if (flattest) {
    const auto flatness = shown(*flattest, "flatness_orbit_min");
    for (const auto& [kind, variable] : {std::pair("found", "null_space_radius"),
                                         std::pair("upper bound", "null_space_radius_bound")}) {
      quantities.push_back({fmt::format("null-space radius times F*^2, {}", kind),
                            [flatness, radius = shown(*flattest, variable)](std::int64_t i) {
                              return flatness(i) * flatness(i) * radius(i);
                            }});
    }
  }
  const std::vector<Cell> cells = cells_of(points);
  const Ends noise = ends_of_noise(points.axes(), cells);
  const Ends samples = ends_of_samples(points.axes(), cells);
  std::int64_t left_out = 0, all = 0;
  BoundKinds bounds;
  for (const Cell& cell : cells) {
    if (cell.point.noise != noise.least) continue;
    for (const std::int64_t entry : worst) {
      bounds.count(points, cell, entry);
      all += std::ssize(cell.instances);
      left_out += std::ranges::count_if(cell.instances,
                                        [&](std::int64_t i) { return !points.shown(entry, i); });
    }
  }
  bounds.add_to(verdict);
  if (left_out > 0) {
    verdict.remarks.push_back(fmt::format(
        "{} of {} points of worst are left out: they are not computed or do not interpolate, as "
        "where the loss has no maximum because a half space has no sample.",
        left_out, all));
  }
  std::vector<Question> questions;
  for (const Cell& cell : cells) {
    if (cell.point.noise != noise.least || cell.point.samples != samples.least) continue;
    const std::string where =
        fmt::format("noise {}, width {}", configuration::at(points.axes().noise, cell.point.noise),
                    configuration::at(points.axes().width, cell.point.width));
    for (const Decreasing& quantity : quantities) {
      ask_for_exponent(quantity.name, where, against_samples(points, cells, cell, quantity),
                       verdict, questions);
    }
    if (!flattest) continue;
    const PowerLaw law =
        power_law(against_samples(points, cells, cell, {"", shown(*flattest, "population_loss")}));
    verdict.remarks.push_back(
        fmt::format("Population loss of the flattest, {}: {}.", where, text_of(law, "samples")));
  }
  if (questions.empty() && verdict.findings.empty())
    verdict.reason = "worst interpolates for no two numbers of samples.";
  judge(verdict, questions);
  return verdict;
}

}  // namespace flatgrid::report
