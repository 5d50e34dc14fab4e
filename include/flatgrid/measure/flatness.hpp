// SPDX-License-Identifier: MIT
/// Flatness: the trace of the Hessian of the train loss L = (1/2n) sum_i (f(x_i) - y_i)^2 in all
/// parameters, and its minimum over the rescaling orbit. Both exact, in one pass over the samples.
///
/// Per neuron j
///   A_j = (1/n) sum_i sigma(w_j.x_i)^2                    (the part of a_j)
///   B_j = (a_j^2/n) sum_i sigma'(w_j.x_i)^2 ||x_i||^2      (the part of w_j)
/// and tr H = sum_j (A_j + B_j) + residual part,
///   residual part = (1/n) sum_i r_i sum_j a_j sigma''(w_j.x_i) ||x_i||^2,  r_i = f(x_i) - y_i,
/// which is 0 almost everywhere for activations of degree 1 and at every interpolator.
///
/// Rescaling neuron j by c turns A_j + B_j into c^{2k} A_j + c^{-2} B_j, least at
/// c = (B_j / (k A_j))^{1/(2k+2)}, where it is (k+1) k^{-k/(k+1)} A_j^{1/(k+1)} B_j^{k/(k+1)}.
/// The sum of these is the orbit minimum; it is invariant under the symmetry, the trace is not. The
/// residual part is left out of it: it says how far the network is from interpolating, can be
/// negative, and scales as c^{-2} like B_j.
///
/// Splitting. Neuron j does the same work as m copies of it that share its outer weight, a_j / m
/// each. Each of these has A_j and B_j / m^2, so that together they contribute
///   m (1/m^2)^{k/(k+1)} = m^{-(k-1)/(k+1)}
/// times what neuron j did. For k = 1 splitting changes nothing, and the orbit minimum of a
/// function does not depend on how it is cut into neurons. For k > 1 every split lowers it (equal
/// shares do most), its infimum over networks of all widths is 0, and flatness may be compared at
/// the same width only.
#pragma once

#include "flatgrid/network/activation.hpp"
#include "flatgrid/network/network.hpp"

namespace flatgrid::measure {

/// A_j and B_j of every neuron, [m] each.
struct NeuronTraces {
  VectorD outer_part;  ///< A_j
  VectorD inner_part;  ///< B_j
};

/// One pass over the activations: 2 n d m flops for the preactivations and 4 n m more.
NeuronTraces neuron_traces(const network::Activation<double>& activation,
                           const network::Network<double>& network, const MatrixD& inputs);

/// sum_j (A_j + B_j): the trace without its residual part.
double flatness_trace(const NeuronTraces& traces);

/// The residual part of the trace, `residual` [n] being r_i. 2 n d m flops for the preactivations
/// and 2 n m more; none for degree 1.
double flatness_residual_part(const network::Activation<double>& activation,
                              const network::Network<double>& network, const MatrixD& inputs,
                              const VectorD& residual);

/// The infimum of A_j + B_j over the rescaling orbit, neuron by neuron, [m]; `degree` is k.
VectorD orbit_contributions(const NeuronTraces& traces, int degree);

/// The infimum of sum_j (A_j + B_j) over the rescaling orbit, the sum of the contributions.
double flatness_orbit_min(const NeuronTraces& traces, int degree);

}  // namespace flatgrid::measure
