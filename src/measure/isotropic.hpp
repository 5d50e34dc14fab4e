// SPDX-License-Identifier: MIT
/// Networks in coordinates where the inputs are isotropic: what the closed forms of expectations over
/// Gaussian inputs and the sphere share.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include <boost/math/special_functions/gamma.hpp>

#include "flatgrid/base/linear_algebra.hpp"
#include "flatgrid/network/network.hpp"

namespace flatgrid::measure {

/// Directions in the coordinates where the inputs are isotropic: v = C^{1/2} w as a length and a
/// unit vector, a row each.
template <class Real>
struct Whitened {
  // Row-major: the coordinates of one direction lie together.
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

/// The neurons that contribute.
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
    // E||g||^p = (d + p - 2) E||g||^{p-2}, E||g|| = sqrt(2) Gamma((d+1)/2) / Gamma(d/2)
    if (p == 1) {
      const double half = static_cast<double>(dimension) / 2;
      return Real(std::sqrt(2.0) / boost::math::tgamma_delta_ratio(half, 0.5));
    }
  } else if (p == 0) {
    return Real(1);
  }
  return Real(dimension + p - 2) * mean_norm_power<Real>(dimension, p - 2);
}

/// E ||x||^p / E||g||^p for p = 0..6 by which an expectation on the sphere of radius r differs from the
/// Gaussian one where it is homogeneous of degree p: r^p / E||g||^p. 1 without a radius.
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
