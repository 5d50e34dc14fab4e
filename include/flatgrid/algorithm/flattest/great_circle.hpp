// SPDX-License-Identifier: MIT
/// The exact maximum on a great circle, including discontinuities, of
///   R(u) = |l.sigma(X u)| / g(u)    over u = cos t w + sin t v, all t.
///
/// The samples cut the circle into arcs at tan t_i = -(w.x_i) / (v.x_i). On an arc l.sigma(X u) is
/// linear in u and g(u)^2 = c^2 u'Mu with c constant (M = L'L + nu X'D^2X on the circle), so that R has one
/// stationary point u = M^-1 p, where R^2 = p'M^-1 p / c^2. On the border of sample i, sigma'(0)^2 is used
/// for sample i.
/// One sort of the borders on the half circle cos t > 0 serves both halves: at -u the plus side
/// is the complement. Uses prefix sums of p, M and c^2 over the sorted borders. O(n log n), about 60 n
/// flops without the sort.
#pragma once

#include <cstdint>
#include <vector>

#include "flatgrid/algorithm/flattest/gauge.hpp"
#include "flatgrid/measure/circle_slopes.hpp"

namespace flatgrid::flattest {

/// A point cosine w + sine v of a circle.
struct CirclePoint {
  double value = 0;   ///< R at the point
  double cosine = 1;  ///< not normalized
  double sine = 0;
  Index border = -1;  ///< the sample on whose border the point lies; -1 inside an arc
};

/// Finds maxima on great circles; calls reuse its memory.
class GreatCircle {
 public:
  explicit GreatCircle(const Samples& samples);

  /// The maximum over the circle of w and v, given along = X w and across = X v [n each]. If both are 0
  /// for a sample, the whole circle is on its border. `fixed`: ||L w||^2, Lw.Lv, ||L v||^2.
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

  /// Columns of the sums of an arc: p = (p_w, p_v), M = (m_ww, m_wv, m_vv) and c^2, over the samples of
  /// the plus side.
  enum Sum { k_p_w, k_p_v, k_m_ww, k_m_wv, k_m_vv, k_c, k_sums };
  /// Borders and arcs are evaluated in blocks of this size; arrays over them have room for one more block.
  static constexpr Index k_block = 8;
  using Block = Eigen::Array<double, k_block, 1>;

  const Samples& samples_;
  Index borders_ = 0;  ///< number of samples whose border does not contain the whole circle
  double held_ = 0;    ///< sum of ||x||^2 over the samples whose border contains the whole circle
  std::vector<std::uint32_t> order_, slot_, starts_;
  /// For each sample: the angle of its border, and sin / (|sin| + cos), which increases with the angle.
  VectorD border_cosine_, border_sine_, angle_;
  VectorD sorted_angle_;   ///< [n], in sorted order
  VectorD cosine_, sine_;  ///< of the sorted borders, between the ends of the half circle
  /// In sorted order: ||x||^2, 1 for samples that enter the plus side, l.
  VectorD square_, enters_, multiplier_;
  MatrixD sums_;                ///< [., k_sums], a row for each arc
  VectorD total_;               ///< [k_sums], sums over all samples
  VectorD at_border_, on_arc_;  ///< R^2 at the borders and at the stationary points of the arcs
  VectorD stationary_cosine_, stationary_sine_;
  VectorD slope_w_, slope_v_;  ///< of c on the arcs of the present half
};

/// The plain reference: evaluates R at every border and every stationary point independently, O(n^2).
CirclePoint great_circle_maximum_reference(const Samples& samples, const VectorD& multipliers,
                                           const VectorD& along, const VectorD& across,
                                           const Eigen::Vector3d& fixed = {0, 0, 0});

}  // namespace flatgrid::flattest
