// SPDX-License-Identifier: MIT
/// How many neurons contribute to a network, and how well they align with the target's directions.
/// Invariant under the rescaling symmetry.
#pragma once

#include "flatgrid/measure/flatness.hpp"
#include "flatgrid/network/network.hpp"

namespace flatgrid::measure {

/// The participation ratio (sum_j c_j)^2 / sum_j c_j^2 of the neurons' contributions c_j to the
/// orbit minimum: r for r equal contributions, at most the width; 0 if all are 0. `degree` is k.
double effective_neurons(const NeuronTraces& traces, int degree);
double effective_neurons(const VectorD& contributions);

/// An orthonormal basis [d, dimension of the span] of the span of directions [r, d]; empty if the
/// directions are unknown (NaN).
MatrixD span_basis(const MatrixD& directions);

/// The share of the network that lies in the subspace of the index directions u_s [r, d],
///   sum_j |a_j| ||w_j||^k ||P w_j||^2 / ||w_j||^2  /  sum_j |a_j| ||w_j||^k,
/// P the orthogonal projection onto their span, whose dimension may be below r. 1 for the teacher; on
/// average (dimension of the span) / d for random neurons; NaN if there are no directions or every neuron
/// is 0. `degree` is k.
double index_alignment(const network::Network<double>& network, const MatrixD& directions,
                       int degree);

}  // namespace flatgrid::measure
