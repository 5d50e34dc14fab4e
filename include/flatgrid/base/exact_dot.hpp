// SPDX-License-Identifier: MIT
/// Inner products in about twice double precision (Ogita, Rump, Oishi 2005, algorithm Dot2).
#pragma once

#include "flatgrid/base/linear_algebra.hpp"

namespace flatgrid {

/// a.b for vectors [n] of doubles, with an error of one unit in the last place of the result
/// plus n^2 2^-106 sum |a_k b_k|. 17 flops per component. Requires that no product overflows or is
/// subnormal.
double exact_dot(const Eigen::Ref<const VectorD>& a, const Eigen::Ref<const VectorD>& b);

}  // namespace flatgrid
