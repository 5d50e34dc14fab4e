// SPDX-License-Identifier: MIT
/// Sharpness at a radius: how far the train loss rises within a distance rho of the parameters.
/// Speaks, like the trace, of the parameters as they are: the rescaling symmetry moves it.
#pragma once

#include <cstdint>

#include "flatgrid/network/activation.hpp"
#include "flatgrid/network/network.hpp"

namespace flatgrid::measure {

struct Sharpness {
  /// E_u [L(theta + rho u) - L(theta)], u uniform on the unit sphere of all p = m (d + 1)
  /// parameters: rho^2 tr H / 2p to second order. Estimated from `draws` pairs u, -u, whose odd
  /// orders cancel.
  double average;
  double average_standard_error;
  /// A lower bound of max_{||delta|| <= rho} L(theta + delta) - L(theta), the objective of
  /// sharpness-aware minimization (Foret et al. 2021): rho^2 lambda_max(H) / 2 to second order at
  /// a minimum. Projected gradient ascent from the steepest direction (that of SAM) or from the
  /// best of the drawn ones, whichever is higher, so never below any of the draws.
  double worst;
};

/// `radius` > 0, in the units of the parameters; `draws` >= 2. The directions are those of `seed`.
/// 4 n d m flops a draw, and at most 200 gradients of 4 n d m flops.
Sharpness sharpness(const network::Activation<double>& activation,
                    const network::Network<double>& network, const MatrixD& inputs,
                    const VectorD& labels, double radius, Index draws, std::int64_t seed);

}  // namespace flatgrid::measure
