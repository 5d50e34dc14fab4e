// SPDX-License-Identifier: MIT
#include "flatgrid/report/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <boost/math/statistics/univariate_statistics.hpp>
#include <fmt/format.h>

#include "flatgrid/random/stream.hpp"

namespace flatgrid {

std::string text_of(const Statistic& statistic) {
  const auto figure = [](double value) {
    return std::isnan(value) ? "-" : fmt::format("{:.3g}", value);
  };
  if (std::isnan(statistic.low)) return figure(statistic.value);
  return fmt::format("{} [{}, {}]", figure(statistic.value), figure(statistic.low),
                     figure(statistic.high));
}

double median(std::vector<double> values) {
  return values.empty() ? Record::k_nan : boost::math::statistics::median(values);
}

double kendall_tau(std::span<const double> x, std::span<const double> y) {
  double balance = 0, untied_in_x = 0, untied_in_y = 0;
  const auto sign = [](double a, double b) { return a < b ? -1 : a > b ? 1 : 0; };
  for (std::size_t i = 0; i < x.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const int of_x = sign(x[i], x[j]);
      const int of_y = sign(y[i], y[j]);
      balance += of_x * of_y;
      untied_in_x += of_x != 0;
      untied_in_y += of_y != 0;
    }
  }
  return balance / std::sqrt(untied_in_x * untied_in_y);
}

double kendall_tau(const std::vector<double>& x, const std::vector<double>& y,
                   const std::vector<std::int64_t>& points) {
  std::vector<double> these, those;
  for (const std::int64_t flat : points) {
    these.push_back(at(x, flat));
    those.push_back(at(y, flat));
  }
  return kendall_tau(these, those);
}

Statistic bootstrap(std::int64_t seeds,
                    const std::function<double(std::span<const int> draws)>& statistic) {
  const auto count = static_cast<std::size_t>(seeds);
  std::vector<int> draws(count, 1);
  Statistic estimate{.value = statistic(draws)};
  if (seeds < k_fewest_seeds || std::isnan(estimate.value)) return estimate;
  std::vector<double> replicates;
  for (int replicate = 0; replicate < k_replicates; ++replicate) {
    Stream stream(0, Purpose::bootstrap, static_cast<std::uint64_t>(replicate));
    std::ranges::fill(draws, 0);
    for (std::size_t k = 0; k < count; ++k) {
      const double drawn = stream.uniform() * static_cast<double>(seeds);
      ++draws[std::min(static_cast<std::size_t>(drawn), count - 1)];
    }
    const double value = statistic(draws);
    if (!std::isnan(value)) replicates.push_back(value);
  }
  if (replicates.size() < static_cast<std::size_t>(k_replicates) / 2) return estimate;
  std::ranges::sort(replicates);
  const auto quantile = [&](double share) {
    return replicates[static_cast<std::size_t>(
        std::lround(share * static_cast<double>(replicates.size() - 1)))];
  };
  estimate.low = quantile(0.025);
  estimate.high = quantile(0.975);
  return estimate;
}

namespace {

/// The seeds that have values, numbered anew: how many are drawn is how many there are.
template <class Value>
std::int64_t number_seeds(std::vector<Value>& values) {
  std::vector<std::int64_t> present;
  for (const Value& value : values) present.push_back(value.seed);
  std::ranges::sort(present);
  present.erase(std::unique(present.begin(), present.end()), present.end());
  for (Value& value : values) {
    value.seed = std::ranges::lower_bound(present, value.seed) - present.begin();
  }
  return std::ssize(present);
}

int drawn(std::span<const int> draws, std::int64_t seed) {
  return draws[static_cast<std::size_t>(seed)];
}

}  // namespace

Statistic median_of(std::vector<SeedValue> values) {
  std::erase_if(values, [](const SeedValue& value) { return std::isnan(value.value); });
  const std::int64_t seeds = number_seeds(values);
  std::ranges::sort(values, {}, &SeedValue::value);
  // How many values each seed has, and how many of these in the lower half: a replicate counts seeds,
  // and looks at single values only where its median is.
  const std::size_t middle = values.size() / 2;
  std::vector<int> values_of(static_cast<std::size_t>(seeds)), lower_of(values_of.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto seed = static_cast<std::size_t>(values[i].seed);
    ++values_of[seed];
    lower_of[seed] += i < middle ? 1 : 0;
  }
  return bootstrap(seeds, [&](std::span<const int> draws) {
    const std::int64_t all =
        std::inner_product(draws.begin(), draws.end(), values_of.begin(), std::int64_t{0});
    if (all == 0) return Record::k_nan;
    // Of those drawn, in order, there are `before` among the first `i` values.
    std::size_t i = middle;
    std::int64_t before =
        std::inner_product(draws.begin(), draws.end(), lower_of.begin(), std::int64_t{0});
    const auto number = [&](std::int64_t position) {
      while (before > position) before -= drawn(draws, values[--i].seed);
      while (before <= position) before += drawn(draws, values[i++].seed);
      return values[i - 1].value;
    };
    const double lower = number((all - 1) / 2);
    return (lower + number(all / 2)) / 2;
  });
}

Statistic mean_of(std::vector<SeedValue> values) {
  std::erase_if(values, [](const SeedValue& value) { return std::isnan(value.value); });
  const std::int64_t seeds = number_seeds(values);
  return bootstrap(seeds, [&](std::span<const int> draws) {
    double sum = 0, all = 0;
    for (const SeedValue& value : values) {
      sum += drawn(draws, value.seed) * value.value;
      all += drawn(draws, value.seed);
    }
    return sum / all;
  });
}

Statistic exponent_of(std::vector<SeedPoint> points) {
  std::erase_if(points, [](const SeedPoint& point) { return !(point.x > 0 && point.y > 0); });
  const std::int64_t seeds = number_seeds(points);
  const auto [least, largest] =
      std::ranges::minmax(points.empty() ? std::vector<SeedPoint>(1) : points, {}, &SeedPoint::x);
  if (least.x == largest.x) return {};
  return bootstrap(seeds, [&](std::span<const int> draws) {
    double all = 0, x = 0, y = 0, xx = 0, xy = 0;
    for (const SeedPoint& point : points) {
      const int weight = drawn(draws, point.seed);
      all += weight;
      x += weight * std::log(point.x);
      y += weight * std::log(point.y);
    }
    for (const SeedPoint& point : points) {
      const int weight = drawn(draws, point.seed);
      const double from_mean = std::log(point.x) - x / all;
      xx += weight * from_mean * from_mean;
      xy += weight * from_mean * (std::log(point.y) - y / all);
    }
    return xx > 0 ? xy / xx : Record::k_nan;
  });
}

}  // namespace flatgrid
