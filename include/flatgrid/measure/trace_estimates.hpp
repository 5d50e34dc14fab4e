// SPDX-License-Identifier: MIT
/// Randomized estimates of the trace of the Hessian from Hessian-vector products alone, as networks
/// of other shapes need them: here a cross-check of the exact trace, and of what is lost without
/// it.
///
/// The probes are vectors g of independent signs, +1 or -1, one stream a probe.
#pragma once

#include <cstdint>

#include "flatgrid/measure/hessian.hpp"

namespace flatgrid::measure {

/// Hutchinson (1989): the mean of g^T H g over `probes` vectors g. Unbiased, with the variance
/// 2 (||H||_F^2 - sum_p H_pp^2) / probes. A Hessian-vector product a probe.
double hutchinson_trace(HessianOperator& hessian, std::int64_t seed, Index probes);

/// Hutch++ (Meyer, Musco, Musco, Woodruff 2021, "Hutch++: optimal stochastic trace estimation",
/// algorithm 1): with k = probes / 3 (at least 1), S and G of k probes each and Q an orthonormal
/// basis of H S,
///   tr(Q^T H Q) + (1/k) tr(G^T (I - Q Q^T) H (I - Q Q^T) G),
/// unbiased: exact on the range of H S, Hutchinson's estimate on the rest. Exact, up to rounding,
/// once k reaches the rank of H. 3 k Hessian-vector products, 8 p k^2 flops and memory for 4 p k
/// numbers, p = m (d + 1) the number of parameters.
double hutchpp_trace(HessianOperator& hessian, std::int64_t seed, Index probes);

}  // namespace flatgrid::measure
