// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/master.hpp"

#include <catch2/catch.hpp>

#include "algorithm/flattest/examples.hpp"

using namespace flatgrid;
using namespace flatgrid::flattest;

TEST_CASE("the solution of the master problem satisfies the optimality conditions") {
  const Index n = 12, m = 60;
  const MatrixD features = test::normal_inputs(1, n, m);
  const VectorD labels = test::normal_inputs(2, n, 1);
  const double proximity = GENERATE(1.0, 1e-2, 1e-5);
  const VectorD reference = labels / (2 * (features.transpose() * labels).cwiseAbs().maxCoeff());
  const MasterSolution solution = solve_master(features, labels, reference, proximity, 1e-10);
  const VectorD& l = solution.multipliers;
  const VectorD inner = features.transpose() * l;
  CHECK(inner.cwiseAbs().maxCoeff() <= 1);
  // y - rho (l - l_ref) = Phi b; b_j > 0 only if phi_j.l = 1, b_j < 0 only if phi_j.l = -1.
  CHECK((labels - proximity * (l - reference) - features * solution.coefficients).norm() <
        1e-6 * labels.norm());
  double slack = 0;
  for (Index j = 0; j < m; ++j)
    slack += std::abs(solution.coefficients(j)) - solution.coefficients(j) * inner(j);
  CHECK(slack <= 1e-8 * l.dot(labels));
}
