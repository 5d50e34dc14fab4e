// SPDX-License-Identifier: MIT
#include "flatgrid/grid/timing.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <optional>
#include <utility>

#include "flatgrid/grid/pipeline.hpp"
#include "flatgrid/random/stream.hpp"

namespace flatgrid::grid {
namespace {

/// Cells (samples, width) of an algorithm, cheapest first, in the order in which pilots take them: the
/// first, the last, then the middles of what lies between.
std::vector<configuration::GridPoint> cells_of_algorithm(const configuration::Axes& axes,
                                                         const PointPrices& prices,
                                                         std::int64_t algorithm) {
  std::vector<configuration::GridPoint> sorted = cells(axes);
  std::erase_if(
      sorted, [&](const configuration::GridPoint& point) { return point.algorithm != algorithm; });
  const auto cost = [&](const configuration::GridPoint& point) { return prices(point).flops; };
  std::ranges::stable_sort(sorted, {}, cost);
  std::vector<configuration::GridPoint> order = {sorted.front()};
  if (sorted.size() > 1) order.push_back(sorted.back());
  std::vector<std::pair<std::size_t, std::size_t>> gaps = {{0, sorted.size() - 1}};
  for (std::size_t i = 0; i < gaps.size(); ++i) {
    const auto [low, high] = gaps[i];
    if (high - low < 2) continue;
    const std::size_t middle = (low + high) / 2;
    order.push_back(sorted[middle]);
    gaps.emplace_back(low, middle);
    gaps.emplace_back(middle, high);
  }
  return order;
}

/// Computes a point, for `most` seconds at the most.
Pilot run_pilot(const Study& study, const configuration::GridPoint& point, double most) {
  Pilot pilot{.point = point};
  const double begin = monotonic_seconds();
  std::optional<Look> first;
  Look last;
  const auto result = compute_point(study, point, [&](const PointUnderWay& under_way) {
    last = {.seconds = monotonic_seconds() - begin, .fraction = under_way.fraction};
    if (!first) first = last;
    // Nobody knows how much is left of a polish: it is waited for.
    return last.seconds < most || last.fraction <= first->fraction || under_way.trained;
  });
  pilot.seconds = monotonic_seconds() - begin;
  if (result) {
    pilot.status = result->record.status;
  } else {
    pilot.seconds = seconds_of_whole(*first, last);
  }
  return pilot;
}

}  // namespace

double seconds_of_whole(const Look& first, const Look& last) {
  return last.seconds +
         (last.seconds - first.seconds) * (1 - last.fraction) / (last.fraction - first.fraction);
}

std::vector<Pilot> run_pilots(const Study& study, double seconds) {
  const configuration::Axes& axes = study.configuration.grid;
  const PointPrices prices(study);
  const auto [algorithms, samples, noises, widths, seeds] = axes.shape();
  std::vector<std::vector<configuration::GridPoint>> orders;
  for (std::int64_t algorithm = 0; algorithm < algorithms; ++algorithm) {
    orders.push_back(cells_of_algorithm(axes, prices, algorithm));
  }
  std::vector<Pilot> pilots;
  std::vector<double> spent(static_cast<std::size_t>(algorithms), 0.0);
  std::vector<std::int64_t> count(static_cast<std::size_t>(algorithms), 0);
  const double begin = monotonic_seconds();
  const double share = seconds / static_cast<double>(algorithms);
  for (;;) {
    // The algorithm that has had the least time is next; points of a grid are not computed twice.
    std::int64_t algorithm = -1;
    for (std::int64_t other = 0; other < algorithms; ++other) {
      if (configuration::at(count, other) >= samples * widths * noises * seeds) continue;
      if (algorithm < 0 || configuration::at(spent, other) < configuration::at(spent, algorithm))
        algorithm = other;
    }
    if (algorithm < 0) break;
    const bool first = configuration::at(count, algorithm) == 0;
    if (!first && monotonic_seconds() - begin >= seconds) break;
    const auto number = count[static_cast<std::size_t>(algorithm)]++;
    const auto& order = configuration::at(orders, algorithm);
    configuration::GridPoint point = configuration::at(order, number % std::ssize(order));
    // All pairs of noise and seed are taken before any is taken again.
    const std::int64_t pair = number / std::ssize(order) + number;
    point.noise = pair % noises;
    point.seed = (pair / noises + pair) % seeds;
    const double before = monotonic_seconds();
    pilots.push_back(run_pilot(study, point, std::max(0.5 * share, 0.05)));
    spent[static_cast<std::size_t>(algorithm)] += monotonic_seconds() - before;
  }
  return pilots;
}

PointTimes::PointTimes(const Study& study, const std::vector<Pilot>& pilots)
    : axes_(study.configuration.grid), algorithms_(axes_.algorithm.size()) {
  const PointPrices prices(study);
  struct Sum {
    double seconds = 0;
    double log = 0;
    double log_squared = 0;
    double count = 0;
  };
  std::map<std::pair<std::int64_t, double>, Sum> sums;  // by algorithm and logarithm of the cost
  for (const Pilot& pilot : pilots) {
    const double cost = prices(pilot.point).flops;
    Sum& sum = sums[{pilot.point.algorithm, std::log(cost)}];
    const double log_seconds = std::log(std::max(pilot.seconds, 1e-6));
    sum.seconds += pilot.seconds;
    sum.log += log_seconds;
    sum.log_squared += log_seconds * log_seconds;
    ++sum.count;
  }
  std::vector<std::pair<double, double>> variance(algorithms_.size());  // sum of squares, freedom
  for (const auto& [key, sum] : sums) {
    const auto& [algorithm, log_cost] = key;
    auto& times = algorithms_[static_cast<std::size_t>(algorithm)];
    times.log_ratio[log_cost] = std::log(std::max(sum.seconds / sum.count, 1e-6)) - log_cost;
    auto& [squares, freedom] = variance[static_cast<std::size_t>(algorithm)];
    squares += std::max(0.0, sum.log_squared - sum.log * sum.log / sum.count);
    freedom += sum.count - 1;
  }
  for (std::size_t algorithm = 0; algorithm < algorithms_.size(); ++algorithm) {
    const auto& [squares, freedom] = variance[algorithm];
    if (freedom > 0) algorithms_[algorithm].scatter = std::sqrt(squares / freedom);
  }

  for (const configuration::GridPoint& point : cells(axes_)) {
    const double cost = prices(point).flops;
    const auto& ratios = configuration::at(algorithms_, point.algorithm).log_ratio;
    if (ratios.empty()) {
      means_.push_back(std::numeric_limits<double>::quiet_NaN());
      continue;
    }
    const auto above = ratios.lower_bound(std::log(cost));
    double log_ratio = 0;
    if (above == ratios.end()) {
      log_ratio = std::prev(above)->second;
    } else if (above == ratios.begin()) {
      log_ratio = above->second;
    } else {
      const auto below = std::prev(above);
      const double share = (std::log(cost) - below->first) / (above->first - below->first);
      log_ratio = (1 - share) * below->second + share * above->second;
    }
    means_.push_back(cost * std::exp(log_ratio));
  }
}

double PointTimes::mean(const configuration::GridPoint& point) const {
  return configuration::at(means_, cell_of(axes_, point));
}

double PointTimes::scattered(const configuration::GridPoint& point) const {
  const double scatter = configuration::at(algorithms_, point.algorithm).scatter;
  if (scatter == 0) return mean(point);
  // E exp(s g - s^2 / 2) = 1
  random::Stream stream(0, random::Purpose::planned_times,
                        static_cast<std::uint64_t>(configuration::flat_index(axes_, point)));
  return mean(point) * std::exp(scatter * stream.normal() - scatter * scatter / 2);
}

}  // namespace flatgrid::grid
