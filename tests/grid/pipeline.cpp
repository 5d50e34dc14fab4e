// SPDX-License-Identifier: MIT
#include "flatgrid/grid/pipeline.hpp"

#include <cmath>
#include <sstream>

#include <catch2/catch.hpp>

#include "flatgrid/configuration/reading.hpp"
#include "flatgrid/grid/prices.hpp"

using namespace flatgrid;
using namespace flatgrid::grid;

namespace {

Study small_study(const std::string& more = "") {
  std::istringstream text(
      "[grid]\nalgorithm = teacher, gradient-descent, lazy, random-features\nsamples = 30\n"
      "noise = 0, 0.1\nwidth = 70\nseed = 1\n[problem]\ndimension = 5\nindices = 2\n" +
      more);
  return Study(configuration::parse_configuration(text, "test"));
}

bool always(const PointUnderWay&) { return true; }

}  // namespace

TEST_CASE(
    "a point of every algorithm is measured, and interpolates where the algorithm promises it") {
  const Study grid = small_study();
  for (std::int64_t flat = 0; flat < grid.configuration.grid.points(); ++flat) {
    const configuration::GridPoint point = configuration::grid_point(grid.configuration.grid, flat);
    CAPTURE(configuration::describe(grid.configuration.grid, point));
    const PointResult result = compute_point(grid, point, always).value();
    const bool noisy_teacher = point.algorithm == 0 && point.noise == 1;
    CHECK(result.record.status == (noisy_teacher ? Status::not_interpolating : Status::done));
    CHECK(result.message.empty() == !noisy_teacher);
    CHECK(result.record.population_loss >= 0);
    CHECK(result.record.flatness_orbit_min <= result.record.flatness_trace * (1 + 1e-14));
    CHECK(result.network.inner.rows() == 70);
    if (point.algorithm == 0) CHECK(result.record.population_loss == 0);
  }
}

TEST_CASE("the history follows the training and ends with the figures of the point") {
  // The loss of plain gradient descent at a tenth of the stability threshold always falls.
  const Study grid =
      small_study("[training]\nmomentum = 0\nstability-fraction = 0.1\n[output]\nhistory = 10\n");
  const auto steps = configuration::history_steps(grid.configuration);
  for (const std::int64_t algorithm : {0, 1}) {  // the teacher takes no step
    const PointResult result = compute_point(grid, {.algorithm = algorithm}, always).value();
    REQUIRE(result.history.rows() == 10);
    double previous = INFINITY;
    for (Index row = 0; row < 9; ++row) {
      // train_loss is the first history variable
      const double loss = result.history(row, 0);
      CHECK(std::isnan(loss) ==
            (static_cast<double>(steps[static_cast<std::size_t>(row)]) > result.record.steps));
      if (std::isnan(loss)) continue;
      CHECK(loss < previous);
      previous = loss;
    }
    for (const Variable& variable : stored_variables(grid.configuration).history) {
      CHECK(result.history(9, history_column(variable)) == result.record.*variable.value);
    }
  }
}

TEST_CASE("a point stops when it is asked to, and has the same figures every time") {
  const Study grid = small_study();
  int calls = 0;
  CHECK_FALSE(
      compute_point(grid, {.algorithm = 2}, [&](const PointUnderWay&) { return ++calls < 2; }));
  CHECK(calls == 2);
  const PointResult once = compute_point(grid, {.algorithm = 2}, always).value();
  const PointResult again = compute_point(grid, {.algorithm = 2}, always).value();
  CHECK(checksum(once, stored_variables(grid.configuration)) ==
        checksum(again, stored_variables(grid.configuration)));
}

TEST_CASE("a diverging point is recorded as such") {
  const Study grid = small_study("[training]\nlearning-rate = 1000000\n");
  const PointResult result = compute_point(grid, {.algorithm = 1}, always).value();
  CHECK(result.record.status == Status::diverged);
  CHECK(std::isnan(result.record.flatness_trace));
  CHECK_FALSE(result.message.empty());
}

TEST_CASE("optional figures are measured when they are asked for, and agree with each other") {
  const PointResult plain = compute_point(small_study(), {.algorithm = 1}, always).value();
  const PointResult result =
      compute_point(small_study("[flatness]\ntop-eigenvalue = true\nfrobenius-norm = true\n"
                                "tangent-kernel = true\nsharpness-radius = 1e-5\n"
                                "trace-probes = 300\nindex-spectrum = true\n"),
                    {.algorithm = 1}, always)
          .value();
  CHECK(std::isnan(plain.record.hessian_top_eigenvalue));
  CHECK(std::isnan(plain.record.hessian_frobenius_norm));
  CHECK(std::isnan(plain.record.hessian_trace_hutchinson));
  CHECK(std::isnan(plain.record.hessian_trace_hutchpp));
  CHECK(std::isnan(plain.record.tangent_kernel_max));
  CHECK(std::isnan(plain.record.tangent_kernel_min));
  CHECK(std::isnan(plain.record.sharpness_average));
  CHECK(std::isnan(plain.record.sharpness_average_stderr));
  CHECK(std::isnan(plain.record.sharpness_worst));
  CHECK(std::isnan(plain.record.index_dimension));

  // At an interpolator H = J^T J / n, whose non-zero eigenvalues are those of the tangent kernel. There are at
  // most n = 30 of them, so Hutch++ with 100 directions is exact.
  const Record& record = result.record;
  REQUIRE(record.status == Status::done);
  CHECK(record.flatness_trace == plain.record.flatness_trace);
  CHECK(record.hessian_top_eigenvalue == Approx(record.tangent_kernel_max).epsilon(1e-7));
  CHECK(record.hessian_trace_hutchpp == Approx(record.flatness_trace).epsilon(1e-7));
  // A probe of random signs has the variance 2 (||H||_F^2 - sum_i H_ii^2). The margin is five standard errors.
  CHECK(record.hessian_trace_hutchinson ==
        Approx(record.flatness_trace)
            .margin(5 * std::sqrt(2.0 / 300) * record.hessian_frobenius_norm));
  CHECK(record.tangent_kernel_min >= 0);
  CHECK(record.hessian_frobenius_norm >= record.hessian_top_eigenvalue);
  CHECK(record.hessian_frobenius_norm <= record.flatness_trace);
  CHECK(record.sharpness_average < record.sharpness_worst);
  CHECK(record.sharpness_average_stderr < record.sharpness_average);
  CHECK(record.effective_neurons >= 1);
  CHECK(record.effective_neurons <= record.active_neurons);
  CHECK(record.index_alignment > 2.0 / 5);  // better than random neurons
  CHECK(record.index_alignment <= 1);
  CHECK(record.index_dimension >= 1);
  CHECK(record.index_recovery > 2.0 / 5);
  CHECK(record.index_recovery <= 1);
  CHECK(record.index_tail < 3.0 / 5);  // the value for equal eigenvalues
}

TEST_CASE("the cost model knows that training costs more than a linear system") {
  const Study grid = small_study();
  CHECK(PointPrices(grid)({.algorithm = 1}).flops >
        100 * PointPrices(grid)({.algorithm = 3}).flops);
}
