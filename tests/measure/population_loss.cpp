// SPDX-License-Identifier: MIT
#include "flatgrid/measure/population_loss.hpp"

#include <cmath>
#include <numbers>

#include <catch2/catch.hpp>

#include "flatgrid/network/kernels.hpp"
#include "flatgrid/problem/laws.hpp"
#include "measure/loss_gradient.hpp"
#include "support.hpp"

using namespace flatgrid;
using namespace flatgrid::measure;

namespace {

/// The default problem: relu on a sum of three relu neurons, isotropic Gaussian inputs.
double relu_loss(const network::Network<double>& network, const problem::IndexModel& target) {
  const problem::Problem problem(test::problem(target.directions.cols(), target.directions.rows()));
  const auto relu = test::activation("relu");
  return PopulationLoss(problem, *relu, target, 0)(network).value;
}

}  // namespace

TEST_CASE("population loss agrees with Monte Carlo, 10^7 draws", "[slow]") {
  const auto relu = test::activation("relu");
  const test::Example example(1, 4, 1, 20);
  const network::Network<double> teacher{example.target.directions, example.target.coefficients};
  const Index batch = 100000;
  double sum = 0;
  double squares = 0;
  MatrixD inputs(4, batch);
  VectorD outputs, labels;
  network::Workspace<double> workspace(20), teacher_workspace(3);
  for (std::uint64_t repeat = 0; repeat < 100; ++repeat) {
    random::Stream stream(1, random::Purpose::test_set, repeat);
    for (Index i = 0; i < batch; ++i) random::fill_normal(stream, inputs.col(i));
    network::predict(*relu, example.network, inputs, workspace, outputs);
    network::predict(*relu, teacher, inputs, teacher_workspace, labels);
    const VectorD squared = (outputs - labels).array().square();
    sum += squared.sum();
    squares += squared.squaredNorm();
  }
  const double draws = 100.0 * static_cast<double>(batch);
  const double mean = sum / draws;
  const double standard_error = std::sqrt((squares / draws - mean * mean) / draws);
  REQUIRE(standard_error < 2e-3 * mean);
  CHECK(std::abs(relu_loss(example.network, example.target) - mean) < 4 * standard_error);
}

TEST_CASE("every activation, input and link: exact losses agree with Monte Carlo", "[slow]") {
  constexpr Index k_draws = 200000;
  for (const std::string inputs : {"gaussian", "gaussian-powerlaw", "gaussian-spiked", "sphere"}) {
    problem::ProblemSettings problem = test::problem(4, 2);
    problem.inputs = inputs;
    problem.directions = "random";
    problem.coefficients = {1.0, -0.7};
    const auto law = problem.inputs->make(problem);
    MatrixD sample(4, k_draws);
    for (Index i = 0; i < k_draws; ++i) {
      random::Stream stream(3, random::Purpose::inputs, static_cast<std::uint64_t>(i));
      law->draw(stream, sample.col(i));
    }
    const problem::IndexModel target = problem::Problem(problem).index_model(3);
    const auto network = descent::gaussian_network(5, 6, 4, 1.5);
    for (const std::string_view activation_name : names_of<network::ActivationKind>()) {
      const auto activation = test::activation(std::string(activation_name));
      network::Workspace<double> workspace(6);
      VectorD outputs;
      network::predict(*activation, network, sample, workspace, outputs);
      for (const std::string_view link : names_of<problem::LinkKind>()) {
        if (link == "kinks" && inputs == "sphere") continue;  // has no formula
        problem.link = link;
        CAPTURE(inputs, activation_name, link);
        const problem::Problem model(problem);
        const PopulationLoss loss(model, *activation, target, 0);
        CHECK(population_loss_method(model) ==
              (link == "tanh" || link == "sin" ? "quadrature" : "closed-form"));
        const problem::Link& g = model.link();
        VectorD squares(k_draws);
        VectorD targets(k_draws);
        for (Index i = 0; i < k_draws; ++i) {
          const VectorD z = target.directions * sample.col(i);
          targets(i) = g.value(z(0)) - 0.7 * g.value(z(1));
          squares(i) = std::pow(outputs(i) - targets(i), 2);
        }
        const auto standard_error = [&](const VectorD& values) {
          const double mean = values.mean();
          return std::sqrt((values.array() - mean).square().mean() / static_cast<double>(k_draws));
        };
        const Estimate estimate = loss(network);
        CHECK(estimate.standard_error == 0);
        CHECK(std::abs(estimate.value - squares.mean()) < 4 * standard_error(squares));
        const VectorD moments = targets.array().square();
        CHECK(std::abs(loss.target_second_moment() - moments.mean()) <
              4 * standard_error(moments) + 1e-12);
      }
    }
  }
}

TEST_CASE("exact losses: gradients agree with finite differences") {
  for (const std::string inputs : {"gaussian", "gaussian-powerlaw", "sphere"}) {
    for (const std::string activation : {"relu", "leaky-relu", "relu2", "quadratic", "relu3"}) {
      for (const std::string link : {"relu", "sign", "hermite3", "tanh", "kinks"}) {
        if (link == "kinks" && inputs == "sphere") continue;  // has no formula
        CAPTURE(inputs, activation, link);
        problem::ProblemSettings problem = test::problem(3, 2);
        problem.inputs = inputs;
        problem.link = link;
        const problem::Problem model(problem);
        const auto sigma = test::activation(activation);
        const problem::IndexModel target = model.index_model(1);
        const PopulationLoss loss(model, *sigma, target, 0);
        test::check_gradient(loss, 3);
      }
    }
  }
}

TEST_CASE("quadrature: E (a relu(w.x) - tanh(u.x))^2 to 1e-8 of the second moment") {
  const problem::Problem problem(test::problem(5, 1, "tanh"));
  const auto relu = test::activation("relu");
  const problem::IndexModel target = problem.index_model(4);
  const PopulationLoss loss(problem, *relu, target, 0);
  for (const double angle : {0.0, 1e-3, 0.4, 1.5, 3.0}) {
    // A unit vector at this angle from u.
    VectorD other = VectorD::Unit(5, 0);
    const VectorD u = target.directions.row(0);
    other = (other - other.dot(u) * u).normalized();
    network::Network<double> network{
        (std::cos(angle) * u + std::sin(angle) * other).transpose() * 1.3,
        VectorD::Constant(1, 0.6)};
    // E relu(Y) tanh(Z) = int tanh(z) (mu Phi(mu/s) + s phi(mu/s)) phi(z) dz, mu = rho z,
    // s = sqrt(1 - rho^2): the trapezoidal rule, split at the kink of the limit s -> 0 by symmetry
    // of the grid, converges like exp(-c/h) for s > 0.
    const double rho = std::cos(angle);
    const double s = std::sin(angle);
    const double h = 2e-5;
    double cross = 0;
    double moment = 0;
    for (int i = -600000; i <= 600000; ++i) {
      const double z = i * h;
      const double density = std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi) * h;
      const double mu = rho * z;
      const double mean =
          s > 0 ? mu * std::erfc(-mu / s / std::numbers::sqrt2) / 2 +
                      s * std::exp(-mu * mu / (2 * s * s)) / std::sqrt(2 * std::numbers::pi)
                : std::max(mu, 0.0);
      cross += std::tanh(z) * mean * density;
      moment += std::tanh(z) * std::tanh(z) * density;
    }
    const double scale = 0.6 * 1.3;
    const double exact = scale * scale / 2 - 2 * scale * cross + moment;
    CHECK(std::abs(loss(network).value - exact) < 1e-8 * moment);
  }
}

TEST_CASE("Monte Carlo losses come with their standard error") {
  problem::ProblemSettings settings = test::problem(4, 2);
  settings.target = "product";
  settings.test_samples = 100000;
  const problem::Problem problem(settings);
  const auto relu = test::activation("relu");
  const problem::IndexModel target = problem.index_model(1);
  const auto network = descent::gaussian_network(2, 5, 4, 0.5);
  const Estimate one = PopulationLoss(problem, *relu, target, 1)(network);
  const Estimate two = PopulationLoss(problem, *relu, target, 2)(network);
  CHECK(population_loss_method(problem) == "monte-carlo");
  CHECK(one.value != two.value);
  CHECK(std::abs(one.value - two.value) < 4 * std::hypot(one.standard_error, two.standard_error));
  // E (z1 z2)^2 = 1
  CHECK(PopulationLoss(problem, *relu, target, 1).target_second_moment() ==
        Approx(1).epsilon(0.05));
}

TEST_CASE("population loss of the zero network is the target's second moment") {
  // E relu(z)^2 = 1/2 and E relu(z) relu(z') = 1/(2 pi) for independent z, z':
  // with coefficients +1 -1 +1 the moment is 3/2 + 2 (-1 + 1 - 1) / (2 pi).
  const problem::IndexModel target = problem::Problem(test::problem(10, 3)).index_model(1);
  CHECK(relu_loss(network::Network<double>::zero(5, 10), target) ==
        Approx(1.5 - 1 / std::numbers::pi).epsilon(1e-14));
}

TEST_CASE("the teacher's population loss is exactly 0, in any order of its neurons") {
  const problem::IndexModel target = problem::Problem(test::problem(10, 3)).index_model(2);
  auto network = network::Network<double>::zero(7, 10);
  for (const Index s : {0, 1, 2}) {
    network.inner.row(2 * s + 1) = target.directions.row(2 - s);
    network.outer(2 * s + 1) = target.coefficients(2 - s);
  }
  CHECK(relu_loss(network, target) == 0);
}

TEST_CASE("population loss keeps its digits down to 1e-12 of the second moment and below") {
  const problem::IndexModel target = problem::Problem(test::problem(10, 3)).index_model(3);
  const network::Network<double> teacher{target.directions, target.coefficients};

  SECTION("one outer weight off by e: the loss is e^2 / 2") {
    for (const double e : {1e-3, 1e-6, 1e-8}) {
      network::Network<double> network = teacher;
      network.outer(0) += e;
      const double exact = std::pow(network.outer(0) - teacher.outer(0), 2) / 2;
      CHECK(relu_loss(network, target) == Approx(exact).epsilon(1e-9));
    }
  }
  SECTION(
      "small losses of relu^2 on a Gaussian with a spectrum and of relu^3 on the sphere keep their "
      "digits") {
    for (const auto& [activation, inputs, degree] :
         {std::tuple{"relu2", "gaussian-powerlaw", 2}, std::tuple{"relu3", "sphere", 3}}) {
      problem::ProblemSettings settings = test::problem(10, 3, activation);
      settings.inputs = inputs;
      const problem::Problem problem(settings);
      const auto sigma = test::activation(activation);
      const PopulationLoss loss(problem, *sigma, target, 0);
      network::Network<double> network = teacher;
      CHECK(loss(network).value == 0);
      // (c + e - c)^2 E sigma(u.x)^2, taken from the loss of that neuron alone at large e.
      network.outer(0) += 1;
      const double moment = loss(network).value;
      for (const double e : {1e-6, 1e-8}) {
        network.outer(0) = teacher.outer(0) + e;
        CHECK(loss(network).value ==
              Approx(moment * std::pow(network.outer(0) - teacher.outer(0), 2)).epsilon(1e-9));
      }
    }
  }
  SECTION("one neuron rotated by an angle t") {
    // E (relu(u.x) - relu(v.x))^2 = 2 (kappa(1) - kappa(cos t))
    //                             = (pi - sin t - (pi - t) cos t) / pi, whose Taylor series is
    //                               t^2/2 - t^3/(3 pi) - t^4/24 + t^5/(30 pi) + O(t^6).
    for (const double t : {1e-3, 1e-5, 1e-6, 1e-8}) {
      network::Network<double> network = teacher;
      network.inner.row(0) =
          std::cos(t) * teacher.inner.row(0) + std::sin(t) * teacher.inner.row(1);
      const double pi = std::numbers::pi;
      const double exact =
          t * t / 2 - t * t * t / (3 * pi) - std::pow(t, 4) / 24 + std::pow(t, 5) / (30 * pi);
      // The rotated row itself is rounded to 1e-16: a relative error of 1e-16 / t in the angle.
      CHECK(relu_loss(network, target) == Approx(exact).epsilon(1e-9 + 1e-15 / t));
    }
  }
  SECTION("a neuron split into a hundred parallel ones has the same population loss") {
    auto network = network::Network<double>::zero(102, 10);
    network.inner.topRows(2) = teacher.inner.bottomRows(2);
    network.outer.head(2) = teacher.outer.tail(2);
    // Multiples of 2^-7: the hundred weights and their sum are exact in binary.
    for (Index j = 2; j < 102; ++j) {
      network.inner.row(j) = teacher.inner.row(0) * 0.5;
      network.outer(j) = j < 101 ? 0.0078125 : 2.0 - 99 * 0.0078125;
    }
    CHECK(relu_loss(network, target) == 0);
  }
}

TEST_CASE(
    "a scale of the inputs: a factor of the inner weights and of the target, up to that of the "
    "loss") {
  // relu networks are homogeneous: inputs c x give c times the outputs and c times the target.
  const auto relu = test::activation("relu");
  const auto network = descent::gaussian_network(5, 6, 4, 1.5);
  for (const std::string inputs : {"gaussian-spiked", "sphere", "cube", "ball"}) {
    CAPTURE(inputs);
    problem::ProblemSettings settings = test::problem(4, 2);
    settings.inputs = inputs;
    const problem::Problem unscaled(settings);
    settings.input_scale = 0.5;
    const problem::Problem scaled(settings);
    const problem::IndexModel target = unscaled.index_model(1);
    const PopulationLoss loss(unscaled, *relu, target, 0);
    const PopulationLoss of_scaled(scaled, *relu, target, 0);
    CHECK(population_loss_method(scaled) ==
          (inputs == "cube" || inputs == "ball" ? "monte-carlo" : "closed-form"));
    CHECK(of_scaled(network).value == Approx(loss(network).value / 4).epsilon(1e-12));
  }
}
