// SPDX-License-Identifier: MIT
/// Checks the size of the numbers of a data set, so that every figure computed from them is finite.
#pragma once

#include <string>

#include "flatgrid/base/linear_algebra.hpp"

namespace flatgrid::problem {

/// A description of the fault, "numbers up to 1e+160, ...", if the sum of squares of `numbers` is outside
/// 1e-304 to 1e306 and not all numbers are 0: it would overflow or underflow. No entry of a Gram matrix
/// exceeds this sum. Empty if there is no fault.
std::string magnitude_fault(Eigen::Ref<const MatrixD> numbers);

}  // namespace flatgrid::problem
