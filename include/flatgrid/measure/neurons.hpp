// SPDX-License-Identifier: MIT
/// How a network's function is spread over its neurons, and how much of it looks where the target
/// does. Invariant under the rescaling symmetry.
#pragma once

#include "flatgrid/measure/flatness.hpp"
#include "flatgrid/network/network.hpp"

namespace flatgrid::measure {

/// The participation ratio (sum_j c_j)^2 / sum_j c_j^2 of the neurons' contributions c_j to the
/// orbit minimum: r for r equal ones, at most the width; 0 if none contributes. `degree` is k.
double effective_neurons(const NeuronTraces& traces, int degree);

/// An orthonormal basis [d, dimension of the span] of the span of directions [r, d]; empty if they are
/// not known (NaN).
MatrixD span_basis(const MatrixD& directions);

/// The share of the network that lies in the subspace of the index directions u_s [r, d],
///   sum_j |a_j| ||w_j||^k ||P w_j||^2 / ||w_j||^2  /  sum_j |a_j| ||w_j||^k,
/// P the orthogonal projection onto their span, which need not be of dimension r. 1 for the
/// teacher, (dimension of the span) / d on average for random neurons; NaN if there are no
/// directions or every neuron is 0. `degree` is k.
double index_alignment(const network::Network<double>& network, const MatrixD& directions,
                       int degree);

}  // namespace flatgrid::measure
