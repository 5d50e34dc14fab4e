// SPDX-License-Identifier: MIT
/// The oracle by search, for dimensions in which the faces are too many: kappa(l) from below.
///
/// R has many peaks, most of them on vertices or low faces. A climb goes from a direction to a peak
/// by great circles, each of which finds its maximum exactly (great_circle.hpp):
///   - through w and its face's stationary point T q (face_oracle.hpp), down to a small face;
///   - where that leads no further, through w along the edges that release one sample of Z and keep
///     the others: on the way down there are many, and they lead no higher;
///   - through random directions of the face, in faces of more than two dimensions,
/// until none improves. Where a maximum lies on a border, the sample joins Z. A climb that comes to
/// a ray (d - 1 borders) where an earlier one has been ends there: it would end at the same peak.
/// A circle costs 2 n d flops for X v and O(n log n); a climb in dimension 10 some 40 circles.
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

/// Searches for peaks of R; its memory is reused from call to call.
class SearchOracle {
 public:
  explicit SearchOracle(const Samples& samples, const measure::LossDerivative* smooth = nullptr);

  /// Climbs from the given directions and from `random` best ones of many random directions, and
  /// collects the peaks: greatest first, one a plus side.
  Peaks peaks(const VectorD& multipliers, const MatrixD& starts, Index random,
              random::Stream stream);

  /// The peaks that steps inside their own cells lead to from the given directions, one a plus side.
  Peaks peaks_in_cells(const VectorD& multipliers, const MatrixD& starts);

  /// R [m] at directions [d, m] off all borders, by matrix products. 4 n d m flops.
  VectorD values(const VectorD& multipliers, const MatrixD& directions) const;

 private:
  /// Where a climb stands: a direction, the independent samples whose borders it lies on, their unit
  /// vectors as Q R, and R.
  struct Place {
    VectorD direction;          ///< w, [d]
    std::vector<Index> border;  ///< Z
    MatrixD span, triangle;     ///< Q and R, [d, d], the first |Z| columns
    VectorD along;              ///< X w, exactly 0 on the border
    double value = 0;
    double sign = 1;  ///< of l.sigma - c
  };
  /// Climbs from a direction [d] to a peak; of value 0 if it comes to a ray where one has been.
  Peak climb(const VectorD& multipliers, const VectorD& direction, random::Stream& stream);
  void begin(const VectorD& multipliers, const VectorD& direction);
  bool step_in_cell(const VectorD& multipliers, Place& place);
  /// Notes that a climb stands on a ray; false if one has before.
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
  std::set<std::vector<Index>> rays_;  ///< where climbs to the present multipliers have been
  // Room for what a step of a climb computes.
  Place place_, next_;
  VectorD derivative_, squares_of_derivative_, activations_, triangle_, slopes_, across_, vector_;
};

}  // namespace flatgrid::flattest
