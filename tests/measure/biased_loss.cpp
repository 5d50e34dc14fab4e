// SPDX-License-Identifier: MIT
// The population loss and the index spectrum of networks with biases on Gaussian inputs.
#include <array>
#include <cmath>
#include <string>

#include <catch2/catch.hpp>

#include "flatgrid/measure/index_spectrum.hpp"
#include "flatgrid/measure/population_loss.hpp"
#include "flatgrid/network/kernels.hpp"
#include "measure/loss_gradient.hpp"
#include "support.hpp"

using namespace flatgrid;
using namespace flatgrid::measure;

namespace {

struct ReferenceLoss {
  double angle, bias, value;
};

const ReferenceLoss k_losses[] = {
#include "reference/biased_losses.inc"
};

problem::Problem biased_problem(const std::string& inputs, const std::string& link,
                                Index dimension = 3) {
  problem::ProblemSettings settings = test::problem(dimension, 2, link);
  settings.inputs = inputs;
  return problem::Problem(settings, nullptr, true);
}

/// The network with biases of 0.
network::Network<double> with_zero_biases(const network::Network<double>& network) {
  auto result = network::Network<double>::zero(network.width(), network.dimension() + 1);
  result.inner.leftCols(network.dimension()) = network.inner;
  result.outer = network.outer;
  return result;
}

}  // namespace

TEST_CASE("biases: the loss of a neuron near the target, down to 5e-15, to 1e-8") {
  problem::ProblemSettings settings = test::problem(2, 1);
  const problem::Problem problem(settings, nullptr, true);
  const auto relu = test::activation("relu");
  const problem::IndexModel target{MatrixD{{1, 0}}, VectorD::Ones(1)};
  const PopulationLoss loss(problem, *relu, target, 0);
  for (const ReferenceLoss& reference : k_losses) {
    CAPTURE(reference.angle, reference.bias);
    const network::Network<double> network{
        MatrixD{{std::cos(reference.angle), std::sin(reference.angle), reference.bias}},
        VectorD::Ones(1)};
    const Estimate estimate = loss(network);
    CHECK(estimate.value == Approx(reference.value).epsilon(1e-8));
    CHECK(estimate.standard_error == 0);
    // The neuron split into 40 neurons of larger weights: rounding errors accumulate.
    auto split = network::Network<double>::zero(40, 3);
    for (Index j = 0; j < 40; ++j) {
      const double size = 1 + 0.1 * static_cast<double>(j);
      split.inner.row(j) = size * network.inner.row(0);
      split.outer(j) = 1 / size / 40;
    }
    CHECK(loss(split).value == Approx(reference.value).epsilon(1e-6));
  }
}

TEST_CASE("biases of 0: the loss is that of the network without biases") {
  for (const std::string activation :
       {"relu", "leaky-relu", "abs", "relu2", "quadratic", "relu3"}) {
    for (const std::string link : {"relu", "identity", "sign", "hermite3", "tanh", "kinks"}) {
      CAPTURE(activation, link);
      const problem::Problem biased = biased_problem("gaussian-powerlaw", link);
      const problem::Problem plain(biased.settings());
      const auto sigma = test::activation(activation);
      const problem::IndexModel target = plain.index_model(1);
      const auto network = descent::gaussian_network(2, 6, 3, 1.0);
      const PopulationLoss loss(biased, *sigma, target, 0);
      const PopulationLoss expected(plain, *sigma, target, 0);
      // The series of tanh has an error of 1e-8 of the second moment.
      CHECK(loss(with_zero_biases(network)).value ==
            Approx(expected(network).value).epsilon(link == "tanh" ? 1e-7 : 1e-11));
      CHECK(loss.target_second_moment() == Approx(expected.target_second_moment()).epsilon(1e-12));
    }
  }
}

TEST_CASE("biases: the loss agrees with Monte Carlo for every activation and link", "[slow]") {
  constexpr Index k_draws = 40'000;
  for (const std::string inputs : {"gaussian", "gaussian-powerlaw", "gaussian-spiked"}) {
    for (const std::string activation :
         {"relu", "leaky-relu", "abs", "relu2", "quadratic", "relu3"}) {
      for (const std::string link : {"relu", "leaky-relu", "abs", "relu2", "relu3", "hermite2",
                                     "hermite3", "tanh", "sin", "sign", "identity", "kinks"}) {
        CAPTURE(inputs, activation, link);
        const problem::Problem problem = biased_problem(inputs, link);
        CHECK(population_loss_method(problem) ==
              (link == "tanh" || link == "sin" ? "quadrature" : "closed-form"));
        const auto sigma = test::activation(activation);
        const problem::IndexModel target = problem.index_model(1);
        const auto network = descent::gaussian_network(2, 5, 4, 1.5);
        problem::ProblemSettings settings = problem.settings();
        settings.test_samples = k_draws;
        const problem::TestSet draws =
            problem::Problem(settings, nullptr, true).test_set(target, 7);
        network::Workspace<double> workspace(network.width());
        VectorD outputs;
        network::predict(*sigma, network, draws.inputs, workspace, outputs);
        const VectorD squares = (outputs - draws.labels).array().square();
        const double error =
            std::sqrt((squares.array() - squares.mean()).square().mean() / k_draws);
        const PopulationLoss loss(problem, *sigma, target, 0);
        CHECK(std::abs(loss(network).value - squares.mean()) < 4.5 * error);
      }
    }
  }
}

TEST_CASE(
    "kinks: the second moments of the target are those of the paper's f without Hermite parts") {
  // E f_s^2 for s = 1..4 by an independent program, to the six digits given.
  const std::array<double, 4> moments = {.203503, .190391, .088075, .087817};
  const auto relu = test::activation("relu");
  for (std::size_t s = 1; s <= moments.size(); ++s) {
    problem::ProblemSettings settings = test::problem(3, 1, "kinks");
    settings.information_exponent = static_cast<std::int64_t>(s);
    const problem::Problem problem(settings);
    const PopulationLoss loss(problem, *relu, problem.index_model(1), 0);
    CHECK(std::abs(loss.target_second_moment() - moments[s - 1]) < 6e-7);
  }
}

TEST_CASE("kinks: the loss of the network that is the target with small errors, to 1e-6") {
  // For s = 1: f* = sum_l d_l relu(z - t_l) - alpha_0. A network with this function has the loss 0, and an error
  // delta in its constant the loss delta^2.
  problem::ProblemSettings settings = test::problem(3, 1, "kinks");
  const problem::Problem problem(settings, nullptr, true);
  const auto relu = test::activation("relu");
  const problem::IndexModel target = problem.index_model(1);
  const PopulationLoss loss(problem, *relu, target, 0);
  const VectorD weights{{1, -2, 2, -1, 1}};
  const VectorD shifts{{-1, 0, 2, 3, 0}};
  auto network = network::Network<double>::zero(5, 4);
  for (Index l = 0; l < 4; ++l) {
    network.inner.row(l).head(3) = target.directions.row(0);
    network.inner(l, 3) = -shifts(l);
  }
  network.inner(4, 3) = 1;  // the constant
  network.outer = weights;
  network.outer(4) = 0;
  const auto mean = [](double t) {
    return std::exp(-t * t / 2) / std::sqrt(2 * M_PI) - t * std::erfc(t / std::sqrt(2.0)) / 2;
  };
  for (Index l = 0; l < 4; ++l) network.outer(4) -= weights(l) * mean(shifts(l));
  const double exact = network.outer(4);
  for (const double delta : {1e-2, 1e-4, 1e-6}) {
    network.outer(4) = exact + delta;
    // The constant is a double: an error of 1e-17 beside delta = 1e-6; the direction's length has one of 1e-16.
    CHECK(loss(network).value / (delta * delta) == Approx(1).epsilon(1e-6));
  }
  // Neurons that are active on every input: the same function with terms of 1e3 that cancel.
  auto shifted = network::Network<double>::zero(7, 4);
  shifted.inner.topRows(5) = network.inner;
  shifted.outer.head(5) = network.outer;
  shifted.inner.row(5).head(3) = shifted.inner.row(6).head(3) = target.directions.row(0);
  shifted.inner(5, 3) = 30;
  shifted.inner(6, 3) = 20;
  shifted.outer(5) = 100;
  shifted.outer(6) = -100;
  shifted.outer(4) -= 1000;
  CHECK(loss(shifted).value / 1e-12 == Approx(1).epsilon(1e-6));
}

TEST_CASE("biases: gradients of the loss agree with finite differences") {
  for (const std::string activation : {"relu", "leaky-relu", "relu2", "quadratic", "relu3"}) {
    for (const std::string link : {"relu", "sign", "hermite3", "tanh", "kinks"}) {
      CAPTURE(activation, link);
      const problem::Problem problem = biased_problem("gaussian-powerlaw", link);
      const auto sigma = test::activation(activation);
      const PopulationLoss loss(problem, *sigma, problem.index_model(1), 0);
      test::check_gradient(loss, 4);
    }
  }
}

TEST_CASE(
    "biases: the population loss and index spectrum of constants and of inputs of dimension 1") {
  const auto relu = test::activation("relu");
  // f = 2 - 3 relu(-1) = 2, f* = relu(x): E (2 - relu(x))^2 = 4 - 4 phi(0) + 1/2
  problem::ProblemSettings settings = test::problem(1, 1);
  const problem::Problem problem(settings, nullptr, true);
  const problem::IndexModel target{MatrixD{{1}}, VectorD::Ones(1)};
  const PopulationLoss loss(problem, *relu, target, 0);
  const network::Network<double> constant{MatrixD{{0, 1}, {0, -1}}, VectorD{{2, -3}}};
  CHECK(loss(constant).value == Approx(4.5 - 4 / std::sqrt(2 * M_PI)).epsilon(1e-14));
  CHECK(index_spectrum(problem, *relu, constant, 0).eigenvalues(0) == 0);
  // f = 3 relu(2 x - 1): E f'^2 = 36 P(x > 1/2)
  const network::Network<double> step{MatrixD{{2, -1}}, VectorD{{3}}};
  CHECK(index_spectrum(problem, *relu, step, 0).eigenvalues(0) ==
        Approx(36 * std::erfc(0.5 / std::sqrt(2.0)) / 2).epsilon(1e-14));
}

TEST_CASE("biases: the index spectrum agrees with Monte Carlo") {
  for (const std::string activation : {"relu", "abs", "relu2", "quadratic"}) {
    CAPTURE(activation);
    const problem::Problem gaussian = biased_problem("gaussian-powerlaw", "relu");
    const auto sigma = test::activation(activation);
    const auto network = descent::gaussian_network(2, 6, 4, 1.5);
    const IndexSpectrum spectrum = index_spectrum(gaussian, *sigma, network, 0);
    CHECK(spectrum.eigenvalues.size() == 3);
    // The trace E ||grad f||^2 by draws.
    problem::ProblemSettings settings = gaussian.settings();
    settings.test_samples = 100'000;
    const MatrixD draws = problem::Problem(settings, nullptr, true).test_inputs(3);
    VectorD squares(draws.cols());
    network::Workspace<double> workspace(network.width());
    network::for_each_sample(*sigma, network, draws, workspace, [&](Index i) {
      squares(i) =
          (network.inner.leftCols(3).transpose() * network.outer.cwiseProduct(workspace.derivative))
              .squaredNorm();
    });
    const double error = std::sqrt((squares.array() - squares.mean()).square().mean() / 100'000);
    CHECK(std::abs(spectrum.eigenvalues.sum() - squares.mean()) < 4 * error);
  }
}

TEST_CASE("biases: the sphere and other laws have a Monte Carlo loss with a standard error") {
  const auto relu = test::activation("relu");
  const auto network = descent::gaussian_network(2, 5, 4, 1.0);
  for (const std::string inputs :
       {"sphere", "ball", "cube", "rademacher", "student-t", "mixture"}) {
    CAPTURE(inputs);
    const problem::Problem problem = biased_problem(inputs, "relu");
    CHECK(population_loss_method(problem) == "monte-carlo");
    const PopulationLoss loss(problem, *relu, problem.index_model(1), 0);
    CHECK(loss(network).standard_error > 0);
  }
}
