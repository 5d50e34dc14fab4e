// SPDX-License-Identifier: MIT
/// A climb: from a direction to a peak of R(w) = |l.sigma(X w)| / g(w), along great circles, with the exact maximum
/// on each (great_circle.hpp):
///   - through w and its face's stationary point T q (face_oracle.hpp), down to a small face;
///   - if this does not improve R, through w along the edges that release one sample of Z and keep the
///     others;
///   - in faces of more than two dimensions, through random directions of the face,
/// until no circle improves R. If a maximum lies on a border, its sample joins Z.
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

/// A ray is the intersection of d - 1 borders: their samples, ascending, and the side of the first other sample.
using Ray = std::vector<Index>;

struct Climb {
  Peak peak{0, {}, {}};   ///< its value is 0 if the climb ended at a known ray
  std::vector<Ray> rays;  ///< that the climb reached
};

/// Climbs; calls reuse its memory.
class Climber {
 public:
  /// `squares` [d (d + 1) / 2, n]: the lower triangle of x x' of every sample. What is referred to outlives the climber.
  Climber(const Samples& samples, const measure::LossDerivative* smooth, const MatrixD& squares);

  /// Climbs from a direction [d]. Ends at a ray that is `known`: from there another climb has reached a peak.
  Climb climb(const VectorD& multipliers, const VectorD& direction, random::Stream stream,
              const std::set<Ray>& known);
  /// The peak to which steps inside its own cell lead from a direction [d].
  Peak climb_in_cell(const VectorD& multipliers, const VectorD& direction);

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
  void begin(const VectorD& multipliers, const VectorD& direction);
  bool step_in_cell(const VectorD& multipliers, Place& place);
  void settle(const VectorD& multipliers, Place& place);
  void set_derivative(const VectorD& along);
  bool try_circle(const VectorD& multipliers, VectorD& across, Place& place, Index released);
  void set_edge(const Place& place, Index k, VectorD& across) const;
  VectorD stationary_point(const VectorD& multipliers, const Place& place);
  [[nodiscard]] Ray ray_of(const Place& place) const;
  static Peak peak_at(const Place& place);

  const Samples& samples_;
  const measure::LossDerivative* smooth_;
  const MatrixD& squares_;
  GreatCircle circle_;
  // Buffers of a step.
  Place place_, next_;
  VectorD derivative_, squares_of_derivative_, activations_, triangle_, slopes_, across_, vector_;
};

}  // namespace flatgrid::flattest
