// SPDX-License-Identifier: MIT
#include "flatgrid/base/decompositions.hpp"

#include <catch2/catch.hpp>

#include "flatgrid/random/stream.hpp"

using namespace flatgrid;

namespace {

MatrixD random_matrix(std::int64_t seed, Index rows, Index columns) {
  random::Stream stream(seed, random::Purpose::test_set, 0);
  MatrixD matrix(rows, columns);
  for (auto column : matrix.colwise()) random::fill_normal(stream, column);
  return matrix;
}

/// A matrix [5, 7] of rank 3.
MatrixD deficient() { return random_matrix(1, 5, 3) * random_matrix(2, 3, 7); }

bool is_zero(const MatrixD& matrix) { return matrix.cwiseAbs().maxCoeff() < 1e-12; }

bool is_orthonormal(const MatrixD& columns) {
  return is_zero(columns.transpose() * columns - MatrixD::Identity(columns.cols(), columns.cols()));
}

}  // namespace

TEST_CASE("eigenvalues ascend, eigenvectors are orthonormal, and only the lower triangle is read") {
  const MatrixD half = random_matrix(3, 4, 4);
  MatrixD matrix = half + half.transpose();
  const SymmetricEigen whole = symmetric_eigen(matrix);
  CHECK(is_zero(matrix * whole.vectors - whole.vectors * whole.values.asDiagonal()));
  CHECK(is_orthonormal(whole.vectors));
  CHECK(whole.values(0) < whole.values(3));
  matrix.triangularView<Eigen::StrictlyUpper>().setZero();
  CHECK(is_zero(symmetric_eigenvalues(matrix) - whole.values));
}

TEST_CASE("pivoted QR splits space into range and complement, and gives the dependent columns") {
  const MatrixD matrix = deficient();
  const PivotedQr<double> qr(matrix, 1e-10);
  REQUIRE(qr.rank() == 3);
  MatrixD both(5, 5);
  both << qr.range(), qr.complement();
  CHECK(is_orthonormal(both));
  CHECK(is_zero(qr.complement().transpose() * matrix));
  CHECK(is_zero(qr.range() * qr.coordinates() - matrix));
  // All columns are combinations of the independent ones: A = A_r (R_r^-1 Q^T A).
  std::vector<Index> independent = qr.order();
  independent.resize(3);
  const MatrixD chosen = matrix(Eigen::all, independent);
  CHECK(is_zero(chosen * (qr.inverse_triangle() * qr.coordinates()) - matrix));
  CHECK(PivotedQr<double>(matrix, 2.0).rank() == 0);
}

TEST_CASE(
    "least squares: the solution satisfies the normal equations and is orthogonal to the kernel") {
  const MatrixD matrix = deficient();
  const VectorD right = random_matrix(4, 5, 1);
  const VectorD solution = LeastSquares(matrix, 1e-10).solve(right);
  CHECK(is_zero(matrix.transpose() * (matrix * solution - right)));
  const MatrixD kernel = PivotedQr<double>(matrix.transpose(), 1e-10).complement();
  REQUIRE(kernel.cols() == 4);
  CHECK(is_zero(kernel.transpose() * solution));
}

TEST_CASE("Cholesky and LDL solve, and Cholesky refuses matrices that are not positive definite") {
  const MatrixD half = random_matrix(5, 4, 6);
  const MatrixD matrix = half * half.transpose();
  const VectorD right = random_matrix(6, 4, 1);
  MatrixD overwritten = matrix;
  const Cholesky cholesky(overwritten);
  REQUIRE(cholesky.succeeded());
  CHECK(is_zero(matrix * cholesky.solve(right) - right));
  CHECK(is_zero(matrix * cholesky.inverse() - MatrixD::Identity(4, 4)));
  CHECK(is_zero(matrix * SemidefiniteSolver<double>(matrix).solve(right) - right));
  CHECK(is_zero(matrix * SemidefiniteSolver<double>(matrix).inverse() - MatrixD::Identity(4, 4)));
  CHECK(is_zero(matrix * inverse(matrix) - MatrixD::Identity(4, 4)));
  MatrixD indefinite = MatrixD::Identity(2, 2);
  indefinite(1, 1) = -1;
  CHECK_FALSE(Cholesky(indefinite).succeeded());
}

TEST_CASE("orthonormalized columns span the same space") {
  const MatrixD columns = random_matrix(7, 6, 3);
  const MatrixD basis = orthonormalized(columns);
  CHECK(is_orthonormal(basis));
  CHECK(is_zero(basis * (basis.transpose() * columns) - columns));
}
