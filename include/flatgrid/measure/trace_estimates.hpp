// SPDX-License-Identifier: MIT
/// Randomized estimates of the trace of the Hessian from Hessian-vector products. Networks without a
/// formula for the trace need them; here they can be compared with the exact trace.
///
/// The probes are vectors g of independent signs, +1 or -1, each from its own random stream.
#pragma once

#include <cstdint>

#include "flatgrid/measure/hessian.hpp"

namespace flatgrid::measure {

/// Hutchinson (1989): the mean of g^T H g over `probes` vectors g. Unbiased, with the variance
/// 2 (||H||_F^2 - sum_p H_pp^2) / probes. One Hessian-vector product per probe.
double hutchinson_trace(HessianOperator& hessian, std::int64_t seed, Index probes);

/// Hutch++ (Meyer, Musco, Musco, Woodruff 2021, "Hutch++: optimal stochastic trace estimation",
/// algorithm 1): with k = probes / 3 (at least 1), matrices S and G of k probes each, and Q an orthonormal
/// basis of the range of H S,
///   tr(Q^T H Q) + (1/k) tr(G^T (I - Q Q^T) H (I - Q Q^T) G).
/// Unbiased: exact on the range of H S, Hutchinson's estimate on its complement. Exact up to rounding if
/// k is at least the rank of H. 3 k Hessian-vector products, 8 p k^2 flops and memory for 4 p k
/// numbers, p = m (d + 1) the number of parameters.
double hutchpp_trace(HessianOperator& hessian, std::int64_t seed, Index probes);

}  // namespace flatgrid::measure
