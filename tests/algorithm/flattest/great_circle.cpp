// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/great_circle.hpp"

#include <catch2/catch.hpp>

#include "algorithm/flattest/examples.hpp"

using namespace flatgrid;
using namespace flatgrid::flattest;

TEST_CASE("the maximum on a great circle agrees with the plain reference and a dense scan") {
  const double slope = GENERATE(0.0, 0.1, -1.0);
  const double square_at_zero = GENERATE(0.0, 1.0);
  CAPTURE(slope, square_at_zero);
  for (std::int64_t seed = 0; seed < 8; ++seed) {
    const Index n = 25, d = 4;
    const MatrixD inputs = test::normal_inputs(seed, d, n);
    // sigma'(0) is s for relu and leaky-relu; abs is tested with both values in use, 0 and 1 (gauge.hpp).
    const double zero = slope == -1 ? square_at_zero : slope * slope;
    const Samples samples = make_samples(inputs, slope, zero, 2.0 / static_cast<double>(n));
    const VectorD l = test::normal_inputs(50 + seed, n, 1);
    VectorD w = test::normal_inputs(100 + seed, d, 1), v = test::normal_inputs(150 + seed, d, 1);
    if (seed % 2 == 1) {  // a circle that lies on the border of sample 3
      const VectorD x = inputs.col(3).normalized();
      w -= x * x.dot(w);
      v -= x * x.dot(v);
    }
    GreatCircle circle(samples);
    const VectorD along = inputs.transpose() * w, across = inputs.transpose() * v;
    const CirclePoint best = circle.maximum(l, along, across);
    CHECK(best.value ==
          Approx(great_circle_maximum_reference(samples, l, along, across).value).epsilon(1e-12));
    const VectorD point = best.cosine * w + best.sine * v;
    CHECK(best.value == Approx(test::ratio(inputs, l, point, slope, zero)).epsilon(1e-9));
    if (best.border >= 0)
      CHECK(std::abs(point.dot(inputs.col(best.border))) < 1e-12 * point.norm());
    double scanned = 0;
    for (int k = 0; k < 5000; ++k) {
      const double angle = 2 * M_PI * k / 5000;
      scanned = std::max(
          scanned, test::ratio(inputs, l, std::cos(angle) * w + std::sin(angle) * v, slope, zero));
    }
    CHECK(scanned <= best.value * (1 + 1e-12));
  }
}
