// SPDX-License-Identifier: MIT
/// The oracle for dimensions with too many faces: searches for kappa(l), which it may underestimate.
///
/// R has many peaks, most of them on vertices or low-dimensional faces. A climb goes from a direction to a
/// peak along great circles, with the exact maximum on each (great_circle.hpp):
///   - through w and its face's stationary point T q (face_oracle.hpp), down to a small face;
///   - if this does not improve R, through w along the edges that release one sample of Z and keep the
///     others;
///   - in faces of more than two dimensions, through random directions of the face,
/// until no circle improves R. If a maximum lies on a border, its sample joins Z. A climb that reaches a
/// ray (d - 1 borders) that an earlier climb has reached ends there: it would end at the same peak.
/// A circle takes 2 n d flops for X v and O(n log n); a climb in dimension 10 takes about 40 circles.
///
/// With a smooth function c of degree 1 (loss_form.hpp) the peaks are those of |l.sigma(X w) - c(w)| / g(w). On a
/// circle c is then linear on every arc, and what the circle finds is valued with c itself; and steps inside the
/// cell of w, towards its stationary point with grad c(w), come before the circles.
#pragma once

#include <set>
#include <vector>

#include "flatgrid/algorithm/flattest/great_circle.hpp"
#include "flatgrid/algorithm/flattest/peak.hpp"
#include "flatgrid/measure/loss_form.hpp"
#include "flatgrid/random/stream.hpp"

namespace flatgrid::flattest {

/// Searches for peaks of R; calls reuse its memory.
class SearchOracle {
 public:
  explicit SearchOracle(const Samples& samples, const measure::LossDerivative* smooth = nullptr);

  /// Climbs from the given directions and from the `random` best of many random directions. The peaks are
  /// in descending order, one for each plus side.
  Peaks peaks(const VectorD& multipliers, const MatrixD& starts, Index random,
              random::Stream stream);

  /// The peaks that steps inside their own cells lead to from the given directions, one a plus side.
  Peaks peaks_in_cells(const VectorD& multipliers, const MatrixD& starts);

  /// R [m] at directions [d, m] off all borders, by matrix products. 4 n d m flops.
  VectorD values(const VectorD& multipliers, const MatrixD& directions) const;

 private:
  /// The position of a climb: a direction, the independent samples on whose borders it lies, the QR
  /// decomposition of their unit vectors, and R.
  struct Place {
    VectorD direction;          ///< w, [d]
    std::vector<Index> border;  ///< Z
    MatrixD span, triangle;     ///< Q and R, [d, d], the first |Z| columns
    VectorD along;              ///< X w, exactly 0 on the border
    double value = 0;
    double sign = 1;  ///< of l.sigma - c
  };
  /// Climbs from a direction [d] to a peak; its value is 0 if an earlier climb has reached the same ray.
  Peak climb(const VectorD& multipliers, const VectorD& direction, random::Stream& stream);
  void begin(const VectorD& multipliers, const VectorD& direction);
  bool step_in_cell(const VectorD& multipliers, Place& place);
  /// Stores the ray of a climb; false if it was stored already.
  bool is_new(const Place& place);
  void settle(const VectorD& multipliers, Place& place);
  void set_derivative(const VectorD& along);
  bool try_circle(const VectorD& multipliers, VectorD& across, Place& place, Index released);
  void set_edge(const Place& place, Index k, VectorD& across) const;
  VectorD stationary_point(const VectorD& multipliers, const Place& place);

  const Samples& samples_;
  const measure::LossDerivative* smooth_;
  MatrixD squares_;  ///< [d (d + 1) / 2, n]: the lower triangle of x x' of every sample
  GreatCircle circle_;
  std::set<std::vector<Index>> rays_;  ///< rays reached with the current multipliers
  // Buffers of a step.
  Place place_, next_;
  VectorD derivative_, squares_of_derivative_, activations_, triangle_, slopes_, across_, vector_;
};

}  // namespace flatgrid::flattest
