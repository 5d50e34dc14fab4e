// SPDX-License-Identifier: MIT
/// Eigen aliases. All matrices are dense, column-major and own aligned memory, so that the order of
/// every floating-point reduction, and with it every bit of a result, is independent of addresses.
#pragma once

#include <Eigen/Core>

namespace flatgrid {

using Eigen::Index;

template <class Scalar>
using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
template <class Scalar>
using Vector = Eigen::Matrix<Scalar, Eigen::Dynamic, 1>;

using MatrixD = Matrix<double>;
using VectorD = Vector<double>;

/// Fixes the cache sizes from which Eigen derives the block sizes of matrix products. By default Eigen
/// asks the processor, and the last bits of a product would depend on the node that computed it.
/// Call once at the start of every program.
inline void fix_product_blocking() {
  constexpr std::ptrdiff_t k_kib = 1024;
  Eigen::setCpuCacheSizes(32 * k_kib, 1024 * k_kib, 8192 * k_kib);
}

}  // namespace flatgrid
