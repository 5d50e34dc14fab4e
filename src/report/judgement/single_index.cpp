// SPDX-License-Identifier: MIT
/// The verdict whether single-index finds the index direction. Its points do not interpolate: all measured ones count.
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "flatgrid/configuration/algorithm_entry.hpp"
#include "flatgrid/report/claims.hpp"
#include "judgement.hpp"

namespace flatgrid::report {

Verdict judge_single_index(const Points& points) {
  Verdict verdict{
      .claim = "Index direction",
      .statement = fmt::format(
          "At the least noise and the largest number of samples more than half of the runs of "
          "single-index end with |theta.theta*| above {}. A run that fails has a loss of its own, "
          "so "
          "shares are given, not means.",
          k_aligned)};
  const Figures& figures = points.figures;
  const configuration::Axes& axes = points.axes();
  const std::vector<double>& alignment = figures.variable("alignment");
  const std::vector<double>& ridge_loss = figures.variable("ridge_loss");
  const std::vector<Cell> cells = cells_of(points);
  const std::int64_t noise = ends_of_noise(axes, cells).least;
  const std::int64_t samples = ends_of_samples(axes, cells).largest;
  std::vector<Question> questions;
  for (std::int64_t a = 0; a < std::ssize(axes.algorithm); ++a) {
    const configuration::AlgorithmEntry& entry = configuration::at(axes.algorithm, a);
    if (entry->name != "single-index") continue;
    std::vector<std::string> shares;
    for (const Cell& cell : cells) {
      std::vector<SeedValue> found, losses;
      double count = 0;
      for (const std::int64_t i : cell.instances) {
        const std::int64_t flat = figures.flat_of(a, i);
        if (!grid::is_measured(figures.status(flat)) ||
            !points.selection.contains(configuration::grid_point(axes, flat)))
          continue;
        const bool is_found = std::abs(configuration::at(alignment, flat)) > k_aligned;
        count += is_found ? 1 : 0;
        found.push_back({figures.data_set(i), is_found ? 1.0 : 0.0});
        losses.push_back({figures.data_set(i), configuration::at(ridge_loss, flat)});
      }
      if (found.empty()) continue;
      const std::string where = cell_text(axes, cell.point);
      shares.push_back(fmt::format("{} of {} at {} (median ridge loss {:.2g})", count, found.size(),
                                   where, median_of(losses).value));
      if (cell.point.noise != noise || cell.point.samples != samples) continue;
      questions.push_back(about_share(
          {.quantity =
               fmt::format("{}: share of runs with |alignment| above {}", entry.name(), k_aligned),
           .cell = where,
           .claimed = Side::above,
           .null_value = 0.5},
          found));
    }
    if (!shares.empty()) {
      verdict.remarks.push_back(
          fmt::format("{} finds the direction in {}.", entry.name(), fmt::join(shares, ", in ")));
    }
  }
  if (questions.empty())
    verdict.reason = "No run of single-index at the least noise and the largest number of samples.";
  judge(verdict, questions);
  return verdict;
}

}  // namespace flatgrid::report
