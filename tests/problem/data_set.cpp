// SPDX-License-Identifier: MIT
#include <algorithm>
#include <memory>
#include <string>

#include <catch2/catch.hpp>

#include "flatgrid/base/error.hpp"
#include "flatgrid/problem/laws.hpp"
#include "flatgrid/problem/problem.hpp"
#include "support.hpp"

using namespace flatgrid;

TEST_CASE("a smaller data set is the beginning of a larger one, to the last bit") {
  const ProblemSettings settings = test::problem(7, 3);
  const IndexModel model = Problem(settings).index_model(5);
  const DataSet large = Problem(settings).data_set(model, 5, 50);
  const DataSet small = Problem(settings).data_set(model, 5, 20);
  CHECK(small.inputs == large.inputs.leftCols(20));
  CHECK(small.target == large.target.head(20));
  CHECK(small.noise == large.noise.head(20));
}

TEST_CASE("seeds give different data") {
  const ProblemSettings settings = test::problem(7, 3);
  const IndexModel model = Problem(settings).index_model(5);
  CHECK(Problem(settings).index_model(6).directions != model.directions);
  CHECK(Problem(settings).data_set(model, 5, 4).inputs !=
        Problem(settings).data_set(model, 6, 4).inputs);
}

TEST_CASE("labels are the sum of single-index models") {
  ProblemSettings settings = test::problem(6, 2);
  settings.coefficients = {2.0, -0.5};
  const IndexModel model = Problem(settings).index_model(1);
  const DataSet data = Problem(settings).data_set(model, 1, 40);
  CHECK(model.coefficients == (VectorD(2) << 2.0, -0.5).finished());
  for (Index i = 0; i < 40; ++i) {
    const VectorD z = model.directions * data.inputs.col(i);
    CHECK(data.target(i) ==
          Approx(2.0 * std::max(z(0), 0.0) - 0.5 * std::max(z(1), 0.0)).margin(1e-14));
  }
}

TEST_CASE("the other targets are the functions of the indices that they say") {
  const MatrixD inputs = MatrixD::Random(5, 30);
  for (const std::string name : {"product", "max", "staircase", "parity"}) {
    CAPTURE(name);
    ProblemSettings settings = test::problem(5, 3);
    settings.target = name;
    const IndexModel model = Problem(settings).index_model(2);
    CHECK(model.coefficients == VectorD::Ones(3));
    const VectorD f = Problem(settings).target_values(model, inputs);
    for (Index i = 0; i < 30; ++i) {
      const VectorD z = model.directions * inputs.col(i);
      double expected = 0;
      if (name == "product") expected = z(0) * z(1) * z(2);
      if (name == "max") expected = std::max({z(0), z(1), z(2)});
      if (name == "staircase") expected = z(0) + z(0) * z(1) + z(0) * z(1) * z(2);
      if (name == "parity") expected = z(0) * z(1) * z(2) > 0 ? 1 : -1;
      CHECK(f(i) == Approx(expected).margin(1e-15));
    }
  }
  CHECK_THROWS_AS(Choice<TargetKind>("median"), Error);
}

TEST_CASE("external data are taken as they are, in their order, for every seed") {
  ProblemSettings settings = test::problem(4, 2);
  settings.inputs = "file";
  CHECK_THROWS_AS(Problem(settings).index_model(0), Error);
  const IndexModel model{MatrixD::Identity(2, 4), VectorD::Ones(2)};
  const auto external = std::make_shared<const ExternalData>(
      ExternalData{MatrixD::Random(4, 9), VectorD::Random(9), MatrixD(4, 0), VectorD(), model, 0});
  const Problem problem(settings, external);
  for (const std::int64_t seed : {0, 5}) {
    const DataSet data = problem.data_set(problem.index_model(seed), seed, 7);
    CHECK(data.inputs == external->inputs.leftCols(7));
    CHECK(data.target == external->labels.head(7));
  }
  CHECK(problem.index_model(3).directions == model.directions);
  CHECK(problem.data_set(model, 0, 7).noise != problem.data_set(model, 5, 7).noise);
}

TEST_CASE(
    "index directions: orthonormal or random unit vectors or axes, alternating coefficients") {
  ProblemSettings settings = test::problem(6, 6);
  const MatrixD orthonormal = Problem(settings).index_model(3).directions;
  CHECK((orthonormal * orthonormal.transpose() - MatrixD::Identity(6, 6)).norm() < 1e-14);
  settings.directions = "random";
  settings.indices = 9;
  const IndexModel model = Problem(settings).index_model(3);
  CHECK((model.directions.rowwise().norm().array() - 1).abs().maxCoeff() < 1e-15);
  CHECK(model.coefficients(0) == 1);
  CHECK(model.coefficients(1) == -1);
  CHECK(model.coefficients(8) == 1);
  settings.directions = "axes";
  settings.indices = 2;
  CHECK(Problem(settings).index_model(3).directions == MatrixD::Identity(2, 6));
}

TEST_CASE("every noise law has mean 0 and variance 1") {
  for (const std::string_view law : names_of<NoiseLaw>()) {
    CAPTURE(law);
    const int draws = 200000;
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < draws; ++i) {
      Stream stream(1, Purpose::label_noise, static_cast<std::uint64_t>(i));
      const double xi = Choice<NoiseLaw>(law)->draw(stream);
      sum += xi;
      squares += xi * xi;
    }
    // Five standard errors; the variance of xi^2 is at most 2 (Gaussian).
    CHECK(std::abs(sum / draws) < 5 / std::sqrt(draws));
    CHECK(std::abs(squares / draws - 1) < 5 * std::sqrt(2.0 / draws));
  }
}
