// SPDX-License-Identifier: MIT
/// What a report says of many points: medians, rank correlation and power laws, with bootstrap
/// intervals over the seeds.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "flatgrid/grid/record.hpp"

namespace flatgrid {

/// A statistic and its interval; NaN where there is none.
struct Statistic {
  double value = Record::k_nan;
  double low = Record::k_nan;
  double high = Record::k_nan;
};

/// "1.23 [1.1, 1.4]", with "-" for a NaN and without an interval that is not there.
std::string text_of(const Statistic& statistic);

/// Median; NaN of nothing.
double median(std::vector<double> values);

/// Kendall's tau-b of two variables, pairs (x, y): (concordant - discordant) / sqrt((pairs that x
/// does not tie) (pairs that y does not tie)); NaN where one of them ties all. O(n^2).
double kendall_tau(std::span<const double> x, std::span<const double> y);

/// That of two variables over some points of the grid, whose positions are given.
double kendall_tau(const std::vector<double>& x, const std::vector<double>& y,
                   const std::vector<std::int64_t>& points);

/// A value that belongs to a seed.
struct SeedValue {
  std::int64_t seed = 0;
  double value = 0;
};

/// Point of a power law y = c x^exponent that belongs to a seed.
struct SeedPoint {
  std::int64_t seed = 0;
  double x = 0;
  double y = 0;
};

/// The 95 % percentile interval of a statistic when seeds are drawn with replacement: all that
/// belongs to a seed is drawn with it, and two statistics meet the same draws, so what is paired
/// stays paired. `statistic` is given how often each seed was drawn; draws without a value (NaN) do
/// not count. There is no interval for fewer than `k_fewest_seeds`, whose draws are too much alike.
inline constexpr std::int64_t k_fewest_seeds = 5;
inline constexpr int k_replicates = 1000;
Statistic bootstrap(std::int64_t seeds,
                    const std::function<double(std::span<const int> draws)>& statistic);

/// Median, mean, and exponent by least squares on logarithms (of the points with x, y > 0), each with
/// that interval over the seeds that have values. NaN is no value.
Statistic median_of(std::vector<SeedValue> values);
Statistic mean_of(std::vector<SeedValue> values);
Statistic exponent_of(std::vector<SeedPoint> points);

}  // namespace flatgrid
