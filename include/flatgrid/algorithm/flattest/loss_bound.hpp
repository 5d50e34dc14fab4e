// SPDX-License-Identifier: MIT
/// An upper bound on the population loss of every function with given values at the samples and a cost of at most a
/// budget, the maximum of which budget_search.hpp searches for:
///   max P = E (f - f*)^2   subject to   f(x_i) = y_i for all i,   F(f) <= R.
///
/// Such an f is a mean, of weights p_k, of atoms F_k = +-R sigma(w_k.x) / g(w_k), with the values z_k at the samples
/// and sum_k p_k z_k = y. For any functions u_i(x) and multipliers l [r],
///   f - f* = sum_k p_k rho_k,   rho_k = F_k - f* - u.(z_k - y),   so that by Jensen's inequality
///   P <= sum_k p_k E rho_k^2 <= max_k [ E rho_k^2 - 2 l.(z_k - y) ],
/// the maximum over all directions and both signs. u is the best linear reconstruction under a prior p over atoms: with
/// zeta_k = z_k - y and D_k = F_k - f*,
///   u = sum_k p_k D_k zeta_k' C^-1,   C = sum_k p_k zeta_k zeta_k',   v_k = E rho_k^2.
/// V(p) = sum_k p_k v_k is concave, with the gradient v and the Hessian -2 E rho_k rho_l (zeta_k' C^-1 zeta_l). For the
/// least favourable prior, which maximizes it subject to sum_k p_k zeta_k = 0 and sum_k p_k = 1, the bound is V. An interior point
/// method finds this prior on some atoms; atoms of other directions above V are then added. In the plane the maximum over
/// all directions is proved (plane_bound.hpp), and the bound is `certified`; in other dimensions a search estimates it.
///
/// With y = 0, f* = 0, R = 1 it bounds the null-space radius: E h^2 <= max_k E (sigma - u.sigma(X w))^2 / g^2.
#pragma once

#include <cstdint>

#include "flatgrid/algorithm/algorithm.hpp"
#include "flatgrid/algorithm/flattest/budget_search.hpp"
#include "flatgrid/algorithm/flattest/plane_bound.hpp"

namespace flatgrid::flattest {

/// The bound, for values `labels` [r] at the imposed samples and a budget, in the units of the reduction of `bounded`;
/// where it is estimated, up to rounding. `function` fits them within the budget; `pool` are directions to look at
/// first. Infinity, of kind none, if not even the first prior could be computed.
algorithm::LossBound loss_bound(const Reduction& reduction, const measure::LossForm& form,
                                const BoundedProblem& bounded, const VectorD& labels, double budget,
                                const BudgetFunction& function, const Pool& pool,
                                std::int64_t seed);

}  // namespace flatgrid::flattest
