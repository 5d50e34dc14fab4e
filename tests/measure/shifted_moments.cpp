// SPDX-License-Identifier: MIT
#include "flatgrid/measure/shifted_moments.hpp"

#include <array>
#include <cmath>

#include <catch2/catch.hpp>

#include "flatgrid/base/extended_precision.hpp"
#include "flatgrid/measure/gaussian_moments.hpp"
#include "support.hpp"

using namespace flatgrid;
using namespace flatgrid::measure;

namespace {

struct ReferenceMoments {
  double scale, shift, other_scale, other_shift, angle;
  std::array<double, 16> values;
};

const ReferenceMoments k_moments[] = {
#include "reference/shifted_moments.inc"
};

template <class Real>
ShiftedMoments<Real> moments_of(const ReferenceMoments& reference) {
  using std::cos;
  using std::sin;
  const Real t = reference.angle;
  const Vector<Real> u{{Real(1), Real(0)}};
  const Vector<Real> v{{cos(t), sin(t)}};
  return {{Real(reference.scale), Real(reference.shift)},
          {Real(reference.other_scale), Real(reference.other_shift)},
          Correlation<Real>::of(u, v),
          3,
          3};
}

}  // namespace

TEST_CASE("moments of neurons with biases agree with 40-digit integrals") {
  for (const ReferenceMoments& reference : k_moments) {
    const auto in_double = moments_of<double>(reference);
    const auto extended = moments_of<Extended>(reference);
    for (int p = 0; p < 4; ++p) {
      for (int q = 0; q < 4; ++q) {
        CAPTURE(reference.scale, reference.shift, reference.other_shift, reference.angle, p, q);
        const double expected = reference.values[static_cast<std::size_t>(4 * p + q)];
        const double size = std::pow(std::hypot(reference.scale, reference.shift), p) *
                            std::pow(std::hypot(reference.other_scale, reference.other_shift), q);
        // The largest error of 4000 random pairs is 31 epsilon of the size, at p = q = 3.
        CHECK(std::abs(in_double(p, q) - expected) <= 1e-14 * size);
        // The table has 20 digits, rounded to double.
        CHECK(std::abs(static_cast<double>(extended(p, q)) - expected) <=
              3e-16 * expected + 1e-30 * size);
      }
    }
  }
}

TEST_CASE("without biases the moments are the arc-cosine kernels") {
  for (const double cosine : {-1.0, -0.6, 0.0, 0.3, 0.999, 1.0}) {
    const Vector<double> u{{1, 0}};
    const Vector<double> v{{cosine, std::sqrt(1 - cosine * cosine)}};
    const Preactivation<double> z(1.0, 0.0);
    const ShiftedMoments<double> moments(z, z, Correlation<double>::of(u, v), 3, 3);
    for (int p = 0; p < 4; ++p) {
      for (int q = 0; q < 4; ++q) {
        CAPTURE(cosine, p, q);
        const double expected = half_line_moment(p, q, CorrelationAngle<double>(cosine));
        CHECK(moments(p, q) == Approx(expected).epsilon(1e-13).margin(1e-14));
      }
    }
  }
}

TEST_CASE("moments of a neuron that is constant, affine or almost never active") {
  const Vector<double> u{{1, 0}};
  const Vector<double> v{{0.6, 0.8}};
  const auto c = Correlation<double>::of(u, v);
  const Preactivation<double> other(2.0, 0.5);
  const double mean = other.moments()[1];  // E z'_+
  const auto with = [&](double scale, double shift) {
    return ShiftedMoments<double>({scale, shift}, other, c, 1, 1)(1, 1);
  };
  CHECK(with(0, 3) == Approx(3 * mean).epsilon(1e-14));
  CHECK(with(0, 0) == 0);
  CHECK(with(0, -3) == 0);
  // If z is almost never negative, E z_+ z'_+ = b E z'_+ + s s' c P(z' > 0).
  CHECK(with(1e-3, 3) == Approx(3 * mean + 1e-3 * 2 * 0.6 * other.tail).epsilon(1e-14));
  CHECK(with(1, 1e6) == Approx(1e6 * mean + 2 * 0.6 * other.tail).epsilon(1e-14));
  CHECK(with(1, -1e6) == 0);
  CHECK(ShiftedMoments<double>({0, 2}, {0, 3}, c, 1, 1)(1, 1) == 6);
}

TEST_CASE("moments of a variable with itself and with its opposite") {
  const Preactivation<double> z(2.0, 0.7);
  const auto own = ShiftedMoments<double>(z, z, Correlation<double>::full(), 3, 3);
  // With z' = z the moments are E z_+^2 and E z_+^3.
  CHECK(own(1, 1) == Approx(z.moments()[2]).epsilon(1e-14));
  CHECK(own(1, 2) == Approx(z.moments()[3]).epsilon(1e-14));
  // z and -z are never both positive; z and 1 - z are both positive for 0 < z < 1.
  const auto opposite = Correlation<double>::full().mirrored();
  CHECK(ShiftedMoments<double>(z, z.mirrored(), opposite, 1, 1)(1, 1) == Approx(0).margin(1e-15));
  const auto both = ShiftedMoments<double>(z, {2.0, 0.3}, opposite, 1, 1);
  CHECK(both(0, 0) == Approx(upper_tail(-0.35) - upper_tail(0.15)).epsilon(1e-13));
}
