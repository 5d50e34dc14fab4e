// SPDX-License-Identifier: MIT
/// Fitting the second layer of a network with a fixed first layer: a linear problem.
#pragma once

#include "flatgrid/algorithm/algorithm.hpp"

namespace flatgrid::algorithm {

/// Sets the outer weights to the fit of minimum norm, a = Phi^+ y with Phi_ij = sigma(w_j . x_i).
/// The network interpolates if the features have rank n, which requires at least n neurons; otherwise it is
/// the least-squares fit.
void fit_outer_layer(const Task& task, network::Network<double>& network);

/// The price of a run that only fits the second layer.
Price linear_fit_price(const PointOutline& point);

}  // namespace flatgrid::algorithm
