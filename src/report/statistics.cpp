// SPDX-License-Identifier: MIT
#include "flatgrid/report/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <set>
#include <utility>

#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <boost/math/statistics/univariate_statistics.hpp>
#include <fmt/format.h>

#include "flatgrid/base/decompositions.hpp"

namespace flatgrid::report {

std::string text_of(const Statistic& statistic) {
  const auto figure = [](double value) {
    return std::isnan(value) ? "-" : fmt::format("{:.3g}", value);
  };
  if (std::isnan(statistic.low)) return figure(statistic.value);
  // A mean of values that cancel is 0 up to rounding.
  const double width = statistic.high - statistic.low;
  const bool is_zero = std::isfinite(width) && std::abs(statistic.value) < 1e-12 * width;
  return fmt::format("{} [{}, {}]", figure(is_zero ? 0 : statistic.value), figure(statistic.low),
                     figure(statistic.high));
}

double median(std::vector<double> values) {
  return values.empty() ? grid::Record::k_nan : boost::math::statistics::median(values);
}

double kendall_tau(std::span<const double> x, std::span<const double> y) {
  double balance = 0, untied_in_x = 0, untied_in_y = 0;  // balance: concordant - discordant
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
  std::vector<double> x_at, y_at;
  for (const std::int64_t flat : points) {
    x_at.push_back(configuration::at(x, flat));
    y_at.push_back(configuration::at(y, flat));
  }
  return kendall_tau(x_at, y_at);
}

namespace {

/// Renumbers the seeds that occur as 0, 1, 2, ... Returns how many occur.
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

void drop_nan(std::vector<SeedValue>& values) {
  std::erase_if(values, [](const SeedValue& value) { return std::isnan(value.value); });
}

/// The coefficient of (log x)^degree in the least-squares polynomial of this degree in log x for log y, with its
/// jackknife interval: the normal equations are sums over the seeds. NaN if there are fewer sizes than coefficients.
Statistic leading_coefficient(std::vector<SeedPoint> points, Index degree, double error) {
  const std::int64_t seeds = number_seeds(points);
  const Index count = std::ssize(points);
  VectorD x(count);
  for (Index i = 0; i < count; ++i) x[i] = std::log(configuration::at(points, i).x);
  // log x is centred at its mean and divided by its standard deviation, `unit`.
  if (count > 0) x.array() -= x.mean();
  const double unit = x.norm() / std::sqrt(static_cast<double>(std::max<Index>(count, 1)));
  if (!(unit > 0)) return {};
  // sum x^p for p = 0 .. 2 degree, then sum x^p y for p = 0 .. degree
  MatrixD parts = MatrixD::Zero(3 * degree + 2, seeds);
  for (Index i = 0; i < count; ++i) {
    auto part = parts.col(configuration::at(points, i).seed);
    double power = 1;
    for (Index p = 0; p <= 2 * degree; ++p, power *= x[i] / unit) {
      part[p] += power;
      if (p <= degree) part[2 * degree + 1 + p] += power * std::log(configuration::at(points, i).y);
    }
  }
  const auto solve = [&](const VectorD& sums) {
    MatrixD normal(degree + 1, degree + 1);
    for (Index row = 0; row <= degree; ++row) normal.col(row) = sums.segment(row, degree + 1);
    const LeastSquares fit(normal, 1e-10);
    if (fit.rank() <= degree) return grid::Record::k_nan;
    return fit.solve(sums.tail(degree + 1))[degree];
  };
  Statistic result = jackknife(parts, solve, error);
  for (double* value : {&result.value, &result.low, &result.high}) {
    *value /= std::pow(unit, static_cast<double>(degree));
  }
  return result;
}

}  // namespace

std::int64_t count_data_sets(const std::vector<SeedValue>& values) {
  std::vector<SeedValue> numbers = values;
  drop_nan(numbers);
  return number_seeds(numbers);
}

std::int64_t fewest_for_median(double error) {
  return 1 + static_cast<std::int64_t>(std::ceil(-std::log2(error)));
}

Statistic median_of(std::vector<SeedValue> values, double error) {
  drop_nan(values);
  const std::int64_t data_sets = number_seeds(values);
  std::vector<double> sorted;
  for (const SeedValue& value : values) sorted.push_back(value.value);
  std::ranges::sort(sorted);
  Statistic result{.value = median(sorted)};
  const std::int64_t count = std::ssize(sorted);
  if (data_sets < count || count < fewest_for_median(error)) return result;
  // The largest k with 2 P(Binomial(n, 1/2) <= k - 1) <= error.
  const boost::math::binomial below(static_cast<double>(count), 0.5);
  auto k = std::max<std::int64_t>(1, std::llround(quantile(below, error / 2)) - 1);
  while (2 * cdf(below, static_cast<double>(k)) <= error) ++k;
  result.low = configuration::at(sorted, k - 1);
  result.high = configuration::at(sorted, count - k);
  return result;
}

Statistic share_of(std::vector<SeedValue> values, double error) {
  drop_nan(values);
  if (values.empty()) return {};
  const std::int64_t data_sets = number_seeds(values);
  const auto trials = static_cast<double>(values.size());
  const auto hits = static_cast<double>(
      std::ranges::count_if(values, [](const SeedValue& value) { return value.value != 0; }));
  Statistic result{.value = hits / trials};
  if (data_sets < std::ssize(values) || data_sets < fewest_for_median(error)) return result;
  using Binomial = boost::math::binomial;
  result.low = Binomial::find_lower_bound_on_p(trials, hits, error / 2);
  result.high = Binomial::find_upper_bound_on_p(trials, hits, error / 2);
  return result;
}

Statistic jackknife(const MatrixD& parts,
                    const std::function<double(const VectorD& sums)>& statistic, double error) {
  const Index count = parts.cols();
  const VectorD sums = parts.rowwise().sum();
  Statistic result{.value = statistic(sums)};
  if (count < k_fewest_for_mean || !std::isfinite(result.value)) return result;
  VectorD without(count);
  for (Index i = 0; i < count; ++i) without[i] = statistic(sums - parts.col(i));
  const auto n = static_cast<double>(count);
  const double spread = (without.array() - without.mean()).matrix().norm();
  constexpr double k_rounding = 1e-12;
  const bool all_agree = spread <= k_rounding * (1 + std::abs(result.value));
  if (!std::isfinite(spread) || (all_agree && count < fewest_for_median(error))) return result;
  const double quantile =
      boost::math::quantile(boost::math::complement(boost::math::students_t(n - 1), error / 2));
  const double half = quantile * std::sqrt((n - 1) / n) * spread;
  result.low = result.value - half;
  result.high = result.value + half;
  return result;
}

Statistic mean_of(std::vector<SeedValue> values, double error) {
  drop_nan(values);
  MatrixD parts = MatrixD::Zero(2, number_seeds(values));  // sum and number of the values
  for (const SeedValue& value : values) {
    parts(0, value.seed) += value.value;
    parts(1, value.seed) += 1;
  }
  return jackknife(
      parts, [](const VectorD& sums) { return sums[0] / sums[1]; }, error);
}

bool PowerLaw::is_tested() const {
  return std::ssize(sizes) >= k_fewest_sizes && !std::isnan(curvature.low) &&
         !std::isnan(third_order.low);
}

bool PowerLaw::holds() const {
  const auto contains_zero = [](const Statistic& statistic) {
    constexpr double k_rounding = 1e-9;
    return statistic.low <= k_rounding && statistic.high >= -k_rounding;
  };
  return is_tested() && contains_zero(curvature) && contains_zero(third_order);
}

PowerLaw power_law(std::vector<SeedPoint> points, double error) {
  std::erase_if(points, [](const SeedPoint& point) { return !(point.x > 0 && point.y > 0); });
  std::set<double> sizes;
  for (const SeedPoint& point : points) sizes.insert(point.x);
  PowerLaw law{.sizes = {sizes.begin(), sizes.end()}};
  law.exponent = leading_coefficient(points, 1, error);
  law.curvature = leading_coefficient(points, 2, error);
  law.third_order = leading_coefficient(points, 3, error);
  for (std::size_t k = 1; k < law.sizes.size(); ++k) {
    std::vector<SeedPoint> neighbours;
    std::ranges::copy_if(points, std::back_inserter(neighbours), [&](const SeedPoint& point) {
      return point.x == law.sizes[k - 1] || point.x == law.sizes[k];
    });
    law.local_slopes.push_back(leading_coefficient(std::move(neighbours), 1, error));
  }
  return law;
}

}  // namespace flatgrid::report
