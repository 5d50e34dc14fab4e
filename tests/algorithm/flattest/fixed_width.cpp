// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/fixed_width.hpp"

#include <cmath>
#include <string>

#include <catch2/catch.hpp>

#include "algorithm/fixture.hpp"
#include "flatgrid/algorithm/flattest/relaxation.hpp"
#include "flatgrid/measure/flatness.hpp"
#include "flatgrid/network/kernels.hpp"

using namespace flatgrid;
using namespace flatgrid::flattest;

namespace {

/// The multipliers of the relaxation's bound V, times d flatness_at_width / dV.
VectorD bound_multipliers(const algorithm::Task& task) {
  const RelaxedFit fit = relax(
      {.activation = task.activation, .inputs = task.inputs, .labels = task.labels, .starts = 20});
  const double k = task.activation.degree();
  return 2 * k / (k + 1) * flatness_at_width(task.activation.degree(), task.width, fit.lower) /
         fit.lower * fit.whitened_multipliers;
}

FixedWidthState minimum(const test::TaskFixture& fixture, const FixedWidth& problem,
                        const network::Network<double>& start) {
  const VectorD l = bound_multipliers(fixture.task);
  FixedWidthState state = problem.start(start, l, l.norm());
  while (!state.finished) problem.advance(state);
  CHECK(fixture.relative_residual(state.network) <= 1e-20);
  return state;
}

}  // namespace

TEST_CASE("fixed width: a descent ends where grad T = J'l, at the least trace of the orbit") {
  const std::string name = GENERATE("relu2", "relu3", "quadratic");
  CAPTURE(name);
  const test::TaskFixture fixture(1, 4, 10, 12, 0.1, name);
  const algorithm::Task& task = fixture.task;
  const Relaxation relaxation(
      {.activation = task.activation, .inputs = task.inputs, .labels = task.labels});
  const FixedWidth problem(task, relaxation.whitening());
  // The descent starts from a fit of random features.
  const auto run = fixture.start("random-features");
  const FixedWidthState state = minimum(fixture, problem, test::finish(*run).network);
  const measure::NeuronTraces traces =
      measure::neuron_traces(task.activation, state.network, task.inputs);
  CHECK(measure::flatness_trace(traces) ==
        Approx(measure::flatness_orbit_min(traces, task.activation.degree())).epsilon(1e-7));
  // The finite difference of T in every parameter is the component of J'l.
  const VectorD of_samples = relaxation.whitening().transpose() * state.multipliers;
  network::Workspace<double> workspace(12);
  auto pull = network::Network<double>::zero(12, 4);
  network::jacobian_transpose_times(task.activation, state.network, task.inputs, of_samples,
                                    workspace, pull);
  const double scale = pull.outer.norm() + pull.inner.norm();
  network::Network<double> network = state.network;
  const auto check = [&](double& parameter, double expected) {
    const double saved = parameter;
    const double step = 1e-6;
    parameter = saved + step;
    const double above =
        measure::flatness_trace(measure::neuron_traces(task.activation, network, task.inputs));
    parameter = saved - step;
    const double below =
        measure::flatness_trace(measure::neuron_traces(task.activation, network, task.inputs));
    parameter = saved;
    CHECK((above - below) / (2 * step) == Approx(expected).margin(1e-3 * scale));
  };
  for (Index j = 0; j < 12; ++j) {
    check(network.outer(j), pull.outer(j));
    for (Index k = 0; k < 4; ++k) check(network.inner(j, k), pull.inner(j, k));
  }
}

TEST_CASE("fixed width: descents from perturbed networks return to the minimum") {
  const std::string name = GENERATE("relu2", "relu3", "quadratic");
  CAPTURE(name);
  const test::TaskFixture fixture(2, 3, 5, 7, 0.1, name);
  const algorithm::Task& task = fixture.task;
  const Relaxation relaxation(
      {.activation = task.activation, .inputs = task.inputs, .labels = task.labels});
  const FixedWidth problem(task, relaxation.whitening());
  const auto run = fixture.start("random-features");
  const FixedWidthState state = minimum(fixture, problem, test::finish(*run).network);
  const auto flatness = [&](const network::Network<double>& network) {
    return measure::flatness_orbit_min(
        measure::neuron_traces(task.activation, network, task.inputs), task.activation.degree());
  };
  const double least = flatness(state.network);
  for (std::int64_t seed = 0; seed < 6; ++seed) {
    network::Network<double> kicked = state.network;
    random::Stream stream(seed, random::Purpose::test_set, 9);
    for (double& a : kicked.outer) a *= 1 + 1e-3 * stream.normal();
    for (double& w : kicked.inner.reshaped()) w *= 1 + 1e-3 * stream.normal();
    // The descent from the perturbed network returns to the minimum, and ends no flatter.
    FixedWidthState back = problem.start(kicked, state.multipliers, state.scale);
    while (!back.finished) problem.advance(back);
    CHECK(flatness(back.network) >= least * (1 - 1e-6));
    CHECK(flatness(back.network) <= least * (1 + 1e-4));
  }
}
