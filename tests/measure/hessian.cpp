// SPDX-License-Identifier: MIT
#include "flatgrid/measure/hessian.hpp"

#include <array>
#include <cmath>
#include <string>

#include <catch2/catch.hpp>

#include "flatgrid/base/decompositions.hpp"
#include "flatgrid/measure/tangent_spectrum.hpp"
#include "support.hpp"

using namespace flatgrid;
using namespace flatgrid::measure;

namespace {

/// The parameters in the order of the Hessian, (a, W column by column).
VectorD parameters(const network::Network<double>& network) {
  VectorD vector(network.outer.size() + network.inner.size());
  vector << network.outer, network.inner.reshaped();
  return vector;
}

network::Network<double> displaced(const network::Network<double>& network, double step,
                                   const VectorD& direction) {
  network::Network<double> result = network;
  result.outer += step * direction.head(network.outer.size());
  result.inner.reshaped() += step * direction.tail(network.inner.size());
  return result;
}

/// H v as the central difference of the exact gradient.
VectorD difference_product(const network::Activation<double>& activation,
                           const test::Example& example, const VectorD& direction) {
  const double h = 1e-6;
  network::Workspace<double> workspace(example.network.width());
  network::Network<double> above = example.network;
  network::Network<double> below = example.network;
  network::loss_and_gradient(activation, displaced(example.network, h, direction),
                             example.data.inputs, example.labels, workspace, above);
  network::loss_and_gradient(activation, displaced(example.network, -h, direction),
                             example.data.inputs, example.labels, workspace, below);
  return (parameters(above) - parameters(below)) / (2 * h);
}

MatrixD dense_difference_hessian(const network::Activation<double>& activation,
                                 const test::Example& example) {
  const Index size = example.network.outer.size() + example.network.inner.size();
  MatrixD hessian(size, size);
  for (Index p = 0; p < size; ++p) {
    hessian.col(p) = difference_product(activation, example, VectorD::Unit(size, p));
  }
  return hessian;
}

MatrixD dense_hessian(HessianOperator& hessian) {
  MatrixD dense(hessian.size(), hessian.size());
  VectorD product;
  for (Index p = 0; p < hessian.size(); ++p) {
    hessian.multiply(VectorD::Unit(hessian.size(), p), product);
    dense.col(p) = product;
  }
  return dense;
}

double top_eigenvalue(const MatrixD& symmetric) {
  return symmetric_eigenvalues(symmetric).maxCoeff();
}

}  // namespace

TEST_CASE("the Hessian times a vector agrees with differences of gradients, for every activation") {
  for (const std::string_view name : names_of<network::ActivationKind>()) {
    const auto activation = test::activation(std::string(name));
    // Sizes on both sides of the block of samples, far from interpolation.
    for (const auto& [dimension, samples, width] :
         {std::array<Index, 3>{1, 1, 1}, {3, 20, 5}, {10, 130, 250}}) {
      CAPTURE(name, dimension, samples, width);
      const test::Example example(7, dimension, samples, width);
      HessianOperator hessian(*activation, example.network, example.data.inputs, example.labels);
      REQUIRE(hessian.size() == width * (dimension + 1));
      const VectorD direction = test::normals(width, hessian.size());
      VectorD product;
      hessian.multiply(direction, product);
      // The gradient is a piecewise polynomial. If no kink lies within h, the difference has an error of O(h^2) and
      // the rounding error eps / h = 2e-10 of the gradient's values.
      const VectorD expected = difference_product(*activation, example, direction);
      CHECK((product - expected).norm() <= 1e-8 * (1 + expected.norm()));
    }
  }
}

TEST_CASE("the Hessian is symmetric") {
  for (const std::string_view name : names_of<network::ActivationKind>()) {
    const auto activation = test::activation(std::string(name));
    const test::Example example(8, 10, 300, 40);
    HessianOperator hessian(*activation, example.network, example.data.inputs, example.labels);
    const VectorD v = test::normals(1, hessian.size());
    const VectorD w = test::normals(2, hessian.size());
    VectorD hv, hw;
    hessian.multiply(v, hv);
    hessian.multiply(w, hw);
    CHECK(w.dot(hv) == Approx(v.dot(hw)).epsilon(1e-11).margin(1e-11 * hv.norm() * w.norm()));
  }
}

TEST_CASE("top eigenvalue and Frobenius norm agree with a dense Hessian by differences") {
  for (const std::string_view name : names_of<network::ActivationKind>()) {
    const auto activation = test::activation(std::string(name));
    for (const auto& [dimension, samples, width] :
         {std::array<Index, 3>{1, 3, 1}, {4, 30, 6}, {3, 5, 15}}) {
      CAPTURE(name, dimension, samples, width);
      const test::Example example(9, dimension, samples, width);
      const MatrixD dense = dense_difference_hessian(*activation, example);
      HessianOperator hessian(*activation, example.network, example.data.inputs, example.labels);
      CHECK(hessian_top_eigenvalue(hessian, 1) == Approx(top_eigenvalue(dense)).epsilon(1e-7));
      CHECK(hessian_frobenius_norm(*activation, example.network, example.data.inputs,
                                   example.labels) == Approx(dense.norm()).epsilon(1e-7));
    }
  }
}

TEST_CASE("top eigenvalue and Frobenius norm agree with the dense operator to full accuracy") {
  for (const std::string_view name : names_of<network::ActivationKind>()) {
    const auto activation = test::activation(std::string(name));
    const test::Example example(10, 6, 90, 30);
    HessianOperator hessian(*activation, example.network, example.data.inputs, example.labels);
    const MatrixD dense = dense_hessian(hessian);
    CAPTURE(name);
    CHECK(hessian_top_eigenvalue(hessian, 1) == Approx(top_eigenvalue(dense)).epsilon(1e-9));
    // The result does not depend on the vector from which the iteration starts.
    CHECK(hessian_top_eigenvalue(hessian, 2) == Approx(top_eigenvalue(dense)).epsilon(1e-9));
    CHECK(hessian_frobenius_norm(*activation, example.network, example.data.inputs,
                                 example.labels) == Approx(dense.norm()).epsilon(1e-12));
  }
}

TEST_CASE("at an interpolator the top eigenvalue is that of the tangent kernel") {
  for (const std::string_view name : names_of<network::ActivationKind>()) {
    const auto activation = test::activation(std::string(name));
    const test::Example example(11, 5, 60, 25);
    network::Workspace<double> workspace(25);
    VectorD outputs;
    network::predict(*activation, example.network, example.data.inputs, workspace, outputs);
    HessianOperator hessian(*activation, example.network, example.data.inputs, outputs);
    const TangentSpectrum spectrum =
        tangent_spectrum(*activation, example.network, example.data.inputs);
    CHECK(hessian_top_eigenvalue(hessian, 1) == Approx(spectrum.max).epsilon(1e-9));
  }
}

TEST_CASE("a top eigenvalue of high multiplicity is found") {
  // One sample with residual r = 1, and m equal neurons with two parameters each: H = J^T J + r D^2 f, where D^2 f
  // has the eigenvalues +-sigma'(z) |x|, each m times.
  const auto relu = test::activation("relu");
  const Index width = 50;
  network::Network<double> network = network::Network<double>::zero(width, 1);
  network.inner.setOnes();  // a = 0: J = (1, ..., 1, 0, ..., 0) for x = 1
  const MatrixD inputs = MatrixD::Ones(1, 1);
  const VectorD labels = -VectorD::Ones(1);
  HessianOperator hessian(*relu, network, inputs, labels);
  CHECK(hessian_top_eigenvalue(hessian, 1) ==
        Approx(top_eigenvalue(dense_hessian(hessian))).epsilon(1e-9));
}

TEST_CASE("the zero network has a Hessian of 0") {
  const auto relu = test::activation("relu");
  const test::Example example(12, 3, 10, 4);
  const auto dead = network::Network<double>::zero(4, 3);
  HessianOperator hessian(*relu, dead, example.data.inputs, example.labels);
  CHECK(hessian_top_eigenvalue(hessian, 1) == 0);
  CHECK(hessian_frobenius_norm(*relu, dead, example.data.inputs, example.labels) == 0);
}

TEST_CASE("the top eigenvalue is 0 where all others are negative") {
  // The quadratic activation with w = 0: f = 0, and H consists of the block 2 a r x x^T.
  const auto quadratic = test::activation("quadratic");
  network::Network<double> network = network::Network<double>::zero(1, 2);
  network.outer << 1;
  const MatrixD inputs = MatrixD::Identity(2, 2);
  const VectorD labels = VectorD::Ones(2);
  HessianOperator hessian(*quadratic, network, inputs, labels);
  CHECK(hessian_top_eigenvalue(hessian, 1) == 0);
  // H has the eigenvalue (1/n) 2 a r = -1 twice.
  CHECK(hessian_frobenius_norm(*quadratic, network, inputs, labels) ==
        Approx(std::sqrt(2.0)).epsilon(1e-14));
}
