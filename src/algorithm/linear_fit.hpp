// SPDX-License-Identifier: MIT
/// Fitting the second layer of a network with a fixed first layer: a linear or a convex problem.
#pragma once

#include "flatgrid/algorithm/algorithm.hpp"

namespace flatgrid::algorithm {

/// Sets the outer weights to the fit of minimum norm, a = Phi^+ y with Phi_ij = sigma(w_j . x_i).
/// The network interpolates if the features have rank n, which requires at least n neurons; otherwise it is
/// the least-squares fit.
void fit_outer_layer(const Task& task, network::Network<double>& network);

/// Sets the outer weights to the fit of least orbit minimum, with k the degree, g_j the orbit minimum of
/// neuron j at a_j = 1 (measure/flatness.hpp) and p = 2k/(k+1),
///   min sum_j g_j |a_j|^p  subject to  Phi a = y.
/// For k = 1 it is a linear program, whose solution by the simplex method has at most n neurons
/// (flattest/simplex.hpp). For k > 1 it is strictly convex; with b_j = g_j^{1/p} a_j, phi_j = g_j^{-1/p} Phi_j
/// Newton's method solves its dual,
///   max l.y - (p - 1) sum_j |b_j|^p,   b_j = sign(u_j) (|u_j| / p)^{1/(p-1)},   u_j = phi_j.l.
/// Unused neurons become zero. If no fit interpolates, it is the least-squares fit of minimum norm.
void fit_flattest_outer_layer(const Task& task, network::Network<double>& network);

/// The price of a run that only computes the fit of least norm, and of one for the fit of least orbit minimum.
Price linear_fit_price(const PointOutline& point);
Price flattest_fit_price(const PointOutline& point);

}  // namespace flatgrid::algorithm
