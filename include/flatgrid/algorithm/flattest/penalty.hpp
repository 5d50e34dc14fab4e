// SPDX-License-Identifier: MIT
/// The search for a flat interpolator of an activation of degree 2 or 3, at fixed width: penalty
/// continuation, an upper bound on the least flatness. (For degree 1 see search.hpp.)
///
/// Gradient descent on L + lambda T_h, where lambda and h fall to nearly 0. T_h stands for the
/// trace of the Hessian without its residual part, T_0 = sum_j (A_j + B_j) with
///   A_j = mean sigma(z_j)^2,  B_j = a_j^2 mean sigma'(z_j)^2 ||x||^2,
/// z_j = w_j . x and the means over the samples. For an activation with a kink, of sigma'(0+)^2 -
/// sigma'(0-)^2 = J, B_j jumps wherever neuron j turns across a sample, and its gradient is blind
/// to that: descent on T_0 ends where turning a little further would pay. So T_h spreads the jumps
/// out,
///   sigma'(z)^2 is replaced by sigma'(z)^2 + J (S(t) - 1[t > 0]),  t = z / (h ||w|| ||x||),
/// with S(t) = (1 + t)^2 / 2 for -1 < t <= 0 and 1 - (1 - t)^2 / 2 for 0 < t < 1, the integral of a
/// hat function: a neuron feels the samples whose hyperplanes are up to an angle h away.
#pragma once

#include "flatgrid/algorithm/algorithm.hpp"
#include "flatgrid/network/kernels.hpp"

namespace flatgrid {

/// How much, and how sharply, flatness counts.
struct Penalty {
  double weight;     ///< lambda
  double smoothing;  ///< h > 0, in radians
};

/// L + lambda T_h and its gradient in all parameters. 4 n d m flops.
double penalized_loss_and_gradient(const Task& task, const Network<double>& network,
                                   const Penalty& penalty, Workspace<double>& workspace,
                                   Network<double>& gradient);

/// The penalty at a step of one search. lambda goes from 10^{k-4} to 10^{k-6} times
///   rms(y)^{2/(k+1)} / rms(||x||)^{2k/(k+1)},
/// which makes it independent of the units of labels and inputs; h from 1 to 0.03 times 1 /
/// sqrt(d), the spread of the angles between a direction and the samples' hyperplanes.
Penalty penalty_at(const Task& task, std::int64_t step);

/// Three searches from small initializations through the falling penalty, of which the best counts;
/// then the polish, then the least trace on the orbit.
std::unique_ptr<Run> start_penalty(const Task& task);
Price penalty_price(const PointOutline& point);

/// Moves every neuron to the least trace of its orbit, c_j = (B_j / (k A_j))^{1/(2k+2)}.
void to_least_trace(const Task& task, Network<double>& network);

}  // namespace flatgrid
