// SPDX-License-Identifier: MIT
/// The oracle for low dimensions: computes kappa(l) = max_w |l.sigma(X w)| / g(w) by visiting every face.
///
/// On the relative interior of a face with plus side P and zero set Z, let N be a basis of
/// {w : X_Z w = 0} and D = sigma' there. With G = L'L + nu X'D^2X (gauge.hpp) and q = X'D l
///   R(w) = |q.w| / (c sqrt(w'Gw))   is greatest at w = T q,   T = N (N'GN)^-1 N',
/// with the value sqrt(q'Tq) / c. This is a maximum of R if w or -w has the face's signs; if not, the
/// maximum over the closed face is on a lower face. A face on which D X N does not have full rank need not
/// be visited: along the kernel R is constant until a lower face is reached.
///
/// T and c are computed once. q and G are sums of sample vectors over P, computed eight samples at a
/// time from tables of all 256 partial sums. With F faces a query takes F (n d / 8 + 2 d^2) flops and the
/// sign checks of the faces whose value may be among the peaks.
#pragma once

#include <array>

#include "flatgrid/algorithm/flattest/faces.hpp"
#include "flatgrid/algorithm/flattest/gauge.hpp"
#include "flatgrid/algorithm/flattest/peak.hpp"

namespace flatgrid::flattest {

/// Sums over subsets of columns of a matrix [k, n]: sum_{i in P} values_i in n k / 8 flops.
class SubsetSums {
 public:
  /// 32 n k flops and doubles.
  explicit SubsetSums(const MatrixD& values);
  /// The sum over the set bits of `words` into `sum` [k].
  void over(const std::uint64_t* words, double* sum) const;

 private:
  Index size_;      ///< k
  Index bytes_;     ///< ceil(n / 8)
  MatrixD tables_;  ///< [k, 256 bytes]
};

/// All faces of the samples, with T and c of each face.
class FaceOracle {
 public:
  /// `signs`: all faces of the samples (faces.hpp).
  FaceOracle(const Samples& samples, const FaceSigns& signs);

  /// kappa(l) and at most `most` peaks above `threshold`.
  [[nodiscard]] Peaks peaks(const VectorD& multipliers, double threshold, Index most) const;

  /// The number of visited faces.
  [[nodiscard]] Index count() const { return signs_.count(); }

 private:
  /// Quantities of a query that depend only on its multipliers.
  struct Query {
    Query(const Samples& samples, const VectorD& multipliers);
    MatrixD weighted;  ///< l_i x_i, [d, n]
    VectorD total;     ///< s sum_i l_i x_i, [d]
    SubsetSums over;
  };

  /// q = X'D l of one face, [d].
  void correlation(const Query& query, Index face, double* q) const;
  /// The squared maximum of R on the span of every face.
  [[nodiscard]] VectorD squared_values(const Query& query) const;
  /// w = T q of one face into `point` [d].
  void stationary_point(const Query& query, Index face, VectorD& point) const;
  /// Whether w (1) or -w (-1) has the face's signs up to `tolerance` ||w|| ||x_i||, else 0.
  [[nodiscard]] int orientation(Index face, const VectorD& direction, double tolerance) const;

  Samples samples_;
  FaceSigns signs_;
  MatrixD inverses_;   ///< [d (d + 1) / 2, F]: T of each face, its lower triangle by columns
  VectorD constants_;  ///< [F]: c
};

/// The largest memory in bytes of a FaceOracle for n samples in general position in dimension d.
double face_oracle_bytes(Index samples, Index dimension);

}  // namespace flatgrid::flattest
