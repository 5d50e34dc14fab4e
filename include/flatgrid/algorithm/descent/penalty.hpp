// SPDX-License-Identifier: MIT
/// Penalty continuation: a flat interpolator of an activation of degree 2 or 3, at fixed width; one
/// of the candidates of flattest/curved.hpp.
///
/// Gradient descent on L + lambda T, where lambda falls to nearly 0. T is the trace of the Hessian
/// without its residual part, sum_j (A_j + B_j) with
///   A_j = mean sigma(z_j)^2,  B_j = a_j^2 mean sigma'(z_j)^2 ||x||^2,
/// z_j = w_j . x and the means over the samples. sigma'(0) = 0, so that T is continuous where w_j . x_i
/// changes sign.
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
/// so that the result does not depend on the units of labels and inputs.
double penalty_at(const algorithm::Task& task, std::int64_t step);

/// Runs three searches from small initializations with falling penalty and keeps the best; then polishes
/// it and moves it to the least trace on its orbit.
std::unique_ptr<algorithm::Run> start_penalty(const algorithm::Task& task);
algorithm::Price penalty_price(const algorithm::PointOutline& point);

}  // namespace flatgrid::descent
