// SPDX-License-Identifier: MIT
/// The verdict whether the largest population loss of all interpolators within a ratio of the least flatness decreases
/// with the samples.
#include <array>
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

/// Whether the exponent of a quantity in the samples, at one noise and one width, is below 0.
void ask_for_exponent(const Points& points, const std::vector<Cell>& cells, const Cell& like,
                      const Decreasing& quantity, Verdict& verdict,
                      std::vector<Question>& questions) {
  const configuration::Axes& axes = points.axes();
  std::vector<SeedPoint> fit;
  std::vector<SeedValue> values;
  for (const Cell& cell : cells) {
    if (cell.point.noise != like.point.noise || cell.point.width != like.point.width) continue;
    for (const std::int64_t i : cell.instances) {
      const double value = quantity.value(i);
      if (!(value > k_zero_loss)) continue;
      values.push_back({points.figures.data_set(i), value});
      fit.push_back({points.figures.data_set(i),
                     static_cast<double>(configuration::at(axes.samples, cell.point.samples)),
                     value});
    }
  }
  const PowerLaw law = power_law(fit);
  if (law.sizes.size() < 2) return;
  Finding finding{
      .quantity = fmt::format("{}: exponent in the samples", quantity.name),
      .cell = fmt::format("noise {}, width {}", configuration::at(axes.noise, like.point.noise),
                          configuration::at(axes.width, like.point.width)),
      .claimed = Side::below,
      .null_value = 0,
      .data_sets = count_data_sets(values)};
  add_power_law(verdict, fmt::format("{}, {}", quantity.name, finding.cell), "samples", law,
                std::ssize(fit));
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
          "the null-space radius times the squared least flatness, and the population loss of the "
          "flattest are power laws of the samples with exponents below 0."};
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
  std::vector<Decreasing> quantities;
  for (const std::int64_t entry : figures.entries_of(std::array{std::string_view("worst")})) {
    const std::string within = fmt::format("largest population loss within {} times the least",
                                           worst_ratio(figures, entry));
    quantities.push_back({within + ", found", shown(entry, "population_loss")});
    quantities.push_back({within + ", upper bound", shown(entry, "worst_loss_bound")});
  }
  if (const auto flattest = figures.algorithm("flattest")) {
    const auto flatness = shown(*flattest, "flatness_orbit_min");
    for (const auto& [kind, variable] : {std::pair("found", "null_space_radius"),
                                         std::pair("upper bound", "null_space_radius_bound")}) {
      quantities.push_back({fmt::format("null-space radius times F*^2, {}", kind),
                            [flatness, radius = shown(*flattest, variable)](std::int64_t i) {
                              return flatness(i) * flatness(i) * radius(i);
                            }});
    }
    quantities.push_back({"population loss of the flattest", shown(*flattest, "population_loss")});
  }
  const std::vector<Cell> cells = cells_of(points);
  const Ends noise = ends_of_noise(points.axes(), cells);
  const Ends samples = ends_of_samples(points.axes(), cells);
  std::vector<Question> questions;
  for (const Cell& cell : cells) {
    if (cell.point.noise != noise.least || cell.point.samples != samples.least) continue;
    for (const Decreasing& quantity : quantities)
      ask_for_exponent(points, cells, cell, quantity, verdict, questions);
  }
  if (questions.empty() && verdict.findings.empty())
    verdict.reason = "worst interpolates for no two numbers of samples.";
  judge(verdict, questions);
  return verdict;
}

}  // namespace flatgrid::report
