/// The stability-aware step size of gradient descent.
///
/// Gradient descent on a quadratic of curvature lambda is stable below the step 2 / lambda
/// (2 (1 + beta) / lambda with heavy-ball momentum beta). The step follows the network:
///   eta = 1 / lambda,  lambda = max(lambda_max(J J^T) / n, rms(y) lambda_max(X X^T) / n),
/// half the threshold and less. J J^T is the tangent kernel, whose top eigenvalue a few
/// warm-started power iterations give; the second term is the curvature that a network which fits
/// the labels must reach, and bounds the step while the weights are still small.
#pragma once

#include "flatgrid/method/method.hpp"
#include "flatgrid/network/kernels.hpp"

namespace flatgrid {

/// lambda_max(J J^T) / n by `iterations` power iterations from `direction` [n], which is left at
/// the last iterate. A lower bound that converges from below. 8 n d m flops an iteration.
double top_tangent_curvature(const Task& task, const Network<double>& network,
                             Workspace<double>& workspace, int iterations, VectorD& direction);

/// rms(y) lambda_max(X X^T) / n.
double reference_curvature(const Task& task);

}  // namespace flatgrid
