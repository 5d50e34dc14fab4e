// SPDX-License-Identifier: MIT
/// Compares flatgrid's figures with those of an independent program: reference/make_networks.py
/// differentiates the loss automatically in hyper-dual numbers (numpy 1.24.2).
#include <cmath>
#include <cstdint>

#include <catch2/catch.hpp>

#include "flatgrid/measure/flatness.hpp"
#include "flatgrid/measure/hessian.hpp"
#include "flatgrid/measure/norms.hpp"
#include "support.hpp"

using namespace flatgrid;
using namespace flatgrid::measure;

namespace {

struct ReferenceNetwork {
  const char* activation;
  Index dimension, samples, width;
  std::uint64_t seed;
  double loss, gradient_norm, trace, top_eigenvalue, frobenius_norm, product_norm;
};

const ReferenceNetwork k_networks[] = {
#include "reference/networks.inc"
};

/// Multiples of 2^-52 in [-1, 1) from Knuth's linear congruential generator modulo 2^64, the same bits as in
/// make_networks.py.
class Draws {
 public:
  explicit Draws(std::uint64_t seed) : state_(seed) {}
  double operator()() {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return std::ldexp(static_cast<double>(state_ >> 11), -52) - 1;
  }
  template <class Matrix>
  void fill_columns(Matrix& matrix) {
    for (double& value : matrix.reshaped()) value = (*this)();
  }

 private:
  std::uint64_t state_;
};

}  // namespace

TEST_CASE("loss, gradient and Hessian agree with automatic differentiation in another program") {
  for (const ReferenceNetwork& reference : k_networks) {
    CAPTURE(reference.activation, reference.width, reference.seed);
    const auto activation = test::activation(reference.activation);
    Draws draws(reference.seed);
    MatrixD inputs(reference.dimension, reference.samples);
    VectorD labels(reference.samples);
    auto network = network::Network<double>::zero(reference.width, reference.dimension);
    draws.fill_columns(inputs);
    draws.fill_columns(labels);
    draws.fill_columns(network.outer);
    draws.fill_columns(network.inner);
    VectorD direction(network.outer.size() + network.inner.size());
    draws.fill_columns(direction);

    // Sums of a few hundred terms of either sign: rounding stays below 1e-12 of their size.
    const auto close = [](double value) { return Approx(value).epsilon(1e-12).margin(1e-13); };
    network::Workspace<double> workspace(reference.width);
    network::Network<double> gradient = network;
    CHECK(network::loss_and_gradient(*activation, network, inputs, labels, workspace, gradient) ==
          close(reference.loss));
    CHECK(parameter_norm(gradient) == close(reference.gradient_norm));

    VectorD residual;
    network::predict(*activation, network, inputs, workspace, residual);
    residual -= labels;
    CHECK(flatness_trace(neuron_traces(*activation, network, inputs)) +
              flatness_residual_part(*activation, network, inputs, residual) ==
          close(reference.trace));

    HessianOperator hessian(*activation, network, inputs, labels);
    VectorD product;
    hessian.multiply(direction, product);
    CHECK(product.norm() == close(reference.product_norm));
    CHECK(hessian_frobenius_norm(*activation, network, inputs, labels) ==
          close(reference.frobenius_norm));
    // The iteration computes the eigenvalue to this accuracy.
    CHECK(hessian_top_eigenvalue(hessian, 1) == Approx(reference.top_eigenvalue).epsilon(1e-9));
  }
}
