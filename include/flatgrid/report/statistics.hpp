// SPDX-License-Identifier: MIT
/// Pure numbers of a report: medians, means, shares, rank correlations and power laws over independent
/// data sets, with intervals whose coverage is tested by simulation (tests/report/statistics.cpp).
///
/// `error` is the probability that an interval misses the truth: 0.05 for an interval of 95 %.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "flatgrid/grid/record.hpp"

namespace flatgrid::report {

inline constexpr double k_error = 0.05;

/// A statistic and its interval; NaN where there is none.
struct Statistic {
  double value = grid::Record::k_nan;
  double low = grid::Record::k_nan;
  double high = grid::Record::k_nan;
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

/// A value that belongs to a seed. Different seeds are independent data sets. NaN is no value.
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

/// How many different seeds have a value.
std::int64_t count_data_sets(const std::vector<SeedValue>& values);

/// Fewest data sets for an interval of a median or a share: 1 + log2(1 / error) rounded up, 6 for 95 %.
std::int64_t fewest_for_median(double error = k_error);
/// Fewest data sets for an interval of a mean or an exponent.
inline constexpr std::int64_t k_fewest_for_mean = 3;

/// Median, with the interval between two order statistics: the k-th smallest and the k-th largest of n
/// values, k the largest with 2 P(Binomial(n, 1/2) < k) <= error. It covers the median of every
/// distribution with at least the probability 1 - error. No interval for fewer data sets than
/// `fewest_for_median`, or where a data set has several values: these belong to several cells of the
/// grid, which are no sample of anything.
Statistic median_of(std::vector<SeedValue> values, double error = k_error);

/// Share of the values that are not 0, with the interval of Clopper and Pearson (1934), which covers with
/// at least the probability 1 - error. No interval where the median would have none.
Statistic share_of(std::vector<SeedValue> values, double error = k_error);

/// Any smooth function of sums over n data sets, with its jackknife interval:
///   value -+ t_{n-1} sqrt((n-1)/n sum_i (value_(i) - mean of value_(.))^2),
/// value_(i) the statistic without data set i (Efron and Stein 1981), t_{n-1} Student's quantile. Of a
/// mean with as many values in each data set it is Student's interval. `parts` [k, n] has the summands
/// of a data set in its column; O(n) calls. No interval for fewer than `k_fewest_for_mean`; nor, since
/// that happens by chance to a statistic of few possible values, where all data sets agree and are
/// fewer than `fewest_for_median`.
Statistic jackknife(const MatrixD& parts,
                    const std::function<double(const VectorD& sums)>& statistic,
                    double error = k_error);

/// Mean, with its jackknife interval.
Statistic mean_of(std::vector<SeedValue> values, double error = k_error);

/// Fewest sizes x that a power law is told by.
inline constexpr std::int64_t k_fewest_sizes = 4;

/// What says whether points (x, y > 0) obey a power law, and which. Intervals are of the jackknife.
struct PowerLaw {
  std::vector<double> sizes = {};  ///< the different x, ascending
  Statistic exponent = {};         ///< by least squares on logarithms
  /// Of what would be 0: the coefficients of (log x)^2 and (log x)^3 in the least-squares polynomials
  /// of degree 2 and 3 for log y.
  Statistic curvature = {}, third_order = {};
  /// Between neighbouring sizes: change of the mean of log y / change of log x.
  std::vector<Statistic> local_slopes = {};

  /// Whether there are sizes and data sets enough to test these two.
  [[nodiscard]] bool is_tested() const;
  /// Whether they are tested, and both intervals contain 0.
  [[nodiscard]] bool holds() const;
};
PowerLaw power_law(std::vector<SeedPoint> points, double error = k_error);

}  // namespace flatgrid::report
