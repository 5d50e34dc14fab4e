// SPDX-License-Identifier: MIT
/// The statistics of a report: medians, means, shares, rank correlations and power laws over independent
/// data sets, with intervals whose coverage is tested by simulation (tests/report/statistics.cpp).
///
/// `error` is the probability that an interval does not contain the true value: 0.05 for an interval of 95 %.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "flatgrid/grid/record.hpp"

namespace flatgrid::report {

inline constexpr double k_error = 0.05;  ///< of every interval, unless an error is given

/// A statistic and its interval; NaN if missing.
struct Statistic {
  double value = grid::Record::k_nan;
  double low = grid::Record::k_nan;
  double high = grid::Record::k_nan;
};

/// "1.23 [1.1, 1.4]"; "-" for NaN; without the brackets if there is no interval.
std::string text_of(const Statistic& statistic);

/// The median; NaN for no values.
double median(std::vector<double> values);

/// Kendall's tau-b of pairs (x, y): (concordant - discordant) / sqrt((pairs not tied in x) (pairs not tied in
/// y)); NaN if all pairs are tied in x or in y. O(n^2).
double kendall_tau(std::span<const double> x, std::span<const double> y);

/// Kendall's tau-b of two variables over the grid points with the flat indices `points`.
double kendall_tau(const std::vector<double>& x, const std::vector<double>& y,
                   const std::vector<std::int64_t>& points);

/// A value for a data set. `seed` is the number of the data set (Figures::data_set): different seeds are independent
/// data sets. NaN counts as no value.
struct SeedValue {
  std::int64_t seed = 0;
  double value = 0;
};

/// A point (x, y) for a data set, for a power law y = c x^exponent.
struct SeedPoint {
  std::int64_t seed = 0;
  double x = 0;
  double y = 0;
};

/// The number of different seeds with a value.
std::int64_t count_data_sets(const std::vector<SeedValue>& values);

/// The least number of data sets for an interval of a median or a share: 1 + log2(1 / error) rounded up, 6 for
/// 95 %.
std::int64_t fewest_for_median(double error = k_error);
/// The least number of data sets for an interval of a mean or an exponent.
inline constexpr std::int64_t k_fewest_for_mean = 3;

/// The median and the interval between two order statistics: the k-th smallest and the k-th largest of n
/// values, k the largest with 2 P(Binomial(n, 1/2) < k) <= error. It contains the median of any distribution
/// with a probability of at least 1 - error. No interval for fewer data sets than `fewest_for_median`, or if
/// a data set has several values: these belong to several cells of the grid and are no random sample.
Statistic median_of(std::vector<SeedValue> values, double error = k_error);

/// The share of the values that are not 0, with the interval of Clopper and Pearson (1934), which contains the
/// true share with a probability of at least 1 - error. No interval if the median has none.
Statistic share_of(std::vector<SeedValue> values, double error = k_error);

/// A smooth function of sums over n data sets, with its jackknife interval:
///   value -+ t_{n-1} sqrt((n-1)/n sum_i (value_(i) - mean of value_(.))^2),
/// value_(i) the statistic without data set i (Efron and Stein 1981), t_{n-1} Student's quantile. For a mean
/// with equally many values in each data set it is Student's interval. Column i of `parts` [k, n] has the
/// summands of data set i; O(n) calls. No interval for fewer data sets than `k_fewest_for_mean`. Also none if
/// all data sets agree and are fewer than `fewest_for_median`: a statistic with few possible values can
/// agree by chance.
Statistic jackknife(const MatrixD& parts,
                    const std::function<double(const VectorD& sums)>& statistic,
                    double error = k_error);

/// The mean of all values, with its jackknife interval over the data sets.
Statistic mean_of(std::vector<SeedValue> values, double error = k_error);

/// The least number of sizes x for a test of a power law.
inline constexpr std::int64_t k_fewest_sizes = 4;

/// A fit of a power law to points (x, y > 0) and the tests of it. Intervals are jackknife intervals.
struct PowerLaw {
  std::vector<double> sizes = {};  ///< the different x, ascending
  Statistic exponent = {};         ///< by least squares of log y on log x
  /// The coefficients of (log x)^2 and (log x)^3 in the least-squares polynomials of degree 2 and 3 for
  /// log y, which are 0 for a power law.
  Statistic curvature = {}, third_order = {};
  /// For neighbouring sizes: change of the mean of log y / change of log x.
  std::vector<Statistic> local_slopes = {};

  /// Whether there are enough sizes and data sets to test curvature and third order.
  [[nodiscard]] bool is_tested() const;
  /// Whether both are tested and their intervals contain 0.
  [[nodiscard]] bool holds() const;
};
/// Fits and tests a power law. Leaves out points unless x > 0 and y > 0.
PowerLaw power_law(std::vector<SeedPoint> points, double error = k_error);

}  // namespace flatgrid::report
