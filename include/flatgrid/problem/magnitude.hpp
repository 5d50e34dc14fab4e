// SPDX-License-Identifier: MIT
/// Which numbers a data set may hold, so that every figure made of them is a finite number.
#pragma once

#include <string>

#include "flatgrid/base/linear_algebra.hpp"

namespace flatgrid::problem {

/// What is wrong with the size of inputs or labels: their sum of squares, which no entry of a Gram
/// matrix exceeds, is not finite, or vanishes though they are not all zero (outside 1e-304 to
/// 1e306). "numbers up to 1e+160, ..."; empty if nothing is.
std::string magnitude_fault(Eigen::Ref<const MatrixD> numbers);

}  // namespace flatgrid::problem
