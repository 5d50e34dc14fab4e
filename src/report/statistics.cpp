// SPDX-License-Identifier: MIT
#include "flatgrid/report/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <set>

#include <Eigen/QR>
#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <boost/math/statistics/univariate_statistics.hpp>
#include <fmt/format.h>

namespace flatgrid {

std::string text_of(const Statistic& statistic) {
  const auto figure = [](double value) {
    return std::isnan(value) ? "-" : fmt::format("{:.3g}", value);
  };
  if (std::isnan(statistic.low)) return figure(statistic.value);
  // A mean of values that cancel, but for rounding.
  const bool is_zero = std::abs(statistic.value) < 1e-12 * (statistic.high - statistic.low);
  return fmt::format("{} [{}, {}]", figure(is_zero ? 0 : statistic.value), figure(statistic.low),
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

namespace {

/// Numbers the seeds that have values anew, from 0. Returns how many there are.
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

/// Coefficient of the highest power in the least-squares polynomial of this degree in log x, of the
/// points whose data sets have weight 1; NaN where fewer sizes than coefficients are left.
double leading_coefficient(const std::vector<SeedPoint>& points, std::span<const int> weights,
                           Index degree) {
  std::vector<SeedPoint> kept;
  std::set<double> sizes;
  for (const SeedPoint& point : points) {
    if (weights[static_cast<std::size_t>(point.seed)] == 0) continue;
    kept.push_back(point);
    sizes.insert(point.x);
  }
  if (std::ssize(sizes) <= degree) return Record::k_nan;
  const Index count = std::ssize(kept);
  VectorD x(count), y(count);
  for (Index i = 0; i < count; ++i) {
    x[i] = std::log(at(kept, i).x);
    y[i] = std::log(at(kept, i).y);
  }
  x.array() -= x.mean();
  MatrixD powers = MatrixD::Ones(count, degree + 1);
  for (Index k = 1; k <= degree; ++k) powers.col(k) = powers.col(k - 1).cwiseProduct(x);
  return powers.colPivHouseholderQr().solve(y)[degree];
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
  const boost::math::binomial below(static_cast<double>(count), 0.5);
  std::int64_t k = 1;
  while (2 * cdf(below, static_cast<double>(k)) <= error) ++k;
  result.low = at(sorted, k - 1);
  result.high = at(sorted, count - k);
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

Statistic jackknife(std::int64_t data_sets,
                    const std::function<double(std::span<const int> weights)>& statistic,
                    double error) {
  const auto count = static_cast<std::size_t>(data_sets);
  std::vector<int> weights(count, 1);
  Statistic result{.value = statistic(weights)};
  if (data_sets < k_fewest_for_mean || !std::isfinite(result.value)) return result;
  VectorD without(data_sets);
  for (std::size_t i = 0; i < count; ++i) {
    weights[i] = 0;
    without[static_cast<Index>(i)] = statistic(weights);
    weights[i] = 1;
  }
  const auto n = static_cast<double>(data_sets);
  const double spread = (without.array() - without.mean()).matrix().norm();
  constexpr double k_rounding = 1e-13;
  const bool all_agree = spread <= k_rounding * (1 + std::abs(result.value));
  if (!std::isfinite(spread) || (all_agree && data_sets < fewest_for_median(error))) return result;
  const double quantile =
      boost::math::quantile(boost::math::complement(boost::math::students_t(n - 1), error / 2));
  const double half = quantile * std::sqrt((n - 1) / n) * spread;
  result.low = result.value - half;
  result.high = result.value + half;
  return result;
}

Statistic mean_of(std::vector<SeedValue> values, double error) {
  drop_nan(values);
  const std::int64_t data_sets = number_seeds(values);
  return jackknife(
      data_sets,
      [&](std::span<const int> weights) {
        double sum = 0, all = 0;
        for (const SeedValue& value : values) {
          const int weight = weights[static_cast<std::size_t>(value.seed)];
          sum += weight * value.value;
          all += weight;
        }
        return sum / all;
      },
      error);
}

bool PowerLaw::is_tested() const {
  return std::ssize(sizes) >= k_fewest_sizes && !std::isnan(curvature.low);
}

bool PowerLaw::holds() const {
  constexpr double k_rounding = 1e-9;
  return is_tested() && curvature.low <= k_rounding && curvature.high >= -k_rounding;
}

PowerLaw power_law(std::vector<SeedPoint> points, double error) {
  std::erase_if(points, [](const SeedPoint& point) { return !(point.x > 0 && point.y > 0); });
  const auto of_degree = [&](std::vector<SeedPoint> these, Index degree) {
    const std::int64_t data_sets = number_seeds(these);
    return jackknife(
        data_sets,
        [&](std::span<const int> weights) { return leading_coefficient(these, weights, degree); },
        error);
  };
  std::set<double> sizes;
  for (const SeedPoint& point : points) sizes.insert(point.x);
  PowerLaw law{.sizes = {sizes.begin(), sizes.end()}};
  law.exponent = of_degree(points, 1);
  law.curvature = of_degree(points, 2);
  for (std::size_t k = 1; k < law.sizes.size(); ++k) {
    std::vector<SeedPoint> neighbours;
    std::ranges::copy_if(points, std::back_inserter(neighbours), [&](const SeedPoint& point) {
      return point.x == law.sizes[k - 1] || point.x == law.sizes[k];
    });
    law.local_slopes.push_back(of_degree(std::move(neighbours), 1));
  }
  return law;
}

}  // namespace flatgrid
