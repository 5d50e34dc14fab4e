// SPDX-License-Identifier: MIT
#include "flatgrid/measure/gaussian_moments.hpp"

#include <cmath>
#include <numbers>

#include <catch2/catch.hpp>

#include "flatgrid/base/extended_precision.hpp"

using namespace flatgrid;
using namespace flatgrid::measure;

namespace {

/// E[X^p 1{X>0} Y^q 1{Y>0}] by quadrature over the angle of the plane. With X = R cos u and
/// Y = R cos(u - t), R^2 exponential, the moment is E R^{p+q} / 2pi times the integral of
/// cos(u)^p cos(u - t)^q over the arc where both are positive. The midpoint rule has an error of O(h^2).
double moment_by_quadrature(int p, int q, double c) {
  const double t = std::acos(c);
  const double low = t - std::numbers::pi / 2;
  const double high = std::numbers::pi / 2;
  const int points = 20000;
  const double h = (high - low) / points;
  double sum = 0;
  for (int i = 0; i < points; ++i) {
    const double u = low + (i + 0.5) * h;
    sum += std::pow(std::cos(u), p) * std::pow(std::cos(u - t), q);
  }
  const double radial = std::pow(2.0, (p + q) / 2.0) * std::tgamma((p + q) / 2.0 + 1);
  return radial * sum * h / (2 * std::numbers::pi);
}

}  // namespace

TEST_CASE("half-line moments agree with a quadrature over the angle") {
  for (int p = 0; p < 4; ++p) {
    for (int q = 0; q < 4; ++q) {
      for (const double c : {-0.999, -0.5, 0.0, 0.3, 0.8, 0.9999}) {
        CAPTURE(p, q, c);
        CHECK(half_line_moment(p, q, CorrelationAngle<double>(c)) ==
              Approx(moment_by_quadrature(p, q, c)).epsilon(1e-6).margin(1e-10));
      }
    }
  }
}

TEST_CASE("half-line moments: slopes agree with finite differences") {
  // Central differences in extended precision have an error of O(h^2) = 1e-16.
  const Extended h = 1e-8;
  for (int p = 0; p < 4; ++p) {
    for (int q = 0; q < 4; ++q) {
      for (const double c : {-0.9, -0.2, 0.0, 0.6, 0.95}) {
        const Extended above = half_line_moment(p, q, CorrelationAngle<Extended>(Extended(c) + h));
        const Extended below = half_line_moment(p, q, CorrelationAngle<Extended>(Extended(c) - h));
        CHECK(half_line_moment_slope(p, q, CorrelationAngle<double>(c)) ==
              Approx(static_cast<double>(Extended((above - below) / (2 * h)))).epsilon(1e-11));
      }
    }
  }
}

TEST_CASE("half-line moments at the ends: E X^{p+q} on a half line, and 0") {
  for (int p = 0; p < 4; ++p) {
    for (int q = 0; q < 4; ++q) {
      const int k = p + q;
      const double half_moment =
          std::pow(2.0, k / 2.0 - 1) * std::tgamma((k + 1) / 2.0) / std::sqrt(std::numbers::pi);
      CHECK(half_line_moment(p, q, CorrelationAngle<double>(1.0)) == Approx(half_moment));
      CHECK(half_line_moment(p, q, CorrelationAngle<double>(-1.0)) == Approx(0).margin(1e-15));
    }
  }
}
