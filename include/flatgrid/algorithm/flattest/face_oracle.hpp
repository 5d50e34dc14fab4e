// SPDX-License-Identifier: MIT
/// The oracle of low dimension: kappa(l) = max_w |l.sigma(X w)| / g(w) by visiting every face.
///
/// On the relative interior of a face with plus side P and border Z, let N be a basis of
/// {w : X_Z w = 0} and D = sigma' there. With G = L'L + nu X'D^2X (gauge.hpp) and q = X'D l
///   R(w) = |q.w| / (c sqrt(w'Gw))   is greatest at w = T q,   T = N (N'GN)^-1 N',
/// where it is sqrt(q'Tq) / c. It counts if w or -w has the face's signs; if not, the maximum over
/// the closed face is on a lower one. A face on which D X N has not full rank needs no visit: along
/// its kernel R is constant, down to a lower face.
///
/// T and c are computed once. q and G are sums over P of vectors that belong to the samples: taken
/// eight samples at a time from tables of all 256 partial sums. A query costs, with F faces,
/// F (n d / 8 + 2 d^2) flops and the sign checks of those faces that could matter.
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

/// All faces of the samples and what each needs for its maximum.
class FaceOracle {
 public:
  /// `signs`: all faces of the samples (faces.hpp).
  FaceOracle(const Samples& samples, const FaceSigns& signs);

  /// kappa(l) and the peaks above `threshold`, at most `most`.
  [[nodiscard]] Peaks peaks(const VectorD& multipliers, double threshold, Index most) const;

  /// Faces that are visited.
  [[nodiscard]] Index count() const { return signs_.count(); }

 private:
  /// What a query needs of its multipliers.
  struct Query {
    Query(const Samples& samples, const VectorD& multipliers);
    MatrixD weighted;  ///< l_i x_i, [d, n]
    VectorD total;     ///< s sum_i l_i x_i, [d]
    SubsetSums over;
  };

  /// q = X'D l of one face, [d].
  void correlation(const Query& query, Index face, double* q) const;
  /// R's unconstrained maximum on every face, squared.
  [[nodiscard]] VectorD squared_values(const Query& query) const;
  /// w = T q of one face into `point` [d].
  void stationary_point(const Query& query, Index face, VectorD& point) const;
  /// Whether w (1) or -w (-1) has the face's signs up to `tolerance` ||w|| ||x_i||, else 0.
  [[nodiscard]] int orientation(Index face, const VectorD& direction, double tolerance) const;

  Samples samples_;
  FaceSigns signs_;
  MatrixD inverses_;  ///< [d (d + 1) / 2, F]: T of each face, its lower triangle by columns
  VectorD prices_;    ///< [F]: c
};

/// Bytes that a FaceOracle of n samples in general position in dimension d takes, at most.
double face_oracle_bytes(Index samples, Index dimension);

}  // namespace flatgrid::flattest
