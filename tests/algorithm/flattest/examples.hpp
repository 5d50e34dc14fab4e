// SPDX-License-Identifier: MIT
/// Data for the tests of the flattest interpolator, and plain references.
#pragma once

#include <cmath>

#include "flatgrid/algorithm/flattest/gauge.hpp"
#include "flatgrid/base/decompositions.hpp"
#include "flatgrid/random/stream.hpp"

namespace flatgrid::test {

/// Standard normal inputs [d, n].
inline MatrixD normal_inputs(std::int64_t seed, Index dimension, Index count) {
  MatrixD inputs(dimension, count);
  random::Stream stream(seed, random::Purpose::test_set, 1);
  for (Index i = 0; i < count; ++i) random::fill_normal(stream, inputs.col(i));
  return inputs;
}

/// sigma(z) of slope s on the negative side.
inline double sigma(double z, double slope) { return z > 0 ? z : slope * z; }

/// sigma(u1.x) - sigma(u2.x) + sigma(u3.x) with orthonormal u (fewer terms for d < 3) plus noise.
inline VectorD three_index_labels(std::int64_t seed, const MatrixD& inputs, double noise,
                                  double slope = 0) {
  const Index d = inputs.rows();
  random::Stream stream(seed, random::Purpose::test_set, 2);
  MatrixD directions(d, d);
  for (Index k = 0; k < d; ++k) random::fill_normal(stream, directions.col(k));
  const MatrixD orthonormal = orthonormalized(directions);
  VectorD labels(inputs.cols());
  random::fill_normal(stream, labels);
  labels *= noise;
  for (Index i = 0; i < labels.size(); ++i)
    for (Index k = 0; k < std::min<Index>(d, 3); ++k)
      labels(i) += (k == 1 ? -1 : 1) * sigma(orthonormal.col(k).dot(inputs.col(i)), slope);
  return labels;
}

/// g(w) from its definition with the given sigma'(0)^2. Samples with |w.x| <= border ||w|| ||x|| are on the border.
inline double gauge_value(const MatrixD& inputs, const VectorD& w, double slope,
                          double square_at_zero, double border = 1e-12) {
  double a = 0, b = 0;
  for (Index i = 0; i < inputs.cols(); ++i) {
    const double z = w.dot(inputs.col(i));
    const double square = inputs.col(i).squaredNorm();
    if (std::abs(z) <= border * w.norm() * std::sqrt(square)) {
      b += square_at_zero * square;
      continue;
    }
    a += std::pow(sigma(z, slope), 2);
    b += std::pow(z > 0 ? 1 : slope, 2) * square;
  }
  return 2 * std::sqrt(a * b) / static_cast<double>(inputs.cols());
}

/// |l.sigma(X w)| / g(w) from its definition.
inline double ratio(const MatrixD& inputs, const VectorD& l, const VectorD& w, double slope,
                    double square_at_zero) {
  double p = 0;
  for (Index i = 0; i < inputs.cols(); ++i) p += l(i) * sigma(w.dot(inputs.col(i)), slope);
  const double g = gauge_value(inputs, w, slope, square_at_zero);
  return g > 0 ? std::abs(p) / g : 0;
}

}  // namespace flatgrid::test
