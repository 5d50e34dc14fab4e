// SPDX-License-Identifier: MIT
/// Eigen's matrix decompositions behind types of our own, so that each is compiled in one file: a file
/// that instantiates one from Eigen's headers takes 5 to 60 s longer to compile.
#pragma once

#include <optional>
#include <vector>

#include <Eigen/Cholesky>
#include <Eigen/QR>

#include "flatgrid/base/linear_algebra.hpp"

namespace flatgrid {

/// A = V diag(values) V^T of a symmetric matrix [n, n]; values ascend.
struct SymmetricEigen {
  VectorD values;   ///< [n]
  MatrixD vectors;  ///< [n, n], a column each
};

/// Reads the lower triangle alone.
SymmetricEigen symmetric_eigen(const MatrixD& matrix);

/// The eigenvalues [n] of a symmetric matrix, ascending; reads the lower triangle alone.
VectorD symmetric_eigenvalues(const MatrixD& matrix);

/// A^-1 by an LU decomposition with partial pivoting; A must be regular.
MatrixD inverse(const MatrixD& matrix);

/// Orthonormal columns [d, k] that span what the k <= d independent columns [d, k] span (Householder).
MatrixD orthonormalized(const MatrixD& columns);

/// QR decomposition with column pivoting, A P = Q R.
template <class Scalar>
class PivotedQr {
 public:
  /// Pivots below `threshold` times the greatest count as 0; without it, below rounding.
  explicit PivotedQr(const Matrix<Scalar>& matrix, std::optional<Scalar> threshold = {});

  [[nodiscard]] Index rank() const { return rank_; }
  /// An orthonormal basis [d, rank] of what the columns span ...
  [[nodiscard]] Matrix<Scalar> range() const;
  /// ... and one [d, d - rank] of what is orthogonal to it.
  [[nodiscard]] Matrix<Scalar> complement() const;
  /// The numbers of all columns, the `rank` independent ones first.
  [[nodiscard]] std::vector<Index> order() const;
  /// The first `rank` rows of R P^T, that is Q^T A [rank, columns].
  [[nodiscard]] Matrix<Scalar> coordinates() const;
  /// The inverse of the first `rank` rows and columns of R.
  [[nodiscard]] Matrix<Scalar> inverse_triangle() const;

 private:
  Eigen::ColPivHouseholderQR<Matrix<Scalar>> qr_;
  Index rank_ = 0;
};

extern template class PivotedQr<double>;

/// The solution of least norm among those that minimize ||A x - b||, by a complete orthogonal
/// decomposition.
class LeastSquares {
 public:
  /// Pivots below `threshold` times the greatest count as 0; without it, below rounding.
  explicit LeastSquares(const MatrixD& matrix, std::optional<double> threshold = {});
  [[nodiscard]] VectorD solve(const VectorD& right) const;

 private:
  Eigen::CompleteOrthogonalDecomposition<MatrixD> decomposition_;
};

/// P^T L D L^T P of a symmetric positive semidefinite matrix, of which it reads the lower triangle.
/// Scalar is double.
template <class Scalar>
class SemidefiniteSolver {
 public:
  explicit SemidefiniteSolver(const Matrix<Scalar>& matrix);
  [[nodiscard]] Vector<Scalar> solve(const Vector<Scalar>& right) const;
  [[nodiscard]] Matrix<Scalar> inverse() const;

 private:
  Eigen::LDLT<Matrix<Scalar>> factors_;
};

extern template class SemidefiniteSolver<double>;

/// A = L L^T of a symmetric positive definite matrix, in the storage of A, of which it reads and
/// overwrites the lower triangle.
class Cholesky {
 public:
  explicit Cholesky(Eigen::Ref<MatrixD> matrix);
  /// Whether the matrix was positive definite; without that nothing can be solved.
  [[nodiscard]] bool succeeded() const;
  [[nodiscard]] VectorD solve(const VectorD& right) const;
  [[nodiscard]] MatrixD inverse() const;

 private:
  Eigen::LLT<Eigen::Ref<MatrixD>> factors_;
};

}  // namespace flatgrid
