// SPDX-License-Identifier: MIT
/// The rescaling symmetry of homogeneous networks (Dinh et al. 2017): (a_j, w_j) ->
/// (c_j^{-k} a_j, c_j w_j) with c_j > 0 leaves the function as it is.
#pragma once

#include "flatgrid/network/network.hpp"

namespace flatgrid::network {

/// Moves every neuron along its orbit by its own factor c_j > 0; `degree` is k.
template <class Scalar>
void rescale(Network<Scalar>& network, int degree, const Vector<Scalar>& factors);

/// Factors that balance the network: |a_j| = ||w_j||, where gradient flow from small weights lives
/// (degree 1). 1 for neurons with a zero weight.
template <class Scalar>
Vector<Scalar> balancing_factors(const Network<Scalar>& network, int degree);

}  // namespace flatgrid::network
