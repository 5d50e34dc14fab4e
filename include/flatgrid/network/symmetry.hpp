// SPDX-License-Identifier: MIT
/// The rescaling symmetry of homogeneous networks (Dinh et al. 2017): (a_j, w_j) ->
/// (c_j^{-k} a_j, c_j w_j) with c_j > 0 does not change the function.
#pragma once

#include "flatgrid/network/network.hpp"

namespace flatgrid::network {

/// Moves every neuron along its orbit by its own factor c_j > 0; `degree` is k.
template <class Scalar>
void rescale(Network<Scalar>& network, int degree, const Vector<Scalar>& factors);

/// Multiplies the outputs of linear layer `layer` (from 0) by factors other than 0 and divides the inputs of the next
/// layer by them, which does not change the function.
void rescale_linear(Network<double>& network, std::size_t layer, const VectorD& factors);

/// Factors that balance the network, |a_j| = ||w_j||, as gradient flow from small weights does for
/// degree 1. 1 for neurons with a_j = 0 or w_j = 0.
template <class Scalar>
Vector<Scalar> balancing_factors(const Network<Scalar>& network, int degree);

}  // namespace flatgrid::network
