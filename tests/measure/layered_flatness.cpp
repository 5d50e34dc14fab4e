// SPDX-License-Identifier: MIT
#include "flatgrid/measure/layered_flatness.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "flatgrid/measure/flatness.hpp"
#include "flatgrid/network/kernels.hpp"
#include "flatgrid/network/linear_layers.hpp"
#include "orbit_search.hpp"
#include "support.hpp"

using namespace flatgrid;
using namespace flatgrid::measure;

namespace {

const std::vector<std::vector<Index>> k_widths = {{}, {3}, {5}, {3, 4}, {4, 3, 5}};

VectorD outputs_of(const network::Activation<double>& activation,
                   const network::Network<double>& network, const MatrixD& inputs) {
  network::Workspace<double> workspace(network.width());
  VectorD outputs;
  network::predict(activation, network, inputs, workspace, outputs);
  return outputs;
}

/// The trace of the Hessian of the train loss by second differences in every parameter.
double difference_trace(const network::Activation<double>& activation,
                        const network::Network<double>& network, const MatrixD& inputs,
                        const VectorD& labels) {
  constexpr double h = 1e-5;
  network::Network<double> displaced = network;
  const auto loss = [&] {
    return (outputs_of(activation, displaced, inputs) - labels).squaredNorm() /
           (2.0 * static_cast<double>(labels.size()));
  };
  const double at_network = loss();
  double trace = 0;
  network::for_each_layer(
      [&](auto& layer) {
        for (double& parameter : layer.reshaped()) {
          const double kept = parameter;
          parameter = kept + h;
          const double above = loss();
          parameter = kept - h;
          trace += (above + loss() - 2 * at_network) / (h * h);
          parameter = kept;
        }
      },
      displaced);
  return trace;
}

double orbit_minimum(const network::Activation<double>& activation,
                     const network::Network<double>& network, const MatrixD& inputs) {
  return layered_orbit_minimum(activation, network, inputs).value;
}

}  // namespace

TEST_CASE("the trace with 2 to 5 layers is that of difference quotients, also off interpolation") {
  for (const std::vector<Index>& hidden : k_widths) {
    for (const std::string name : {"relu", "leaky-relu", "abs"}) {
      const test::Example example(4, 3, 25, 6);
      const auto activation = test::activation(name);
      const auto network = test::layered_network(8, 6, 3, hidden);
      const double trace = layer_traces(*activation, network, example.data.inputs).sum();
      for (const VectorD& labels :
           {outputs_of(*activation, network, example.data.inputs), example.labels}) {
        // Rounding: 1e-16 L / h^2 for each of at most 80 parameters.
        CHECK(trace == Approx(difference_trace(*activation, network, example.data.inputs, labels))
                           .epsilon(1e-4));
      }
    }
  }
}

TEST_CASE("without linear layers the orbit minimum is the sum over neurons of 2 sqrt(A B)") {
  const test::Example example(4, 3, 25, 6);
  const auto relu = test::activation("relu");
  const NeuronTraces traces = neuron_traces(*relu, example.network, example.data.inputs);
  CHECK(orbit_minimum(*relu, example.network, example.data.inputs) ==
        Approx(flatness_orbit_min(traces, 1)).epsilon(1e-13));
  CHECK(layer_traces(*relu, example.network, example.data.inputs).sum() ==
        Approx(flatness_trace(traces)).epsilon(1e-13));
}

TEST_CASE("the orbit minimum does not depend on the member of the orbit") {
  for (const std::vector<Index>& hidden : k_widths) {
    for (const std::string name : {"relu", "leaky-relu", "abs"}) {
      const test::Example example(4, 3, 25, 6);
      const auto activation = test::activation(name);
      const auto network = test::layered_network(8, 6, 3, hidden);
      const auto minimum = layered_orbit_minimum(*activation, network, example.data.inputs);
      CHECK(minimum.value < layer_traces(*activation, network, example.data.inputs).sum());
      // Equipartition: the outer layer has the share 1 / L.
      const auto layers = static_cast<double>(hidden.size() + 2);
      CHECK(minimum.neurons.sum() == Approx(minimum.value / layers).epsilon(1e-7));
      for (std::int64_t seed = 0; seed < 5; ++seed) {
        const VectorD at = test::random_coordinates(network, 20 + seed, 0.5);
        const auto moved = test::moved(network, at);
        // Rounding of the products with M^{-1}, of condition number up to 1e3.
        CHECK(orbit_minimum(*activation, moved, example.data.inputs) ==
              Approx(minimum.value).epsilon(1e-11));
      }
    }
  }
}

TEST_CASE("BFGS over the group ends at the orbit minimum, never below") {
  for (const std::vector<Index>& hidden :
       std::vector<std::vector<Index>>{{2}, {3}, {2, 2}, {2, 3, 2}}) {
    const test::Example example(4, 3, 12, 4);
    const auto leaky = test::activation("leaky-relu");
    const auto network = test::layered_network(8, 4, 3, hidden);
    const double minimum = orbit_minimum(*leaky, network, example.data.inputs);
    for (const std::int64_t seed : {31, 32}) {
      const double searched = test::searched_minimum(
          [&](const VectorD& at) {
            return layer_traces(*leaky, test::moved(network, at), example.data.inputs).sum();
          },
          test::random_coordinates(network, seed, 0.3));
      CHECK(searched >= minimum * (1 - 1e-12));
      // BFGS stops at a slope of 1e-7, or where difference quotients are too coarse. A space wider than the rank has
      // its infimum where M becomes singular.
      const bool is_attained =
          *std::ranges::max_element(hidden) == *std::ranges::min_element(hidden);
      CHECK(searched <= minimum * (1 + (is_attained ? 1e-6 : 1e-2)));
    }
  }
}

TEST_CASE("wide spaces, dead neurons and directions without gradient do not change the minimum") {
  const test::Example example(4, 3, 25, 6);
  const MatrixD& inputs = example.data.inputs;
  const auto relu = test::activation("relu");
  const auto network = test::layered_network(8, 6, 3, {2, 3});
  const double minimum = orbit_minimum(*relu, network, inputs);

  // The same product by other widths.
  network::Network<double> wide = test::layered_network(8, 6, 3, {7, 5});
  wide.linear[0].setZero();
  wide.linear[1].setZero();
  wide.inner.setZero();
  wide.linear[0].topRows(2) = network.linear[0];
  wide.linear[0].bottomRows(5).setRandom();  // read by nothing
  wide.linear[1].topLeftCorner(3, 2) = network.linear[1];
  wide.inner.leftCols(3) = network.inner;
  wide.inner.rightCols(2).setOnes();  // reads outputs that are 0
  wide.outer = network.outer;
  CHECK(orbit_minimum(*relu, wide, inputs) == Approx(minimum).epsilon(1e-11));

  // One more neuron with a = 0, and one that is inactive on all samples.
  network::Network<double> wider = network;
  wider.inner.conservativeResize(8, Eigen::NoChange);
  wider.outer.conservativeResize(8);
  wider.inner.row(6).setOnes();
  wider.outer(6) = 0;
  const MatrixD few = inputs.leftCols(2);
  const double of_few = orbit_minimum(*relu, network, few);
  const MatrixD hidden = network::neuron_inputs(network, few);
  // w . z_i = -1 on both samples
  const VectorD w = -hidden * (inverse(hidden.transpose() * hidden) * VectorD::Ones(2));
  wider.inner.row(7) = w.transpose();
  wider.outer(7) = 2;
  REQUIRE((wider.inner.row(7) * hidden).maxCoeff() < 0);
  CHECK(orbit_minimum(*relu, wider, few) == Approx(of_few).epsilon(1e-11));

  // f = 0: all parameters 0, or neurons that cancel.
  CHECK(orbit_minimum(*relu, network::Network<double>::zero(6, 3, std::vector<Index>{2, 3}),
                      inputs) == 0);
  network::Network<double> cancelling = network;
  for (Index j = 0; j < 6; j += 2) {
    cancelling.inner.row(j + 1) = cancelling.inner.row(j);
    cancelling.outer(j + 1) = -cancelling.outer(j);
  }
  CHECK(orbit_minimum(*relu, cancelling, inputs) <= 1e-12 * minimum);
}

TEST_CASE("every network has at least the pointwise bound, which one sample attains") {
  const auto relu = test::activation("relu");
  double closest = 1e9;
  for (std::int64_t seed = 0; seed < 100; ++seed) {
    const test::Example example(seed, 3, 1 + seed % 7, 6);
    const MatrixD& inputs = example.data.inputs;
    for (const std::vector<Index>& hidden : k_widths) {
      const auto network = test::layered_network(seed, 6, 3, hidden);
      const VectorD y = outputs_of(*relu, network, inputs);
      // L (1/n) sum_i (|y_i|^{L-1} |x_i|)^{2/L}
      const auto layers = static_cast<double>(hidden.size() + 2);
      double bound = 0;
      for (Index i = 0; i < y.size(); ++i) {
        bound += std::pow(std::pow(std::abs(y(i)), layers - 1) * inputs.col(i).norm(), 2 / layers);
      }
      bound *= layers / static_cast<double>(y.size());
      const double minimum = orbit_minimum(*relu, network, inputs);
      CHECK(minimum >= bound * (1 - 1e-10));
      if (y.size() == 1 && bound > 0) closest = std::min(closest, minimum / bound);
    }
  }
  CHECK(closest >= 1 - 1e-10);
  // One neuron along the only input attains it.
  const test::Example example(1, 3, 1, 1);
  const MatrixD& x = example.data.inputs;
  for (const std::size_t spaces : {1U, 2U, 3U}) {
    network::Network<double> network{x.transpose(), VectorD::Constant(1, 0.7),
                                     std::vector<MatrixD>(spaces, MatrixD::Identity(3, 3))};
    const auto layers = static_cast<double>(spaces + 2);
    const double y = 0.7 * x.squaredNorm();
    CHECK(orbit_minimum(*relu, network, x) ==
          Approx(layers * std::pow(std::pow(y, layers - 1) * x.norm(), 2 / layers)));
  }
}

TEST_CASE(
    "three layers: on isotropic inputs the minimum is 3 (N sqrt(d) sum_k sigma_k / 2)^{2/3}") {
  // The means over Gaussian inputs are those over the circle of radius sqrt(2): all terms have degree 2 in x.
  constexpr Index n = 20000;
  MatrixD inputs(2, n);
  for (Index i = 0; i < n; ++i) {
    const double angle = 2 * std::numbers::pi * (static_cast<double>(i) + 0.5) / n;
    inputs.col(i) = std::numbers::sqrt2 * VectorD{{std::cos(angle), std::sin(angle)}};
  }
  const auto relu = test::activation("relu");
  const auto network = test::layered_network(3, 5, 2, {2});
  const network::Network<double> form = network::two_layer_form(network);
  // sigma_k^2: the eigenvalues of E grad f grad f^T = sum_jl a_j a_l P(both active) w_j w_l^T.
  MatrixD second_moment = MatrixD::Zero(2, 2);
  for (Index j = 0; j < 5; ++j) {
    for (Index l = 0; l < 5; ++l) {
      const VectorD w = form.inner.row(j).normalized();
      const VectorD v = form.inner.row(l).normalized();
      const double angle = std::acos(std::clamp(w.dot(v), -1.0, 1.0));
      second_moment += form.outer(j) * form.outer(l) * (0.5 - angle / (2 * std::numbers::pi)) *
                       form.inner.row(j).transpose() * form.inner.row(l);
    }
  }
  const double sum_of_sigma = symmetric_eigenvalues(second_moment).cwiseSqrt().sum();
  const double path_norm = form.outer.cwiseAbs().dot(form.inner.rowwise().norm());
  const double expected = 3 * std::pow(path_norm * std::numbers::sqrt2 * sum_of_sigma / 2, 2.0 / 3);
  // The circle has steps of 3e-4, and every kink an error of about one step.
  CHECK(orbit_minimum(*relu, network, inputs) == Approx(expected).epsilon(1e-3));
}

TEST_CASE("scaling the outer weights by t scales the orbit minimum by t^{2 (L-1) / L}") {
  const test::Example example(4, 3, 25, 6);
  const auto relu = test::activation("relu");
  for (const std::vector<Index>& hidden : k_widths) {
    const auto network = test::layered_network(8, 6, 3, hidden);
    auto scaled = network;
    scaled.outer *= 1e40;
    const auto layers = static_cast<double>(hidden.size() + 2);
    CHECK(orbit_minimum(*relu, scaled, example.data.inputs) ==
          Approx(std::pow(1e40, 2 * (layers - 1) / layers) *
                 orbit_minimum(*relu, network, example.data.inputs)));
  }
}
