#include "flatgrid/measure/population_loss.hpp"

#include <cmath>
#include <numbers>

#include <catch2/catch.hpp>

#include "flatgrid/network/kernels.hpp"
#include "support.hpp"

using namespace flatgrid;

TEST_CASE("population loss agrees with Monte Carlo", "[slow]") {
  const auto relu = test::activation("relu");
  const test::Example example(1, 4, 1, 20);
  const Network<double> teacher{example.target.directions, example.target.coefficients};
  // 10^7 fresh inputs in batches.
  const Index batch = 100000;
  double sum = 0;
  double squares = 0;
  MatrixD inputs(4, batch);
  VectorD outputs, labels;
  Workspace<double> workspace(20), teacher_workspace(3);
  for (std::uint64_t repeat = 0; repeat < 100; ++repeat) {
    Stream stream(1, Purpose::test_set, repeat);
    for (Index i = 0; i < batch; ++i) fill_normal(stream, inputs.col(i));
    predict(*relu, example.network, inputs, workspace, outputs);
    predict(*relu, teacher, inputs, teacher_workspace, labels);
    const VectorD squared = (outputs - labels).array().square();
    sum += squared.sum();
    squares += squared.squaredNorm();
  }
  const double draws = 100.0 * static_cast<double>(batch);
  const double mean = sum / draws;
  const double standard_error = std::sqrt((squares / draws - mean * mean) / draws);
  REQUIRE(standard_error < 2e-3 * mean);
  CHECK(std::abs(population_loss(example.network, example.target) - mean) < 4 * standard_error);
}

TEST_CASE("population loss of the zero network is the target's second moment") {
  // E relu(z)^2 = 1/2 and E relu(z) relu(z') = 1/(2 pi) for independent z, z':
  // with coefficients +1 -1 +1 the moment is 3/2 + 2 (-1 + 1 - 1) / (2 pi).
  const IndexModel target = draw_index_model(test::problem(10, 3), 1);
  CHECK(population_loss(Network<double>::zero(5, 10), target) ==
        Approx(1.5 - 1 / std::numbers::pi).epsilon(1e-14));
}

TEST_CASE("the teacher's population loss is exactly 0, in any order of its neurons") {
  const IndexModel target = draw_index_model(test::problem(10, 3), 2);
  auto network = Network<double>::zero(7, 10);
  for (const Index s : {0, 1, 2}) {
    network.inner.row(2 * s + 1) = target.directions.row(2 - s);
    network.outer(2 * s + 1) = target.coefficients(2 - s);
  }
  CHECK(population_loss(network, target) == 0);
}

TEST_CASE("population loss keeps six digits down to 1e-12 of the second moment and below") {
  const IndexModel target = draw_index_model(test::problem(10, 3), 3);
  const Network<double> teacher{target.directions, target.coefficients};

  SECTION("one outer weight off by e: the loss is e^2 / 2") {
    for (const double e : {1e-3, 1e-6, 1e-8}) {
      Network<double> network = teacher;
      network.outer(0) += e;
      const double exact = std::pow(network.outer(0) - teacher.outer(0), 2) / 2;
      CHECK(population_loss(network, target) == Approx(exact).epsilon(1e-9));
    }
  }
  SECTION("one neuron rotated by an angle t") {
    // E (relu(u.x) - relu(v.x))^2 = 2 (kappa(1) - kappa(cos t))
    //                             = (pi - sin t - (pi - t) cos t) / pi, whose Taylor series is
    //                               t^2/2 - t^3/(3 pi) - t^4/24 + t^5/(30 pi) + O(t^6).
    for (const double t : {1e-3, 1e-5, 1e-6, 1e-8}) {
      Network<double> network = teacher;
      network.inner.row(0) =
          std::cos(t) * teacher.inner.row(0) + std::sin(t) * teacher.inner.row(1);
      const double pi = std::numbers::pi;
      const double exact =
          t * t / 2 - t * t * t / (3 * pi) - std::pow(t, 4) / 24 + std::pow(t, 5) / (30 * pi);
      // The rotated row itself is rounded to 1e-16: a relative error of 1e-16 / t in the angle.
      CHECK(population_loss(network, target) == Approx(exact).epsilon(1e-9 + 1e-15 / t));
    }
  }
  SECTION("a neuron split in a hundred equal ones is the same function") {
    auto network = Network<double>::zero(102, 10);
    network.inner.topRows(2) = teacher.inner.bottomRows(2);
    network.outer.head(2) = teacher.outer.tail(2);
    // 2^-7 steps: the hundred weights and their sum are exact in binary.
    for (Index j = 2; j < 102; ++j) {
      network.inner.row(j) = teacher.inner.row(0) * 0.5;
      network.outer(j) = j < 101 ? 0.0078125 : 2.0 - 99 * 0.0078125;
    }
    CHECK(population_loss(network, target) < 1e-30);
  }
}
