// SPDX-License-Identifier: MIT
#include "flatgrid/measure/trace_estimates.hpp"

#include <algorithm>

#include "flatgrid/base/decompositions.hpp"
#include "flatgrid/random/stream.hpp"

namespace flatgrid::measure {

namespace {

VectorD draw_probe(Index size, std::int64_t seed, Index probe) {
  random::Stream stream(seed, random::Purpose::trace_probes, static_cast<std::uint64_t>(probe));
  VectorD signs(size);
  for (double& sign : signs) sign = stream.sign();
  return signs;
}

/// The probes `first` to `first + count - 1`, a column each.
MatrixD draw_probes(Index size, std::int64_t seed, Index first, Index count) {
  MatrixD probes(size, count);
  for (Index k = 0; k < count; ++k) probes.col(k) = draw_probe(size, seed, first + k);
  return probes;
}

/// H V column by column.
MatrixD multiply_columns(HessianOperator& hessian, const MatrixD& vectors) {
  MatrixD products(vectors.rows(), vectors.cols());
  VectorD product(vectors.rows());
  for (Index k = 0; k < vectors.cols(); ++k) {
    hessian.multiply(vectors.col(k), product);
    products.col(k) = product;
  }
  return products;
}

}  // namespace

double hutchinson_trace(HessianOperator& hessian, std::int64_t seed, Index probes) {
  double sum = 0;
  VectorD product(hessian.size());
  for (Index k = 0; k < probes; ++k) {
    const VectorD probe = draw_probe(hessian.size(), seed, k);
    hessian.multiply(probe, product);
    sum += probe.dot(product);
  }
  return sum / static_cast<double>(probes);
}

double hutchpp_trace(HessianOperator& hessian, std::int64_t seed, Index probes) {
  const Index size = hessian.size();
  const Index third = std::max<Index>(1, probes / 3);
  // Q, orthonormal columns that span H S; no more of them than there are dimensions
  const Index rank = std::min(third, size);
  const MatrixD sketch = multiply_columns(hessian, draw_probes(size, seed, 0, rank));
  const MatrixD basis = orthonormalized(sketch);
  // tr(Q^T H Q)
  const double inside = basis.cwiseProduct(multiply_columns(hessian, basis)).sum();
  // G <- (I - Q Q^T) G;  tr(G^T H G) / k
  MatrixD rest = draw_probes(size, seed, third, third);
  rest -= basis * (basis.transpose() * rest);
  const double outside = rest.cwiseProduct(multiply_columns(hessian, rest)).sum();
  return inside + outside / static_cast<double>(third);
}

}  // namespace flatgrid::measure
