// SPDX-License-Identifier: MIT
/// From the measure of the relaxation to networks of m neurons. A neuron of share t_j repeated m_j
/// times adds m_j^{1-p} |t_j|^p to the orbit minimum, p = 2k/(k+1), so that the m neurons are
/// apportioned to directions by
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

/// Directions of equal sign less than `angle` apart become one, the heaviest first: their mean, with
/// the sum of their shares. In descending |share|.
Measure joined(const Measure& measure, double angle);

/// The m_j of the heaviest min(N, m) directions, of shares in descending |share|: one each, and then
/// one after the other where it helps most, which is optimal as the sum is separable and convex.
std::vector<Index> apportioned(const VectorD& shares, Index width, int degree);

/// The network of a measure at width m: neurons repeated as apportioned, the lightest left out where
/// there are more than m.
network::Network<double> network_of(const Measure& measure, Index width, int degree,
                                    const SmoothOracle& oracle);

}  // namespace flatgrid::flattest
