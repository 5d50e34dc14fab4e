// SPDX-License-Identifier: MIT
#include "flatgrid/measure/sharpness.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <catch2/catch.hpp>

#include "flatgrid/measure/flatness.hpp"
#include "flatgrid/measure/hessian.hpp"
#include "flatgrid/network/reference.hpp"
#include "support.hpp"

using namespace flatgrid;
using namespace flatgrid::measure;

TEST_CASE("sharpness in two parameters agrees with a scan of the disc") {
  // f(x) = a relu(w x) at x = 1 and 2. The network is not at a minimum.
  const auto relu = test::activation("relu");
  network::Network<double> network = network::Network<double>::zero(1, 1);
  network.outer << 0.7;
  network.inner << 0.4;
  const MatrixD inputs{{1.0, 2.0}};
  const VectorD labels{{0.5, 0.2}};
  const double radius = 0.6;  // the disc crosses the kink at w = 0
  const auto rise = [&](double distance, double angle) {
    network::Network<double> moved = network;
    moved.outer(0) += distance * std::cos(angle);
    moved.inner(0) += distance * std::sin(angle);
    return network::reference::train_loss(*relu, moved, inputs, labels) -
           network::reference::train_loss(*relu, network, inputs, labels);
  };
  // Where the loss has a kink, the errors of the trapezoidal rule on a circle and of the maximum are of the order of
  // the square of the angular step.
  const int angles = 20000;
  double mean = 0;
  double highest = 0;
  for (int k = 0; k < angles; ++k) {
    const double angle = 2 * std::numbers::pi * k / angles;
    mean += rise(radius, angle) / angles;
    for (const double share : {0.25, 0.5, 0.75, 0.9, 1.0}) {
      highest = std::max(highest, rise(share * radius, angle));
    }
  }
  const Sharpness measured = sharpness(*relu, network, inputs, labels, radius, 4000, 1);
  CHECK(measured.worst == Approx(highest).epsilon(1e-6));
  CHECK(std::abs(measured.average - mean) < 4 * measured.average_standard_error);
  CHECK(measured.average_standard_error < 0.05 * mean);
}

TEST_CASE("for small radii, average and worst sharpness are given by trace and top eigenvalue") {
  for (const char* name : {"relu", "relu3"}) {
    const auto activation = test::activation(name);
    const test::Example example(2, 4, 25, 10);
    network::Workspace<double> workspace(10);
    VectorD outputs;
    network::predict(*activation, example.network, example.data.inputs, workspace, outputs);
    HessianOperator hessian(*activation, example.network, example.data.inputs, outputs);
    const double trace =
        flatness_trace(neuron_traces(*activation, example.network, example.data.inputs));
    const double radius = 1e-5;
    const Sharpness measured =
        sharpness(*activation, example.network, example.data.inputs, outputs, radius, 500, 3);
    const double second_order = radius * radius * trace / (2 * 50);
    // Third-order terms cancel within a pair of draws, and fourth-order terms are smaller by radius^2.
    CHECK(std::abs(measured.average - second_order) < 4 * measured.average_standard_error);
    CHECK(measured.average_standard_error < 0.1 * second_order);
    // Third-order terms are smaller by the radius, times a factor of a few from the derivatives.
    CHECK(measured.worst ==
          Approx(radius * radius * hessian_top_eigenvalue(hessian, 1) / 2).epsilon(100 * radius));
  }
}

TEST_CASE("worst sharpness exceeds the average of two draws, and grows with the radius") {
  const auto relu = test::activation("relu");
  const test::Example example(4, 6, 40, 30);
  double previous = 0;
  for (const double radius : {1e-3, 1e-2, 0.1, 1.0}) {
    const Sharpness few =
        sharpness(*relu, example.network, example.data.inputs, example.labels, radius, 2, 5);
    CHECK(few.worst > few.average);
    CHECK(few.worst > previous);
    previous = few.worst;
  }
}

TEST_CASE("sharpness is found where the gradient is zero") {
  // All labels and outputs are 0: L = (1/2n) sum_i f(x_i)^2 has gradient 0 at this interpolator.
  const auto relu = test::activation("relu");
  test::Example example(6, 3, 10, 4);
  example.network.outer.setZero();
  const VectorD labels = VectorD::Zero(10);
  HessianOperator hessian(*relu, example.network, example.data.inputs, labels);
  const double radius = 1e-5;
  const Sharpness measured =
      sharpness(*relu, example.network, example.data.inputs, labels, radius, 10, 7);
  CHECK(measured.worst ==
        Approx(radius * radius * hessian_top_eigenvalue(hessian, 1) / 2).epsilon(100 * radius));
}
