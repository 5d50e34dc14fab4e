// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "flatgrid/base/error.hpp"
#include "flatgrid/problem/laws.hpp"
#include "flatgrid/problem/problem.hpp"
#include "support.hpp"

using namespace flatgrid;
using namespace flatgrid::problem;

TEST_CASE("a smaller data set is the beginning of a larger one, to the last bit") {
  const ProblemSettings settings = test::problem(7, 3);
  const IndexModel model = Problem(settings).index_model(5);
  const DataSet large = Problem(settings).data_set(model, 5, 50);
  const DataSet small = Problem(settings).data_set(model, 5, 20);
  CHECK(small.inputs == large.inputs.leftCols(20));
  CHECK(small.target == large.target.head(20));
  CHECK(small.noise == large.noise.head(20));
}

TEST_CASE("for networks with biases the inputs are the same with a 1 after them") {
  for (const std::string law : {"gaussian", "sphere", "student-t"}) {
    CAPTURE(law);
    ProblemSettings settings = test::problem(4, 2);
    settings.inputs = law;
    const Problem plain(settings);
    const Problem biased(settings, nullptr, true);
    CHECK(biased.network_dimension() == 5);
    CHECK(plain.network_dimension() == 4);
    const IndexModel model = plain.index_model(5);
    CHECK(biased.index_model(5).directions == model.directions);
    const DataSet data = biased.data_set(model, 5, 20);
    CHECK(data.inputs.topRows(4) == plain.data_set(model, 5, 20).inputs);
    CHECK(data.inputs.row(4) == MatrixD::Ones(1, 20));
    CHECK(data.target == plain.data_set(model, 5, 20).target);
    const TestSet test_set = biased.test_set(model, 5);
    CHECK(test_set.inputs.topRows(4) == plain.test_inputs(5));
    CHECK(test_set.inputs.bottomRows(1).isOnes(0));
    CHECK(test_set.labels == plain.test_set(model, 5).labels);
    VectorD x(4), with_one(5);
    random::Stream stream(1, random::Purpose::test_set, 0);
    random::Stream same(1, random::Purpose::test_set, 0);
    plain.network_input_law()->draw(stream, x);
    biased.network_input_law()->draw(same, with_one);
    CHECK(with_one.head(4) == x);
    CHECK(with_one(4) == 1);
  }
}

TEST_CASE("two seeds give different directions and inputs") {
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

TEST_CASE("targets other than sum are their documented functions of the indices") {
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

TEST_CASE("of a resampled file each seed draws its samples, and the other rows are its test set") {
  ProblemSettings settings = test::problem(1, 1);
  settings.inputs = "file";
  settings.data_split = "resample";
  const Index rows = 12;
  // Row r of the file has the input r and the label 100 + r.
  ExternalData external{.inputs = VectorD::LinSpaced(rows, 0, 11).transpose(),
                        .labels = VectorD::LinSpaced(rows, 100, 111),
                        .most_samples = 8,
                        .model = {MatrixD::Identity(1, 1), VectorD::Ones(1)}};
  const Problem problem(settings, std::make_shared<const ExternalData>(external));
  CHECK_FALSE(settings.seeds_share_data());
  std::vector<int> first(static_cast<std::size_t>(rows));
  const int seeds = 6000;
  for (std::int64_t seed = 0; seed < seeds; ++seed) {
    const DataSet large = problem.data_set(external.model, seed, 8);
    const DataSet small = problem.data_set(external.model, seed, 3);
    const TestSet held_out = problem.test_set(external.model, seed);
    REQUIRE(small.inputs == large.inputs.leftCols(3));
    REQUIRE(large.target == (large.inputs.transpose().array() + 100).matrix());
    REQUIRE(held_out.labels == (held_out.inputs.transpose().array() + 100).matrix());
    std::set<double> all(large.inputs.data(), large.inputs.data() + 8);
    all.insert(held_out.inputs.data(), held_out.inputs.data() + held_out.inputs.size());
    REQUIRE(std::ssize(all) == rows);  // each row once
    const DataSplit split = problem.data_split(seed);
    REQUIRE(static_cast<double>(split.rows.front()) == large.inputs(0, 0));
    ++first[static_cast<std::size_t>(split.rows.front())];
  }
  // A row comes first with probability 1/12. The tolerance is five standard deviations of the count.
  for (const int count : first) CHECK(std::abs(count - 500) < 5 * std::sqrt(500 * 11.0 / 12));

  // The order of a seed does not depend on how many samples are asked for.
  external.most_samples = 5;
  const Problem fewer(settings, std::make_shared<const ExternalData>(external));
  CHECK(fewer.data_split(3).rows == problem.data_split(3).rows);
  CHECK(fewer.test_samples() == 7);
}

TEST_CASE(
    "standardized inputs have mean 0 and deviation 1 over the samples, and the test set gets the "
    "same "
    "map") {
  ProblemSettings settings = test::problem(3, 1);
  settings.inputs = "file";
  settings.standardize = true;
  MatrixD inputs(3, 4);
  inputs << 1e6 + 1, 1e6 + 3, 1e6 + 5, 1e6 + 7,  // far from centred
      -2e-3, 2e-3, 2e-3, -2e-3,                  // small numbers
      1, 1, 1, 5;                                // constant over the samples, so not standardized
  const IndexModel model{MatrixD::Identity(1, 3), VectorD::Ones(1)};
  const auto with = [&](Index samples) {
    return Problem(settings,
                   std::make_shared<const ExternalData>(ExternalData{.inputs = inputs,
                                                                     .labels = VectorD::Ones(4),
                                                                     .most_samples = samples,
                                                                     .model = model}));
  };
  const Problem problem = with(3);
  const DataSplit split = problem.data_split(0);
  CHECK(split.mean(0) == 1e6 + 3);
  CHECK(split.deviation(0) == Approx(std::sqrt(8.0 / 3)).epsilon(1e-14));
  CHECK(split.mean(1) == Approx(2e-3 / 3).epsilon(1e-14));
  CHECK(split.deviation(1) == Approx(2e-3 * std::sqrt(8.0 / 9)).epsilon(1e-14));
  CHECK(split.mean(2) == 0);
  CHECK(split.deviation(2) == 1);
  const MatrixD samples = problem.data_set(model, 0, 3).inputs;
  CHECK(samples.row(0).mean() == Approx(0).margin(1e-14));
  CHECK(samples.row(1).squaredNorm() == Approx(3).epsilon(1e-14));
  CHECK(samples.row(2) == MatrixD::Ones(1, 3));
  // A smaller data set consists of the first samples.
  CHECK(problem.data_set(model, 0, 2).inputs == samples.leftCols(2));
  const VectorD held_out = problem.test_inputs(0).col(0);
  CHECK(held_out(0) == Approx(4 / std::sqrt(8.0 / 3)).epsilon(1e-14));
  CHECK(held_out(2) == 5);
}

TEST_CASE("external data are used unchanged, in their order, for every seed") {
  ProblemSettings settings = test::problem(4, 2);
  settings.inputs = "file";
  CHECK_THROWS_AS(Problem(settings).index_model(0), Error);
  const IndexModel model{MatrixD::Identity(2, 4), VectorD::Ones(2)};
  const auto external = std::make_shared<const ExternalData>(
      ExternalData{MatrixD::Random(4, 9), VectorD::Random(9), 7, model, 0});
  const Problem problem(settings, external);
  CHECK(settings.seeds_share_data());
  for (const std::int64_t seed : {0, 5}) {
    const DataSet data = problem.data_set(problem.index_model(seed), seed, 7);
    CHECK(data.inputs == external->inputs.leftCols(7));
    CHECK(data.target == external->labels.head(7));
  }
  CHECK(problem.test_inputs(5) == external->inputs.rightCols(2));
  CHECK(problem.test_set(model, 5).labels == external->labels.tail(2));
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
      random::Stream stream(1, random::Purpose::label_noise, static_cast<std::uint64_t>(i));
      const double xi = Choice<NoiseLaw>(law)->draw(stream);
      sum += xi;
      squares += xi * xi;
    }
    // The tolerance is five standard errors. The variance of xi^2 is at most 2, that of a Gaussian.
    CHECK(std::abs(sum / draws) < 5 / std::sqrt(draws));
    CHECK(std::abs(squares / draws - 1) < 5 * std::sqrt(2.0 / draws));
  }
}
