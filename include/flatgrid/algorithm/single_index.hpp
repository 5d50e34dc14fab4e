// SPDX-License-Identifier: MIT
/// Networks whose neurons share one direction: g(x) = sum_j a_j relu(theta.x - t_j).
#pragma once

#include <vector>

#include "flatgrid/base/linear_algebra.hpp"

namespace flatgrid::algorithm {

/// Outputs and slopes of such a network at z_i = theta.x_i.
struct SharedDirection {
  VectorD output;           ///< g, [n]
  VectorD slope;            ///< dg/dz, [n]
  std::vector<Index> near;  ///< the neurons that are not affine on all samples: |t_j| < max_i |z_i|
};

/// With relu(z - t) = (z - t) + relu(t - z) for t < 0; O(n) operations for each near neuron. `outer` [m] is a.
SharedDirection shared_direction_outputs(const VectorD& thresholds, const VectorD& outer,
                                         const VectorD& z);

/// The gradient of (1/n) sum_i (g(x_i) - y_i)^2.
struct SharedGradient {
  double square;  ///< the value
  VectorD theta;  ///< by theta in R^d
  VectorD outer;  ///< by a, [m]
};

/// `inputs` [d, n]. 4 n d flops and O(n) for each near neuron.
SharedGradient shared_direction_gradient(const MatrixD& inputs, const VectorD& labels,
                                         const VectorD& thresholds, const VectorD& outer,
                                         const VectorD& theta);

}  // namespace flatgrid::algorithm
