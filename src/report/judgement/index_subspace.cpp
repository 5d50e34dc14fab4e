// SPDX-License-Identifier: MIT
/// The verdict whether the flattest interpolator uses the directions of the target, the index subspace.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "flatgrid/report/claims.hpp"
#include "judgement.hpp"

namespace flatgrid::report {

Verdict judge_index_subspace(const Points& points) {
  Verdict verdict{
      .claim = "Index subspace",
      .statement = fmt::format(
          "The flattest interpolator uses the target's directions: at the least noise and the "
          "largest "
          "number of samples the leading eigenvectors of E grad f(x) grad f(x)^T span the index "
          "subspace (median of the mean squared cosine above {}), and the other eigenvalues have a "
          "share below {:.2g} of the spectrum.",
          k_found, 1 - k_found)};
  const Figures& figures = points.figures;
  const configuration::Axes& axes = points.axes();
  const std::vector<double>& recovery = figures.variable("index_recovery");
  const std::vector<double>& tail = figures.variable("index_tail");
  if (std::ranges::all_of(recovery, [](double value) { return std::isnan(value); })) {
    verdict.reason = "The file has no index spectra (flatness.index-spectrum).";
    return verdict;
  }
  std::vector<Question> questions;
  std::vector<std::string> others;
  const std::vector<Cell> cells = cells_of(points);
  const std::int64_t noise = ends_of_noise(axes, cells).least;
  const std::int64_t samples = ends_of_samples(axes, cells).largest;
  for (const Cell& cell : cells) {
    if (cell.point.noise != noise || cell.point.samples != samples) continue;
    const std::string where = cell_text(axes, cell.point);
    for (std::int64_t a = 0; a < std::ssize(axes.algorithm); ++a) {
      std::vector<SeedValue> recoveries, tails;
      for (const std::int64_t i : cell.instances) {
        if (!points.shown(a, i)) continue;
        recoveries.push_back(
            {figures.data_set(i), configuration::at(recovery, figures.flat_of(a, i))});
        tails.push_back({figures.data_set(i), configuration::at(tail, figures.flat_of(a, i))});
      }
      if (recoveries.empty()) continue;
      const std::string_view name = configuration::at(axes.algorithm, a).name();
      const std::string of_cosine =
          fmt::format("{}: mean squared cosine with the index subspace", name);
      const std::string of_tail =
          fmt::format("{}: share of the spectrum beyond the dimension of the index subspace", name);
      if (a == figures.algorithm("flattest")) {
        questions.push_back(about_median(
            {.quantity = of_cosine, .cell = where, .claimed = Side::above, .null_value = k_found},
            recoveries));
        questions.push_back(about_median(
            {.quantity = of_tail, .cell = where, .claimed = Side::below, .null_value = 1 - k_found},
            tails));
        continue;
      }
      const Statistic cosine = median_of(recoveries), share = median_of(tails);
      const std::int64_t count = std::ssize(recoveries);
      verdict.evidence.push_back({fmt::format("{} at {}", of_cosine, where), cosine, count});
      verdict.evidence.push_back({fmt::format("{} at {}", of_tail, where), share, count});
      others.push_back(fmt::format("{} {}, {}", name, text_of(cosine), text_of(share)));
    }
  }
  if (questions.empty())
    verdict.reason =
        "At the least noise and the largest number of samples no flattest interpolates.";
  if (!others.empty()) {
    verdict.remarks.push_back(fmt::format(
        "The other algorithms, cosine and share of the spectrum: {}.", fmt::join(others, "; ")));
  }
  judge(verdict, questions);
  return verdict;
}

}  // namespace flatgrid::report
