// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/relaxation.hpp"

#include <cmath>
#include <string>

#include <catch2/catch.hpp>

#include "algorithm/fixture.hpp"
#include "algorithm/flattest/examples.hpp"
#include "flatgrid/algorithm/flattest/simplex.hpp"
#include "flatgrid/algorithm/polish/polish.hpp"
#include "flatgrid/measure/flatness.hpp"

using namespace flatgrid;
using namespace flatgrid::flattest;

namespace {

/// Labels of `activation` along two or three directions, plus noise.
VectorD labels_of(const network::Activation<double>& activation, const MatrixD& inputs,
                  std::int64_t seed, double noise) {
  const MatrixD z = test::normal_inputs(seed, inputs.rows(), 3).transpose() * inputs;
  MatrixD value(z.rows(), z.cols()), derivative(z.rows(), z.cols());
  activation.evaluate(z.size(), z.data(), value.data(), derivative.data());
  return (value.row(0) - value.row(1) + value.row(2)).transpose() +
         noise * test::normal_inputs(seed + 1, inputs.cols(), 1).col(0);
}

RelaxationProblem problem_of(const network::Activation<double>& activation, const MatrixD& inputs,
                             const VectorD& labels) {
  return {.activation = activation, .inputs = inputs, .labels = labels, .starts = 20};
}

}  // namespace

TEST_CASE("degree k > 1: the orbit minimum of shares, and Hoelder's bound on it") {
  const std::string name = GENERATE("relu2", "relu3", "quadratic");
  const auto activation = network::make_activation({.activation = name});
  const int k = activation->degree();
  const double p = 2.0 * k / (k + 1);
  const MatrixD inputs = test::normal_inputs(1, 3, 15);
  const SmoothOracle oracle(*activation, inputs);
  for (std::int64_t seed = 0; seed < 20; ++seed) {
    CAPTURE(name, seed);
    const Index m = 1 + seed % 7;
    const network::Network<double> network{test::normal_inputs(20 + seed, m, 3),
                                           test::normal_inputs(50 + seed, m, 1)};
    const measure::NeuronTraces traces = measure::neuron_traces(*activation, network, inputs);
    const double flatness = measure::flatness_orbit_min(traces, k);
    // The measured orbit minimum is F = (k+1) k^{-k/(k+1)} sum |t_j|^p.
    const VectorD shares =
        network.outer.cwiseAbs().cwiseProduct(oracle.gauge_values(network.inner.transpose()));
    const double constant = (k + 1) * std::pow(k, -static_cast<double>(k) / (k + 1));
    CHECK(flatness == Approx(constant * shares.array().pow(p).sum()).epsilon(1e-12));
    // F is the sum over the neurons of the minimum of c^{2k} A + c^{-2} B, here over a fine grid of c.
    double least = 0;
    for (Index j = 0; j < m; ++j) {
      double of_neuron = 1e300;
      for (double c = 1e-3; c < 1e3; c *= 1.001)
        of_neuron = std::min(
            of_neuron, std::pow(c, 2 * k) * traces.outer_part(j) + traces.inner_part(j) / (c * c));
      least += of_neuron;
    }
    CHECK(flatness <= least);
    CHECK(flatness >= least * (1 - 1e-4));
    // F is at least its value for equal shares of the same sum.
    CHECK(flatness_at_width(k, m, shares.sum()) <= flatness * (1 + 1e-12));
    const auto equal = static_cast<double>(m);
    CHECK(flatness_at_width(k, m, equal) == Approx(constant * equal).epsilon(1e-12));
  }
}

TEST_CASE("degree k > 1: the relaxation in the plane agrees with a linear program on a fine grid") {
  const std::string name = GENERATE("relu2", "relu3", "quadratic");
  CAPTURE(name);
  const auto activation = network::make_activation({.activation = name});
  const Index n = name == "quadratic" ? 3 : name == "relu3" ? 6 : 9;
  const MatrixD inputs = test::normal_inputs(11, 2, n);
  const VectorD labels = labels_of(*activation, inputs, 3, 0.1);
  const RelaxedFit fit = relax(problem_of(*activation, inputs, labels));
  MatrixD circle(2, 4000);
  for (Index k = 0; k < circle.cols(); ++k) {
    const double angle = 2 * M_PI * static_cast<double>(k) / static_cast<double>(circle.cols());
    circle.col(k) << std::cos(angle), std::sin(angle);
  }
  const MatrixD features = SmoothOracle(*activation, inputs).features(circle);
  const SimplexSolution grid = solve_simplex(features, labels, {}, VectorD::Ones(circle.cols()));
  REQUIRE(grid.independent);
  CHECK(fit.lower <= grid.cost);
  CHECK(fit.cost <= grid.cost * (1 + 1e-6));
  CHECK(grid.cost <= fit.cost * 1.001);
  CHECK(fit.cost / fit.lower - 1 <= 2e-6);
  CHECK(fit.cost / fit.lower - 1 >= -1e-12);
}

TEST_CASE("degree k > 1: the relaxation's measure fits, its multipliers prove the bound",
          "[slow]") {
  const std::string name = GENERATE("relu2", "relu3", "quadratic");
  CAPTURE(name);
  const auto activation = network::make_activation({.activation = name});
  const MatrixD inputs = test::normal_inputs(12, 4, 10);
  const VectorD labels = labels_of(*activation, inputs, 5, 0.2);
  const RelaxedFit fit = relax(problem_of(*activation, inputs, labels));
  const SmoothOracle oracle(*activation, inputs);
  const VectorD outputs = oracle.features(fit.directions) * fit.shares;
  CHECK((outputs - labels).norm() <= 1e-9 * labels.norm());
  CHECK(fit.cost == Approx(fit.shares.cwiseAbs().sum()).epsilon(1e-12));
  CHECK(fit.lower == Approx(fit.multipliers.dot(labels)).epsilon(1e-9));
  const SmoothPeaks peaks = oracle.peaks(fit.multipliers, random_directions(7, 0, 4, 400));
  CHECK(peaks.greatest() <= 1 + 1e-9);
  // V is proportional to the units of the inputs and of the labels.
  const RelaxedFit scaled = relax(problem_of(*activation, inputs * 1e3, labels * 1e-5));
  CHECK(scaled.cost == Approx(fit.cost * 1e-2).epsilon(1e-5));
}

TEST_CASE("degree k > 1: an interrupted relaxation continues to the same bits") {
  const auto relu2 = network::make_activation({.activation = "relu2"});
  const MatrixD inputs = test::normal_inputs(13, 3, 14);
  auto problem = problem_of(*relu2, inputs, labels_of(*relu2, inputs, 6, 0.1));
  problem.rounds = 8;
  const RelaxedFit whole = relax(problem);
  ColumnGenerationState state = Relaxation(problem).start();
  while (!state.finished) {
    const Relaxation another(problem);
    another.advance(state);
  }
  const RelaxedFit cut = Relaxation(problem).result(state);
  CHECK(cut.lower == whole.lower);
  CHECK(cut.multipliers == whole.multipliers);
  CHECK(cut.directions == whole.directions);
  CHECK(cut.shares == whole.shares);
}

TEST_CASE("degree k > 1: no interpolator of the width is below the bound, for data of every kind",
          "[slow]") {
  const std::string name = GENERATE("relu2", "relu3", "quadratic");
  for (std::int64_t seed = 0; seed < 9; ++seed) {
    const Index d = 2 + seed % 3;
    const Index n = name == "quadratic" ? d * (d + 1) / 2 : 5 + seed % 4;
    const Index width = n + 2;
    test::TaskFixture fixture(seed, d, n, width, 0.3, name);
    fixture.training.steps = 1500;
    MatrixD inputs = fixture.task.inputs;
    VectorD labels = fixture.task.labels;
    if (seed % 3 == 1) {  // two equal samples and a zero sample
      inputs.col(n - 1) = inputs.col(0);
      labels(n - 1) = labels(0);
      inputs.col(1).setZero();
      labels(1) = 0;
    }
    if (seed % 3 == 2) inputs.row(0) = inputs.row(0).cwiseAbs().array() + 0.1;  // in a half-space
    const algorithm::Task task{.training = fixture.training,
                               .activation = *fixture.activation,
                               .input_law = fixture.task.input_law,
                               .inputs = inputs,
                               .labels = labels,
                               .width = width,
                               .seed = seed};
    const RelaxedFit fit = relax(problem_of(*fixture.activation, inputs, labels));
    REQUIRE(fit.lower > 0);
    const int degree = fixture.activation->degree();
    const double bound = flatness_at_width(degree, width, fit.lower);
    for (const char* algorithm :
         {"gradient-descent", "label-noise-sgd", "lazy", "random-features"}) {
      const auto run =
          algorithm::start_run(*Choice<algorithm::Algorithm>(algorithm), task, fixture.truth);
      polish::Polish polish(task, test::finish(*run).network);
      polish.advance(100);
      if (!polish.state().interpolates) continue;
      CAPTURE(name, seed, algorithm);
      CHECK(measure::flatness_orbit_min(
                measure::neuron_traces(*fixture.activation, polish.network(), inputs), degree) >=
            bound);
    }
  }
}

TEST_CASE("degree k > 1: labels that no network fits are detected by the span of the features") {
  const auto quadratic = network::make_activation({.activation = "quadratic"});
  const auto relu2 = network::make_activation({.activation = "relu2"});
  const MatrixD inputs = test::normal_inputs(14, 3, 9);
  VectorD labels = labels_of(*quadratic, inputs, 7, 0);
  // Quadratic forms in 3 variables have 6 coefficients, fewer than the 9 samples.
  const Relaxation fits(problem_of(*quadratic, inputs, labels));
  CHECK(fits.obstacle().empty());
  CHECK(fits.whitening().rows() == 6);
  labels(0) += 0.1;
  CHECK_FALSE(Relaxation(problem_of(*quadratic, inputs, labels)).obstacle().empty());
  CHECK(Relaxation(problem_of(*relu2, inputs, labels)).obstacle().empty());

  MatrixD twice(3, 10);
  twice << inputs, inputs.col(4);
  VectorD same(10);
  same << labels, labels(4);
  CHECK(Relaxation(problem_of(*relu2, twice, same)).obstacle().empty());
  same(9) += 0.1;
  CHECK_FALSE(Relaxation(problem_of(*relu2, twice, same)).obstacle().empty());
  CHECK_FALSE(
      Relaxation(problem_of(*relu2, MatrixD::Zero(3, 4), VectorD::Ones(4))).obstacle().empty());
}
