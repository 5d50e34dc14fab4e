// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/pool.hpp"

#include <numeric>

#include <catch2/catch.hpp>

#include "algorithm/flattest/examples.hpp"

using namespace flatgrid;
using namespace flatgrid::flattest;

TEST_CASE("joined neurons have the same function at no higher cost") {
  const Index n = 8, d = 3, m = 200;  // with few samples many directions have the same plus side
  const Samples samples = make_samples(test::normal_inputs(1, d, n), 0.1, 0.01, 2.0 / n);
  Pool pool;
  std::vector<Peak> peaks;
  const MatrixD directions = test::normal_inputs(2, d, m).colwise().normalized();
  for (Index j = 0; j < m; ++j)
    peaks.push_back({0, directions.col(j), side_of(samples, directions.col(j))});
  append(pool, peaks);
  const MatrixD features = features_of(samples, pool);
  CHECK((features.col(5) - feature(samples, pool.directions.col(5), pool.sides.col(5))).norm() <
        1e-14);
  VectorD coefficients = test::normal_inputs(3, m, 1);
  const VectorD function = features * coefficients;
  const double cost = coefficients.cwiseAbs().sum();
  const JoinedNeurons joined = join_neurons(samples, pool, coefficients, 0);
  CHECK(joined.size() < m / 2);
  CHECK(std::accumulate(joined.members.begin(), joined.members.end(), Index{0}) == m);
  CHECK((features_of(samples, joined) * coefficients - function).norm() < 1e-12 * function.norm());
  CHECK(coefficients.cwiseAbs().sum() <= cost * (1 + 1e-14));
}
