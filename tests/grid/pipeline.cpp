#include "flatgrid/grid/pipeline.hpp"

#include <cmath>
#include <sstream>

#include <catch2/catch.hpp>

#include "flatgrid/grid/cost.hpp"

using namespace flatgrid;

namespace {

Configuration configuration(const std::string& more = "") {
  std::istringstream text(
      "[grid]\nmethod = teacher, gradient-descent, lazy, random-features\nsamples = 60\n"
      "noise = 0, 0.1\nwidth = 70\nseed = 1\n[problem]\ndimension = 5\nindices = 2\n" +
      more);
  return parse_configuration(text, "test");
}

bool always(double) { return true; }

}  // namespace

TEST_CASE("every method's point is measured, and interpolates where it claims to") {
  const Configuration grid = configuration();
  for (std::int64_t flat = 0; flat < grid.grid.points(); ++flat) {
    const GridPoint point = grid_point(grid.grid, flat);
    CAPTURE(describe(grid.grid, point));
    const PointResult result = compute_point(grid, point, always).value();
    const bool noisy_teacher = point.method == 0 && point.noise == 1;
    CHECK(result.record.status == (noisy_teacher ? Status::not_interpolating : Status::done));
    CHECK(result.message.empty() == !noisy_teacher);
    CHECK(result.record.population_loss >= 0);
    CHECK(result.record.flatness_orbit_min <= result.record.flatness_trace * (1 + 1e-14));
    CHECK(result.network.inner.rows() == 70);
    if (point.method == 0) CHECK(result.record.population_loss == 0);
  }
}

TEST_CASE("the history follows the training up to its end") {
  const Configuration grid = configuration("[output]\nhistory = 10\n");
  const auto steps = checkpoint_steps(grid);
  const PointResult result = compute_point(grid, {.method = 1}, always).value();
  REQUIRE(result.history.rows() == 10);
  double previous = INFINITY;
  for (Index row = 0; row < 10; ++row) {
    // train_loss is the first history variable
    const double loss = result.history(row, 0);
    CHECK(std::isnan(loss) ==
          (static_cast<double>(steps[static_cast<std::size_t>(row)]) > result.record.steps));
    if (std::isnan(loss)) continue;
    CHECK(loss < previous * 1.5);
    previous = loss;
  }
}

TEST_CASE("a point does not depend on how often it is asked whether to go on, and stops on no") {
  const Configuration grid = configuration();
  int calls = 0;
  CHECK_FALSE(compute_point(grid, {.method = 2}, [&](double) { return ++calls < 2; }));
  CHECK(calls == 2);
  const PointResult once = compute_point(grid, {.method = 2}, always).value();
  const PointResult again = compute_point(grid, {.method = 2}, always).value();
  CHECK(checksum(once, true) == checksum(again, true));
}

TEST_CASE("a diverging point is recorded as such") {
  const Configuration grid = configuration("[training]\nlearning-rate = 1000000\n");
  const PointResult result = compute_point(grid, {.method = 1}, always).value();
  CHECK(result.record.status == Status::diverged);
  CHECK(std::isnan(result.record.flatness_trace));
  CHECK_FALSE(result.message.empty());
}

TEST_CASE("the cost model knows that training costs more than a linear system") {
  const Configuration grid = configuration();
  CHECK(predicted_cost(grid, {.method = 1}) > 100 * predicted_cost(grid, {.method = 3}));
}
