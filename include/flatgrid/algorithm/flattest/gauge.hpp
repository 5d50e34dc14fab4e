// SPDX-License-Identifier: MIT
/// The gauge g(w) of a direction: the cost of a neuron with inner weight w and outer weight 1. All gauges
/// have the form
///   g(w)^2 = scale^2 (c_0 + sum_i D_i^2 c_i) (||L w||^2 + nu ||D X w||^2),   D_i = sigma'(w.x_i),
/// for sigma(z) = z (z > 0), s z (z < 0).
///
/// Flatness: a neuron (a, w) contributes |a| g(w) to the orbit minimum,
///   g(w) = 2 sqrt(A B) = c_P(w) ||D X w||,    c_P^2 = (2/N)^2 sum_i D_i^2 ||x_i||^2,
/// N the number of samples: c_0 = 0, c_i = ||x_i||^2, scale = 2/N, no L, nu = 1. The border of a sample is
/// the hyperplane w.x_i = 0; g is discontinuous there. Let P be the samples with w.x_i > 0 ("the plus
/// side") and Z those with w.x_i = 0. Then
///   D_i^2 = 1 on P,  s^2 off P,  and sigma'(0)^2 on Z.
/// For relu and leaky-relu sigma'(0) = s: a sample in Z counts as not in P, and g depends only on
/// (P, X w). It is lower semicontinuous for 0 <= s <= 1: its minima lie on borders. For abs sigma'(0) = 0
/// in exact arithmetic, but a stored network has a preactivation of exactly 0 only by accident. Therefore
/// the search for networks uses sigma'(0)^2 = 1, and bounds use sigma'(0)^2 = 0.
///
/// Path norm: g(w) = ||L w||, L w being w in the coordinates of the data: c_0 = 1, c_i = 0, scale = 1,
/// nu = 0.
#pragma once

#include <cstdint>
#include <vector>

#include "flatgrid/base/linear_algebra.hpp"

namespace flatgrid::flattest {

/// The quantity to minimize.
enum class GaugeKind { flatness, path_norm };

/// A plus side: 1 for samples in it, 0 for the others, [n].
using Side = Eigen::Matrix<std::uint8_t, Eigen::Dynamic, 1>;
/// The plus sides of several directions, a column each, [n, m].
using Sides = Eigen::Matrix<std::uint8_t, Eigen::Dynamic, Eigen::Dynamic>;

/// A direction with |w.x_i| <= k_border ||w|| ||x_i|| counts as on the border of sample i.
inline constexpr double k_border = 1e-10;

/// The samples of a search, with the coefficients of the gauge. No two are on one line, and they span
/// R^d (`reduction.hpp` ensures both).
struct Samples {
  MatrixD inputs;         ///< [d, n], a sample in each column
  MatrixD rows;           ///< the transpose of `inputs` [n, d]
  VectorD norms;          ///< norms of the columns of `inputs`, [n]
  VectorD squared_norms;  ///< c_i: ||x_i||^2 in the coordinates of the data, [n]
  VectorD border;         ///< the largest |w.x_i| that counts as 0 for w of unit length, [n]
  double slope;           ///< s, the slope of sigma for z < 0
  double square_at_zero;  ///< the value of sigma'(0)^2 to use on a border
  double scale;           ///< 2/N, N the number of samples before the reduction
  double constant = 0;    ///< c_0
  MatrixD coordinates;    ///< L [., d]: maps a direction to the coordinates of the data
  double share = 1;       ///< nu

  [[nodiscard]] Index size() const { return inputs.cols(); }
  [[nodiscard]] Index dimension() const { return inputs.rows(); }
};

/// Samples of inputs [d, n], with the gauge of flatness.
Samples make_samples(const MatrixD& inputs, double slope, double square_at_zero, double scale);

/// Sets the gauge to the path norm, ||coordinates w||, coordinates [., d].
void set_path_norm(Samples& samples, const MatrixD& coordinates);

/// The plus side of a direction [d]: w.x_i > k_border ||w|| ||x_i||. 2 n d flops.
Side side_of(const Samples& samples, const VectorD& direction);

/// D^2 [n] for a plus side if no sample is on its border: 1 on the plus side, s^2 off it.
VectorD squared_derivatives(const Samples& samples, const Eigen::Ref<const Side>& side);
/// sigma(X w) [n] of a direction; takes the signs from `side`, not from X w. 2 n d flops.
VectorD activations(const Samples& samples, const Eigen::Ref<const VectorD>& direction,
                    const Eigen::Ref<const Side>& side);

/// g(w), from w [d], D^2 [n] and sigma(X w) [n]. 4 n flops. (face_oracle.cpp, great_circle.cpp and
/// certificate.cpp have the same formula in terms of sums over faces and arcs.)
double gauge_value(const Samples& samples, const Eigen::Ref<const VectorD>& direction,
                   const Eigen::Ref<const VectorD>& squared_derivatives,
                   const Eigen::Ref<const VectorD>& activations);
/// g(w), from a direction and its plus side. 2 n d flops.
double gauge_value(const Samples& samples, const Eigen::Ref<const VectorD>& direction,
                   const Eigen::Ref<const Side>& side);

/// The feature of a direction, sigma(X w) / g(w) [n]; takes the signs from `side`, not from X w, so that
/// rounding does not change the side of a sample on a border. 2 n d flops.
VectorD feature(const Samples& samples, const Eigen::Ref<const VectorD>& direction,
                const Eigen::Ref<const Side>& side);

}  // namespace flatgrid::flattest
