// SPDX-License-Identifier: MIT
#include "flatgrid/measure/loss_form.hpp"

#include <cmath>
#include <string>

#include <catch2/catch.hpp>

#include "flatgrid/measure/population_loss.hpp"
#include "support.hpp"

using namespace flatgrid;
using namespace flatgrid::measure;

namespace {

/// A problem, a network of degree 1, and the quadratic form in the network's directions.
struct Case {
  Case(const std::string& activation_name, const std::string& link, const std::string& inputs,
       Index dimension)
      : settings(test::problem(dimension, 2, link)),
        problem((settings.inputs = inputs, settings)),
        activation(test::activation(activation_name)),
        target(problem.index_model(4)),
        network(descent::gaussian_network(9, 7, dimension, 1.0)),
        form(problem, *activation, &target),
        units(form.isotropic(network.inner.transpose())),
        weights(network.outer) {
    for (Index j = 0; j < units.cols(); ++j) {
      weights(j) *= units.col(j).norm();
      units.col(j).normalize();
    }
  }

  problem::ProblemSettings settings;
  problem::Problem problem;
  std::unique_ptr<network::Activation<double>> activation;
  problem::IndexModel target;
  network::Network<double> network;
  LossForm form;
  MatrixD units;    // [d, m]
  VectorD weights;  // [m]
};

}  // namespace

TEST_CASE("the quadratic form is the population loss, and its derivative that of a new neuron") {
  const std::string activation = GENERATE("relu", "leaky-relu", "abs");
  const std::string link = GENERATE("relu", "abs", "hermite3", "sign");
  const std::string inputs = GENERATE("gaussian", "gaussian-powerlaw", "sphere");
  const Index d = GENERATE(2, 5);
  CAPTURE(activation, link, inputs, d);
  const Case c(activation, link, inputs, d);
  const PopulationLoss loss(c.problem, *c.activation, c.target, 4);
  double form = c.form.target_second_moment() - 2 * c.weights.dot(c.form.cross(c.units));
  for (Index j = 0; j < c.weights.size(); ++j)
    form += c.weights(j) * c.weights.dot(c.form.kernel(c.units, c.units.col(j)));
  CHECK(form == Approx(loss(c.network).value).epsilon(1e-11));
  CHECK(c.form.target_second_moment() == Approx(loss.target_second_moment()).epsilon(1e-12));

  // The derivative is dP/da of an additional neuron at a = 0, with w = T (direction).
  const MatrixD basis = test::normals(12, d * d).reshaped(d, d);
  const LossDerivative derivative = c.form.derivative(c.units, c.weights, basis);
  const VectorD direction = test::normals(13, d);
  network::Network<double> larger = c.network, gradient;
  larger.inner.conservativeResize(8, Eigen::NoChange);
  larger.inner.row(7) = (basis * direction).transpose();
  larger.outer.conservativeResize(8);
  larger.outer(7) = 0;
  loss.with_gradient(larger, gradient);
  CHECK(derivative.value(direction) == Approx(gradient.outer(7)).epsilon(1e-10));
  CHECK(derivative.values(direction)(0) == derivative.value(direction));

  // The gradient agrees with central differences, which have an error of h^2.
  const double h = 1e-5;
  const VectorD slope = derivative.gradient(direction);
  for (Index k = 0; k < d; ++k) {
    const VectorD step = h * VectorD::Unit(d, k);
    const double difference =
        (derivative.value(direction + step) - derivative.value(direction - step)) / (2 * h);
    CHECK(slope(k) == Approx(difference).margin(1e-7 * slope.norm()));
  }

  // The slopes on a circle are components of the gradient: linear + even at a direction, linear - even at its
  // antipode.
  const VectorD across = test::normals(14, d);
  const CircleSlopes slopes = derivative.slopes(direction, across, 5);
  for (Index k = 0; k < 5; ++k) {
    const double y = 2 * static_cast<double>(k) / 4 - 1;
    const VectorD at = (1 - std::abs(y)) * direction + y * across;
    const VectorD here = derivative.gradient(at), there = derivative.gradient(-at);
    const Eigen::Vector2d even = slopes.even.row(k);
    CHECK(even(0) + slopes.linear(0) == Approx(here.dot(direction)).margin(1e-12 * here.norm()));
    CHECK(even(1) + slopes.linear(1) == Approx(here.dot(across)).margin(1e-12 * here.norm()));
    CHECK(slopes.linear(0) - even(0) == Approx(there.dot(direction)).margin(1e-12 * here.norm()));
    CHECK(slopes.linear(1) - even(1) == Approx(there.dot(across)).margin(1e-12 * here.norm()));
  }
}

TEST_CASE("without a target the quadratic form is the second moment of the network") {
  const Case c("relu", "relu", "gaussian", 3);
  const LossForm form(c.problem, *c.activation, nullptr);
  problem::IndexModel zero = c.target;
  zero.coefficients.setZero();
  const PopulationLoss second_moment(c.problem, *c.activation, zero, 4);
  double sum = 0;
  for (Index j = 0; j < c.weights.size(); ++j)
    sum += c.weights(j) * c.weights.dot(form.kernel(c.units, c.units.col(j)));
  CHECK(sum == Approx(second_moment(c.network).value).epsilon(1e-12));
  CHECK(form.target_second_moment() == 0);
  CHECK(form.cross(c.units).isZero(0));
}
