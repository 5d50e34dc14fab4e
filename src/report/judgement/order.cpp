// SPDX-License-Identifier: MIT
/// The verdict whether interpolators of the same data with a smaller orbit minimum have a smaller population loss.
#include <algorithm>
#include <cmath>
#include <iterator>

#include <fmt/format.h>

#include "flatgrid/report/claims.hpp"
#include "judgement.hpp"

namespace flatgrid::report {

namespace {

/// Those of the points `these` of an instance whose orbit minimum is at most `k_near` times the least known; if none is
/// known, times the least of these points.
std::vector<std::int64_t> near_the_least(const Figures& figures,
                                         const std::vector<std::int64_t>& these,
                                         std::int64_t instance) {
  const std::vector<double>& orbit_min = figures.variable("flatness_orbit_min");
  double least = figures.least(instance);
  if (std::isnan(least)) {
    least = INFINITY;
    for (const std::int64_t flat : these)
      least = std::min(least, configuration::at(orbit_min, flat));
  }
  std::vector<std::int64_t> near;
  std::ranges::copy_if(these, std::back_inserter(near), [&](std::int64_t flat) {
    return configuration::at(orbit_min, flat) <= k_near * least;
  });
  return near;
}

/// Kendall's tau of the orbit minimum, and of the trace, with the population loss, for each instance; and the first
/// minus the second.
struct Taus {
  std::vector<SeedValue> orbit_min, trace, difference;
};

/// `near`: only over the points near the least. Leaves out instances with fewer than `k_fewest_ordered` points.
Taus taus_on(const Points& points, const std::vector<std::int64_t>& instances, bool near) {
  const Figures& figures = points.figures;
  const std::vector<double>& loss = figures.variable("population_loss");
  Taus taus;
  for (const std::int64_t i : instances) {
    std::vector<std::int64_t> these = points.ordered_on(i);
    if (near) these = near_the_least(figures, these, i);
    if (std::ssize(these) < k_fewest_ordered) continue;
    const double orbit_min = kendall_tau(figures.variable("flatness_orbit_min"), loss, these);
    const double trace = kendall_tau(figures.variable("flatness_trace"), loss, these);
    taus.orbit_min.push_back({figures.data_set(i), orbit_min});
    taus.trace.push_back({figures.data_set(i), trace});
    taus.difference.push_back({figures.data_set(i), orbit_min - trace});
  }
  return taus;
}

}  // namespace

Verdict judge_order(const Points& points) {
  Verdict verdict{
      .claim = "Flatter means better",
      .statement = fmt::format(
          "Among the interpolators of the same data, those of smaller orbit minimum have a smaller "
          "population loss: the mean of Kendall's tau is above 0, over all algorithms but worst, "
          "and over "
          "those within {} times the least, because a few very sharp interpolators may decide the "
          "mean over all.",
          k_near)};
  const Figures& figures = points.figures;
  std::vector<std::int64_t> all;
  for (std::int64_t i = 0; i < figures.instances(); ++i) all.push_back(i);
  std::vector<Question> questions;
  for (const bool near : {false, true}) {
    const std::string among =
        near ? fmt::format("{} or more within {} times the least", k_fewest_ordered, k_near)
             : std::string("all algorithms");
    for (const Cell& cell : cells_of(points)) {
      questions.push_back(about_mean({.quantity = fmt::format("tau over {}", among),
                                      .cell = cell_text(points.axes(), cell.point),
                                      .claimed = Side::above,
                                      .null_value = 0},
                                     taus_on(points, cell.instances, near).orbit_min));
    }
    const Taus taus = taus_on(points, all, near);
    const std::int64_t count = std::ssize(taus.orbit_min);
    if (count == 0) continue;
    const Statistic orbit_min = mean_of(taus.orbit_min), trace = mean_of(taus.trace);
    const Statistic difference = mean_of(taus.difference);
    verdict.evidence.push_back(
        {fmt::format("tau of orbit minimum and population loss over {}", among), orbit_min, count});
    verdict.evidence.push_back(
        {fmt::format("tau of raw trace and population loss over {}", among), trace, count});
    verdict.evidence.push_back(
        {fmt::format("tau of orbit minimum minus tau of raw trace over {}", among), difference,
         count});
    verdict.remarks.push_back(
        fmt::format("Mean over all cells and {}: orbit minimum {}, trace {}, difference {}.", among,
                    text_of(orbit_min), text_of(trace), text_of(difference)));
  }
  judge(verdict, questions);
  return verdict;
}

}  // namespace flatgrid::report
