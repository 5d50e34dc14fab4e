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
/// Rescaling neuron j by c turns A_j + B_j into c^{2k} A_j + c^{-2} B_j. The minimum over c is
/// (k+1) k^{-k/(k+1)} A_j^{1/(k+1)} B_j^{k/(k+1)}, at c = (B_j / (k A_j))^{1/(2k+2)}. The sum of these
/// minima is the orbit minimum. It is invariant under the symmetry; the trace is not. It excludes the
/// residual part, which measures how far the network is from interpolating, can be negative, and scales
/// as c^{-2} like B_j.
///
/// Splitting. Replacing neuron j by m copies of it, each with the outer weight a_j / m, does not change
/// the function. Each copy has A_j and B_j / m^2, so together they contribute
///   m (1/m^2)^{k/(k+1)} = m^{-(k-1)/(k+1)}
/// times the contribution of neuron j. For k = 1 splitting does not change the orbit minimum. For k > 1
/// every split lowers it (most with equal shares), its infimum over networks of all widths is 0, and
/// flatness may be compared only at the same width.
#pragma once

#include "flatgrid/network/activation.hpp"
#include "flatgrid/network/network.hpp"
#include "flatgrid/network/settings.hpp"

namespace flatgrid::measure {

/// A_j and B_j of every neuron, [m] each.
struct NeuronTraces {
  VectorD outer_part;      ///< A_j
  VectorD inner_part;      ///< B_j
  bool rescalable = true;  ///< false without a rescaling symmetry: weights or biases are fixed
};

/// One pass over the activations: 2 n d m flops for the preactivations and 4 n m more. `frozen_biases`: whether the
/// last inner weights are biases that are no parameters; B_j then has ||x||^2 in place of ||x||^2 + 1.
NeuronTraces neuron_traces(const network::Activation<double>& activation,
                           const network::Network<double>& network, const MatrixD& inputs,
                           bool frozen_biases = false);

/// The trace of the Hessian, without residuals, of f(x) = m^{-1/2} sum_j c_j relu(theta.x + b_j) in c and the one
/// direction theta in R^d that all neurons share, with frozen biases b. For inputs (x, 1) [d + 1, n] and the network
/// w_j = theta, a_j = c_j / sqrt(m), with z_j = theta.x + b_j,
///   (1/n) sum_i [ (1/m) sum_j relu(z_ij)^2 + (sum_j a_j 1{z_ij > 0})^2 ||x_i||^2 ].
double shared_direction_trace(const network::Activation<double>& activation,
                              const network::Network<double>& network, const MatrixD& inputs);

/// sum_j (A_j + B_j): the trace without its residual part.
double flatness_trace(const NeuronTraces& traces);

/// The residual part of the trace; `residual` [n] is r_i, `frozen_biases` as above. 2 n d m flops for the
/// preactivations and 2 n m more; none for degree 1.
double flatness_residual_part(const network::Activation<double>& activation,
                              const network::Network<double>& network, const MatrixD& inputs,
                              const VectorD& residual, bool frozen_biases = false);

/// The infimum of A_j + B_j over the rescaling orbit, neuron by neuron, [m]; `degree` is k. Without the symmetry
/// the orbit is one point: A_j + B_j.
VectorD orbit_contributions(const NeuronTraces& traces, int degree);

/// The part of the trained parameters: A_j = 0, and no rescaling symmetry, if the outer weights are not trained.
NeuronTraces of_trained(NeuronTraces traces, const network::NetworkSettings& settings);

/// The infimum of sum_j (A_j + B_j) over the rescaling orbit: the sum of the `orbit_contributions`.
double flatness_orbit_min(const NeuronTraces& traces, int degree);

}  // namespace flatgrid::measure
