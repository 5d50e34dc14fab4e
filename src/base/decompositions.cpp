// SPDX-License-Identifier: MIT
#include "flatgrid/base/decompositions.hpp"

#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <Eigen/SVD>

namespace flatgrid {

SymmetricEigen symmetric_eigen(const MatrixD& matrix) {
  const Eigen::SelfAdjointEigenSolver<MatrixD> solver(matrix);
  return {solver.eigenvalues(), solver.eigenvectors()};
}

VectorD symmetric_eigenvalues(const MatrixD& matrix) {
  return Eigen::SelfAdjointEigenSolver<MatrixD>(matrix, Eigen::EigenvaluesOnly).eigenvalues();
}

SingularValues singular_values(const MatrixD& matrix) {
  const Eigen::JacobiSVD<MatrixD> svd(matrix, Eigen::ComputeThinU | Eigen::ComputeThinV);
  return {svd.matrixU(), svd.singularValues(), svd.matrixV()};
}

MatrixD inverse(const MatrixD& matrix) { return matrix.partialPivLu().inverse(); }

MatrixD orthonormalized(const MatrixD& columns) {
  return Eigen::HouseholderQR<MatrixD>(columns).householderQ() *
         MatrixD::Identity(columns.rows(), columns.cols());
}

template <class Scalar>
PivotedQr<Scalar>::PivotedQr(const Matrix<Scalar>& matrix, std::optional<Scalar> threshold)
    : qr_(matrix) {
  if (threshold) qr_.setThreshold(*threshold);
  rank_ = qr_.rank();
}

template <class Scalar>
Matrix<Scalar> PivotedQr<Scalar>::range() const {
  return qr_.householderQ() * Matrix<Scalar>::Identity(qr_.rows(), rank_);
}

template <class Scalar>
Matrix<Scalar> PivotedQr<Scalar>::complement() const {
  Matrix<Scalar> last = Matrix<Scalar>::Zero(qr_.rows(), qr_.rows() - rank_);
  last.bottomRows(last.cols()).setIdentity();
  return qr_.householderQ() * last;
}

template <class Scalar>
std::vector<Index> PivotedQr<Scalar>::order() const {
  const auto& indices = qr_.colsPermutation().indices();
  return {indices.begin(), indices.end()};
}

template <class Scalar>
Matrix<Scalar> PivotedQr<Scalar>::coordinates() const {
  const Matrix<Scalar> r = qr_.matrixQR().topRows(rank_).template triangularView<Eigen::Upper>();
  return r * qr_.colsPermutation().inverse();
}

template <class Scalar>
Matrix<Scalar> PivotedQr<Scalar>::inverse_triangle() const {
  return qr_.matrixQR()
      .topLeftCorner(rank_, rank_)
      .template triangularView<Eigen::Upper>()
      .solve(Matrix<Scalar>::Identity(rank_, rank_));
}

template class PivotedQr<double>;

LeastSquares::LeastSquares(const MatrixD& matrix, std::optional<double> threshold)
    : decomposition_(matrix.rows(), matrix.cols()) {
  if (threshold) decomposition_.setThreshold(*threshold);
  decomposition_.compute(matrix);
}

Index LeastSquares::rank() const { return decomposition_.rank(); }

VectorD LeastSquares::solve(const VectorD& right) const { return decomposition_.solve(right); }

template <class Scalar>
SemidefiniteSolver<Scalar>::SemidefiniteSolver(const Matrix<Scalar>& matrix) : factors_(matrix) {}

template <class Scalar>
Vector<Scalar> SemidefiniteSolver<Scalar>::solve(const Vector<Scalar>& right) const {
  return factors_.solve(right);
}

template <class Scalar>
Matrix<Scalar> SemidefiniteSolver<Scalar>::inverse() const {
  return factors_.solve(Matrix<Scalar>::Identity(factors_.rows(), factors_.rows()));
}

template class SemidefiniteSolver<double>;

Cholesky::Cholesky(Eigen::Ref<MatrixD> matrix) : factors_(matrix) {}

bool Cholesky::succeeded() const { return factors_.info() == Eigen::Success; }

VectorD Cholesky::solve(const VectorD& right) const { return factors_.solve(right); }

MatrixD Cholesky::inverse() const {
  return factors_.solve(MatrixD::Identity(factors_.rows(), factors_.rows()));
}

}  // namespace flatgrid
