#include "flatgrid/campaign/slices.hpp"

#include <algorithm>
#include <numeric>
#include <random>

#include <catch2/catch.hpp>

using namespace flatgrid;

namespace {

std::vector<std::int64_t> first_points(std::size_t count) {
  std::vector<std::int64_t> points(count);
  std::iota(points.begin(), points.end(), 100);
  return points;
}

std::vector<double> random_costs(std::size_t count) {
  std::mt19937 generator(1);
  std::lognormal_distribution<double> law(0.0, 2.0);
  std::vector<double> costs(count);
  std::ranges::generate(costs, [&] { return law(generator); });
  return costs;
}

}  // namespace

TEST_CASE("slices hold every point once") {
  for (const std::size_t count : {0, 1, 2, 7, 100}) {
    for (const int ranks : {1, 2, 3, 5, 64}) {
      const auto points = first_points(count);
      const Slices slices = make_slices(points, random_costs(count), ranks);
      std::vector<std::int64_t> sorted = slices.points;
      std::ranges::sort(sorted);
      CHECK(sorted == points);
      CHECK(slices.begin.size() == static_cast<std::size_t>(ranks) + 1);
      CHECK(slices.begin.front() == 0);
      CHECK(slices.begin.back() == static_cast<std::int64_t>(count));
      CHECK(std::ranges::is_sorted(slices.begin));
    }
  }
}

TEST_CASE("slices are balanced, and each begins with its longest point") {
  const auto points = first_points(200);
  const auto costs = random_costs(points.size());
  const double total = std::accumulate(costs.begin(), costs.end(), 0.0);
  const double longest = *std::ranges::max_element(costs);
  const int ranks = 7;
  const Slices slices = make_slices(points, costs, ranks);
  // Graham's bound, with the usual lower bound on the best possible.
  const double bound = (4.0 / 3.0 - 1.0 / (3.0 * ranks)) * std::max(total / ranks, longest);
  for (int slice = 0; slice < ranks; ++slice) {
    CHECK(slices.cost_left(slice, 0) <= bound);
    for (std::int64_t taken = 0; taken + 1 < slices.size(slice); ++taken) {
      const auto cost_of_next = [&](std::int64_t gone) {
        return slices.cost_left(slice, gone) - slices.cost_left(slice, gone + 1);
      };
      CHECK(cost_of_next(taken) >= cost_of_next(taken + 1) - 1e-9 * total);
    }
    CHECK(slices.cost_left(slice, slices.size(slice)) == 0.0);
    CHECK(slices.cost_left(slice, slices.size(slice) + 3) == 0.0);
  }
}

TEST_CASE("a known plan") {
  // Falling costs 8 7 6 5 4 go to slices 0 1 1 0 0 by "longest processing time first".
  const std::vector<std::int64_t> points = {10, 11, 12, 13, 14};
  const std::vector<double> costs = {4, 8, 5, 6, 7};
  const Slices slices = make_slices(points, costs, 2);
  CHECK(slices.points == std::vector<std::int64_t>{11, 12, 10, 14, 13});
  CHECK(slices.begin == std::vector<std::int64_t>{0, 3, 5});
  CHECK(slices.cost_before == std::vector<double>{0, 8, 13, 17, 24, 30});
}

TEST_CASE("points without cost are spread evenly") {
  const Slices slices = make_slices(first_points(9), std::vector<double>(9, 0.0), 3);
  CHECK(slices.begin == std::vector<std::int64_t>{0, 3, 6, 9});
}

TEST_CASE("the fullest slice is the one with the most predicted cost left") {
  const std::vector<std::int64_t> points = {10, 11, 12, 13, 14};
  const std::vector<double> costs = {4, 8, 5, 6, 7};
  const Slices slices = make_slices(points, costs, 2);  // costs 8 5 4 and 7 6
  using Taken = std::vector<std::int64_t>;
  CHECK(fullest_slice(slices, Taken{0, 0}) == 0);
  CHECK(fullest_slice(slices, Taken{1, 0}) == 1);
  CHECK(fullest_slice(slices, Taken{1, 1}) == 0);
  CHECK(fullest_slice(slices, Taken{2, 1}) == 1);
  CHECK(fullest_slice(slices, Taken{3, 1}) == 1);
  CHECK(fullest_slice(slices, Taken{2, 2}) == 0);
  CHECK_FALSE(fullest_slice(slices, Taken{3, 2}));
  CHECK_FALSE(fullest_slice(slices, Taken{9, 5}));
}

TEST_CASE("points without cost are not forgotten") {
  const Slices slices = make_slices(first_points(2), std::vector<double>(2, 0.0), 2);
  CHECK(fullest_slice(slices, std::vector<std::int64_t>{1, 0}) == 1);
}
