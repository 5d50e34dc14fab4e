// SPDX-License-Identifier: MIT
/// Fitting the second layer of a network whose first layer is given: a linear problem.
#pragma once

#include "flatgrid/algorithm/algorithm.hpp"

namespace flatgrid::algorithm {

/// Sets the outer weights to the fit of minimum norm, a = Phi^+ y with Phi_ij = sigma(w_j . x_i).
/// It interpolates if the features have rank n, which takes at least n neurons, and is the
/// least-squares fit otherwise.
void fit_outer_layer(const Task& task, network::Network<double>& network);

/// What a run that only does this takes.
Price linear_fit_price(const PointOutline& point);

}  // namespace flatgrid::algorithm
