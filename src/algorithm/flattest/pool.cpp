// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/pool.hpp"

#include <cmath>
#include <map>
#include <string>
#include <utility>

namespace flatgrid::flattest {

MatrixD features_of(const Samples& samples, const Pool& pool) {
  MatrixD features = samples.rows * pool.directions;
  const double s = samples.slope;
  for (Index j = 0; j < pool.size(); ++j) {
    const auto side = pool.sides.col(j);
    auto feature = features.col(j);
    feature.array() *= s + (1 - s) * side.cast<double>().array();
    const double g =
        price(samples, pool.directions.col(j), squared_derivatives(samples, side), feature);
    feature *= g > 0 ? 1 / g : 0;
  }
  return features;
}

void append(Pool& pool, const std::vector<Peak>& peaks) {
  if (peaks.empty()) return;
  const Index before = pool.size();
  const Index added = static_cast<Index>(peaks.size());
  pool.directions.conservativeResize(peaks[0].direction.size(), before + added);
  pool.sides.conservativeResize(peaks[0].side.size(), before + added);
  for (Index k = 0; k < added; ++k) {
    pool.directions.col(before + k) = peaks[static_cast<std::size_t>(k)].direction;
    pool.sides.col(before + k) = peaks[static_cast<std::size_t>(k)].side;
  }
}

Pool selected(const Pool& pool, const std::vector<Index>& kept) {
  return {pool.directions(Eigen::all, kept), pool.sides(Eigen::all, kept)};
}

JoinedNeurons join_neurons(const Samples& samples, const Pool& pool, VectorD& coefficients,
                           double negligible) {
  std::map<std::string, Index> place;  // of a plus side and sign among the joined
  std::vector<Peak> joined;
  std::vector<double> signs;
  JoinedNeurons neurons;
  for (Index j = 0; j < pool.size(); ++j) {
    const double b = coefficients(j);
    if (!(std::abs(b) > negligible)) continue;
    const Side side = pool.sides.col(j);
    std::string key(reinterpret_cast<const char*>(side.data()),
                    static_cast<std::size_t>(side.size()));
    key.push_back(b > 0 ? '+' : '-');
    const auto [found, is_new] = place.emplace(std::move(key), static_cast<Index>(joined.size()));
    const VectorD share =
        std::abs(b) / price(samples, pool.directions.col(j), side) * pool.directions.col(j);
    if (is_new) {
      joined.push_back({0, share, side});
      signs.push_back(b > 0 ? 1 : -1);
      neurons.members.push_back(1);
    } else {
      joined[static_cast<std::size_t>(found->second)].direction += share;
      ++neurons.members[static_cast<std::size_t>(found->second)];
    }
  }
  coefficients.resize(static_cast<Index>(joined.size()));
  for (std::size_t k = 0; k < joined.size(); ++k) {
    Peak& neuron = joined[k];
    const double length = neuron.direction.norm();
    neuron.direction /= length;
    coefficients(static_cast<Index>(k)) =
        signs[k] * length * price(samples, neuron.direction, neuron.side);
  }
  append(neurons, joined);
  return neurons;
}

}  // namespace flatgrid::flattest
