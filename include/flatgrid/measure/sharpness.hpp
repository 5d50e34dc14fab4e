// SPDX-License-Identifier: MIT
/// Sharpness at a radius: the increase of the train loss within a distance rho of the parameters.
/// Like the trace, it is not invariant under the rescaling symmetry.
#pragma once

#include <cstdint>

#include "flatgrid/network/activation.hpp"
#include "flatgrid/network/network.hpp"

namespace flatgrid::measure {

struct Sharpness {
  /// E_u [L(theta + rho u) - L(theta)], u uniform on the unit sphere of all p = m (d + 1)
  /// parameters: rho^2 tr H / 2p to second order. Estimated from `draws` pairs u, -u, in which the odd
  /// orders cancel.
  double average;
  double average_standard_error;
  /// A lower bound of max_{||delta|| <= rho} L(theta + delta) - L(theta), the objective of
  /// sharpness-aware minimization (Foret et al. 2021): rho^2 lambda_max(H) / 2 to second order at
  /// a minimum. Projected gradient ascent starts from the gradient direction (that of SAM) or from the
  /// best drawn direction, whichever has the higher loss, so the result is never below a draw.
  double worst;
};

/// `radius` > 0 is in the units of the parameters; `draws` >= 2; `seed` determines the directions.
/// 4 n d m flops per draw, and at most 200 gradients of 4 n d m flops.
Sharpness sharpness(const network::Activation<double>& activation,
                    const network::Network<double>& network, const MatrixD& inputs,
                    const VectorD& labels, double radius, Index draws, std::int64_t seed);

}  // namespace flatgrid::measure
