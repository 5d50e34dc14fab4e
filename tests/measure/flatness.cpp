// SPDX-License-Identifier: MIT
#include "flatgrid/measure/flatness.hpp"

#include <cmath>
#include <string>

#include <catch2/catch.hpp>

#include "flatgrid/network/kernels.hpp"
#include "flatgrid/network/reference.hpp"
#include "flatgrid/network/symmetry.hpp"
#include "support.hpp"

using namespace flatgrid;
using namespace flatgrid::measure;

namespace {

/// Parameter number p of a network.
double& parameter(network::Network<double>& network, Index p) {
  return p < network.outer.size() ? network.outer(p)
                                  : network.inner.data()[p - network.outer.size()];
}

}  // namespace

TEST_CASE("the trace agrees with second differences of the loss, for every activation") {
  for (const std::string_view name : names_of<network::ActivationKind>()) {
    CAPTURE(name);
    const auto activation = test::activation(std::string(name));
    test::Example example(1, 4, 12, 6);  // noisy labels: residuals of order 1
    const MatrixD& inputs = example.data.inputs;
    const auto loss = [&] {
      return network::reference::train_loss(*activation, example.network, inputs, example.labels);
    };
    // The loss is in each single parameter a piecewise polynomial of degree 2 k. Differences of
    // fourth order in h are exact for degree 1. For the others they have errors in h^4, below 1e-10 of the trace
    // for h = 1e-3. Rounding is eps / h^2 = 2e-10 per parameter. No activation flips within 2 h.
    const double h = 1e-3;
    REQUIRE((example.network.inner * inputs).cwiseAbs().minCoeff() >
            2 * h * inputs.cwiseAbs().maxCoeff());
    double trace = 0;
    for (Index p = 0; p < 6 + 6 * 4; ++p) {
      double& value = parameter(example.network, p);
      const double saved = value;
      const auto at = [&](double shift) {
        value = saved + shift;
        const double result = loss();
        value = saved;
        return result;
      };
      trace += (16 * (at(h) + at(-h)) - at(2 * h) - at(-2 * h) - 30 * at(0)) / (12 * h * h);
    }
    network::Workspace<double> workspace(6);
    VectorD residual;
    network::predict(*activation, example.network, inputs, workspace, residual);
    residual -= example.labels;
    const auto traces = neuron_traces(*activation, example.network, inputs);
    const double residual_part =
        flatness_residual_part(*activation, example.network, inputs, residual);
    CHECK(flatness_trace(traces) + residual_part == Approx(trace).epsilon(1e-7));
    // The residual part is significant here for degrees above 1, and is 0 without residuals.
    CHECK((std::abs(residual_part) > 1e-4 * trace) == (activation->degree() > 1));
    CHECK(flatness_residual_part(*activation, example.network, inputs, VectorD::Zero(12)) == 0);
  }
}

TEST_CASE("the trace is (1/n) sum_i ||grad f(x_i)||^2 for an activation without curvature") {
  const auto relu = test::activation("relu");
  const test::Example example(2, 10, 150, 70);
  double sum = 0;
  for (Index i = 0; i < 150; ++i) {
    const auto gradient =
        network::reference::output_gradient(*relu, example.network, example.data.inputs.col(i));
    sum += gradient.inner.squaredNorm() + gradient.outer.squaredNorm();
  }
  const auto traces = neuron_traces(*relu, example.network, example.data.inputs);
  CHECK(flatness_trace(traces) == Approx(sum / 150).epsilon(1e-12));
}

TEST_CASE("the orbit minimum agrees with a numerical minimization over the orbit") {
  for (const std::string_view name : names_of<network::ActivationKind>()) {
    CAPTURE(name);
    const auto activation = test::activation(std::string(name));
    const int k = activation->degree();
    const test::Example example(3, 5, 40, 8);
    // A golden-section search over log c finds the least trace of each rescaled neuron. The minimum is flat, so
    // an error of 1e-8 in log c is an error of 1e-16 in the value.
    double sum = 0;
    for (Index j = 0; j < 8; ++j) {
      network::Network<double> alone{example.network.inner.row(j),
                                     example.network.outer.segment(j, 1)};
      const auto along_orbit = [&](double log_c) {
        network::Network<double> moved = alone;
        network::rescale<double>(moved, k, VectorD::Constant(1, std::exp(log_c)));
        return flatness_trace(neuron_traces(*activation, moved, example.data.inputs));
      };
      double low = -10, high = 10;
      const double ratio = (std::sqrt(5.0) - 1) / 2;
      while (high - low > 1e-8) {
        const double left = high - ratio * (high - low);
        const double right = low + ratio * (high - low);
        (along_orbit(left) < along_orbit(right) ? high : low) =
            along_orbit(left) < along_orbit(right) ? right : left;
      }
      sum += along_orbit((low + high) / 2);
    }
    const auto traces = neuron_traces(*activation, example.network, example.data.inputs);
    CHECK(flatness_orbit_min(traces, k) == Approx(sum).epsilon(1e-12));
  }
}

TEST_CASE(
    "splitting every neuron into m equal ones multiplies the orbit minimum by m^-(k-1)/(k+1)") {
  for (const std::string_view name : names_of<network::ActivationKind>()) {
    const auto activation = test::activation(std::string(name));
    const int k = activation->degree();
    const test::Example example(6, 5, 40, 8);
    const auto before = neuron_traces(*activation, example.network, example.data.inputs);
    for (const Index m : {2, 5}) {
      CAPTURE(name, m);
      const network::Network<double> split{
          example.network.inner.replicate(m, 1),
          example.network.outer.replicate(m, 1) / static_cast<double>(m)};
      // Splitting does not change the function.
      const VectorD x = example.data.inputs.col(0);
      CHECK(network::reference::output(*activation, split, x) ==
            Approx(network::reference::output(*activation, example.network, x)));
      const auto after = neuron_traces(*activation, split, example.data.inputs);
      const double factor = std::pow(static_cast<double>(m), -(k - 1.0) / (k + 1.0));
      CHECK(flatness_orbit_min(after, k) ==
            Approx(factor * flatness_orbit_min(before, k)).epsilon(1e-12));
    }
  }
}

TEST_CASE(
    "rescalings from 1e-6 to 1e6 change the trace, never below the orbit minimum, which is "
    "invariant") {
  for (const std::string_view name : names_of<network::ActivationKind>()) {
    CAPTURE(name);
    const auto activation = test::activation(std::string(name));
    const int k = activation->degree();
    const test::Example example(4, 5, 40, 9);
    const auto before = neuron_traces(*activation, example.network, example.data.inputs);
    const double orbit_min = flatness_orbit_min(before, k);
    for (int trial = 0; trial < 20; ++trial) {
      network::Network<double> moved = example.network;
      network::rescale<double>(moved, k, (13.8 * test::normals(trial, 9).array().tanh()).exp());
      const auto after = neuron_traces(*activation, moved, example.data.inputs);
      CHECK(flatness_orbit_min(after, k) == Approx(orbit_min).epsilon(1e-12));
      CHECK(flatness_trace(after) > orbit_min);
    }
    // The orbit minimum is attained at c = (B / (k A))^{1/(2k+2)}.
    network::Network<double> balanced = example.network;
    network::rescale<double>(balanced, k,
                             (before.inner_part.array() / (k * before.outer_part.array()))
                                 .pow(1 / (2.0 * k + 2))
                                 .matrix());
    CHECK(flatness_trace(neuron_traces(*activation, balanced, example.data.inputs)) ==
          Approx(orbit_min).epsilon(1e-12));
  }
}

TEST_CASE("a network of dead neurons has trace and orbit minimum 0") {
  const auto relu = test::activation("relu");
  test::Example example(5, 3, 10, 4);
  example.network.inner.setZero();
  example.network.outer.setOnes();
  const auto traces = neuron_traces(*relu, example.network, example.data.inputs);
  CHECK(flatness_orbit_min(traces, 1) == 0);
  CHECK(flatness_trace(traces) == 0);
}
