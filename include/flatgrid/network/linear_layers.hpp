// SPDX-License-Identifier: MIT
/// Networks with linear layers, f(x) = sum_j a_j sigma(w_j . V_p ... V_1 x) (Parkinson, Ongie, Willett 2023, arXiv
/// 2305.15598), and their two-layer form: the function is that of the two-layer network with the inner weights
/// W V_p ... V_1 [m, d]. Losses and gradients are computed for the two-layer form, in 4 n d m flops, and the chain
/// rule gives the gradients in the layers. All functions accept networks without linear layers.
#pragma once

#include "flatgrid/network/network.hpp"

namespace flatgrid::network {

/// The two-layer network of the same function. 2 h d (m + (p - 1) h) flops for linear layers of width h.
template <class Scalar>
Network<Scalar> two_layer_form(const Network<Scalar>& network);

/// The derivative of the two-layer form along `tangent`, of the shape of the network: the sum over the layers of
/// the product in which this layer is replaced by its tangent.
template <class Scalar>
Network<Scalar> two_layer_tangent(const Network<Scalar>& network, const Network<Scalar>& tangent);

/// The gradient in the layers of a function of the two-layer form whose gradient there is `of_form` = (G, g):
///   dL/da = g,   dL/dW = G (V_p ... V_1)^T,   dL/dV_l = (W V_p ... V_{l+1})^T G (V_{l-1} ... V_1)^T.
template <class Scalar>
void gradient_from_form(const Network<Scalar>& network, const Network<Scalar>& of_form,
                        Network<Scalar>& gradient);

/// V_p ... V_1 X, the inputs of the neurons, [h_p, n].
MatrixD neuron_inputs(const Network<double>& network, const MatrixD& inputs);

/// Adds the part of the linear layers to the lower triangle of the tangent kernel J J^T [n, n],
///   sum_l (U_l^T U_l) o (Z_{l-1}^T Z_{l-1}),
/// Z_l [h_l, n] the outputs of layer l and U_l [h_l, n] the gradients of f in them; `gradient` = a o sigma'(W Z_p)
/// [m, n]. 2 n^2 (h_l + h_{l-1}) flops for each layer.
void add_linear_kernel(const Network<double>& network, const MatrixD& inputs,
                       const MatrixD& gradient, MatrixD& kernel);

}  // namespace flatgrid::network
