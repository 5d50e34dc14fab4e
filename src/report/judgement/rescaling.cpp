// SPDX-License-Identifier: MIT
/// The verdict whether, after random rescaling (Dinh et al. 2017), the trace orders interpolators by population loss less
/// well than the orbit minimum.
#include "flatgrid/report/rescaling.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

#include <fmt/format.h>

#include "judgement.hpp"

namespace flatgrid::report {

namespace {

/// The approximate largest number of instances whose networks are rescaled: each network must be read and measured.
constexpr std::int64_t k_instances_rescaled = 200;

/// The instances of evenly spaced cells, about k_instances_rescaled if there are more; of a cell at most this number.
std::vector<std::int64_t> spread_instances(const std::vector<Cell>& cells) {
  std::vector<std::int64_t> instances;
  if (cells.empty()) return instances;
  const std::int64_t of_cell = std::min(std::ssize(cells.front().instances), k_instances_rescaled);
  const std::int64_t step = (std::ssize(cells) * of_cell - 1) / k_instances_rescaled + 1;
  for (std::int64_t k = 0; k < std::ssize(cells); k += step) {
    const auto& of = configuration::at(cells, k).instances;
    std::copy_n(of.begin(), std::min(of_cell, std::ssize(of)), std::back_inserter(instances));
  }
  return instances;
}

}  // namespace

Verdict judge_rescaling(const Points& points) {
  Verdict verdict{
      .claim = "Rescaling",
      .statement =
          "Random rescaling of the neurons (a factor exp(N(0, 1)) for each neuron and exp(2 N(0, "
          "1)) "
          "for each network, rounded to powers of 2) does not change the functions (Dinh et al. "
          "2017). After it the raw trace orders the interpolators of the same data by population "
          "loss "
          "less well than the orbit minimum, which does not change. Means of Kendall's tau."};
  const Figures& figures = points.figures;
  if (!has_rescaling_symmetry(figures)) {
    verdict.reason = without_symmetry(figures);
    return verdict;
  }
  if (!has_networks(figures)) {
    verdict.reason = "The file has no networks or no data (output.networks, output.data).";
    return verdict;
  }
  const std::vector<double>& loss = figures.variable("population_loss");
  const auto grid = static_cast<std::size_t>(points.axes().points());
  std::vector<double> trace(grid), rescaled_trace(grid), orbit_min(grid);
  std::vector<SeedValue> of_trace, of_rescaled, of_orbit_min, gain;
  RandomRescaling rescale(figures);
  double largest_change = 0;  // of an orbit minimum, relative
  for (const std::int64_t i : spread_instances(cells_of(points))) {
    const std::vector<std::int64_t> these = points.ordered_on(i);
    if (std::ssize(these) < k_fewest_ordered) continue;
    for (const std::int64_t flat : these) {
      const RescaledFlatness flatness = rescale(flat);
      const auto position = static_cast<std::size_t>(flat);
      trace[position] = flatness.trace;
      rescaled_trace[position] = flatness.rescaled_trace;
      orbit_min[position] = flatness.orbit_min;
      largest_change =
          std::max(largest_change, std::abs(flatness.rescaled_orbit_min / flatness.orbit_min - 1));
    }
    const std::int64_t data_set = figures.data_set(i);
    of_trace.push_back({data_set, kendall_tau(trace, loss, these)});
    of_rescaled.push_back({data_set, kendall_tau(rescaled_trace, loss, these)});
    of_orbit_min.push_back({data_set, kendall_tau(orbit_min, loss, these)});
    gain.push_back({data_set, of_orbit_min.back().value - of_rescaled.back().value});
  }
  const std::int64_t count = std::ssize(gain);
  if (count == 0) {
    verdict.reason = fmt::format("On no instance {} algorithms interpolate.", k_fewest_ordered);
    return verdict;
  }
  const Statistic as_trained = mean_of(of_trace), after = mean_of(of_rescaled);
  const Statistic of_minimum = mean_of(of_orbit_min);
  verdict.evidence = {
      {"Kendall's tau of the trace as trained and population loss", as_trained, count},
      {"Kendall's tau of the trace after rescaling and population loss", after, count},
      {"Kendall's tau of the orbit minimum and population loss", of_minimum, count},
      {"largest relative change of an orbit minimum", {.value = largest_change}, count}};
  verdict.remarks.push_back(fmt::format(
      "Over {} instances: tau of the trace as trained {}, after rescaling {}; of the orbit "
      "minimum {}, whose largest relative change is {:.1g}.",
      count, text_of(as_trained), text_of(after), text_of(of_minimum), largest_change));
  judge(verdict, {about_mean({.quantity = "tau of the orbit minimum minus that of the trace after "
                                          "rescaling",
                              .cell = "",
                              .claimed = Side::above,
                              .null_value = 0},
                             gain)});
  return verdict;
}

}  // namespace flatgrid::report
