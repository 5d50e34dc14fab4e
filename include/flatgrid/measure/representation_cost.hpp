// SPDX-License-Identifier: MIT
/// The representation cost of networks with linear layers (Parkinson, Ongie, Willett 2023, arXiv 2305.15598): what
/// weight decay minimizes.
#pragma once

#include "flatgrid/network/network.hpp"

namespace flatgrid::measure {

/// The least squared norm of the parameters, ||a||^2 + ||W||_F^2 + sum_l ||V_l||_F^2, of all networks of the same depth
/// L whose two-layer form has the same neurons up to rescaling, for activations of degree 1:
///   min_c sum_j (a_j / c_j)^2 + (L - 1) sum_k s_k(D_c W V_p ... V_1)^{2 / (L - 1)}
///     = L min_{||lambda|| = 1} ||D_lambda^{-1} D_a W V_p ... V_1||_{S^q}^{2/L},   q = 2 / (L - 1),
/// s_k the singular values; 2 sum_j |a_j| ||w_j|| for two layers. It is geodesically convex in c, and alternating
/// minimization leads to it from every start: m d^2 flops for each of a few dozen steps. Singular values below 1e-13
/// of the largest count as 0.
double representation_cost(const network::Network<double>& network);

}  // namespace flatgrid::measure
