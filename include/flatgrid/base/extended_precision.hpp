// SPDX-License-Identifier: MIT
/// A floating-point type of more than 100 bits, for sums that cancel almost completely.
#pragma once

#include <limits>

#if defined(__x86_64__) || defined(__powerpc64__)
#include <boost/multiprecision/float128.hpp>
#endif

namespace flatgrid {

#if defined(__x86_64__) || defined(__powerpc64__)
using Extended = boost::multiprecision::float128;
#else
using Extended = long double;  // IEEE binary128 on 64-bit Arm and RISC-V
#endif
static_assert(std::numeric_limits<Extended>::digits >= 100);

}  // namespace flatgrid
