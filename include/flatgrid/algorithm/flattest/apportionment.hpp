// SPDX-License-Identifier: MIT
/// Converts the measure of the relaxation to networks of m neurons. A neuron of share t_j that is split
/// into m_j copies contributes m_j^{1-p} |t_j|^p to the orbit minimum, p = 2k/(k+1). So the m neurons are
/// distributed over the directions by
///   min sum_j m_j^{1-p} |t_j|^p   subject to   sum_j m_j = m,  m_j >= 1.
#pragma once

#include <vector>

#include "flatgrid/algorithm/flattest/smooth_oracle.hpp"
#include "flatgrid/network/network.hpp"

namespace flatgrid::flattest {

/// A signed measure on directions.
struct Measure {
  MatrixD directions;  ///< [d, N], of unit length
  VectorD shares;      ///< [N]: t_j
};

/// Merges directions with equal sign and a distance below `angle`, starting with the largest |share|: their
/// mean gets the sum of their shares. The result is in descending |share|.
Measure joined(const Measure& measure, double angle);

/// The m_j of the first min(N, m) directions; `shares` are in descending |share|. Gives one neuron to each
/// direction, then every further neuron to the direction where it lowers the sum most. This is optimal
/// because the sum is separable and convex.
std::vector<Index> apportioned(const VectorD& shares, Index width, int degree);

/// The network of a measure at width m: neurons repeated as given by `apportioned`. If there are more than
/// m directions, those of the smallest |share| are dropped.
network::Network<double> network_of(const Measure& measure, Index width, int degree,
                                    const SmoothOracle& oracle);

}  // namespace flatgrid::flattest
