// SPDX-License-Identifier: MIT
#include "flatgrid/network/linear_layers.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "flatgrid/network/kernels.hpp"
#include "flatgrid/network/reference.hpp"
#include "support.hpp"

using namespace flatgrid;
using namespace flatgrid::network;

namespace {

struct Layered {
  explicit Layered(std::vector<Index> hidden)
      : example(3, 4, 37, 11), network(descent::gaussian_network(5, 11, hidden.back(), 1.0)) {
    network.linear = descent::initial_layers(5, 4, hidden, 1.0, false);
  }

  test::Example example;
  Network<double> network;
};

const std::vector<std::vector<Index>> k_widths = {{4}, {6}, {3, 5}, {2, 4, 3}};

/// f(x) layer by layer.
double output(const Activation<double>& activation, const Network<double>& network, VectorD x) {
  for (const MatrixD& layer : network.linear) x = layer * x;
  return reference::output(activation, {network.inner, network.outer}, x);
}

Network<double> random_tangent(const Network<double>& network, std::int64_t seed) {
  Network<double> tangent = network;
  for_each_layer([&](auto& layer) { layer.reshaped() = test::normals(++seed, layer.size()); },
                 tangent);
  return tangent;
}

double product(const Network<double>& a, const Network<double>& b) {
  double sum = 0;
  for_each_layer([&](const auto& x, const auto& y) { sum += x.cwiseProduct(y).sum(); }, a, b);
  return sum;
}

}  // namespace

TEST_CASE("with linear layers the kernels compute the composition of the layers") {
  for (const std::vector<Index>& hidden : k_widths) {
    for (const std::string name : {"relu", "leaky-relu", "abs"}) {
      const Layered layered(hidden);
      const auto activation = test::activation(name);
      const MatrixD& inputs = layered.example.data.inputs;
      Workspace<double> workspace(11);
      VectorD outputs;
      predict(*activation, layered.network, inputs, workspace, outputs);
      for (Index i = 0; i < inputs.cols(); ++i) {
        CHECK(outputs(i) ==
              Approx(output(*activation, layered.network, inputs.col(i))).epsilon(1e-12));
      }
    }
  }
}

TEST_CASE("with 3 to 5 layers the gradient is that of difference quotients, in double and float") {
  for (const std::vector<Index>& hidden : k_widths) {
    const Layered layered(hidden);
    const Network<double>& network = layered.network;
    const auto activation = test::activation("leaky-relu");
    const MatrixD& inputs = layered.example.data.inputs;
    const VectorD& labels = layered.example.labels;
    Workspace<double> workspace(11);
    Network<double> gradient = network;
    const double loss =
        loss_and_gradient(*activation, network, inputs, labels, workspace, gradient);
    Network<double> unused = network;
    for (std::int64_t seed : {100, 200, 300}) {
      const Network<double> tangent = random_tangent(network, seed);
      const auto loss_at = [&](double step) {
        Network<double> displaced = network;
        for_each_layer([&](const auto& by, auto& layer) { layer += step * by; }, tangent,
                       displaced);
        return loss_and_gradient(*activation, displaced, inputs, labels, workspace, unused);
      };
      // The loss is a polynomial between kinks: the quotient has an error of step^2.
      const double difference = (loss_at(1e-6) - loss_at(-1e-6)) / 2e-6;
      CHECK(product(gradient, tangent) == Approx(difference).epsilon(1e-6));
    }

    Workspace<float> in_float(11);
    Network<float> single, single_gradient;
    single.linear.resize(network.linear.size());
    for_each_layer([](const auto& from, auto& to) { to = from.template cast<float>(); }, network,
                   single);
    single_gradient = single;
    const float single_loss =
        loss_and_gradient(*activation->in_float(), single, Matrix<float>(inputs.cast<float>()),
                          Vector<float>(labels.cast<float>()), in_float, single_gradient);
    CHECK(single_loss == Approx(loss).epsilon(1e-5));
    for_each_layer(
        [](const auto& exact, const auto& rounded) {
          CHECK((exact - rounded.template cast<double>()).norm() < 1e-5 * exact.norm());
        },
        gradient, single_gradient);
  }
}

TEST_CASE("with linear layers J v, J^T u and the tangent kernel belong to the same Jacobian") {
  for (const std::vector<Index>& hidden : k_widths) {
    const Layered layered(hidden);
    const Network<double>& network = layered.network;
    const auto activation = test::activation("relu");
    const MatrixD& inputs = layered.example.data.inputs;
    const Index samples = inputs.cols();
    Workspace<double> workspace(11);
    std::vector<Network<double>> rows(static_cast<std::size_t>(samples), network);
    MatrixD kernel(samples, samples);
    for (Index i = 0; i < samples; ++i) {
      auto& row = rows[static_cast<std::size_t>(i)];
      jacobian_transpose_times(*activation, network, inputs, VectorD(VectorD::Unit(samples, i)),
                               workspace, row);
      for (Index k = 0; k <= i; ++k) kernel(i, k) = product(row, rows[static_cast<std::size_t>(k)]);
    }
    const Network<double> tangent = random_tangent(network, 7);
    VectorD derivatives;
    jacobian_times(*activation, network, inputs, tangent, workspace, derivatives);
    for (Index i = 0; i < samples; ++i) {
      CHECK(derivatives(i) == Approx(product(rows[static_cast<std::size_t>(i)], tangent)));
    }

    MatrixD value, gradient, computed;
    activations(*activation, network, inputs, value, gradient);
    gradient = network.outer.asDiagonal() * gradient;
    const MatrixD hidden_outputs = neuron_inputs(network, inputs);
    tangent_kernel(value, gradient, MatrixD(hidden_outputs.transpose() * hidden_outputs), computed);
    add_linear_kernel(network, inputs, gradient, computed);
    for (Index i = 0; i < samples; ++i) {
      for (Index k = 0; k <= i; ++k)
        CHECK(computed(i, k) == Approx(kernel(i, k)).epsilon(1e-11).margin(1e-12));
    }
  }
}
