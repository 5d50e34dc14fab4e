// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/apportionment.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace flatgrid::flattest {

Measure joined(const Measure& measure, double angle) {
  std::vector<Index> order(static_cast<std::size_t>(measure.shares.size()));
  std::iota(order.begin(), order.end(), Index{0});
  const auto by_size = [](const VectorD& shares) {
    return [&shares](Index a, Index b) { return std::abs(shares(a)) > std::abs(shares(b)); };
  };
  std::stable_sort(order.begin(), order.end(), by_size(measure.shares));
  MatrixD sums(measure.directions.rows(), measure.directions.cols());  // sum |t| w
  VectorD shares(measure.shares.size());
  Index count = 0;
  for (const Index j : order) {
    const double share = measure.shares(j);
    const VectorD mass = std::abs(share) * measure.directions.col(j);
    Index to = count;
    double nearest = std::cos(angle);
    for (Index c = 0; c < count; ++c) {
      const double cosine = sums.col(c).normalized().dot(measure.directions.col(j));
      if (shares(c) * share > 0 && cosine > nearest) nearest = cosine, to = c;
    }
    if (to == count) {
      sums.col(count) = mass;
      shares(count++) = share;
    } else {
      sums.col(to) += mass;
      shares(to) += share;
    }
  }
  order.resize(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), Index{0});
  std::stable_sort(order.begin(), order.end(), by_size(shares));
  Measure result{sums(Eigen::all, order), shares(order)};
  result.directions.colwise().normalize();
  return result;
}

std::vector<Index> apportioned(const VectorD& shares, Index width, int degree) {
  const double p = 2.0 * degree / (degree + 1);
  const Index kept = std::min(shares.size(), width);
  std::vector<Index> copies(static_cast<std::size_t>(kept), 1);
  if (kept == 0) return copies;
  // What one more of each would save.
  const auto saved = [&](Index j) {
    const auto m = static_cast<double>(copies[static_cast<std::size_t>(j)]);
    return std::pow(std::abs(shares(j)), p) * (std::pow(m, 1 - p) - std::pow(m + 1, 1 - p));
  };
  VectorD savings(kept);
  for (Index j = 0; j < kept; ++j) savings(j) = saved(j);
  for (Index left = width - kept; left > 0; --left) {
    Index best = 0;
    savings.maxCoeff(&best);
    ++copies[static_cast<std::size_t>(best)];
    savings(best) = saved(best);
  }
  return copies;
}

network::Network<double> network_of(const Measure& measure, Index width, int degree,
                                    const SmoothOracle& oracle) {
  const std::vector<Index> copies = apportioned(measure.shares, width, degree);
  const VectorD prices = oracle.prices(measure.directions);
  auto network = network::Network<double>::zero(width, measure.directions.rows());
  Index row = 0;
  for (Index j = 0; j < static_cast<Index>(copies.size()); ++j) {
    const Index count = copies[static_cast<std::size_t>(j)];
    for (Index copy = 0; copy < count; ++copy) {
      network.inner.row(row) = measure.directions.col(j).transpose();
      network.outer(row++) = measure.shares(j) / (prices(j) * static_cast<double>(count));
    }
  }
  return network;
}

}  // namespace flatgrid::flattest
