// SPDX-License-Identifier: MIT
#include "flatgrid/measure/tangent_spectrum.hpp"

#include <string>

#include <Eigen/SVD>
#include <catch2/catch.hpp>

#include "flatgrid/network/reference.hpp"
#include "support.hpp"

using namespace flatgrid;

TEST_CASE("the tangent kernel's eigenvalues are squared singular values of the Jacobian") {
  for (const std::string_view name : names_of<ActivationKind>()) {
    const auto activation = test::activation(std::string(name));
    const test::Example example(1, 4, 30, 12);
    MatrixD jacobian(30, 12 * 5);
    for (Index i = 0; i < 30; ++i) {
      const auto gradient =
          reference::output_gradient(*activation, example.network, example.data.inputs.col(i));
      jacobian.row(i) << gradient.outer.transpose(), gradient.inner.reshaped().transpose();
    }
    const VectorD singular = Eigen::JacobiSVD<MatrixD>(jacobian).singularValues();
    const TangentSpectrum spectrum =
        tangent_spectrum(*activation, example.network, example.data.inputs);
    CHECK(spectrum.max == Approx(singular(0) * singular(0) / 30).epsilon(1e-12));
    // A dense solver knows every eigenvalue to a few dozen epsilon of the largest.
    CHECK(spectrum.min ==
          Approx(singular(29) * singular(29) / 30).epsilon(1e-9).margin(1e-14 * spectrum.max));
  }
}

TEST_CASE("more samples than parameters leave the tangent kernel singular") {
  const auto relu = test::activation("relu");
  const test::Example example(2, 3, 40, 6);  // 24 parameters
  const TangentSpectrum spectrum = tangent_spectrum(*relu, example.network, example.data.inputs);
  CHECK(spectrum.min >= 0);
  CHECK(spectrum.min < 1e-14 * spectrum.max);
}
