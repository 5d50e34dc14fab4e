// SPDX-License-Identifier: MIT
#include "flatgrid/network/kernels.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "flatgrid/network/reference.hpp"
#include "support.hpp"

using namespace flatgrid;

namespace {

/// Sums of up to a few hundred terms of size O(1): rounding stays far below this.
constexpr double k_rounding = 1e-12;

/// Sizes on both sides of the block of samples and of the vector length; one of everything.
struct Shape {
  Index dimension, samples, width;
};
const Shape k_shapes[] = {{1, 1, 1}, {3, 7, 5}, {10, 64, 33}, {4, 300, 17}, {17, 130, 250}};

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

    // The loss is piecewise polynomial of degree 4 along a line: the central difference with step h
    // errs by O(h^2) plus a kink's O(h) where an activation flips within h, and by eps / h.
    const double h = 1e-6;
    const auto direction = gaussian_network(99, width, dimension, 1.0);
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
    const auto tangent = gaussian_network(7, width, dimension, 1.0);
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
    // An allocation now is a failed assertion of Eigen's.
    Eigen::internal::set_is_malloc_allowed(false);
    const double loss = loss_and_gradient(*relu, example.network, example.data.inputs,
                                          example.labels, workspace, gradient);
    Eigen::internal::set_is_malloc_allowed(true);
    CHECK(loss > 0);
  }
}
#endif

TEST_CASE("the kernels agree with the definition for every activation") {
  for (const std::string_view name : names_of<ActivationKind>()) {
    CAPTURE(name);
    const auto activation = test::activation(std::string(name));
    const test::Example example(6, 10, 70, 33);
    const MatrixD& inputs = example.data.inputs;
    Workspace<double> workspace(33);
    VectorD outputs, forward;
    auto gradient = Network<double>::zero(33, 10);
    predict(*activation, example.network, inputs, workspace, outputs);
    const double loss = loss_and_gradient(*activation, example.network, inputs, example.labels,
                                          workspace, gradient);
    const auto tangent = gaussian_network(7, 33, 10, 1.0);
    jacobian_times(*activation, example.network, inputs, tangent, workspace, forward);
    auto expected = Network<double>::zero(33, 10);
    for (Index i = 0; i < 70; ++i) {
      const VectorD x = inputs.col(i);
      const double output = reference::output(*activation, example.network, x);
      const auto sample = reference::output_gradient(*activation, example.network, x);
      CHECK(outputs(i) == Approx(output).margin(k_rounding));
      CHECK(forward(i) == Approx(inner_product(sample, tangent)).margin(k_rounding));
      expected.inner += (output - example.labels(i)) / 70 * sample.inner;
      expected.outer += (output - example.labels(i)) / 70 * sample.outer;
    }
    CHECK((gradient.inner - expected.inner).cwiseAbs().maxCoeff() < k_rounding);
    CHECK((gradient.outer - expected.outer).cwiseAbs().maxCoeff() < k_rounding);
    CHECK(loss ==
          Approx(reference::train_loss(*activation, example.network, inputs, example.labels)));
  }
}

TEST_CASE("the tangent kernel is J J^T") {
  const auto relu = test::activation("relu");
  const test::Example example(4, 6, 20, 15);
  const MatrixD& inputs = example.data.inputs;
  MatrixD value, derivative, scaled, kernel;
  activations(*relu, example.network, inputs, value, derivative);
  const MatrixD gram = inputs.transpose() * inputs;
  tangent_kernel(value, derivative, example.network.outer, gram, scaled, kernel);
  for (Index i = 0; i < 20; ++i) {
    for (Index l = 0; l <= i; ++l) {
      const auto a = reference::output_gradient(*relu, example.network, inputs.col(i));
      const auto b = reference::output_gradient(*relu, example.network, inputs.col(l));
      CHECK(kernel(i, l) == Approx(inner_product(a, b)).margin(k_rounding));
    }
  }
}
