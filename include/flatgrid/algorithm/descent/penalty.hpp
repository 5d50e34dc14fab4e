// SPDX-License-Identifier: MIT
/// Penalty continuation: a flat interpolator of an activation of degree 2 or 3, at fixed width; one
/// of the candidates of flattest/curved.hpp.
///
/// Gradient descent on L + lambda T, where lambda falls to nearly 0. T is the trace of the Hessian
/// without its residual part, sum_j (A_j + B_j) with
///   A_j = mean sigma(z_j)^2,  B_j = a_j^2 mean sigma'(z_j)^2 ||x||^2,
/// z_j = w_j . x and the means over the samples. sigma'(0) = 0, so that nothing jumps where a neuron
/// turns across a sample.
#pragma once

#include "flatgrid/algorithm/algorithm.hpp"
#include "flatgrid/network/kernels.hpp"

namespace flatgrid::descent {

/// L + lambda T and its gradient in all parameters. 4 n d m flops.
double penalized_loss_and_gradient(const algorithm::Task& task,
                                   const network::Network<double>& network, double lambda,
                                   network::Workspace<double>& workspace,
                                   network::Network<double>& gradient);

/// lambda at a step of one search: from 10^{k-4} to 10^{k-6} times
///   rms(y)^{2/(k+1)} / rms(||x||)^{2k/(k+1)},
/// which makes it independent of the units of labels and inputs.
double penalty_at(const algorithm::Task& task, std::int64_t step);

/// Three searches from small initializations through the falling penalty, of which the best counts;
/// then the polish, then the least trace on the orbit.
std::unique_ptr<algorithm::Run> start_penalty(const algorithm::Task& task);
algorithm::Price penalty_price(const algorithm::PointOutline& point);

}  // namespace flatgrid::descent
