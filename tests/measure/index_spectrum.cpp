// SPDX-License-Identifier: MIT
#include "flatgrid/measure/index_spectrum.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include <catch2/catch.hpp>

#include "flatgrid/network/symmetry.hpp"
#include "support.hpp"

using namespace flatgrid;
using namespace flatgrid::measure;

namespace {

problem::Problem problem_with(const std::string& inputs, Index dimension) {
  problem::ProblemSettings settings = test::problem(dimension, 2);
  settings.inputs = inputs;
  return problem::Problem(settings);
}

MatrixD moment_of(const IndexSpectrum& spectrum) {
  return spectrum.directions.transpose() * spectrum.eigenvalues.asDiagonal() * spectrum.directions;
}

}  // namespace

TEST_CASE("the index spectra of one and of two relu neurons agree with their closed forms") {
  const problem::Problem problem = problem_with("gaussian", 5);
  const auto relu = test::activation("relu");
  // The matrix of one neuron is a^2 P(w.x > 0) w w^T.
  const VectorD w = test::normals(1, 5);
  const IndexSpectrum one =
      index_spectrum(problem, *relu, {w.transpose(), VectorD::Constant(1, -3.0)}, 0);
  CHECK(one.eigenvalues(0) == Approx(9 * w.squaredNorm() / 2).epsilon(1e-14));
  CHECK(one.eigenvalues.tail(4).maxCoeff() < 1e-13);
  CHECK(std::abs(one.directions.row(0).dot(w)) == Approx(w.norm()).epsilon(1e-14));
  CHECK(index_dimension(one) == Approx(1).epsilon(1e-14));
  CHECK(index_recovery(one, w.transpose()) == Approx(1).epsilon(1e-14));
  CHECK(index_tail(one, w.transpose()) < 1e-14);

  // The matrix of two orthogonal unit neurons is [[1/2, 1/4], [1/4, 1/2]], with the eigenvalues 3/4 and 1/4.
  const network::Network<double> network{MatrixD::Identity(2, 5), VectorD::Ones(2)};
  const IndexSpectrum two = index_spectrum(problem, *relu, network, 0);
  CHECK(two.eigenvalues(0) == Approx(0.75).epsilon(1e-14));
  CHECK(two.eigenvalues(1) == Approx(0.25).epsilon(1e-14));
  CHECK(index_dimension(two) == Approx(1.6).epsilon(1e-14));
  CHECK(index_recovery(two, MatrixD::Identity(2, 5)) == Approx(1).epsilon(1e-14));
  // The leading direction is (e_1 + e_2) / sqrt(2).
  CHECK(index_recovery(two, MatrixD::Identity(1, 5)) == Approx(0.5).epsilon(1e-14));
  CHECK(index_tail(two, MatrixD::Identity(1, 5)) == Approx(0.25).epsilon(1e-14));
}

TEST_CASE("the index spectrum of a quadratic form x^T A x is that of 4 A C A") {
  const auto quadratic = test::activation("quadratic");
  const network::Network<double> network = descent::gaussian_network(4, 9, 6, 1.0);
  const MatrixD a = network.inner.transpose() * network.outer.asDiagonal() * network.inner;
  for (const std::string inputs : {"gaussian", "gaussian-powerlaw", "sphere"}) {
    CAPTURE(inputs);
    const problem::Problem problem = problem_with(inputs, 6);
    // E x x^T is the identity also on the sphere of radius sqrt(d).
    const VectorD variances = problem.input_law()->gaussian_variances().value_or(VectorD::Ones(6));
    const MatrixD expected = 4 * a * variances.asDiagonal() * a;
    const IndexSpectrum spectrum = index_spectrum(problem, *quadratic, network, 0);
    CHECK((moment_of(spectrum) - expected).norm() < 1e-13 * expected.norm());
    CHECK(std::ranges::is_sorted(spectrum.eigenvalues, std::ranges::greater()));
  }
}

TEST_CASE("the closed forms of the index spectrum agree with a mean over inputs") {
  for (const std::string inputs : {"gaussian", "gaussian-powerlaw", "sphere", "rademacher"}) {
    for (const std::string name : {"relu", "leaky-relu", "abs", "relu2", "relu3"}) {
      CAPTURE(inputs, name);
      problem::ProblemSettings settings = test::problem(4, 2);
      settings.inputs = inputs;
      settings.test_samples = 20'000;
      const problem::Problem problem(settings);
      const auto activation = test::activation(name);
      const network::Network<double> network = descent::gaussian_network(3, 7, 4, 1.0);
      const MatrixD x = problem.test_inputs(11);
      // Each entry agrees within five standard errors of the mean.
      MatrixD sum = MatrixD::Zero(4, 4), squares = MatrixD::Zero(4, 4);
      VectorD value(7), slope(7);
      for (Index i = 0; i < x.cols(); ++i) {
        const VectorD z = network.inner * x.col(i);
        activation->evaluate(7, z.data(), value.data(), slope.data());
        const VectorD gradient = network.inner.transpose() * network.outer.cwiseProduct(slope);
        sum += gradient * gradient.transpose();
        squares += (gradient * gradient.transpose()).cwiseAbs2();
      }
      const auto count = static_cast<double>(x.cols());
      const MatrixD mean = sum / count;
      const MatrixD errors = ((squares / count - mean.cwiseAbs2()) / count).cwiseSqrt();
      const MatrixD found = moment_of(index_spectrum(problem, *activation, network, 11));
      CHECK(((found - mean).cwiseAbs().array() <= 5 * errors.array() + 1e-12).all());
    }
  }
}

TEST_CASE("the index spectrum is invariant under rescaling") {
  const problem::Problem problem = problem_with("gaussian", 10);
  const MatrixD directions = problem.index_model(1).directions;
  for (const auto& [name, degree] : {std::pair{"relu", 1}, {"relu2", 2}, {"relu3", 3}}) {
    const auto activation = test::activation(name);
    const network::Network<double> network = descent::gaussian_network(2, 20, 10, 1.0);
    network::Network<double> moved = network;
    network::rescale<double>(moved, degree, (5 * test::normals(5, 20).array().tanh()).exp());
    const IndexSpectrum one = index_spectrum(problem, *activation, network, 0);
    const IndexSpectrum other = index_spectrum(problem, *activation, moved, 0);
    CHECK((one.eigenvalues - other.eigenvalues).norm() < 1e-11 * one.eigenvalues.norm());
    CHECK(index_recovery(other, directions) ==
          Approx(index_recovery(one, directions)).epsilon(1e-9));
  }
}

TEST_CASE("index figures are missing without directions and for the zero network") {
  const problem::Problem problem = problem_with("gaussian", 4);
  const auto relu = test::activation("relu");
  const IndexSpectrum spectrum =
      index_spectrum(problem, *relu, descent::gaussian_network(1, 5, 4, 1.0), 0);
  CHECK(index_dimension(spectrum) >= 1);
  CHECK(std::isnan(index_recovery(spectrum, MatrixD(0, 4))));
  CHECK(std::isnan(index_recovery(spectrum, MatrixD::Constant(1, 4, NAN))));
  const IndexSpectrum constant =
      index_spectrum(problem, *relu, network::Network<double>::zero(5, 4), 0);
  CHECK(std::isnan(index_dimension(constant)));
  CHECK(std::isnan(index_tail(constant, MatrixD::Identity(1, 4))));
}
