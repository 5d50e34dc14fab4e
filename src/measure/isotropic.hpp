// SPDX-License-Identifier: MIT
/// Networks in coordinates in which the inputs are isotropic, for the closed forms of expectations over
/// Gaussian inputs and the sphere.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "flatgrid/base/linear_algebra.hpp"
#include "flatgrid/measure/normal_distribution.hpp"
#include "flatgrid/network/network.hpp"

namespace flatgrid::measure {

/// Directions v = C^{1/2} w in the coordinates in which the inputs are isotropic: lengths, and unit vectors as
/// rows.
template <class Real>
struct Whitened {
  // Row-major: the coordinates of one direction are contiguous.
  Eigen::Matrix<Real, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> unit;
  Vector<Real> length;

  Whitened(const MatrixD& directions, const VectorD& variances)
      : unit(directions.template cast<Real>()), length(directions.rows()) {
    using std::sqrt;
    for (Index p = 0; p < unit.rows(); ++p) {
      Real square = 0;
      for (Index k = 0; k < unit.cols(); ++k) {
        if (variances(k) != 1) unit(p, k) *= sqrt(Real(variances(k)));
        square += unit(p, k) * unit(p, k);
      }
      length(p) = sqrt(square);
      for (Index k = 0; k < unit.cols(); ++k) unit(p, k) /= length(p);
    }
  }

  [[nodiscard]] Real cosine(Index p, const Whitened& other, Index q) const {
    Real sum = 0;
    for (Index k = 0; k < unit.cols(); ++k) sum += unit(p, k) * other.unit(q, k);
    return std::clamp<Real>(sum, Real(-1), Real(1));
  }
};

/// The network without the neurons with a_j = 0 or w_j = 0.
inline network::Network<double> live_neurons(const network::Network<double>& network) {
  network::Network<double> live = network;
  Index kept = 0;
  for (Index j = 0; j < network.width(); ++j) {
    if (network.outer(j) == 0 || (network.inner.row(j).array() == 0).all()) continue;
    live.inner.row(kept) = network.inner.row(j);
    live.outer(kept++) = network.outer(j);
  }
  live.inner.conservativeResize(kept, Eigen::NoChange);
  live.outer.conservativeResize(kept);
  return live;
}

/// E||g||^p for standard normal g in R^d.
template <class Real>
Real mean_norm_power(Index dimension, int p) {
  if (p % 2 == 1) {
    // E||g||^p = (d + p - 2) E||g||^{p-2}
    if (p == 1) return Real(mean_norm(dimension));
  } else if (p == 0) {
    return Real(1);
  }
  return Real(dimension + p - 2) * mean_norm_power<Real>(dimension, p - 2);
}

/// For p = 0..6 the ratio E||x||^p / E||g||^p = r^p / E||g||^p of an expectation on the sphere of radius r to
/// the Gaussian one, for functions that are homogeneous of degree p. 1 without a radius.
template <class Real>
std::array<Real, 7> radial_factors(Index dimension, std::optional<double> radius) {
  std::array<Real, 7> factors;
  factors.fill(Real(1));
  if (!radius) return factors;
  Real power = 1;
  for (int p = 0; p < 7; ++p) {
    factors[static_cast<std::size_t>(p)] = power / mean_norm_power<Real>(dimension, p);
    power *= Real(*radius);
  }
  return factors;
}

}  // namespace flatgrid::measure
