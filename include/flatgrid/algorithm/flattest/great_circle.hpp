// SPDX-License-Identifier: MIT
/// The exact maximum on a great circle, jumps included, of
///   R(u) = |l.sigma(X u)| / g(u)    over u = cos t w + sin t v, all t.
///
/// The samples cut the circle into arcs at tan t_i = -(w.x_i) / (v.x_i). On an arc l.sigma(X u) is
/// linear in u and g(u)^2 = c^2 u'Mu with c constant (M = L'L + nu X'D^2X on the circle), so that R has one stationary point
/// u = M^-1 p, where R^2 = p'M^-1 p / c^2. On the border of sample i itself sigma'(0)^2 counts for
/// it. One sort of the borders on the half circle cos t > 0 serves both halves: at -u the plus side
/// is the complement. Prefix sums of p, M and c^2 over the sorted borders; O(n log n), about 60 n
/// flops besides the sort.
#pragma once

#include <cstdint>
#include <vector>

#include "flatgrid/algorithm/flattest/gauge.hpp"
#include "flatgrid/measure/circle_slopes.hpp"

namespace flatgrid::flattest {

/// A point cosine w + sine v of a circle.
struct CirclePoint {
  double value = 0;   ///< R there
  double cosine = 1;  ///< not normalized
  double sine = 0;
  Index border = -1;  ///< the sample on whose border it is, or -1 inside an arc
};

/// Finds maxima on great circles; its memory is reused from call to call.
class GreatCircle {
 public:
  explicit GreatCircle(const Samples& samples);

  /// The maximum over the circle of w and v, given along = X w and across = X v [n each]. Samples
  /// for which both are 0 lie on the border of all its points. `fixed`: ||L w||^2, Lw.Lv, ||L v||^2.
  /// With `smooth`, of |l.sigma - c| / g, where c is linear on every arc with the slopes that it has in the
  /// arc's middle, on an arc that w is on with those at w.
  CirclePoint maximum(const VectorD& multipliers, const VectorD& along, const VectorD& across,
                      const Eigen::Vector3d& fixed = {0, 0, 0},
                      const measure::CircleSlopes* smooth = nullptr);

 private:
  void sort_borders(const VectorD& along, const VectorD& across);
  void sum_over_arcs(const VectorD& multipliers, const VectorD& along, const VectorD& across);
  void set_slopes(const measure::CircleSlopes& smooth, bool antipodal);
  void value_half(bool antipodal, const Eigen::Vector3d& fixed, bool smooth);

  /// The places of an arc's sums: p = (p_w, p_v), M = (m_ww, m_wv, m_vv) and c^2, samples of the
  /// plus side only.
  enum Sum { k_p_w, k_p_v, k_m_ww, k_m_wv, k_m_vv, k_c, k_sums };
  /// Borders and arcs are valued so many at a time: what is indexed by them has room for as many
  /// more.
  static constexpr Index k_block = 8;
  using Block = Eigen::Array<double, k_block, 1>;

  const Samples& samples_;
  Index borders_ = 0;  ///< samples that are not on the border of the whole circle
  double held_ = 0;    ///< sum of ||x||^2 over those that are
  std::vector<std::uint32_t> order_, slot_, starts_;
  /// Of the samples: where their borders are, and sin / (|sin| + cos), which grows with the angle.
  VectorD border_cosine_, border_sine_, angle_;
  VectorD sorted_angle_;   ///< [n], in order
  VectorD cosine_, sine_;  ///< of the borders in order, between those of the half circle
  /// In order: ||x||^2, 1 for samples that enter the plus side, l.
  VectorD square_, enters_, multiplier_;
  MatrixD sums_;                ///< [., k_sums], a row an arc
  VectorD total_;               ///< [k_sums], over the whole circle's samples
  VectorD at_border_, on_arc_;  ///< R^2 at borders and at arcs' stationary points
  VectorD stationary_cosine_, stationary_sine_;
  VectorD slope_w_, slope_v_;  ///< of c on the arcs of the present half
};

/// The same by evaluating R at every border and every stationary point from scratch, O(n^2): the
/// plain reference.
CirclePoint great_circle_maximum_reference(const Samples& samples, const VectorD& multipliers,
                                           const VectorD& along, const VectorD& across,
                                           const Eigen::Vector3d& fixed = {0, 0, 0});

}  // namespace flatgrid::flattest
