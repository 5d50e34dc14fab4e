// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/simplex.hpp"

#include <catch2/catch.hpp>

#include "algorithm/flattest/examples.hpp"

using namespace flatgrid;
using namespace flatgrid::flattest;

TEST_CASE(
    "the primal and dual solutions of the simplex method are feasible and have equal values") {
  for (const Index sparse : {0, 3}) {
    CAPTURE(sparse);
    const Index n = 20, m = 200;
    const MatrixD features = test::normal_inputs(1, n, m).colwise().normalized();
    // Random labels, or the sum of three features, which makes the problem degenerate.
    const VectorD labels = sparse == 0 ? VectorD(test::normal_inputs(2, n, 1))
                                       : VectorD(features.leftCols(3) * VectorD::Ones(3));
    const SimplexSolution solution = solve_simplex(features, labels, {}, VectorD::Ones(m));
    REQUIRE(solution.independent);
    const MatrixD basis = features(Eigen::all, solution.basis);
    CHECK((basis * solution.coefficients - labels).norm() < 1e-12 * labels.norm());
    CHECK((features.transpose() * solution.multipliers).cwiseAbs().maxCoeff() <= 1 + 1e-9);
    CHECK(solution.multipliers.dot(labels) == Approx(solution.cost).epsilon(1e-8));
    CHECK(solution.cost == Approx(solution.coefficients.cwiseAbs().sum()));
    if (sparse > 0) CHECK(solution.cost <= 3 * (1 + 1e-12));
  }
}

TEST_CASE("a pool that does not span all labels has no basis") {
  MatrixD features = test::normal_inputs(1, 5, 30);
  features.row(4).setZero();
  CHECK_FALSE(solve_simplex(features, VectorD::Ones(5), {}, VectorD::Ones(30)).independent);
}
