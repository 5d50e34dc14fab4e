// SPDX-License-Identifier: MIT
/// The extreme eigenvalues of the tangent kernel.
#pragma once

#include "flatgrid/network/activation.hpp"
#include "flatgrid/network/network.hpp"

namespace flatgrid::measure {

/// Extreme eigenvalues of K / n, K = J J^T [n, n] the tangent kernel. The largest is that of the
/// Gauss-Newton part J^T J / n of the Hessian, and at an interpolator the Hessian's; the smallest
/// is 0 if and only if the linearized network cannot fit every labelling of the samples.
struct TangentSpectrum {
  double min;  ///< up to a rounding error of about 1e-15 max, and never negative
  double max;
};

/// By a dense solver: 2 n^2 m + 4/3 n^3 flops, memory for three [n, n] matrices.
TangentSpectrum tangent_spectrum(const network::Activation<double>& activation,
                                 const network::Network<double>& network, const MatrixD& inputs);

}  // namespace flatgrid::measure
