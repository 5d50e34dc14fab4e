// SPDX-License-Identifier: MIT
#include "flatgrid/measure/zonal_series.hpp"

#include <cmath>

#include <catch2/catch.hpp>

using namespace flatgrid;
using namespace flatgrid::measure;

TEST_CASE("Hermite series: the coefficients of polynomials and of sin agree with closed forms") {
  const ZonalBasis basis = ZonalBasis::gaussian();
  // z^3 = sqrt(6) Q_3 + 3 Q_1
  const VectorD cubic = basis.coefficients([](double z) { return z * z * z; });
  CHECK(cubic(1) == Approx(3).epsilon(1e-13));
  CHECK(cubic(3) == Approx(std::sqrt(6.0)).epsilon(1e-13));
  CHECK(cubic(5) == Approx(0).margin(1e-13));
  CHECK(cubic(599) == Approx(0).margin(1e-12));
  // E sin(z) Q_k = +- e^{-1/2} / sqrt(k!) for odd k
  const VectorD sine = basis.coefficients([](double z) { return std::sin(z); });
  CHECK(sine(1) == Approx(std::exp(-0.5)).epsilon(1e-13));
  CHECK(sine(3) == Approx(-std::exp(-0.5) / std::sqrt(6.0)).epsilon(1e-13));
}

TEST_CASE("the series of a kink or a jump has its second moment up to the known tail") {
  for (const auto& basis : {ZonalBasis::gaussian(), ZonalBasis::sphere(5, std::sqrt(5.0))}) {
    // sum_k f_k^2 = E f^2. For relu f_k^2 ~ k^{-5/2}, so the tail of the sum is K^{-3/2} = 1e-4.
    const VectorD relu = basis.coefficients([](double z) { return std::max(z, 0.0); });
    CHECK(relu.squaredNorm() == Approx(0.5).margin(1e-4));
    CHECK(relu.squaredNorm() < 0.5);
  }
}

TEST_CASE("Gegenbauer series on the sphere: E f(X) f(Y) of linear and quadratic functions") {
  for (const Index d : {2, 3, 10, 200}) {
    CAPTURE(d);
    const double radius = std::sqrt(static_cast<double>(d));
    const ZonalBasis basis = ZonalBasis::sphere(d, radius);
    const VectorD linear = basis.coefficients([](double z) { return z; });
    const VectorD square = basis.coefficients([](double z) { return z * z; });
    for (const double c : {-1.0, -0.3, 0.0, 0.7, 1.0}) {
      // E X Y = c and E X^2 Y^2 = d (1 + 2 c^2) / (d + 2) for radius sqrt(d).
      CHECK(basis.evaluate(linear.cwiseProduct(linear), c).value == Approx(c).margin(1e-12));
      CHECK(basis.evaluate(square.cwiseProduct(square), c).value ==
            Approx(static_cast<double>(d) * (1 + 2 * c * c) / (static_cast<double>(d) + 2)));
    }
    // The derivative in c agrees with a central difference.
    const VectorD product = square.cwiseProduct(square);
    const double h = 1e-5;
    const double slope =
        (basis.evaluate(product, 0.4 + h).value - basis.evaluate(product, 0.4 - h).value) / (2 * h);
    CHECK(basis.evaluate(product, 0.4).by_cosine == Approx(slope).epsilon(1e-8));
  }
}
