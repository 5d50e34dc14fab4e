// SPDX-License-Identifier: MIT
/// The stability-aware step size of gradient descent.
///
/// Gradient descent on a quadratic of curvature lambda is stable below the step 2 / lambda
/// (2 (1 + beta) / lambda with heavy-ball momentum beta). The step size depends on the network:
///   eta = fraction 2 / lambda,  lambda = max(lambda_max(J J^T) / n, lambda_ref),
/// fraction = training.stability-fraction, default 1/2; 1 (without momentum) is the edge of stability.
/// J J^T is the tangent kernel; a few warm-started power iterations compute its top eigenvalue.
/// lambda_ref is the curvature at a network that fits the labels. It bounds the step while the weights are
/// still small: for degree k > 1 they grow faster than exponentially, and the power iterations would
/// notice the growth too late.
///
/// lambda_ref is the curvature at the smallest possible fit: one balanced neuron along the direction of
/// the largest variance s^2 = lambda_max(X X^T) / n, for Gaussian inputs. With |a| = ||w|| = rho,
/// E g^{2k} = (2k-1)!! and Euler's w . grad_w f = k f,
///   rms(y) = rho^{k+1} s^k sqrt((2k-1)!!),   lambda_ref = (1 + k^2) rms(y)^2 / rho^2.
/// With p - 1 linear layers of the same size rho,
///   rms(y) = rho^{pk+1} s^k sqrt((2k-1)!!),  lambda_ref = (1 + p k^2) rms(y)^2 / rho^2.
#pragma once

#include "flatgrid/algorithm/algorithm.hpp"
#include "flatgrid/algorithm/descent/batching.hpp"
#include "flatgrid/network/kernels.hpp"

namespace flatgrid::descent {

/// lambda_max(J J^T) / n by `iterations` power iterations from `direction` [n], which becomes the last
/// iterate. Converges from below. 8 n d m flops per iteration.
double top_tangent_curvature(const algorithm::Task& task, const network::Network<double>& network,
                             network::Workspace<double>& workspace, int iterations,
                             VectorD& direction);

/// s^2 = lambda_max(X X^T) / n of inputs X [d, n]. O(min(d, n)^3) flops.
double top_variance(const MatrixD& inputs);

/// lambda_ref, for inputs of the top variance s^2.
double reference_curvature(const algorithm::Task& task, double top_variance);

/// The curvature that limits the step size for batches of B of the n samples, drawn without
/// replacement. With h_i = grad f(x_i) grad f(x_i)^T, whose mean has the top eigenvalue lambda, and
/// H_B the mean over a batch,
///   E H_B^2 <= lambda_B E H_B,   lambda_B = n (B-1) / (B (n-1)) lambda + (n-B) / (B (n-1)) h,
/// h = max_i ||grad f(x_i)||^2, so that steps below 2 / lambda_B decrease the mean squared distance to an
/// interpolator (Ma, Bassily, Belkin 2018). Drawn with replacement, lambda_B = (B-1) / B lambda + h / B. If an
/// epoch ends with a smaller batch, the mean of lambda_B over its batches. Momentum beta amplifies the noise
/// of a batch by 1 / (1 - beta): h is divided by 1 - beta. lambda_n = lambda. Both lambda and h are at least
/// their values at the smallest network that fits the labels.
class BatchCurvature {
 public:
  BatchCurvature(const algorithm::Task& task, const Batching& batching, double momentum);

  /// lambda_B of a network; the arguments are those of top_tangent_curvature.
  double operator()(const network::Network<double>& network, network::Workspace<double>& workspace,
                    int iterations, VectorD& direction) const;

 private:
  algorithm::Task task_;
  Batching batching_;
  double momentum_;
  double least_curvature_;  ///< lower bound of lambda
  double least_gradient_;   ///< lower bound of h
};

}  // namespace flatgrid::descent
