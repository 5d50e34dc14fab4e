// SPDX-License-Identifier: MIT
#include "flatgrid/configuration/axes.hpp"

#include <catch2/catch.hpp>

using namespace flatgrid;
using namespace flatgrid::configuration;

namespace {

const Axes k_grid = {.algorithm = {"teacher", "lazy"},
                     .samples = {100, 200, 400},
                     .noise = {0, 0.1},
                     .width = {30, 100, 300, 1000},
                     .seed = {0, 1, 2, 3, 7}};

}  // namespace

TEST_CASE("the grid is the product of its axes") {
  CHECK(k_grid.shape() == std::array<std::int64_t, 5>{2, 3, 2, 4, 5});
  CHECK(k_grid.points() == 2 * 3 * 2 * 4 * 5);
}

TEST_CASE("flat_index numbers the points in row-major order, seed fastest") {
  std::int64_t expected = 0;
  GridPoint point;
  for (point.algorithm = 0; point.algorithm < 2; ++point.algorithm) {
    for (point.samples = 0; point.samples < 3; ++point.samples) {
      for (point.noise = 0; point.noise < 2; ++point.noise) {
        for (point.width = 0; point.width < 4; ++point.width) {
          for (point.seed = 0; point.seed < 5; ++point.seed) {
            REQUIRE(flat_index(k_grid, point) == expected);
            REQUIRE(grid_point(k_grid, expected) == point);
            ++expected;
          }
        }
      }
    }
  }
  CHECK(expected == k_grid.points());
}

TEST_CASE("a point is described by its axis values") {
  CHECK(describe(k_grid, {1, 0, 1, 2, 4}) == "lazy, samples 100, noise 0.1, width 300, seed 7");
}
