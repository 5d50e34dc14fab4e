// SPDX-License-Identifier: MIT
/// The gauge of a direction: what a neuron of outer weight 1 costs. One form for several:
///   g(w)^2 = scale^2 (c_0 + sum_i D_i^2 c_i) (||L w||^2 + nu ||D X w||^2),   D_i = sigma'(w.x_i),
/// for sigma(z) = z (z > 0), s z (z < 0).
///
/// Flatness: a neuron (a, w) contributes |a| g(w) to the orbit minimum,
///   g(w) = 2 sqrt(A B) = c_P(w) ||D X w||,    c_P^2 = (2/N)^2 sum_i D_i^2 ||x_i||^2,
/// N the number of samples: c_0 = 0, c_i = ||x_i||^2, scale = 2/N, no L, nu = 1. g jumps where a sample
/// changes side. Let P be the samples with w.x_i > 0 ("the plus side") and Z those with w.x_i = 0. Then
///   D_i^2 = 1 on P,  s^2 off P,  and sigma'(0)^2 on Z.
/// For relu and leaky-relu sigma'(0) = s: a sample on the border counts as not on P, and g depends
/// on (P, X w) alone. It is lower semicontinuous for 0 <= s <= 1: neurons of least price lie on
/// borders. For abs sigma'(0) = 0 in exact arithmetic, but the preactivation of a stored network is
/// exactly 0 by accident only: networks are searched for with sigma'(0)^2 = 1, bounds are computed
/// with sigma'(0)^2 = 0.
///
/// Path norm: g(w) = ||w|| of the data's coordinates, L w: c_0 = 1, c_i = 0, scale = 1, nu = 0.
#pragma once

#include <cstdint>
#include <vector>

#include "flatgrid/base/linear_algebra.hpp"

namespace flatgrid::flattest {

/// What is least.
enum class GaugeKind { flatness, path_norm };

/// Which samples are on the plus side, 1 or 0 each, [n].
using Side = Eigen::Matrix<std::uint8_t, Eigen::Dynamic, 1>;
/// The same of several directions, a column each, [n, m].
using Sides = Eigen::Matrix<std::uint8_t, Eigen::Dynamic, Eigen::Dynamic>;

/// A sample within this of a direction's border, |w.x_i| <= k_border ||w|| ||x_i||, is on it.
inline constexpr double k_border = 1e-10;

/// Samples as the search sees them: in general position as far as lines go, and spanning their
/// space (`reduction.hpp` makes them so).
struct Samples {
  MatrixD inputs;         ///< [d, n], a sample a column
  MatrixD rows;           ///< its transpose [n, d]
  VectorD norms;          ///< of the columns of `inputs`, [n]
  VectorD squared_norms;  ///< c_i: ||x_i||^2, in whatever coordinates `inputs` is, [n]
  VectorD border;         ///< |w.x_i| up to which x_i is on the border of a w of unit length, [n]
  double slope;           ///< s, of sigma on the negative side
  double square_at_zero;  ///< sigma'(0)^2 as it counts on the border
  double scale;           ///< 2/N, N being the number of samples before any were joined
  double constant = 0;    ///< c_0
  MatrixD coordinates;    ///< L [., d]: of a direction in the data's coordinates
  double share = 1;       ///< nu

  [[nodiscard]] Index size() const { return inputs.cols(); }
  [[nodiscard]] Index dimension() const { return inputs.rows(); }
};

/// Samples of inputs [d, n], with the gauge of flatness.
Samples make_samples(const MatrixD& inputs, double slope, double square_at_zero, double scale);

/// Gives samples the gauge of the path norm, ||coordinates w||, coordinates [., d].
void set_path_norm(Samples& samples, const MatrixD& coordinates);

/// The plus side of a direction [d]: w.x_i > k_border ||w|| ||x_i||. 2 n d flops.
Side side_of(const Samples& samples, const VectorD& direction);

/// D^2 [n] of a plus side where no sample counts as on the border: 1 on it, s^2 off it.
VectorD squared_derivatives(const Samples& samples, const Eigen::Ref<const Side>& side);
/// sigma(X w) [n] of a direction, with the signs of `side` whatever X w says. 2 n d flops.
VectorD activations(const Samples& samples, const Eigen::Ref<const VectorD>& direction,
                    const Eigen::Ref<const Side>& side);

/// g(w), from w [d], D^2 [n] and sigma(X w) [n]. 4 n flops. (Where sums over faces and arcs are kept,
/// the formula stands as sums: face_oracle.cpp, great_circle.cpp, certificate.cpp.)
double price(const Samples& samples, const Eigen::Ref<const VectorD>& direction,
             const Eigen::Ref<const VectorD>& squared_derivatives,
             const Eigen::Ref<const VectorD>& activations);
/// The same of a direction and its plus side. 2 n d flops.
double price(const Samples& samples, const Eigen::Ref<const VectorD>& direction,
             const Eigen::Ref<const Side>& side);

/// The feature of a direction, sigma(X w) / g(w) [n], with the signs of `side` whatever X w says:
/// samples that are on the border to rounding are so exactly. 2 n d flops.
VectorD feature(const Samples& samples, const Eigen::Ref<const VectorD>& direction,
                const Eigen::Ref<const Side>& side);

}  // namespace flatgrid::flattest
