// SPDX-License-Identifier: MIT
#include "flatgrid/network/kernels.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include <catch2/catch.hpp>

#include "flatgrid/network/reference.hpp"
#include "support.hpp"

using namespace flatgrid;
using namespace flatgrid::network;

namespace {

/// The rounding error of a sum of up to a few hundred terms of size O(1) is far below this.
constexpr double k_rounding = 1e-12;

/// Sizes below and above the blocks of samples, the panels and the tiles; the first shape has one of everything.
struct Shape {
  Index dimension, samples, width;
};
const Shape k_shapes[] = {{1, 1, 1},    {1, 2, 3},    {3, 7, 5},     {8, 8, 48},
                          {10, 64, 33}, {4, 300, 17}, {17, 130, 250}};

double inner_product(const Network<double>& a, const Network<double>& b) {
  return a.inner.cwiseProduct(b.inner).sum() + a.outer.dot(b.outer);
}

}  // namespace

TEST_CASE("the blocked forward pass agrees with the definition, sample by sample") {
  const auto relu = test::activation("relu");
  for (const auto& [dimension, samples, width] : k_shapes) {
    const test::Example example(1, dimension, samples, width);
    Workspace<double> workspace(width);
    VectorD outputs;
    predict(*relu, example.network, example.data.inputs, workspace, outputs);
    for (Index i = 0; i < samples; ++i) {
      const double expected = reference::output(*relu, example.network, example.data.inputs.col(i));
      CHECK(outputs(i) == Approx(expected).margin(k_rounding));
    }
  }
}

TEST_CASE("the gradient agrees with the definition and with central finite differences") {
  const auto relu = test::activation("relu");
  for (const auto& [dimension, samples, width] : k_shapes) {
    const test::Example example(2, dimension, samples, width);
    Workspace<double> workspace(width);
    auto gradient = Network<double>::zero(width, dimension);
    const double loss = loss_and_gradient(*relu, example.network, example.data.inputs,
                                          example.labels, workspace, gradient);
    CHECK(loss ==
          Approx(reference::train_loss(*relu, example.network, example.data.inputs, example.labels))
              .margin(k_rounding));

    // grad L = (1/n) sum_i r_i grad f(x_i)
    auto expected = Network<double>::zero(width, dimension);
    for (Index i = 0; i < samples; ++i) {
      const VectorD x = example.data.inputs.col(i);
      const double residual = reference::output(*relu, example.network, x) - example.labels(i);
      const auto sample = reference::output_gradient(*relu, example.network, x);
      expected.inner += residual / static_cast<double>(samples) * sample.inner;
      expected.outer += residual / static_cast<double>(samples) * sample.outer;
    }
    CHECK((gradient.inner - expected.inner).cwiseAbs().maxCoeff() < k_rounding);
    CHECK((gradient.outer - expected.outer).cwiseAbs().maxCoeff() < k_rounding);

    // Along a line the loss is a piecewise polynomial of degree 4. The central difference with step h has an error
    // of O(h^2), of O(h) if an activation flips within h, and the rounding error eps / h.
    const double h = 1e-6;
    const auto direction = descent::gaussian_network(99, width, dimension, 1.0);
    const auto shifted_loss = [&](double t) {
      Network<double> shifted = example.network;
      shifted.inner += t * direction.inner;
      shifted.outer += t * direction.outer;
      return reference::train_loss(*relu, shifted, example.data.inputs, example.labels);
    };
    const double slope = (shifted_loss(h) - shifted_loss(-h)) / (2 * h);
    CHECK(inner_product(gradient, direction) == Approx(slope).epsilon(1e-5).margin(1e-7));
  }
}

TEST_CASE("J v and J^T u are transposes of each other and agree with the gradients") {
  const auto relu = test::activation("relu");
  for (const auto& [dimension, samples, width] : k_shapes) {
    const test::Example example(3, dimension, samples, width);
    const auto tangent = descent::gaussian_network(7, width, dimension, 1.0);
    const VectorD weights = test::normals(8, samples);
    Workspace<double> workspace(width);
    VectorD forward;
    auto backward = Network<double>::zero(width, dimension);
    jacobian_times(*relu, example.network, example.data.inputs, tangent, workspace, forward);
    jacobian_transpose_times(*relu, example.network, example.data.inputs, weights, workspace,
                             backward);
    for (Index i = 0; i < samples; ++i) {
      const auto gradient =
          reference::output_gradient(*relu, example.network, example.data.inputs.col(i));
      CHECK(forward(i) == Approx(inner_product(gradient, tangent)).margin(k_rounding));
    }
    // u . (J v) = (J^T u) . v
    CHECK(weights.dot(forward) == Approx(inner_product(backward, tangent)).margin(1e-10));
  }
}

#ifdef EIGEN_RUNTIME_NO_MALLOC
TEST_CASE("a training step allocates nothing") {
  const auto relu = test::activation("relu");
  for (const auto& [dimension, samples, width] : k_shapes) {
    const test::Example example(5, dimension, samples, width);
    Workspace<double> workspace(width);
    auto gradient = Network<double>::zero(width, dimension);
    const auto loss = [&] {
      return loss_and_gradient(*relu, example.network, example.data.inputs, example.labels,
                               workspace, gradient);
    };
    const double first = loss();
    // From here on an allocation fails an assertion of Eigen.
    Eigen::internal::set_is_malloc_allowed(false);
    CHECK(loss() == first);
    Eigen::internal::set_is_malloc_allowed(true);
  }
}
#endif

TEST_CASE("the kernels agree with the definition for every activation, also at z = 0") {
  for (const auto& [dimension, samples, width] : k_shapes) {
    for (const std::string_view name : names_of<ActivationKind>()) {
      CAPTURE(name, dimension, samples, width);
      const auto activation = test::activation(std::string(name));
      test::Example example(6, dimension, samples, width);
      MatrixD& inputs = example.data.inputs;
      if (samples > 1) inputs.col(1).setZero();
      Workspace<double> workspace(width);
      VectorD outputs, forward;
      auto gradient = Network<double>::zero(width, dimension);
      predict(*activation, example.network, inputs, workspace, outputs);
      const double loss = loss_and_gradient(*activation, example.network, inputs, example.labels,
                                            workspace, gradient);
      const auto tangent = descent::gaussian_network(7, width, dimension, 1.0);
      jacobian_times(*activation, example.network, inputs, tangent, workspace, forward);
      auto expected = Network<double>::zero(width, dimension);
      double size = 0;  // rounding is relative to it; relu3 has large gradients
      for (Index i = 0; i < samples; ++i) {
        const VectorD x = inputs.col(i);
        const double output = reference::output(*activation, example.network, x);
        const auto sample = reference::output_gradient(*activation, example.network, x);
        const double share = (output - example.labels(i)) / static_cast<double>(samples);
        size = std::max({size, 1.0, sample.inner.cwiseAbs().maxCoeff(), std::abs(output)});
        CHECK(outputs(i) == Approx(output).margin(k_rounding * size));
        CHECK(forward(i) == Approx(inner_product(sample, tangent)).margin(k_rounding * size));
        expected.inner += share * sample.inner;
        expected.outer += share * sample.outer;
      }
      CHECK((gradient.inner - expected.inner).cwiseAbs().maxCoeff() < k_rounding * size * size);
      CHECK((gradient.outer - expected.outer).cwiseAbs().maxCoeff() < k_rounding * size * size);
      CHECK(loss ==
            Approx(reference::train_loss(*activation, example.network, inputs, example.labels)));
    }
  }
}

TEST_CASE("the rank-one gradient for one sample agrees with the kernels") {
  for (const std::string_view name : names_of<ActivationKind>()) {
    CAPTURE(name);
    const auto activation = test::activation(std::string(name));
    const test::Example example(9, 5, 1, 33);
    const Network<double>& network = example.network;
    Workspace<double> workspace(33);
    auto gradient = Network<double>::zero(33, 5);
    const double loss = loss_and_gradient(*activation, network, example.data.inputs, example.labels,
                                          workspace, gradient);
    SampleGradient<double> sample{.outer = {}, .preactivation = {}, .input = example.data.inputs};
    const VectorD z = network.inner * sample.input;
    CHECK(sample_loss_and_gradient(*activation, network.outer, z, example.labels(0), sample) ==
          Approx(loss));
    const double size = 1 + gradient.inner.cwiseAbs().maxCoeff();
    const MatrixD inner = sample.preactivation * sample.input.transpose();
    CHECK((gradient.inner - inner).cwiseAbs().maxCoeff() < k_rounding * size);
    CHECK((gradient.outer - sample.outer).cwiseAbs().maxCoeff() < k_rounding * size);
  }
}

TEST_CASE("the gradient in single precision agrees with double precision up to rounding") {
  for (const auto& [dimension, samples, width] : k_shapes) {
    CAPTURE(dimension, samples, width);
    for (const std::string_view name : names_of<ActivationKind>()) {
      CAPTURE(name);
      const auto activation = test::activation(std::string(name));
      const test::Example example(10, dimension, samples, width);
      Workspace<double> workspace(width);
      auto gradient = Network<double>::zero(width, dimension);
      const double loss = loss_and_gradient(*activation, example.network, example.data.inputs,
                                            example.labels, workspace, gradient);
      const Network<float> single{example.network.inner.cast<float>(),
                                  example.network.outer.cast<float>()};
      Workspace<float> single_workspace(width);
      auto single_gradient = Network<float>::zero(width, dimension);
      const float single_loss = loss_and_gradient<float>(
          *activation->in_float(), single, example.data.inputs.cast<float>(),
          example.labels.cast<float>(), single_workspace, single_gradient);
      // Some tens of rounding errors of 6e-8. The sign of a z of this size may flip.
      CHECK(single_loss == Approx(loss).epsilon(1e-5));
      const double size = gradient.inner.cwiseAbs().maxCoeff();
      CHECK((single_gradient.inner.cast<double>() - gradient.inner).cwiseAbs().maxCoeff() <
            1e-4 * size);
      CHECK((single_gradient.outer.cast<double>() - gradient.outer).cwiseAbs().maxCoeff() <
            1e-4 * gradient.outer.cwiseAbs().maxCoeff());
    }
  }
}

TEST_CASE("the tangent kernel is J J^T") {
  const auto relu = test::activation("relu");
  const test::Example example(4, 6, 20, 15);
  const MatrixD& inputs = example.data.inputs;
  MatrixD value, derivative, kernel;
  activations(*relu, example.network, inputs, value, derivative);
  const MatrixD gram = inputs.transpose() * inputs;
  derivative = example.network.outer.asDiagonal() * derivative;
  tangent_kernel(value, derivative, gram, kernel);
  for (Index i = 0; i < 20; ++i) {
    for (Index l = 0; l <= i; ++l) {
      const auto a = reference::output_gradient(*relu, example.network, inputs.col(i));
      const auto b = reference::output_gradient(*relu, example.network, inputs.col(l));
      CHECK(kernel(i, l) == Approx(inner_product(a, b)).margin(k_rounding));
    }
  }
}

TEST_CASE("the blocked tangent kernel of many samples agrees with the formula") {
  const auto relu = test::activation("relu");
  const Index samples = GENERATE(96, 97, 121, 193, 250);
  const test::Example example(5, 4, samples, 7);
  const MatrixD& inputs = example.data.inputs;
  MatrixD value, derivative, kernel;
  activations(*relu, example.network, inputs, value, derivative);
  derivative = example.network.outer.asDiagonal() * derivative;
  const MatrixD gram = inputs.transpose() * inputs;
  tangent_kernel(value, derivative, gram, kernel);
  const MatrixD plain =
      value.transpose() * value + gram.cwiseProduct(MatrixD(derivative.transpose() * derivative));
  REQUIRE(kernel.rows() == samples);
  const MatrixD lower = kernel.triangularView<Eigen::Lower>();
  const MatrixD expected = plain.triangularView<Eigen::Lower>();
  CHECK((lower - expected).cwiseAbs().maxCoeff() <= k_rounding * expected.cwiseAbs().maxCoeff());
}
