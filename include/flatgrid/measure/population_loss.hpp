/// Population loss E_x (f(x) - f*(x))^2: the excess risk, without label noise and factor 1/2.
#pragma once

#include "flatgrid/network/network.hpp"
#include "flatgrid/problem/data_set.hpp"

namespace flatgrid {

/// Exact population loss of a relu network against a sum of relu single-index models on isotropic
/// Gaussian inputs.
///
/// With the neurons (a_j, w_j) and the indices (-c_s, u_s) in one list (alpha_p, v_p), the loss is
///   sum_pq alpha_p alpha_q ||v_p|| ||v_q|| kappa(cos angle(v_p, v_q)),
///   kappa(c) = E[relu(g) relu(h)] = (sqrt(1 - c^2) + (pi - arccos c) c) / (2 pi)
/// for standard normal g, h of correlation c (Cho & Saul 2009, J_1).
///
/// The loss of a network close to the target is a small difference of large terms. It is computed
/// in double first and, where the rounding error could exceed 1e-9 of the result, once more in
/// extended precision, which leaves a relative error below 1e-9 down to 1e-20 of the target's
/// second moment. O((m + r)^2 d) operations.
double population_loss(const Network<double>& network, const IndexModel& target);

}  // namespace flatgrid
