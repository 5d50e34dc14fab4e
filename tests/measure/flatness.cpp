#include "flatgrid/measure/flatness.hpp"

#include <cmath>

#include <catch2/catch.hpp>

#include "flatgrid/network/reference.hpp"
#include "flatgrid/network/symmetry.hpp"
#include "support.hpp"

using namespace flatgrid;

namespace {

/// The parameters of a network one after the other.
double& parameter(Network<double>& network, Index p) {
  return p < network.outer.size() ? network.outer(p)
                                  : network.inner.data()[p - network.outer.size()];
}

}  // namespace

TEST_CASE("the trace is that of the Hessian by second differences") {
  const auto relu = test::activation("relu");
  test::Example example(1, 4, 12, 6);
  const auto loss = [&] {
    return reference::train_loss(*relu, example.network, example.data.inputs, example.labels);
  };
  // Second differences of a function that is quadratic in each single parameter are exact but for
  // rounding, eps / h^2 = 2e-10 per parameter, provided no activation flips within h.
  const double h = 1e-3;
  double trace = 0;
  const double middle = loss();
  for (Index p = 0; p < 6 + 6 * 4; ++p) {
    double& value = parameter(example.network, p);
    const double saved = value;
    value = saved + h;
    const double above = loss();
    value = saved - h;
    const double below = loss();
    value = saved;
    trace += (above - 2 * middle + below) / (h * h);
  }
  const auto traces = neuron_traces(*relu, example.network, example.data.inputs);
  CHECK(flatness_trace(traces) == Approx(trace).epsilon(1e-7));
}

TEST_CASE("the trace is (1/n) sum_i ||grad f(x_i)||^2 for an activation without curvature") {
  const auto relu = test::activation("relu");
  const test::Example example(2, 10, 150, 70);
  double sum = 0;
  for (Index i = 0; i < 150; ++i) {
    const auto gradient =
        reference::output_gradient(*relu, example.network, example.data.inputs.col(i));
    sum += gradient.inner.squaredNorm() + gradient.outer.squaredNorm();
  }
  const auto traces = neuron_traces(*relu, example.network, example.data.inputs);
  CHECK(flatness_trace(traces) == Approx(sum / 150).epsilon(1e-12));
}

TEST_CASE("the orbit minimum is what a numerical minimization over the orbit finds") {
  const auto relu = test::activation("relu");
  const test::Example example(3, 5, 40, 8);
  const auto traces = neuron_traces(*relu, example.network, example.data.inputs);
  for (const int k : {1, 2, 3}) {
    // Golden-section search of c^{2k} A + c^{-2} B over log c, neuron by neuron: the minimum is
    // flat, so an error of 1e-8 in log c is one of 1e-16 in the value.
    double sum = 0;
    for (Index j = 0; j < 8; ++j) {
      const auto along_orbit = [&](double log_c) {
        return std::exp(2 * k * log_c) * traces.outer_part(j) +
               std::exp(-2 * log_c) * traces.inner_part(j);
      };
      double low = -20, high = 20;
      const double ratio = (std::sqrt(5.0) - 1) / 2;
      while (high - low > 1e-9) {
        const double left = high - ratio * (high - low);
        const double right = low + ratio * (high - low);
        (along_orbit(left) < along_orbit(right) ? high : low) =
            along_orbit(left) < along_orbit(right) ? right : left;
      }
      sum += along_orbit((low + high) / 2);
    }
    CHECK(flatness_orbit_min(traces, k) == Approx(sum).epsilon(1e-12));
  }
}

TEST_CASE(
    "rescalings from 1e-6 to 1e6 move the trace, never below the orbit minimum, which stays") {
  const auto relu = test::activation("relu");
  const test::Example example(4, 5, 40, 9);
  const auto before = neuron_traces(*relu, example.network, example.data.inputs);
  const double orbit_min = flatness_orbit_min(before, 1);
  for (int trial = 0; trial < 20; ++trial) {
    Network<double> moved = example.network;
    rescale<double>(moved, 1, (13.8 * test::normals(trial, 9).array().tanh()).exp());
    const auto after = neuron_traces(*relu, moved, example.data.inputs);
    CHECK(flatness_orbit_min(after, 1) == Approx(orbit_min).epsilon(1e-12));
    CHECK(flatness_trace(after) > orbit_min);
  }
  // It is attained at c = (B/A)^{1/4}.
  Network<double> balanced = example.network;
  rescale<double>(balanced, 1,
                  (before.inner_part.array() / before.outer_part.array()).pow(0.25).matrix());
  CHECK(flatness_trace(neuron_traces(*relu, balanced, example.data.inputs)) ==
        Approx(orbit_min).epsilon(1e-12));
}

TEST_CASE("dead neurons have no part in flatness") {
  const auto relu = test::activation("relu");
  test::Example example(5, 3, 10, 4);
  example.network.inner.setZero();
  example.network.outer.setOnes();
  const auto traces = neuron_traces(*relu, example.network, example.data.inputs);
  CHECK(flatness_orbit_min(traces, 1) == 0);
  CHECK(flatness_trace(traces) == 0);
}
