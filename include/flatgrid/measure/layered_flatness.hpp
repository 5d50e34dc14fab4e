// SPDX-License-Identifier: MIT
/// Flatness of networks with linear layers, f(x) = sum_j a_j sigma(w_j . V_p ... V_1 x), for activations of degree 1.
///
/// With z_0 = x_i, z_l = V_l z_{l-1}, and the gradients g = a o sigma'(W z_p), u_p = W^T g, u_{l-1} = V_l^T u_l of f in
/// the neurons and in z_l, all of sample i,
///   tr H = sum_j A_j + T_1 + ... + T_p + T_{p+1},
///   A_j = (1/n) sum_i sigma(w_j . z_p)^2,   T_l = (1/n) sum_i ||u_l||^2 ||z_{l-1}||^2,
///   T_{p+1} = (1/n) sum_i ||g||^2 ||z_p||^2:
/// f is linear in every layer, so the residuals contribute nothing almost everywhere.
///
/// The function does not change if neurons are rescaled, (a_j, w_j) -> (a_j / c_j, c_j w_j), c_j > 0, nor if the spaces
/// between linear layers are transformed, V_l -> M V_l, V_{l+1} -> V_{l+1} M^{-1}, M invertible. These form a group
/// that acts linearly on the gradients, whose squared norm is the trace. So the trace is geodesically convex on the
/// orbit (Kempf, Ness 1979), and alternating minimization leads to the orbit minimum from every start. With
/// Y_l = M_l^T M_l,
///   in_0 = ||x||^2,   in_l = z^T Y_l z,   out_l = u^T Y_{l+1}^{-1} u,   out_p = sum_j g_j^2 / c_j^2,
/// where z_i and u_i are the coordinates of a factorization of rank r of W V_p ... V_1 on the span of the inputs, the
/// orbit has the traces
///   sum_j c_j^2 A_j + (1/n) sum_i sum_{l=0..p} out_l in_l,
/// of which each block has its exact minimum:
///   c_j^4 = ((1/n) sum_i g_j^2 in_p) / A_j,
///   Y_l C Y_l = P,   P = (1/n) sum_i in_{l-1} u u^T,   C = (1/n) sum_i out_l z z^T.
/// At the orbit minimum every layer has the same share: sum_j A_j = T_1 = ... = T_{p+1}.
#pragma once

#include "flatgrid/network/activation.hpp"
#include "flatgrid/network/network.hpp"

namespace flatgrid::measure {

/// Squared derivatives of f at every sample: sigma(w_j . z_p)^2 in the outer weights, [m, n], and ||u_l||^2 ||z_{l-1}||^2 in
/// the layers V_1, ..., V_p and W (with g in place of u), [p + 1, n].
struct GradientSquares {
  MatrixD outer;
  MatrixD layers;
};
GradientSquares gradient_squares(const network::Activation<double>& activation,
                                 const network::Network<double>& network, const MatrixD& inputs);

/// The parts of the trace.
struct LayerTraces {
  VectorD outer;   ///< A_j, [m]
  VectorD layers;  ///< T_1, ..., T_{p+1}

  [[nodiscard]] double sum() const { return outer.sum() + layers.sum(); }
};

/// One pass over the samples: 2 n (h d + h^2 (p - 1) + 2 h m) flops for linear layers of width h.
LayerTraces layer_traces(const network::Activation<double>& activation,
                         const network::Network<double>& network, const MatrixD& inputs);

struct LayeredOrbitMinimum {
  double value;     ///< the infimum of the trace on the orbit
  VectorD neurons;  ///< c_j^2 A_j there, [m]; 0 for neurons that do not contribute
  int sweeps;       ///< of the alternating minimization
};

/// The orbit minimum, to a relative error of about 1e-12; 4 n r^2 (p + 1) + 4 n m flops for each of a few dozen sweeps.
/// Singular values of W V_p ... V_1 below 1e-13 of the largest count as 0, and neurons that are 0 on all samples or
/// have a_j = 0 do not contribute. 0 if f is 0 on all samples.
LayeredOrbitMinimum layered_orbit_minimum(const network::Activation<double>& activation,
                                          const network::Network<double>& network,
                                          const MatrixD& inputs);

/// The neurons' contributions to the orbit minimum of a network with or without linear layers, [m]: all of it for two
/// layers, else their share of it. Without a rescaling symmetry, those to the trace in the trained parameters.
VectorD neuron_contributions(const network::Activation<double>& activation,
                             const network::Network<double>& network, const MatrixD& inputs,
                             const network::NetworkSettings& settings);

}  // namespace flatgrid::measure
