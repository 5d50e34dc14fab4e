// SPDX-License-Identifier: MIT
/// The oracle by search, for dimensions in which the faces are too many: kappa(l) from below.
///
/// R has many peaks, most of them on vertices or low faces. A climb goes from a direction to a peak
/// by great circles, each of which finds its maximum exactly (great_circle.hpp):
///   - through w and its face's stationary point T q (face_oracle.hpp);
///   - at a border: through w along the edge that releases one sample of Z and keeps the others;
///   - through random directions of the face, in faces of more than one dimension,
/// until none improves. Where a maximum lies on a border, the sample joins Z. A climb that comes to
/// a ray (d - 1 borders) where an earlier one has been ends there: it would end at the same peak.
/// A circle costs 2 n d flops for X v and O(n log n); a climb in dimension 10 some 100 circles.
#pragma once

#include <set>
#include <vector>

#include "flatgrid/algorithm/flattest/great_circle.hpp"
#include "flatgrid/algorithm/flattest/peak.hpp"
#include "flatgrid/random/stream.hpp"

namespace flatgrid {

/// Searches for peaks of R; its memory is reused from call to call.
class SearchOracle {
 public:
  explicit SearchOracle(const Samples& samples);

  /// Climbs from the given directions and from `random` best ones of many random directions, and
  /// collects the peaks: greatest first, one a plus side.
  Peaks peaks(const VectorD& multipliers, const MatrixD& starts, Index random, Stream stream);

  /// R [m] at directions [d, m] off all borders, by matrix products. 4 n d m flops.
  VectorD values(const VectorD& multipliers, const MatrixD& directions) const;

  /// Great circles so far.
  [[nodiscard]] std::int64_t circles() const { return circles_; }

 private:
  struct Place;
  /// Climbs from a direction [d] to a peak; of value 0 if it comes to a ray where one has been.
  Peak climb(const VectorD& multipliers, const VectorD& direction, Stream& stream);
  /// Notes that a climb stands on a ray; false if one has before.
  bool is_new(const Place& place);
  void settle(const VectorD& multipliers, Place& place) const;
  bool try_circle(const VectorD& multipliers, const VectorD& across, Place& place,
                  const std::vector<Index>& kept);
  VectorD stationary_point(const VectorD& multipliers, const Place& place);

  const Samples& samples_;
  MatrixD squares_;  ///< [d (d + 1) / 2, n]: the lower triangle of x x' of every sample
  GreatCircle circle_;
  std::set<std::vector<Index>> rays_;  ///< where climbs to the present multipliers have been
  VectorD derivative_, triangle_, slopes_;
  std::int64_t circles_ = 0;
};

}  // namespace flatgrid
