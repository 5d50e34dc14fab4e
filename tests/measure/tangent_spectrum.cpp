// SPDX-License-Identifier: MIT
#include "flatgrid/measure/tangent_spectrum.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "flatgrid/base/decompositions.hpp"
#include "flatgrid/network/reference.hpp"
#include "support.hpp"

using namespace flatgrid;
using namespace flatgrid::measure;

TEST_CASE("the eigenvalues of the tangent kernel are those of the Gram matrix of the Jacobian") {
  for (const std::string_view name : names_of<network::ActivationKind>()) {
    const auto activation = test::activation(std::string(name));
    const test::Example example(1, 4, 30, 12);
    MatrixD jacobian(30, 12 * 5);
    for (Index i = 0; i < 30; ++i) {
      const auto gradient = network::reference::output_gradient(*activation, example.network,
                                                                example.data.inputs.col(i));
      jacobian.row(i) << gradient.outer.transpose(), gradient.inner.reshaped().transpose();
    }
    const VectorD squares = symmetric_eigenvalues(jacobian * jacobian.transpose());
    const TangentSpectrum spectrum =
        tangent_spectrum(*activation, example.network, example.data.inputs);
    CHECK(spectrum.max == Approx(squares(29) / 30).epsilon(1e-12));
    // A dense solver computes every eigenvalue to a few dozen epsilon of the largest one.
    CHECK(spectrum.min == Approx(squares(0) / 30).epsilon(1e-9).margin(1e-14 * spectrum.max));
  }
}

TEST_CASE("with more samples than parameters the tangent kernel is singular") {
  const auto relu = test::activation("relu");
  const test::Example example(2, 3, 40, 6);  // 24 parameters
  const TangentSpectrum spectrum = tangent_spectrum(*relu, example.network, example.data.inputs);
  CHECK(spectrum.min >= 0);
  CHECK(spectrum.min < 1e-14 * spectrum.max);
}
