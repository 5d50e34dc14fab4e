// SPDX-License-Identifier: MIT
/// Refitting the outer layer of a network by ridge regression.
#pragma once

#include "flatgrid/algorithm/algorithm.hpp"

namespace flatgrid::algorithm {

/// The minimizers c [p] of (1/n) ||Phi c - y||^2 + lambda ||c||^2 for features Phi [n, p], one for each penalty.
///
/// A QR decomposition Phi = Q R, once for all penalties, and least squares of (R; sqrt(n lambda) I) on (Q^T y; 0):
/// errors grow with 1 / sqrt(lambda), not with 1 / lambda as by Phi^T Phi. Columns may be nearly collinear, as
/// neurons are that are affine on all samples. 2 n p^2 + 4 p^3 flops for each penalty.
std::vector<VectorD> ridge_fits(const MatrixD& features, const VectorD& labels,
                                const std::vector<double>& penalties);

/// The least population loss, over the penalties training.ridge, of the network with its outer layer refitted by
/// ridge on the samples, for c = sqrt(m) a. The network is not changed.
double least_ridge_loss(const Task& task, const Truth& truth,
                        const network::Network<double>& network);

}  // namespace flatgrid::algorithm
