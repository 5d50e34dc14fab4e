// SPDX-License-Identifier: MIT
/// Wrappers of Eigen's matrix decompositions, so that each is compiled in one file: a file that
/// instantiates one from Eigen's headers takes 5 to 60 s longer to compile.
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
  MatrixD vectors;  ///< [n, n], an eigenvector in each column
};

/// Reads only the lower triangle.
SymmetricEigen symmetric_eigen(const MatrixD& matrix);

/// The eigenvalues [n] of a symmetric matrix, ascending; reads only the lower triangle.
VectorD symmetric_eigenvalues(const MatrixD& matrix);

/// A = U diag(values) V^T of a matrix [m, n], k = min(m, n); values descend.
struct SingularValues {
  MatrixD left;    ///< U, [m, k]
  VectorD values;  ///< [k]
  MatrixD right;   ///< V, [n, k]
};

/// By the one-sided Jacobi method.
SingularValues singular_values(const MatrixD& matrix);

/// A^-1 by an LU decomposition with partial pivoting; A must be nonsingular.
MatrixD inverse(const MatrixD& matrix);

/// An orthonormal basis [d, k] of the span of k <= d independent columns [d, k] (Householder).
MatrixD orthonormalized(const MatrixD& columns);

/// QR decomposition with column pivoting, A P = Q R.
template <class Scalar>
class PivotedQr {
 public:
  /// Pivots below `threshold` times the largest count as 0; default: Eigen's rounding threshold.
  explicit PivotedQr(const Matrix<Scalar>& matrix, std::optional<Scalar> threshold = {});

  [[nodiscard]] Index rank() const { return rank_; }
  /// An orthonormal basis [d, rank] of the column space.
  [[nodiscard]] Matrix<Scalar> range() const;
  /// An orthonormal basis [d, d - rank] of the orthogonal complement of the column space.
  [[nodiscard]] Matrix<Scalar> complement() const;
  /// The indices of all columns in pivot order: the first `rank` columns are independent.
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
  /// Pivots below `threshold` times the largest count as 0; default: Eigen's rounding threshold.
  explicit LeastSquares(const MatrixD& matrix, std::optional<double> threshold = {});
  [[nodiscard]] Index rank() const;
  [[nodiscard]] VectorD solve(const VectorD& right) const;

 private:
  Eigen::CompleteOrthogonalDecomposition<MatrixD> decomposition_;
};

/// A = P^T L D L^T P of a symmetric positive semidefinite matrix A. Reads only the lower triangle.
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

/// A = L L^T of a symmetric positive definite matrix A. Reads the lower triangle of A and overwrites it
/// with L.
class Cholesky {
 public:
  explicit Cholesky(Eigen::Ref<MatrixD> matrix);
  /// Whether the matrix is positive definite; if not, the other members may not be called.
  [[nodiscard]] bool succeeded() const;
  [[nodiscard]] VectorD solve(const VectorD& right) const;
  [[nodiscard]] MatrixD inverse() const;

 private:
  Eigen::LLT<Eigen::Ref<MatrixD>> factors_;
};

}  // namespace flatgrid
