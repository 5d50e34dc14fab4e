// SPDX-License-Identifier: MIT
#include "flatgrid/measure/extreme_samples.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <catch2/catch.hpp>

#include "support.hpp"

using namespace flatgrid;
using namespace flatgrid::measure;

namespace {

MatrixD with_one(const MatrixD& inputs) {
  MatrixD result = MatrixD::Ones(inputs.rows() + 1, inputs.cols());
  result.topRows(inputs.rows()) = inputs;
  return result;
}

}  // namespace

TEST_CASE("extreme samples: the least and greatest on a line, the corners of a square") {
  CHECK(extreme_share(with_one(MatrixD{{0.3, -1, 2, 0.7, 1.9}})) == 0.4);
  const MatrixD square{{1, 1, -1, -1, 0, 0.5, 1}, {1, -1, 1, -1, 0, 0.2, 0.3}};
  // The centre, a point inside and one on an edge are not extreme.
  CHECK(extreme_share(with_one(square)) == Approx(4.0 / 7));
}

TEST_CASE("extreme samples: a simplex has only extreme points, equal samples none") {
  MatrixD simplex = MatrixD::Zero(3, 4);
  simplex.rightCols(3).setIdentity();
  CHECK(extreme_share(with_one(simplex)) == 1);
  CHECK(extreme_share(with_one(MatrixD::Constant(2, 3, 0.5))) == 0);
}

TEST_CASE("extreme samples: in the plane they are the vertices of the convex hull") {
  const Index samples = 60;
  const MatrixD inputs = test::normals(4, 2 * samples).reshaped(2, samples);
  // i is a vertex if and only if all other samples, seen from i, lie within an angle below pi.
  Index vertices = 0;
  for (Index i = 0; i < samples; ++i) {
    std::vector<double> angles;
    for (Index j = 0; j < samples; ++j) {
      if (j == i) continue;
      const VectorD to = inputs.col(j) - inputs.col(i);
      angles.push_back(std::atan2(to(1), to(0)));
    }
    std::ranges::sort(angles);
    double widest = angles.front() + 2 * M_PI - angles.back();
    for (std::size_t k = 1; k < angles.size(); ++k)
      widest = std::max(widest, angles[k] - angles[k - 1]);
    vertices += widest > M_PI ? 1 : 0;
  }
  CHECK(vertices > 4);
  CHECK(extreme_share(with_one(inputs)) ==
        Approx(static_cast<double>(vertices) / static_cast<double>(samples)));
}

TEST_CASE("extreme samples: almost all Gaussian samples in dimension 10, all in 30") {
  const auto share = [](Index dimension, Index samples) {
    return extreme_share(
        with_one(test::normals(1, dimension * samples).reshaped(dimension, samples)));
  };
  CHECK(share(10, 100) > 0.9);
  CHECK(share(30, 100) == 1);
}
